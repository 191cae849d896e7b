"""Steps of one scale that stand for steps of another."""

from __future__ import annotations

import pytest

from matcher import terms
from matcher.facts import correspondence, tables
from matcher.facts.known import Known
from matcher.model import Concept, Fact, Quantity


def score(id: str, low: float, high: float | None = None) -> Fact:
    quantity = Quantity(low, low if high is None else high)
    return Fact("score", "x", 0, 1, "n", Concept("SCALE", id, id), quantity=quantity)


@pytest.mark.parametrize(
    ("id", "low", "high", "meant", "between"),
    [
        ("SCALE:kps", 90, 90, "SCALE:ecog", (0, 0)),
        ("SCALE:kps", 50, 50, "SCALE:ecog", (2, 2)),
        ("SCALE:kps", 60, 70, "SCALE:ecog", (1, 2)),
        ("SCALE:ecog", 1, 1, "SCALE:kps", (70, 80)),
        ("SCALE:ecog", 0, 1, "SCALE:kps", (70, 100)),
    ],
)
def test_a_step_stands_for_those_of_the_other_scale(id, low, high, meant, between):
    (found,) = correspondence.worked_out(Known([score(id, low, high)]))
    assert (found.concept.id, found.quantity.low, found.quantity.high) == (meant, *between)


def test_what_the_notes_give_goes_before_what_stands_for_it():
    assert not list(correspondence.worked_out(Known([score("SCALE:kps", 90), score("SCALE:ecog", 2)])))


def test_the_scales_are_those_of_the_terminology():
    terminology = terms.load()
    for row in tables.rows("correspondence"):
        for id, name in ((row["scale"], row["name"]), (row["of"], row["of_name"])):
            concept = terminology.concept(id)
            assert concept is not None and concept.name == name
