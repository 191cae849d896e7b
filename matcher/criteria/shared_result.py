"""A result in words that stands once for several measures: "ALT and AST within normal limits"."""

from __future__ import annotations

from dataclasses import replace

from matcher.criteria.trees import mapped
from matcher.model import And, Leaf, Logic, Not, Or

_MEASURED = frozenset({"measurement", "biomarker"})


def shared(tree: Logic) -> Logic:
    """The tree with the last measure's result on those of its list that have no limit of their own."""
    match tree:
        case And(args) | Or(args):
            return type(tree)(_list(tuple(shared(arg) for arg in args)))
        case Not(arg):
            return Not(shared(arg))
    return tree


def _list(args: tuple[Logic, ...]) -> tuple[Logic, ...]:
    last = args[-1]
    if not isinstance(last, Leaf) or last.op != "measurement" or not isinstance(last.value, str) or last.uln:
        return args
    alike = all(isinstance(a, Leaf) and a.op in _MEASURED and a.concept is not None for a in args)
    if not alike or any(isinstance(a, Leaf) and (a.cmp or a.window != last.window) for a in args[:-1]):
        return args
    cmp, value = last.cmp, last.value
    given = (mapped(arg, lambda leaf: replace(leaf, cmp=cmp, value=value)) for arg in args[:-1])
    return (*given, last)
