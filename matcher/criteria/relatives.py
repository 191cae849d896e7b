"""Which relatives a criterion on the family asks for: "breast cancer in a first-degree relative"."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cache

from matcher.criteria.lexicon import load
from matcher.criteria.trees import leaves, mapped
from matcher.model import And, Leaf, Logic, Or


def named(tree: Logic, text: str) -> Logic:
    """The tree with the relatives of the criterion's text on its leaves of family history."""
    family = [leaf for leaf in leaves(tree) if leaf.op == "family_history"]
    if not family:
        return tree
    known = _known()
    said = dict.fromkeys(known[found.group().lower()] for found in _pattern().finditer(text))
    asked = tuple(who for who in said if not any(who in leaf.qualifiers for leaf in family))
    if not asked:
        return tree
    tree = _without_bare(tree)
    return mapped(
        tree, lambda leaf: replace(leaf, qualifiers=(*leaf.qualifiers, *asked)) if leaf.op == "family_history" else leaf
    )


def _without_bare(tree: Logic) -> Logic:
    """ "In a parent or sibling": the second relative is no disease."""
    if not isinstance(tree, Or | And):
        return tree
    kept = tuple(_without_bare(arg) for arg in tree.args if not _bare(arg))
    if not kept:
        return tree
    return kept[0] if len(kept) == 1 else type(tree)(kept)


def _bare(tree: Logic) -> bool:
    return (
        isinstance(tree, Leaf)
        and tree.op == "family_history"
        and tree.concept is None
        and not _pattern().sub("", tree.term).strip(" ,;()-")
    )


@cache
def _known() -> dict[str, str]:
    return {word: who for who, words in load("relatives")["words"].items() for word in words}


@cache
def _pattern() -> re.Pattern[str]:
    words = sorted(_known(), key=lambda word: (-len(word), word))
    return re.compile(rf"(?<![\w-])(?:{'|'.join(map(re.escape, words))})(?![\w-])", re.IGNORECASE)
