"""Treated or untreated, told by the treatment: hypothyroidism on levothyroxine is treated.

What treats which disease is ``resources/evaluate/treatments.csv``: drugs and devices that are given for the disease as
a rule, so that one that is taken now treats it where the note names both.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from matcher.evaluate import data
from matcher.evaluate.index import Index, dated
from matcher.evaluate.outcome import Outcome
from matcher.evaluate.plan import Setting
from matcher.model import Fact, Leaf

if TYPE_CHECKING:
    from matcher.evaluate.event import EventPlan

_ASKED = {"treated": "met", "untreated": "not_met"}
_TAKEN = frozenset({"present", "historical"})


@cache
def _of() -> dict[str, tuple[str, ...]]:
    found: dict[str, list[str]] = {}
    for row in data.rows("treatments"):
        found.setdefault(row["condition"], []).append(row["treatment"])
    return {condition: tuple(treatments) for condition, treatments in found.items()}


@cache
def _courses() -> frozenset[str]:
    """Diseases that a course of treatment ends: who took it was treated."""
    return frozenset(row["condition"] for row in data.rows("treatments") if row["course"] == "yes")


def ids(leaf: Leaf, setting: Setting) -> frozenset[str]:
    """The concepts that treat the disease of a leaf which asks whether it is treated."""
    if leaf.op != "condition" or leaf.concept is None or _ASKED.keys().isdisjoint(leaf.qualifiers):
        return frozenset()
    terminology = setting.terminology
    own = (leaf.concept.id, *(c.id for c in terminology.ancestors(leaf.concept.id)))
    return frozenset(i for id in own for t in _of().get(id, ()) for i in terminology.descendants(t))


def read(plan: EventPlan, missing: str, ill: Fact, index: Index) -> Outcome | None:
    """The outcome where all that is missing is whether the disease is treated, and its treatment is taken now."""
    if missing not in _ASKED or not plan.treatments:
        return None
    given = [f for f in index.of(plan.treatments) if f.kind != "allergy" and f.assertion in _TAKEN]
    ended = plan.leaf.concept is not None and plan.leaf.concept.id in _courses()
    now = [f for f in given if ended or (f.status != "past" and (f.assertion == "present" or f.status is not None))]
    if not now:
        return None
    return plan.told(
        "met" if _ASKED[missing] == "met" else "not_met",
        f"“{ill.text}” is treated: “{now[-1].text}”{dated(now[-1])}",
        "condition.treatment",
        facts=(ill, now[-1]),
    )
