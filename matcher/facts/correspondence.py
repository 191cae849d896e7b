"""Steps of one scale that stand for steps of another: Karnofsky 90 is ECOG 0 (``correspondence.csv``)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from typing import NamedTuple

from matcher.facts import tables
from matcher.facts.known import Known
from matcher.model import Concept, Fact, Quantity


class Found(NamedTuple):
    """A step on another scale: with the scale, how it was found, and the fact of the scale that was used."""

    concept: Concept
    quantity: Quantity
    formula: str
    of: Fact


class _Step(NamedTuple):
    concept: Concept
    low: float
    high: float
    of: str
    of_low: float
    of_high: float
    source: str


@cache
def _steps() -> tuple[_Step, ...]:
    return tuple(
        _Step(
            Concept("SCALE", row["scale"], row["name"]), float(row["low"]), float(row["high"]),
            row["of"], float(row["of_low"]), float(row["of_high"]), row["source"],
        )
        for row in tables.rows("correspondence")
    )  # fmt: skip


def inputs(bears: Callable[..., bool]) -> frozenset[str]:
    """Ids of the scales that are needed for what ``bears`` on a protocol."""
    return frozenset(step.of for step in _steps() if bears(step.concept, "score"))


def worked_out(known: Known) -> Iterator[Found]:
    """Each scale of the table that the notes do not give, from the latest step of one that they do."""
    for concept in dict.fromkeys(step.concept for step in _steps()):
        if concept.id in known.by_id:
            continue
        steps = [step for step in _steps() if step.concept == concept and step.of in known.by_id]
        if not steps:
            continue
        fact = known.by_id[steps[0].of][-1]
        quantity = fact.quantity
        if quantity is None or quantity.low is None or quantity.high is None:
            continue
        like = [step for step in steps if step.of_low <= quantity.high and quantity.low <= step.of_high]
        if not like:
            continue
        low, high = min(step.low for step in like), max(step.high for step in like)
        said = f"{low:g}" if low == high else f"{low:g} to {high:g}"
        formula = f"{concept.name} {said} stands for “{fact.text}” ({like[0].source})"
        yield Found(concept, Quantity(low, high, None), formula, fact)
