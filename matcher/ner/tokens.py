"""Tokens and segments for the bundled model: plain regexes, so that neither side needs spaCy to run it."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from functools import lru_cache
from operator import attrgetter

from matcher.model import Span

TOKEN = re.compile(r"\d+(?:[.,]\d+)*|[^\W\d_]+(?:\d+[^\W\d_]*)*|\S")
"""Numbers with their decimals, words (``HbA1c``, ``CD4``), and every other sign by itself: annotated spans begin and
end at these in 99.7 % of the criteria of Chia."""

_LINE = re.compile(r"[^\n\r]+")
_SENTENCE_END = re.compile(r"(?<=[a-z)\]%0-9][.;!?])\s+(?=[A-Z(\[\d\"“])")
_END = attrgetter("end")
_LONGEST = 120
"""Tokens in one segment: longer ones are cut, so that time stays linear on hostile text."""

Segment = list[tuple[int, int]]


def segments(text: str, within: Sequence[Span] | None = None) -> list[Segment]:
    """The tokens of the text as (start, end), by line and sentence; blank lines yield nothing.

    ``within``: only the segments that share a character with one of these extents, which are in order.
    """
    out: list[Segment] = []
    for line in _LINE.finditer(text):
        begin, end = line.span()
        for cut in [*_SENTENCE_END.finditer(text, begin, end), None]:
            stop = end if cut is None else cut.start()
            if within is None or _touches(begin, stop, within):
                tokens = [m.span() for m in TOKEN.finditer(text, begin, stop)]
                parts = (tokens[i : i + _LONGEST] for i in range(0, len(tokens), _LONGEST))
                out.extend(part for part in parts if within is None or _touches(part[0][0], part[-1][1], within))
            if cut is not None:
                begin = cut.end()
    return out


def _touches(start: int, end: int, extents: Sequence[Span]) -> bool:
    """Whether a stretch shares a character with one of some extents, which are in order and apart."""
    at = bisect_right(extents, start, key=_END)
    return at < len(extents) and extents[at].start < end


_SHAPES = 12


@lru_cache(maxsize=200_000)
def shape(word: str) -> int:
    """One of `_SHAPES` classes of spelling: what lower-casing loses."""
    if word.isdigit():
        return 1 if len(word) == 1 else 2 if len(word) == 2 else 3 if len(word) < 5 else 4
    if word[0].isdigit():
        return 5
    if not word[0].isalpha():
        return 6
    if word.isalpha():
        if word.islower():
            return 0
        if word.isupper():
            return 7 if len(word) > 1 else 8
        return 9 if word[1:].islower() else 10
    return 11
