"""The derivation of a verdict as steps, drawn from its outcome when somebody asks."""

from __future__ import annotations

from matcher.evaluate.index import Index
from matcher.evaluate.outcome import Outcome
from matcher.model import Step


def steps(outcome: Outcome, index: Index) -> tuple[Step, ...]:
    """The outcome's tree: what was asked, what was found, by which rule."""
    return (_step(outcome, index),)


def _step(outcome: Outcome, index: Index) -> Step:
    from matcher.evaluate.evaluator import evidence

    text = (
        f"{outcome.label}: {outcome.reason}"
        if outcome.label and not outcome.children
        else outcome.label or outcome.reason
    )
    return Step(
        text,
        outcome.truth,
        outcome.rule,
        outcome.details,
        () if outcome.children else evidence(outcome.facts, index),
        tuple(_step(child, index) for child in outcome.children),
    )
