"""Which relatives a criterion on the family asks for: "breast cancer in a first-degree relative"."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cache, partial

from matcher.criteria.lexicon import load
from matcher.criteria.trees import leaves, mapped, without
from matcher.model import Leaf, Logic
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
