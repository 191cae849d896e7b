"""Doses asked in equivalents of one drug: "> 10 mg/day of prednisone or equivalent"."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from functools import cache, partial
from typing import Any, NamedTuple

from matcher.criteria.lexicon import load
from matcher.criteria.trees import leaves, mapped, without
from matcher.model import Concept, Leaf, Logic, Window
from matcher.patterns import alternatives


class _Reference(NamedTuple):
    drug: re.Pattern[str]
    equivalent: re.Pattern[str]
    stands_for: re.Pattern[str]
    concept: Concept
    mass: frozenset[str]
    unit: str
    dropped: frozenset[str]
    route: str


def by_equivalent(tree: Logic, text: str) -> Logic:
    """The tree with its limits on doses of a class as limits on the dose of the drug of reference."""
    for row in _references():
        if row.equivalent.search(text) is None or row.drug.search(text) is None:
            continue
        if any(_dosed(leaf, row) for leaf in leaves(tree)):
            window = next((leaf.window for leaf in leaves(tree) if _bare(leaf, row) and leaf.window), None)
            tree = mapped(without(tree, partial(_bare, row=row)), partial(_of_reference, row=row, window=window))
    return tree


def _dosed(leaf: Leaf, row: _Reference) -> bool:
    unit = (leaf.unit or "").lower().partition("/")[0].strip()
    return (
        leaf.op == "medication"
        and leaf.cmp is not None
        and unit in row.mass
        and row.stands_for.search(leaf.term) is not None
    )


def _of_reference(leaf: Leaf, row: _Reference, window: Window | None) -> Leaf:
    """``window``: what stands behind the unit ("> 10 mg prednisone equivalent within 14 days")."""
    if not _dosed(leaf, row):
        return leaf
    kept = tuple(q for q in leaf.qualifiers if q.lower() not in row.dropped)
    marks = kept if not row.route or row.route in kept else (*kept, row.route)
    return replace(leaf, concept=row.concept, unit=row.unit, qualifiers=marks, window=leaf.window or window)


def _bare(leaf: Leaf, row: _Reference) -> bool:
    """ "Steroids > 10 mg prednisone equivalent": the unit's name is no drug that is asked for."""
    return leaf.cmp is None and row.equivalent.search(leaf.term) is not None


@cache
def _references() -> tuple[_Reference, ...]:
    return tuple(_reference(row) for row in load("equivalents")["reference"])


def _reference(row: dict[str, Any]) -> _Reference:
    return _Reference(
        _words(row["drug"]), _words(row["equivalent"]), _words(row["stands_for"]),
        Concept("CLASS", row["id"], row["name"]), frozenset(row["mass"]), row["unit"], frozenset(row["dropped"]),
        row["route"],
    )  # fmt: skip


def _words(words: Sequence[str]) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{alternatives(words)})\b", re.IGNORECASE)
