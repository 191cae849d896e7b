"""The words of a text as the search for protocols' own terms cuts them."""

from __future__ import annotations

import re
import string
from collections.abc import Iterable, Iterator

WORD = re.compile(r"[A-Za-z][A-Za-z0-9]*(?:['’-][A-Za-z0-9]+)*|\d+(?:\.\d+)?")
_STRETCH = frozenset(string.ascii_letters + string.digits + "'’.-")
"""All that a word may be made of."""


def words(text: str) -> set[str]:
    """The distinct words of a text as the search cuts them; none holds a space."""
    return set(WORD.findall(text))


def around(text: str, some: Iterable[str]) -> Iterator[tuple[int, str]]:
    """The words of all stretches that hold one of some, in order; no word reaches over the end of a stretch."""
    at = 0
    for place in sorted(place for word in some for place in _places(text, word)):
        if place < at:
            continue
        start = place
        while start > at and text[start - 1] in _STRETCH:
            start -= 1
        at = place
        while at < len(text) and text[at] in _STRETCH:
            at += 1
        yield from ((match.start(), match.group()) for match in WORD.finditer(text, start, at))


def _places(text: str, word: str) -> Iterator[int]:
    at = text.find(word)
    while at >= 0:
        yield at
        at = text.find(word, at + 1)
