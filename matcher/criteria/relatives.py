"""Which relatives a criterion on the family asks for, and how old they were: "cancer in a sister before age 50"."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cache, partial

from matcher.criteria.lexicon import load
from matcher.criteria.trees import leaves, mapped, rebuilt, without
from matcher.model import And, Leaf, Logic
from matcher.patterns import alternatives


def named(tree: Logic, text: str) -> Logic:
    """The tree with the relatives of the criterion's text on its leaves of family history."""
    family = [leaf for leaf in leaves(tree) if leaf.op == "family_history"]
    if not family:
        return tree
    known = _known()
    said = dict.fromkeys(known[" ".join(found.group().lower().split())] for found in _pattern().finditer(text))
    asked = tuple(who for who in said if not any(who in leaf.qualifiers for leaf in family))
    if not asked:
        return tree
    return mapped(without(tree, _bare), partial(_with, relatives=asked))


def aged(tree: Logic, text: str, start: int) -> Logic:
    """The tree with a relative's age at the disease on the disease, not on the patient: "in a brother at < 50 years".

    ``start``: where the criterion's text begins.
    """
    if isinstance(tree, Leaf):
        return tree
    tree = rebuilt(tree, lambda part: aged(part, text, start))
    if not isinstance(tree, And):
        return tree
    kept: list[Logic] = []
    for arg in tree.args:
        last = kept[-1] if kept else None
        if not isinstance(last, Leaf) or last.op != "family_history" or last.cmp is not None:
            kept.append(arg)
            continue
        behind = leaves(arg)
        between = text[max(0, last.end - start) : max(0, behind[0].start - start)].lower()
        ages = all(leaf.op in ("age", "sex") for leaf in behind)
        by_sex = any(leaf.op == "sex" for leaf in leaves(tree))
        early = last.term.lower().startswith(tuple(load("relatives")["aged"]["early"]))
        if ages and "(" in between and (early or by_sex):
            continue  # "premature CAD (men < 55, women < 65 years)": so old they were
        if isinstance(arg, Leaf) and arg.op == "age" and arg.cmp is not None and _of_disease().search(between):
            kept[-1] = replace(last, cmp=arg.cmp, value=arg.value, value2=arg.value2, unit=arg.unit or "years")
            continue
        kept.append(arg)
    return kept[0] if len(kept) == 1 else replace(tree, args=tuple(kept))


@cache
def _of_disease() -> re.Pattern[str]:
    table = load("relatives")["aged"]
    return re.compile(rf"\b(?:{alternatives(table['words'])})(?:\s(?:{alternatives(table['beside'])}))*\s*\(?$")


def _bare(leaf: Leaf) -> bool:
    """ "In a parent or sibling": the second relative is no disease."""
    named = _pattern().sub("", leaf.term).strip(" ,;()-")
    return leaf.op == "family_history" and leaf.concept is None and not named


def _with(leaf: Leaf, relatives: tuple[str, ...]) -> Leaf:
    if leaf.op != "family_history":
        return leaf
    return replace(leaf, qualifiers=(*leaf.qualifiers, *relatives))


@cache
def _known() -> dict[str, str]:
    return {word: who for who, words in load("relatives")["words"].items() for word in words}


@cache
def _pattern() -> re.Pattern[str]:
    return re.compile(rf"(?<![\w-])(?:{alternatives(_known())})(?![\w-])", re.IGNORECASE)
