"""A second limit for some patients among what excludes: "ALT > 3 x ULN (> 5 x ULN if liver metastases)"."""

from __future__ import annotations

from dataclasses import replace

from matcher.criteria.trees import leaves, rebuilt
from matcher.model import And, Except, If, Leaf, Logic, Not, Or

_BEYOND = {">": "<=", ">=": "<", "<": ">=", "<=": ">"}


def eased(tree: Logic) -> Logic:
    """The tree of an exclusion where a wider limit for some spares them: listed as a plain alternative it would change
    nothing, since whoever is beyond the wider limit is beyond the other, too."""
    if isinstance(tree, Or) and len(tree.args) == 2:
        limit, some = tree.args
        if isinstance(limit, Leaf) and isinstance(some, And) and (spare := _spare(limit, some)) is not None:
            return Except(limit, (spare,))
    return rebuilt(tree, eased)


def parted(tree: Logic) -> Logic:
    """ "QTc > 450 ms, or > 470 ms if female": of two limits of one measure the second is of those whom its "if" names,
    and the first of the others; "> 450 ms (men) or > 470 ms (women)": each is of its sex."""
    if isinstance(tree, Or) and {_sex(arg) for arg in tree.args} == {"male", "female"}:
        return Or(tuple(And((arg.then, arg.premise)) for arg in tree.args if isinstance(arg, If)))
    if isinstance(tree, If) and isinstance(tree.then, Or) and len(tree.then.args) == 2:
        limit, second = tree.then.args
        whom = leaves(tree.premise)
        if isinstance(limit, Leaf) and isinstance(second, Leaf) and whom and whom[0].start > second.start:
            same = (limit.op, limit.term, limit.cmp, limit.uln) == (second.op, second.term, second.cmp, second.uln)
            if same and limit.cmp in _BEYOND and limit.value != second.value:
                return Or((And((limit, Not(tree.premise))), And((second, tree.premise))))
    return rebuilt(tree, parted)


def _sex(tree: Logic) -> str:
    """Of which sex a limit is asked; empty where it is of both."""
    leaf = tree.premise if isinstance(tree, If) and isinstance(tree.then, Leaf) else None
    return str(leaf.value) if isinstance(leaf, Leaf) and leaf.op == "sex" else ""


def tightened(tree: Logic) -> Logic:
    """The tree of an inclusion where a tighter limit holds for some ("HbA1c ≤ 10 %, or ≤ 8.5 % if on insulin"): as a
    plain alternative it would ask nothing of them."""
    if isinstance(tree, Or) and len(tree.args) == 2:
        limit, some = tree.args
        if (
            isinstance(limit, Leaf)
            and isinstance(some, And)
            and limit.cmp in _BEYOND
            and isinstance(limit.value, float)
        ):
            for second in some.args:
                if not isinstance(second, Leaf) or not isinstance(second.value, float) or second.cmp != limit.cmp:
                    continue
                same = (second.op, second.term, second.uln) == (limit.op, limit.term, limit.uln)
                lower = second.value < limit.value
                if same and second.unit in (None, limit.unit) and lower is (limit.cmp[0] == "<") and second != limit:
                    rest = tuple(arg for arg in some.args if arg is not second)
                    whom = rest[0] if len(rest) == 1 else And(rest)
                    return And((limit, Or((replace(second, unit=limit.unit), Not(whom)))))
    return rebuilt(tree, tightened)


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
