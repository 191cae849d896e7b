"""Which side of a limit is the sound one: "without adequate renal function (creatinine > 2)" says what is wrong,
"without adequate renal function (clearance ≥ 60)" what would be right."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache

from matcher.criteria.chunks import Chunk
from matcher.criteria.lexicon import load
from matcher.criteria.trees import leaves
from matcher.model import Leaf, Logic


def fails(tree: Logic | None, brackets: Sequence[Chunk]) -> bool:
    """Whether ``tree`` is read from the brackets alone and all its limits lie on the unsound side."""
    found = leaves(tree)
    inside = all(any(b.start < leaf.start and leaf.end <= b.end for b in brackets) for leaf in found)
    return bool(found) and inside and all(_unsound(leaf) for leaf in found)


def _unsound(leaf: Leaf) -> bool:
    cmp = leaf.cmp or ""
    if leaf.uln:
        return cmp.startswith(">")
    if leaf.lln:
        return cmp.startswith("<")
    name = f"{leaf.term} {leaf.concept.name if leaf.concept is not None else ''}".lower()
    if leaf.value is None or cmp == "":
        return False
    if _pattern("low").search(name):
        return cmp.startswith("<")
    if _pattern("high").search(name):
        return cmp.startswith(">") or (leaf.op in ("score", "stage") and cmp in ("=", "between"))
    return False


@cache
def _pattern(side: str) -> re.Pattern[str]:
    words = sorted(load("soundness")[side], key=lambda word: (-len(word), word))
    return re.compile(rf"(?<![a-z])(?:{'|'.join(map(re.escape, words))})(?![a-z])")
