"""Regular expressions made of lists."""

from __future__ import annotations

import re
from collections.abc import Iterable


def alternatives(phrases: Iterable[str]) -> str:
    """Any of the phrases, the longest first; a blank stands for any blanks."""
    longest = sorted(set(phrases), key=lambda phrase: (-len(phrase), phrase))
    return by_first_letter(r"\s+".join(re.escape(part) for part in phrase.split(" ")) for phrase in longest)


def by_first_letter(expressions: Iterable[str]) -> str:
    """An alternation of expressions that begin with a letter, a digit or a sign each, which is asked for but once: at
    most places of a text none of them begins, and to try one after the other is what a search takes its time for.

    Of those that begin alike the order is kept; no others can match at one place.

    >>> by_first_letter(["cough", "rash", "cramps"])
    'c(?:ough|ramps)|rash'
    """
    groups: dict[str, list[str]] = {}
    for expression in expressions:
        groups.setdefault(expression[0].lower(), []).append(expression)
    return "|".join(map(_factored, groups.values()))


def _factored(alike: list[str]) -> str:
    first = alike[0][0]
    if len(alike) == 1 or not first.isalnum() or any(one[0] != first for one in alike):
        return "|".join(alike)
    return f"{first}(?:{'|'.join(one[1:] for one in alike)})"
