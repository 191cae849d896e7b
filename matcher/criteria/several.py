"""A number of things listed behind their common name: "two or more risk factors: hypertension, diabetes, smoking"."""

from __future__ import annotations

import re
from functools import cache

from matcher.criteria.lexicon import load
from matcher.criteria.trees import leaves
from matcher.model import And, AtLeast, Leaf, Logic, Or
from matcher.numerals import NUMERALS
from matcher.patterns import alternatives


def counted(tree: Logic, text: str, start: int) -> Logic:
    """The tree as so many of its members; ``text`` is the criterion's, from ``start``."""
    found = _pattern().match(text)
    if found is None or not isinstance(tree, And | Or):
        return tree
    word = (found["n"] or found["m"]).lower()
    number = int(word) if word.isdigit() else int(NUMERALS[word])
    behind = start + found.end()
    members = tuple(arg for arg in tree.args if min(leaf.start for leaf in leaves(arg)) >= behind)
    if len(members) == 1 and isinstance(members[0], And | Or):
        members = members[0].args
    before = [arg for arg in tree.args if min(leaf.start for leaf in leaves(arg)) < behind]
    named = all(isinstance(arg, Leaf) and arg.concept is None and arg.op == "other" for arg in before)
    if named and len(members) == 1 and isinstance(members[0], AtLeast) and members[0].n == number:
        return members[0]  # "at least two risk factors (A, B, C)"
    if not named or len(members) <= number or number < 1:
        return tree
    return AtLeast(number, members) if number > 1 else Or(members)


@cache
def _pattern() -> re.Pattern[str]:
    table = load("several")
    numbers, nouns, leads = "|".join([*NUMERALS, r"\d"]), alternatives(table["nouns"]), alternatives(table["leads"])
    return re.compile(
        rf"\W*(?:(?:{leads})\s)?(?:(?:at\sleast\s|(?:≥|>=|=>)\s?)(?P<n>{numbers})|(?P<m>{numbers})\sor\smore)\s"
        rf"(?:[\w-]+\s){{0,4}}?(?:{nouns})(?:\s(?:of|for)\s[^:;.()\n]{{1,60}}(?=:))?"
        rf"\s?(?::|\(|-|–|—|,?\s?(?:including|among|from))",
        re.IGNORECASE,
    )
