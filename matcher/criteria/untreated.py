"""Criteria that ask for no treatment before ("treatment-naive CLL", "previously untreated"), or for one that is over
("completed treatment for latent TB")."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, Any

from matcher.criteria.lexicon import load
from matcher.criteria.trees import join
from matcher.model import And, AtLeast, Concept, Except, If, Leaf, Logic, Not, Or
from matcher.patterns import alternatives

if TYPE_CHECKING:
    from matcher.terms import Terminology


def untreated(
    tree: Logic | None, text: str, start: int, terms: Terminology | None, *, excludes: bool = False
) -> Logic | None:
    """The tree with such names as "no line of therapy yet"; ``text`` is the criterion's, from ``start``.

    What is excluded as "untreated" alone is a disease that is not treated now, not one that never was.
    """
    low = text.lower()
    first = next((p for p in _table()["naive"] if p in low), None)
    if excludes and first == "untreated":
        first = None
    if tree is None:
        alone = first is not None and low.strip(" .;,") in (first, f"{first} patients", f"{first} disease")
        return _lines(start, start + len(text), text.strip(), _class(None, terms)) if alone else None
    return _read(_around(tree, low, start), first, terms)


def _around(tree: Logic, low: str, start: int) -> Logic:
    """ "Biologic-naive patients with psoriasis": the denial is of the drug alone."""
    match tree:
        case Not(And((Leaf(op="medication") as drug, *rest))):
            after = low[drug.end - start :].lstrip(" -")
            if rest and after.startswith(tuple(_table()["naive_words"])):
                return And((*rest, Not(replace(drug, status="ever"))))
        case Not(Leaf(op="medication") as drug):
            if low[drug.end - start :].lstrip(" -").startswith(tuple(_table()["naive_words"])):
                return Not(replace(drug, status="ever"))
    return tree


def leftover() -> frozenset[str]:
    """Words that such a name accounts for."""
    return frozenset(_table()["leftover"])


def _read(tree: Logic, first: str | None, terms: Terminology | None) -> Logic:
    match tree:
        case Not(Leaf() as leaf) if _no_treatment(leaf):
            return _lines(leaf.start, leaf.end, leaf.term, _class(None, terms))
        case Leaf(op="medication" | "procedure", concept=None) if (over := _completed(tree, terms)) is not None:
            return over
        case Leaf(op="condition") if (parted := _naive_to(tree, terms)) is not None:
            return parted
        case Leaf(op="condition") if first is not None:
            return _of_disease(tree, first, terms)
        case And(args) | Or(args):
            read = tuple(_read(arg, first, terms) for arg in args)
            return join("and" if isinstance(tree, And) else "or", read) or tree
        case AtLeast(n, args):
            return AtLeast(n, tuple(_read(arg, first, terms) for arg in args))
        case Except(base, spares):
            return Except(_read(base, first, terms), spares)
        case If(premise, then):
            return If(premise, _read(then, first, terms))
    return tree


def _completed(leaf: Leaf, terms: Terminology | None) -> Leaf | None:
    """ "Completed treatment for latent TB": the disease, whose treatment is over."""
    if (told := _over().match(leaf.term)) is None or terms is None or leaf.cmp is not None or leaf.window is not None:
        return None
    disease = terms.normalise(leaf.term[told.end() :]).concept
    if disease is None or terms.kind(disease.id) != "condition":
        return None
    marked = (_table()["completed"]["asks"], *leaf.qualifiers)
    return Leaf("condition", leaf.start, leaf.end, leaf.term[told.end() :], disease, qualifiers=marked)


@cache
def _over() -> re.Pattern[str]:
    known = {name: alternatives(words) for name, words in _table()["completed"].items() if name != "asks"}
    done = rf"(?:(?:{known['done']})\s)+(?:(?:{known['between']})\s)*"
    return re.compile(rf"{done}(?:{known['what']})\s(?:for|of)\s(?:(?:an?|the|their)\s)?", re.IGNORECASE)


def _no_treatment(leaf: Leaf) -> bool:
    plain = leaf.concept is None and leaf.cmp is None and leaf.window is None and leaf.count is None
    return plain and leaf.op in ("medication", "other") and leaf.term.lower() in _treatments()


def _of_disease(leaf: Leaf, first: str, terms: Terminology | None) -> Logic:
    """The disease, and no line of its treatment; untreated metastases or infections are another question."""
    given = _class(leaf.concept, terms) if leaf.concept is not None else None
    low = leaf.term.lower()
    named = low.startswith(first)
    marked = tuple(q for q in leaf.qualifiers if q.lower() in _table()["leftover"])
    if named and leaf.concept is None:
        return _lines(leaf.start, leaf.end, leaf.term, _class(None, terms))
    local = leaf.concept is not None and terms is not None and first == "untreated"
    if local and any(terms.is_a(leaf.concept.id, other) for other in _table()["not_of"]):  # type: ignore[union-attr]
        return leaf
    if given is None or not (named or marked):
        return leaf
    kept = replace(leaf, qualifiers=tuple(q for q in leaf.qualifiers if q not in marked))
    if named:
        skip = len(first) + len(leaf.term[len(first) :]) - len(leaf.term[len(first) :].lstrip())
        kept = replace(kept, term=leaf.term[skip:], start=leaf.start + skip)
    return And((kept, _lines(leaf.start, leaf.end, "prior therapy", given)))


def _naive_to(leaf: Leaf, terms: Terminology | None) -> Logic | None:
    """ "Insulin-naive type 2 diabetes": the disease, and the drug never."""
    table = _table()["naive_to"]
    low = leaf.term.lower()
    at = next(((low.find(join), len(join)) for join in table["joins"] if join in low), None)
    if at is None or terms is None or leaf.start + len(leaf.term) != leaf.end:
        return None
    end, start = at[0], at[0] + at[1]
    drug = terms.normalise(table["short"].get(low[:end], low[:end])).concept
    disease = terms.normalise(leaf.term[start:]).concept
    if drug is None or disease is None or terms.kind(drug.id) not in ("drug", "drug_class"):
        return None
    if terms.kind(disease.id) != "condition":
        return None
    kept = tuple(q for q in leaf.qualifiers if q.lower() not in low[:start])
    own = replace(leaf, term=leaf.term[start:], start=leaf.start + start, concept=disease, qualifiers=kept)
    given = Leaf("medication", leaf.start, leaf.start + end, leaf.term[:end], drug, status="ever")
    return And((own, Not(given)))


def _lines(start: int, end: int, term: str, given: Concept | None) -> Leaf:
    return Leaf("therapy_lines", start, end, term, given, cmp="=", value=0.0)


def _class(disease: Concept | None, terms: Terminology | None) -> Concept | None:
    """The class of treatments that answers; for a disease that has none, None."""
    if terms is None:
        return None
    for row in _table()["answers"]:
        if disease is None or terms.is_a(disease.id, row["disease"]):
            return terms.concept(row["class"])
    return None


@cache
def _treatments() -> frozenset[str]:
    return frozenset(_table()["treatments"])


@cache
def _table() -> dict[str, Any]:
    return load("untreated")
