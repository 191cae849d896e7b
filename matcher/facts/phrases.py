"""All phrases of the fact tables found in one pass over a note's words."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable
from functools import cache
from itertools import accumulate
from typing import Any, NamedTuple

from matcher.facts import phrase_tables, time, time_patterns
from matcher.facts.phrase_tables import Listed
from matcher.ner import quantities
from matcher.numerals import NUMERALS

_TOKEN = re.compile(r"[^\W_]+(?:['’][^\W_]+)?|\S")
_WHOLE = re.compile(r"[^\W_]+(?:['’][^\W_]+)?")
_SPLIT = re.compile(f"({_TOKEN.pattern})")
_WHOLE_ASCII = re.compile(r"[a-z0-9]+(?:'[a-z0-9]+)?")
_SPLIT_ASCII = re.compile(rf"({_WHOLE_ASCII.pattern}|[^\t-\r\x1c- ])")
"""The same for plain small letters, in two thirds of the time."""
_TNM = re.compile(r"[cpyra]{0,3}t(?:[0-4]|is|x)|y?[cp](?:n[0-3]|m[01]|n$)")
_LETTERS = re.compile(r"[a-z]*")
_GAP_ENDS = frozenset(".;:\n()!?")
_MAX_GAP = 3
_MOST_MARKED = 30_000
"""Words of notes that are remembered."""
_BETWEEN = "\n"
"""Stands between two sentences: no phrase goes from one into the next."""
_END = ""
_ANY = "*"


class Hit(NamedTuple):
    """A phrase of a table in a text; ``phrase`` as in the table, lower case."""

    start: int
    end: int
    phrase: str


def lowered(text: str) -> str:
    """The text in small letters, each at its place."""
    low = text.lower()
    if len(low) != len(text):
        # A few letters change their length with their case; places must not move.
        low = "".join(c.lower() if len(c.lower()) == 1 else c for c in text)
    return low


def tokens(text: str, spans: Iterable[tuple[int, int]]) -> tuple[list[str], list[int], list[int]]:
    """Words (in small letters) and signs of the stretches of a text, with their places; `_BETWEEN` parts them."""
    words: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    for start, end in spans:
        low = lowered(text[start:end])
        parts = (_SPLIT_ASCII if low.isascii() else _SPLIT).split(low)  # gap, token, gap, token … gap
        offsets = list(accumulate(map(len, parts), initial=start))
        words += parts[1::2]
        starts += offsets[1:-1:2]
        ends += offsets[2::2]
        words.append(_BETWEEN)
        starts.append(end)
        ends.append(end)
    return words, starts, ends


def whole_words(low: str) -> list[str]:
    """The words of a text in small letters, without its signs."""
    return (_WHOLE_ASCII if low.isascii() else _WHOLE).findall(low)


def split(phrase: str) -> list[str]:
    """The tokens of a phrase."""
    return _TOKEN.findall(phrase.lower())


@cache
def _begun() -> dict[str, list[tuple[Listed, str, str]]]:
    """(list, lead, way) of every table, by the first word: notes hold but few of them."""
    found: dict[str, list[tuple[Listed, str, str]]] = {}
    for row in phrase_tables.listed():
        for lead, way in row.leads():
            first = _TOKEN.search(lead.lower())
            assert first is not None, row.tag
            found.setdefault(first.group(), []).append((row, lead, way))
    return found


@cache
def _after(word: str) -> dict[str, Any]:
    """How the phrases that begin with a word go on, as a trie."""
    root: dict[str, Any] = {}
    for tag, phrase in sorted({(row.tag, p) for row, lead, way in _begun()[word] for p in row.led_by(lead, way)}):
        node = root
        for token in split(phrase)[1:]:
            node = node.setdefault(token, {})
        ends: list[tuple[str, str]] = node.setdefault(_END, [])
        ends.append((tag, phrase.lower()))
    return root


_NUMBER, _TIME, _PHRASE, _AGE, _GLUED, _TELLS, _STAGE = 1, 2, 4, 8, 16, 32, 64
_AGED = frozenset(word[:3] for word in NUMERALS) | {"age"}


class _Marks(dict[str, int]):
    """What may begin with a word; worked out once a word."""

    def __missing__(self, word: str) -> int:
        first = word[0]
        digit = first.isdigit()
        mark = _NUMBER if quantities.may_begin(word) else 0
        if digit or word == "×" or time_patterns.at(_LETTERS.match(word)[0]) is not None:  # type: ignore[index]
            mark |= _TIME
        if word in _begun():
            mark |= _PHRASE
        if digit or word[:3] in _AGED or (first == "a" and word[1:2].isdigit()):
            mark |= _AGE
        if word[-1].isdigit() and first.isalpha() and len(word) > 2:
            mark |= _GLUED
        if _TNM.match(word):
            mark |= _STAGE
        if time_patterns.tells(word):
            mark |= _TELLS
        if len(self) >= _MOST_MARKED:
            self.clear()
        self[word] = mark
        return mark


_MARKS = _Marks()


class Phrases:
    """The phrases of one text, by tag; for each tag leftmost, then longest, without overlap."""

    def __init__(self, text: str, spans: Iterable[tuple[int, int]] | None = None) -> None:
        """``spans``: the sentences that are read; without them the text is one."""
        self.words, self.starts, self.ends = tokens(text, ((0, len(text)),) if spans is None else spans)
        self.vocabulary = frozenset(self.words)
        self._found: dict[str, list[Hit]] = {}
        words, starts = self.words, self.starts
        final = len(words) - 1
        marked = [(at, mark) for at, mark in enumerate(map(_MARKS.__getitem__, words)) if mark]
        self.numbers = [starts[at] for at, mark in marked if mark & _NUMBER]
        """Where a number may begin."""
        self.times = time.near_tells(
            [starts[at] for at, mark in marked if mark & _TIME], [starts[at] for at, mark in marked if mark & _TELLS]
        )
        """Where a time expression may begin: beside a word without which no phrase names a time."""
        self.ages = [starts[at] for at, mark in marked if mark & _AGE]
        """Where an age may begin."""
        self.glued = [(starts[at], self.ends[at]) for at, mark in marked if mark & _GLUED]
        """Letters with digits behind them: "HR52"."""
        self.staged = any(mark & _STAGE for _, mark in marked)
        """Whether a word looks like the T of a TNM formula."""
        for at, mark in marked:
            if not mark & _PHRASE:
                continue
            node = _after(words[at])
            if _END not in node and _ANY not in node and (at == final or words[at + 1] not in node):
                continue
            best: dict[str, tuple[int, str]] = {}
            self._walk(node, at + 1, best)
            for tag, (last, phrase) in best.items():
                hits = self._found.setdefault(tag, [])
                start = starts[at]
                if not hits or hits[-1].end <= start:
                    hits.append(Hit(start, self.ends[last], phrase))

    def _walk(self, node: dict[str, Any], at: int, best: dict[str, tuple[int, str]]) -> None:
        words, count = self.words, len(self.words)
        while True:
            for tag, phrase in node.get(_END, ()):
                if tag not in best or best[tag][0] < at - 1:
                    best[tag] = (at - 1, phrase)
            skip = node.get(_ANY)
            if skip is not None:
                for gap in range(_MAX_GAP + 1):
                    if at + gap >= count or (gap and words[at + gap - 1] in _GAP_ENDS):
                        break
                    after = skip.get(words[at + gap])
                    if after is not None:
                        self._walk(after, at + gap + 1, best)
                if _END in skip and at < count and words[at] not in _GAP_ENDS:
                    self._walk({_END: skip[_END]}, at + 1, best)
            if at >= count:
                return
            node = node.get(words[at])  # type: ignore[assignment]
            if node is None:
                return
            at += 1

    def of(self, tag: str, start: int = 0, end: int | None = None) -> list[Hit]:
        """The hits of a tag that lie within ``start:end``, in order."""
        hits = self._found.get(tag)
        if not hits:
            return []
        if start == 0 and end is None:
            return hits
        found = []
        for at in range(bisect_left(hits, (start,)), len(hits)):  # a slice would copy all that follow
            hit = hits[at]
            if end is not None and hit.end > end:
                if hit.start >= end:
                    break
                continue
            found.append(hit)
        return found

    def numbers_of(self, group: str) -> list[int]:
        """The numbered rows of a table of which a phrase was found, in order ("examined.3": 3)."""
        start = group + "."
        return sorted(int(tag[len(start) :]) for tag in self._found if tag.startswith(start))

    def overlaps(self, tag: str, start: int, end: int) -> bool:
        """Whether a hit of the tag overlaps ``start:end``."""
        hits = self._found.get(tag, [])
        at = bisect_left(hits, (start,))
        return (at < len(hits) and hits[at].start < end) or (at > 0 and hits[at - 1].end > start)

    def any(self, tag: str, start: int, end: int) -> bool:
        """Whether the tag has a hit within ``start:end``."""
        hits = self._found.get(tag)
        if not hits:
            return False
        low = bisect_left(hits, (start,))
        return low < len(hits) and hits[low].end <= end
