"""A pattern looked for only around words without which it cannot match."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

_BEFORE = 80
_AFTER = 60


def near(pattern: re.Pattern[str], text: str, low: str, words: Sequence[str]) -> Iterator[re.Match[str]]:
    """The matches of ``pattern`` in ``text``, in order, that lie around one of ``words``.

    ``low``: the text in small letters, as long as it is; ``words`` are small. A match begins at most 80 characters
    before the word's first and ends at most 60 behind it. A long text is passed over at the speed of `str.find`.
    """
    done = 0
    for place in sorted({place for word in words for place in places(low, word)}):
        if place >= done:
            for match in pattern.finditer(text, max(done, place - _BEFORE), place + _AFTER):
                done = match.end()
                yield match


def places(text: str, word: str) -> Iterator[int]:
    """Where a word stands in a text, also within another word."""
    at = text.find(word)
    while at >= 0:
        yield at
        at = text.find(word, at + len(word))
