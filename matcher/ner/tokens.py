"""Tokens and segments for the bundled model: plain regexes, so that neither side needs spaCy to run it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache

from matcher.model import Span

TOKEN = re.compile(r"\d+(?:[.,]\d+)*|[^\W\d_]+(?:\d+[^\W\d_]*)*|\S")
"""Numbers with their decimals, words (``HbA1c``, ``CD4``), and every other sign by itself: annotated spans begin and
end at these in 99.7 % of the criteria of Chia."""

_LINE = re.compile(r"[^\n\r]+")
_SENTENCE_END = re.compile(r"(?<=[a-z)\]%0-9][.;!?])\s+(?=[A-Z(\[\d\"“])")
_LONGEST = 120
"""Tokens in one segment: longer ones are cut, so that time stays linear on hostile text."""

Segment = list[tuple[int, int]]


def segments(text: str) -> list[Segment]:
    """The tokens of the text as (start, end), by line and sentence; blank lines yield nothing."""
    out: list[Segment] = []
    for line in _LINE.finditer(text):
        begin, end = line.span()
        for cut in [*_SENTENCE_END.finditer(text, begin, end), None]:
            stop = end if cut is None else cut.start()
            tokens = [m.span() for m in TOKEN.finditer(text, begin, stop)]
            out.extend(tokens[i : i + _LONGEST] for i in range(0, len(tokens), _LONGEST))
            if cut is not None:
                begin = cut.end()
    return out


def touched(cut: Iterable[Segment], extents: Sequence[Span]) -> Iterator[Segment]:
    """The segments that share a character with one of the extents; both in order."""
    at = 0
    for segment in cut:
        while at < len(extents) and extents[at].end <= segment[0][0]:
            at += 1
        if at < len(extents) and extents[at].start < segment[-1][1]:
            yield segment


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
