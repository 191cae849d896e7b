"""A result in words that stands once for several measures: "ALT and AST within normal limits"."""

from __future__ import annotations

from dataclasses import replace

from matcher.criteria.lexicon import lexicon
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
    args = _markers(args)
    last = args[-1]
    if not isinstance(last, Leaf) or last.op != "measurement" or not isinstance(last.value, str) or last.uln:
        return args
    alike = all(isinstance(a, Leaf) and a.op in _MEASURED and a.concept is not None for a in args)
    if not alike or any(isinstance(a, Leaf) and (a.cmp or a.window != last.window) for a in args[:-1]):
        return args
    cmp, value = last.cmp, last.value
    given = (mapped(arg, lambda leaf: replace(leaf, cmp=cmp, value=value)) for arg in args[:-1])
    return (*given, last)


def _markers(args: tuple[Logic, ...]) -> tuple[Logic, ...]:
    """ "EGFR and ALK negative", "KRAS, NRAS and BRAF wild type": the result of the last marker is that of each."""
    given: list[Logic] = []
    result: Leaf | None = None
    change = ""
    for arg in reversed(args):
        if isinstance(arg, Leaf) and arg.op == "biomarker" and arg.cmp is None:
            name, _, last = arg.term.rpartition(" ")
            if name and lexicon().nouns.get(last.lower()) == "biomarker":
                change = last
            elif change and not name and not arg.qualifiers:
                arg = replace(arg, term=f"{arg.term} {change}")  # "EGFR | or ALK mutation"
        else:
            change = ""
        if not isinstance(arg, Leaf) or arg.op != "biomarker":
            result = None
        elif arg.cmp is not None:
            result = arg if arg.cmp == "=" and isinstance(arg.value, str) else None
        elif result is not None and _alone(arg, result):
            arg = replace(arg, cmp=result.cmp, value=result.value)
        else:
            result = None
        given.append(arg)
    return tuple(reversed(given))


def _alone(leaf: Leaf, last: Leaf) -> bool:
    """Whether a marker is named and no more ("EGFR", no "EGFR mutation"), or as the last one is."""
    if leaf.qualifiers or leaf.concept is None:
        return False
    named = leaf.term.lower() == leaf.concept.name.lower() or " " not in leaf.term
    return named or " " in last.term
