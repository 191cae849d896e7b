"""Confidence of a verdict: a table by rule and basis, measured on labelled pairs."""

from __future__ import annotations

from functools import cache

from matcher.evaluate import data
from matcher.evaluate.outcome import Outcome


def of(outcome: Outcome) -> float:
    """The share of such verdicts that a physician agrees with, in 0–1."""
    return _looked_up(outcome.rule, outcome.basis, outcome.truth)


@cache
def _looked_up(rule: str, basis: str, truth: str) -> float:
    table = data.table("confidence")
    rules: dict[str, float] = table["rules"]
    prefix = rule
    while prefix:
        value = rules.get(f"{prefix}:{truth}", rules.get(prefix))
        if value is not None:
            return float(value)
        prefix = prefix.rpartition(".")[0]
    return float(table["basis"].get(f"{basis}:{truth}", table["basis"].get(basis, 0.5)))
