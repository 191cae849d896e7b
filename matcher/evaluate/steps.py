"""The derivation of a verdict as steps, drawn from its outcome when somebody asks."""

from __future__ import annotations

from matcher.evaluate.index import Index, when
from matcher.evaluate.outcome import Outcome
from matcher.model import Evidence, Fact, Step

_MOST_QUOTES = 6


def steps(outcome: Outcome, index: Index) -> tuple[Step, ...]:
    """The outcome's tree: what was asked, what was found, by which rule."""
    return (_step(outcome, index),)


def _step(outcome: Outcome, index: Index) -> Step:
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


def evidence(facts: tuple[Fact, ...], index: Index) -> tuple[Evidence, ...]:
    """The quotes of the facts; of a derived fact, those of its inputs. No span twice."""
    if not facts:
        return ()
    found: dict[tuple[str, int, int], Evidence] = {}
    for fact in facts:
        for source in fact.inputs or (fact,):
            note = index.notes.get(source.note_id)
            if note is None:
                continue
            start, end = (source.quote_start, source.quote_end) if source.quote_end else (source.start, source.end)
            key = (source.note_id, start, end)
            if key not in found:
                found[key] = Evidence(
                    source.note_id,
                    start,
                    end,
                    note.text.count("\n", 0, start) + 1,
                    note.text[start:end],
                    when(source),
                    source.assertion,
                )
        if len(found) >= _MOST_QUOTES:
            break
    return tuple(found.values())
