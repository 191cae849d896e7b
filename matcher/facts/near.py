"""A pattern looked for only around words without which it cannot match."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

_BEFORE = 80
_AFTER = 60


def near(
    pattern: re.Pattern[str], text: str, low: str, words: Iterable[str], before: int = _BEFORE
) -> Iterator[re.Match[str]]:
    """The matches of ``pattern`` in ``text``, in order, that lie around one of ``words``.

    ``low``: the text in small letters, as long as it is; ``words`` are small. A match begins at most ``before``
    characters before the word's first and ends at most 60 behind it. A long text is passed over at the speed of
    `str.find`.
    """
    return around(pattern, text, sorted({place for word in words for place in places(low, word)}), before)


def around(pattern: re.Pattern[str], text: str, some: Iterable[int], before: int = _BEFORE) -> Iterator[re.Match[str]]:
    """As `near`, around some places, given in order."""
    spans: list[tuple[int, int]] = []
    for place in some:
        start, stop = max(0, place - before), place + _AFTER
        if spans and start <= spans[-1][1]:
            spans[-1] = spans[-1][0], stop
        else:
            spans.append((start, stop))
    for start, stop in spans:
        yield from pattern.finditer(text, start, stop)


def places(text: str, word: str) -> Iterator[int]:
    """Where a word stands in a text, also within another word."""
    at = text.find(word)
    while at >= 0:
        yield at
        at = text.find(word, at + len(word))


def whole(low: str, word: str) -> Iterator[int]:
    """Where a word stands by itself in a text in small letters."""
    for at in places(low, word):
        after = at + len(word)
        if not low[at - 1 : at].isalnum() and not low[after : after + 1].isalnum():
            yield at
