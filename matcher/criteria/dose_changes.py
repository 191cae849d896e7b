"""Criteria on a treatment that was changed: "change in antidepressant therapy within 4 weeks".

Who took it in that time and was not on a steady dose for as long has had a change: a start, a stop or another dose.
"""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING

from matcher.criteria.lexicon import load
from matcher.model import And, AtLeast, Except, If, Leaf, Logic, Not, Or
from matcher.patterns import alternatives

if TYPE_CHECKING:
    from matcher.terms import Terminology


def changed(tree: Logic, terms: Terminology) -> Logic:
    """The tree with each such name as the drug, taken in the window and not steady for as long."""
    match tree:
        case Leaf(op="other"):
            return _of_name(tree, terms) or tree
        case And((Leaf(op="other") as word, Leaf(op="medication") as drug)) if _begins().fullmatch(word.term):
            return _asked(drug) or tree
        case And(args):
            return And(tuple(changed(arg, terms) for arg in args))
        case Or(args):
            return Or(tuple(changed(arg, terms) for arg in args))
        case AtLeast(n, args):
            return AtLeast(n, tuple(changed(arg, terms) for arg in args))
        case Not(arg):
            return Not(changed(arg, terms))
        case Except(base, spares):
            return Except(changed(base, terms), spares)
        case If(premise, then):
            return If(premise, changed(then, terms))
    return tree


def _of_name(leaf: Leaf, terms: Terminology) -> Logic | None:
    found = _named().fullmatch(leaf.term)
    if found is None:
        return None
    whole = leaf.term[found.start("drug") :]
    concept = next((c for w in (whole, found["drug"]) if (c := terms.normalise(w).concept) is not None), None)
    if concept is None or terms.kind(concept.id) != "drug":
        return None
    start = leaf.start + found.start("drug") if leaf.end - leaf.start == len(leaf.term) else leaf.start
    return _asked(replace(leaf, op="medication", term=found["drug"], concept=concept, start=start))


def _asked(drug: Leaf) -> Logic | None:
    if drug.window is None or drug.window.within is None or drug.concept is None:
        return None
    return And((drug, Not(replace(drug, window=None, stable=drug.window.within))))


@cache
def _begins() -> re.Pattern[str]:
    return re.compile(rf"(?:any\s)?(?:{alternatives(load('dose_changes')['begins'])})", re.IGNORECASE)


@cache
def _named() -> re.Pattern[str]:
    table = load("dose_changes")
    joins, nouns = alternatives(table["joins"]), alternatives(table["nouns"])
    return re.compile(
        rf"{_begins().pattern}\s(?:{joins})\s(?P<drug>\S.*?)(?:\s(?:{nouns}))?", re.IGNORECASE | re.DOTALL
    )
