"""Values that a note gives as multiples of a limit of normal: "4.5 x ULN", "3 times the upper limit"."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cache

from matcher.facts import tables
from matcher.model import Quantity

_MOST = 48
"""Characters behind the number."""


def of(text: str, quantity: Quantity | None) -> Quantity | None:
    """The quantity with the limit as its unit (``ULN``, ``LLN``) where the words behind it say so."""
    if quantity is None or quantity.unit is not None or not quantity.end:
        return quantity
    behind = text[quantity.end : quantity.end + _MOST]
    if not behind[:1].isalpha() and behind[:1] not in (" ", "-", "×"):
        return quantity
    found = _pattern().match(behind)
    if found is None:
        return quantity
    upper = found["upper"] or found["upper_bare"]
    return replace(quantity, unit="ULN" if upper else "LLN")


@cache
def _pattern() -> re.Pattern[str]:
    words = {side: tables.words(listed) for side, listed in tables.toml("values")["multiple"].items()}
    # "120 ULN 45" gives the limit itself
    named = rf"(?:(?P<upper>{words['upper']})|(?P<lower>{words['lower']}))(?!\s?[:=<]?\s?\d)"
    bare = rf"(?:(?P<upper_bare>{words['upper_bare']})|{words['lower_bare']})"
    return re.compile(
        rf"\s?-?(?P<times>{words['times']})?\s?(?:the\s)?(?:{named}|(?(times){bare}|(?!)))", re.IGNORECASE
    )


def worded(text: str, start: int, stop: int) -> Quantity | None:
    """What a word says: "CK | twice normal"."""
    found = _worded().match(text, start, stop)
    limit = _pattern().match(f" x {text[found.end() : found.end() + _MOST].lstrip()}") if found is not None else None
    if found is None or limit is None:
        return None
    times = tables.toml("values")["multiple_words"]["of"][found["word"].lower()]
    unit = "ULN" if limit["upper"] or limit["upper_bare"] else "LLN"
    return Quantity(times, times, unit, start=found.start("word"), end=found.end())


@cache
def _worded() -> re.Pattern[str]:
    table = tables.toml("values")["multiple_words"]
    return re.compile(
        rf"[\s:=,]{{1,3}}(?:(?:{tables.words(table['before'])})\s){{0,3}}(?P<word>{tables.words(table['of'])})\s", re.I
    )
