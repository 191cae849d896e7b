"""What a list is of, said where it opens: "any of the following cardiac events within 6 months:"."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import cast

from matcher.criteria.chunks import Chunk
from matcher.criteria.trees import mapped
from matcher.model import Leaf, Logic, Status

_LABEL = frozenset({"term", "word", "qualifier", "status", "certainty", "scaffold", "window", "when", "comma"})
_TIMELESS = frozenset({"age", "sex", "administrative", "pregnancy", "lactation", "contraception"})
_STATES = frozenset({"current", "past", "ever", "new"})


def label(rest: Sequence[Chunk]) -> int | None:
    """How many chunks behind "of the following" only say what the entries are, and when; None where they ask more."""
    end = next((at for at, chunk in enumerate(rest) if chunk.kind == "colon"), None)
    said = rest[:end] if end is not None else rest
    return len(said) if all(chunk.kind in _LABEL for chunk in said) else None


def lent(tree: Logic, opening: Sequence[Chunk]) -> Logic:
    """The entries with the time, the status and the qualifiers that stand once, where their list opens."""
    told = [*opening, *(inner for c in opening if c.kind == "bracket" for inner in c.inner)]
    timed = [c.timed.window for c in told if c.kind == "window" and c.timed is not None]
    window = next(filter(None, timed), None)  # "for longer than 2 weeks with any of these within 3 months"
    states = [c.value for c in opening if c.kind == "status" and c.value in _STATES]
    narrowing = tuple(c.low for c in opening if c.kind == "qualifier")
    planned = any(c.kind == "planned" and not c.value for c in opening)

    def given(leaf: Leaf) -> Leaf:
        if leaf.op in _TIMELESS:
            return leaf
        if window is not None and leaf.window is None and (leaf.status != "ever" or "ever" in states):
            leaf = replace(leaf, window=window)
        if states and leaf.status is None and leaf.cmp is None:
            leaf = replace(leaf, status=cast(Status, states[-1]))
        if planned and leaf.op in ("procedure", "medication") and leaf.cmp is None:
            leaf = replace(leaf, qualifiers=tuple(dict.fromkeys(("planned", *leaf.qualifiers))))
        if narrowing and leaf.op == "condition" and leaf.cmp is None:
            leaf = replace(leaf, qualifiers=tuple(dict.fromkeys((*narrowing, *leaf.qualifiers))))
        return leaf

    return mapped(tree, given)
