"""Brackets with a limit for each sex: "hemoglobin (men > 13 g/dL, women > 12 g/dL)"."""

from __future__ import annotations

from collections.abc import Callable

from matcher.criteria.chunks import Chunk
from matcher.criteria.trees import join, leaves
from matcher.model import Leaf, Logic


def by_sex(
    base: Logic | None, inner: list[Chunk], terms: list[Chunk], statement: Callable[[list[Chunk]], Logic | None]
) -> Logic | None:
    """The limits of the bracket, each of its sex; of ages ("coronary disease (men < 55)") what stands before, too.

    None where the bracket says anything else.
    """
    said = [c for c in inner if c.kind not in ("comma", "joint", "and", "or") and c.low not in (",", ";", "and", "or")]
    pairs = list(zip(said[::2], said[1::2], strict=False))
    told = all(who.kind == "sex" and limit.comparison is not None for who, limit in pairs)
    if not isinstance(base, Leaf) or not pairs or len(said) % 2 or not told:
        return None
    limits = [limit.comparison for _, limit in pairs if limit.comparison is not None]
    if all(found.age or found.duration for found in limits):
        return join("and", [base, join("or", [statement([who, limit]) for who, limit in pairs])])
    if base.op not in ("measurement", "condition"):
        return None
    found = [statement([*terms, limit, who]) for who, limit in pairs]
    if base.op == "condition" and not all(any(leaf.value is not None for leaf in leaves(tree)) for tree in found):
        return None  # a disease that no number is of
    return join("or", found)
