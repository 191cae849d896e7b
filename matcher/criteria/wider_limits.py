"""A second limit for some patients among what excludes: "ALT > 3 x ULN (> 5 x ULN if liver metastases)"."""

from __future__ import annotations

from dataclasses import replace

from matcher.criteria.trees import rebuilt
from matcher.model import And, Except, Leaf, Logic, Or

_BEYOND = {">": "<=", ">=": "<", "<": ">=", "<=": ">"}


def eased(tree: Logic) -> Logic:
    """The tree of an exclusion where a wider limit for some spares them: listed as a plain alternative it would change
    nothing, since whoever is beyond the wider limit is beyond the other, too."""
    if isinstance(tree, Or) and len(tree.args) == 2:
        limit, some = tree.args
        if isinstance(limit, Leaf) and isinstance(some, And) and (spare := _spare(limit, some)) is not None:
            return Except(limit, (spare,))
    return rebuilt(tree, eased)


def _spare(limit: Leaf, some: And) -> Logic | None:
    """Whom the second limit spares: those of ``some`` that are within it; None where it is no wider limit."""
    if limit.cmp not in _BEYOND or not isinstance(limit.value, float):
        return None
    for second in some.args:
        if not isinstance(second, Leaf) or (second.op, second.term, second.uln) != (limit.op, limit.term, limit.uln):
            continue
        if second.cmp not in _BEYOND or not isinstance(second.value, float) or second.unit not in (None, limit.unit):
            continue
        wider = second.value > limit.value if limit.cmp.startswith(">") else second.value < limit.value
        if not wider:
            continue
        alike = second.cmp[0] == limit.cmp[0]
        within = replace(second, cmp=_BEYOND[second.cmp]) if alike else second
        return And(tuple(within if arg is second else arg for arg in some.args))
    return None
