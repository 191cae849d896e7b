"""What a patient can do, where the criterion leaves it to a person and the notes tell it: English, swallowing, walking.

What is asked and what tells it is ``resources/evaluate/abilities.toml``.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Any

from matcher.dates import duration_days
from matcher.evaluate import data
from matcher.evaluate.beside import Beside, stands
from matcher.evaluate.index import Index, dated
from matcher.evaluate.outcome import Outcome
from matcher.evaluate.plan import Plan, Setting
from matcher.model import Fact, Leaf, Truth
from matcher.patterns import alternatives

_KINDS = frozenset({"administrative", "other", "measurement"})


def asked(leaf: Leaf) -> dict[str, Any] | None:
    """The ability that a leaf asks for; None for another leaf."""
    if leaf.op not in _KINDS:
        return None
    for row, pattern in _rows():
        if pattern.search(leaf.term) and ("months" in row) == (leaf.op == "measurement"):
            return row
    return None


class AbilityPlan(Beside):
    """The leaf as it stands, and where the notes do not name it, what they tell of the ability."""

    def __init__(self, own: Plan, row: dict[str, Any], leaf: Leaf, setting: Setting) -> None:
        super().__init__(own, leaf, setting)
        of = setting.terminology.descendants
        self._can: frozenset[str] = frozenset().union(*(of(id) for id in row["can"]))
        self._cannot: frozenset[str] = frozenset().union(*(of(id) for id in row["cannot"]))
        helped = frozenset().union(*(of(id) for id in row.get("aided", ())))
        without = _alone().search(leaf.term) is not None or _unaided().search(leaf.term) is not None
        self._unaided = without and _either().search(leaf.term) is None and bool(helped)
        if self._unaided:
            self._cannot |= helped
        else:
            self._can |= helped
        self._turned = _turned().search(_alone().sub("", leaf.term)) is not None
        self._days = row.get("months", 0) * 30
        self.tells = self._can | self._cannot

    def evaluate(self, index: Index) -> Outcome:
        # "without a walking aid" finds the aid in the notes
        return (self.told_beside(index) if self._unaided else None) or super().evaluate(index)

    def told_beside(self, index: Index) -> Outcome | None:
        facts = [f for f in index.of(self.tells) if stands(f)]
        truth = self._truth(facts[-1]) if facts else None
        if truth is None:
            return None
        fact = facts[-1]
        return self.told(truth, f"“{fact.text}”{dated(fact)}", "ability.told", facts=(fact,))

    def _truth(self, fact: Fact) -> Truth | None:
        able = fact.concept is not None and fact.concept.id in self._can
        if not self._days:
            return "met" if able != self._turned else "not_met"
        leaf = self.leaf
        if not isinstance(leaf.value, int | float) or leaf.unit is None or leaf.cmp is None:
            return None
        limit = duration_days(f"{leaf.value:g} {leaf.unit}")
        if limit is None or limit[1] < self._days:
            return None  # who has half a year at most may well have a month
        return "met" if leaf.cmp.startswith("<") else "not_met"


@cache
def _rows() -> tuple[tuple[dict[str, Any], re.Pattern[str]], ...]:
    return tuple(
        (row, re.compile(rf"\b(?:{alternatives(row['words'])})\b", re.IGNORECASE))
        for row in data.table("abilities")["ability"]
    )


@cache
def _turned() -> re.Pattern[str]:
    return re.compile(rf"\b(?:{alternatives(data.table('abilities')['turned']['words'])})\b", re.IGNORECASE)


@cache
def _alone() -> re.Pattern[str]:
    """What is part of an ability, and does not turn it round: "able to walk without assistance"."""
    return re.compile(rf"\b(?:{alternatives(data.table('abilities')['turned']['unless'])})\b", re.IGNORECASE)


@cache
def _unaided() -> re.Pattern[str]:
    return re.compile(rf"\b(?:{alternatives(data.table('abilities')['alone']['words'])})\b", re.IGNORECASE)


@cache
def _either() -> re.Pattern[str]:
    return re.compile(rf"\b(?:{alternatives(data.table('abilities')['alone']['either'])})\b", re.IGNORECASE)
