"""What a tree says twice or by implication: "male or female" beside an age, the sex of a pregnant woman."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import TypeGuard

from matcher.criteria.trees import rebuilt
from matcher.model import And, AtLeast, Except, If, Leaf, Logic, Not, Or

_OF_WOMEN = ("pregnancy", "lactation")


def simplified(tree: Logic) -> Logic:
    """The tree without leaves that restrict nothing beside the others. Same meaning."""
    match tree:
        case And(args):
            return _and(tuple(simplified(a) for a in args))
        case Or(args):
            return _or(tuple(simplified(a) for a in args))
        case AtLeast(n, args):
            return AtLeast(n, tuple(simplified(a) for a in args))
        case Not(arg):
            return Not(simplified(arg))
        case Except(base, spares):
            return Except(simplified(base), tuple(simplified(s) for s in spares))
        case If(premise, then):
            return If(simplified(premise), simplified(then))
    return tree


def _once(args: Sequence[Logic]) -> list[Logic]:
    """Without leaves that say what another says in other words ("other studies and/or trials")."""
    named = {(arg.op, arg.term) if isinstance(arg, Leaf) else id(arg) for arg in args}
    if len(named) == len(args) and sum(not isinstance(arg, Leaf) for arg in args) < 2:
        return list(args)  # most lists: no two leaves of one name
    said: dict[Logic, Logic] = {}
    for arg in args:
        said.setdefault(replace(arg, start=0, end=0) if isinstance(arg, Leaf) else arg, arg)
    return list(said.values())


def _and(args: tuple[Logic, ...]) -> Logic:
    kept = [a for a in _once(args) if not _anyone(a)] or list(args[:1])
    if _all_ages(kept):
        # "adults and children requiring …": one or the other
        ages = tuple(a for a in kept if _age_group(a))
        kept = [Or(ages), *(a for a in kept if a not in ages)]
    habits = tuple(a for a in kept if isinstance(a, Leaf) and a.op == "behaviour" and a.status != "ever")
    if {"current", "past"} <= {a.status for a in habits}:
        habits = tuple(a for a in habits if a.status is not None)
    apart = len({a.status for a in habits}) == len(habits) > 1
    if apart and any(a.status == "past" for a in habits) and frozenset.intersection(*map(_stems, habits)):
        # "current smokers and ex-smokers": nobody is both
        bare = [a for a in kept if isinstance(a, Leaf) and a.op == "behaviour" and a.cmp is None]
        kept = [Or(habits), *(a for a in kept if a not in habits and a not in bare)]
    if any(_not_pregnant(a) for a in kept):
        # "male and non-pregnant female": no man is pregnant
        kept = [a for a in kept if not (isinstance(a, Leaf) and a.op == "sex" and a.value == "male")]
    rest = [a for a in kept if not (isinstance(a, Leaf) and a.op == "sex" and a.value == "female")]
    if rest and len(rest) < len(kept) and any(_female(a) for a in rest):
        kept = rest
    return kept[0] if len(kept) == 1 else And(tuple(kept))


def _stems(leaf: Leaf) -> frozenset[str]:
    """Beginnings of the words of a habit's name: "smokers", "smoking"."""
    return frozenset(word[:4] for word in re.findall(r"[a-z]{4,}", leaf.term.lower()))


def _age_group(tree: Logic) -> bool:
    return isinstance(tree, Leaf) and tree.op == "age" and tree.term != "age"


def _all_ages(args: Sequence[Logic]) -> bool:
    """Whether two words for age groups leave nobody out: "adults", "children"."""
    limits = {(a.cmp, a.value) for a in args if isinstance(a, Leaf) and _age_group(a)}
    return any((">=", value) in limits for cmp, value in limits if cmp == "<")


def _or(args: tuple[Logic, ...]) -> Logic:
    """Of one state once certain and once suspected, the plain one; it is asked with "or" anyway."""
    plain = {a.op for a in args if isinstance(a, Leaf) and a.op in _OF_WOMEN and not a.qualifiers}
    kept = [a for a in _once(args) if not (isinstance(a, Leaf) and a.op in plain and a.qualifiers == ("suspected",))]
    if any(_not_pregnant(a) for a in kept):
        kept = [a for a in kept if not (isinstance(a, Leaf) and a.op == "sex" and a.value == "male")]
    return kept[0] if len(kept) == 1 else Or(tuple(kept))


def _not_pregnant(tree: Logic) -> bool:
    return isinstance(tree, Not) and isinstance(tree.arg, Leaf) and tree.arg.op in _OF_WOMEN


def _anyone(tree: Logic) -> bool:
    """ "Male or female"."""
    return (
        isinstance(tree, Or)
        and len(tree.args) == 2
        and all(isinstance(a, Leaf) and a.op == "sex" for a in tree.args)
        and {a.value for a in tree.args if isinstance(a, Leaf)} == {"male", "female"}
    )


def _female(tree: Logic) -> bool:
    """Whether the tree can hold of women only."""
    match tree:
        case Leaf():
            return tree.op in _OF_WOMEN
        case And(args):
            return any(_female(a) for a in args)
        case Or(args):
            return all(_female(a) for a in args)
        case Except(base, _):
            return _female(base)
    return False


def merged(tree: Logic, text: str) -> Logic:
    """The tree with one leaf for one run of text that only a person can judge ("unable to consent; unable to read")."""
    if not isinstance(tree, And | Or):
        return rebuilt(tree, lambda part: merged(part, text))
    out: list[Logic] = []
    for arg in (merged(a, text) for a in tree.args):
        last = out[-1] if out else None
        if _judged(last) and _judged(arg) and last.end <= arg.start:
            out[-1] = replace(last, end=arg.end, term=" ".join(text[last.start : arg.end].split()))
        else:
            out.append(arg)
    return out[0] if len(out) == 1 else replace(tree, args=tuple(out))


def _judged(tree: Logic | None) -> TypeGuard[Leaf]:
    return isinstance(tree, Leaf) and tree.op == "administrative"
