"""Treated or untreated, told by the treatment: hypothyroidism on levothyroxine is treated.

What treats which disease is ``resources/evaluate/by_treatment.csv``: drugs and devices that are given for the disease
as a rule, so that one that is taken now treats it where the note names both.
"""

from __future__ import annotations

from functools import cache

from matcher.evaluate import data
from matcher.evaluate.index import Index, dated
from matcher.evaluate.outcome import Outcome
from matcher.evaluate.plan import Plan, Setting, rules
from matcher.model import Fact, Leaf, Truth

_TAKEN = frozenset({"present", "historical"})


def _asked() -> dict[str, Truth]:
    """What a treatment says of each qualifier that asks for one."""
    asked: dict[str, Truth] = rules()["treatment_asked"]
    return asked


@cache
def _of() -> dict[str, tuple[str, ...]]:
    found: dict[str, list[str]] = {}
    for row in data.rows("by_treatment"):
        found.setdefault(row["condition"], []).append(row["treatment"])
    return {condition: tuple(treatments) for condition, treatments in found.items()}


@cache
def _courses() -> frozenset[str]:
    """Diseases that a course of treatment ends: who took it was treated."""
    return frozenset(row["condition"] for row in data.rows("by_treatment") if row["course"] == "yes")


class Treatments:
    """The treatments that tell whether the disease of one leaf is treated; none where the leaf does not ask it."""

    __slots__ = ("ids",)

    def __init__(self, leaf: Leaf, setting: Setting) -> None:
        self.ids: frozenset[str] = frozenset()
        if leaf.op == "condition" and leaf.concept is not None and not _asked().keys().isdisjoint(leaf.qualifiers):
            terminology = setting.terminology
            own = (leaf.concept.id, *(c.id for c in terminology.ancestors(leaf.concept.id)))
            self.ids = frozenset(i for id in own for t in _of().get(id, ()) for i in terminology.descendants(t))

    def read(self, plan: Plan, missing: str, ill: Fact, index: Index) -> Outcome | None:
        """The outcome where all that is missing is whether the disease is treated, and its treatment is taken now."""
        if missing not in _asked() or not self.ids:
            return None
        given = [f for f in index.of(self.ids) if f.kind != "allergy" and f.assertion in _TAKEN]
        ended = plan.leaf.concept is not None and plan.leaf.concept.id in _courses()
        now = [f for f in given if ended or (f.status != "past" and (f.assertion == "present" or f.status is not None))]
        if not now:
            return None
        return plan.told(
            _asked()[missing],
            f"“{ill.text}” is treated: “{now[-1].text}”{dated(now[-1])}",
            "condition.treatment",
            facts=(ill, now[-1]),
        )
