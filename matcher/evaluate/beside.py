"""A leaf as it stands, and where the notes do not name it, what they tell of it in another way."""

from __future__ import annotations

from matcher.evaluate.index import Index
from matcher.evaluate.outcome import Outcome
from matcher.evaluate.plan import Plan, Setting
from matcher.model import Fact, Leaf

THERE = frozenset({"present", "historical"})
"""Assertions under which a thing is there or happened."""


def stands(fact: Fact) -> bool:
    """Whether what a fact says is there and is not over."""
    return fact.assertion in THERE and fact.status != "past"


class Beside(Plan):
    """``own``: the leaf's own plan, which goes first; ``tells``: the ids of what else may settle it."""

    tells: frozenset[str] = frozenset()

    def __init__(self, own: Plan, leaf: Leaf, setting: Setting) -> None:
        super().__init__(leaf, setting)
        self._own = own
        self.silent = own.silent
        self.looks_at, self.unnamed, self.supporting = own.looks_at, own.unnamed, own.supporting

    def reach(self) -> frozenset[str]:
        return self._own.reach() | self.tells

    def lists(self) -> frozenset[str]:
        return self._own.lists()

    def evaluate(self, index: Index) -> Outcome:
        said = self._own.evaluate(index)
        if said.basis == "documented":
            return said
        return self.told_beside(index) or said

    def told_beside(self, index: Index) -> Outcome | None:
        """What the notes tell in another way; None where they tell nothing."""
        raise NotImplementedError
