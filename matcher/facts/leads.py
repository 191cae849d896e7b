"""The line that leads a list in: "After discussion of the options including:" makes its items options, not events."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Sequence
from functools import cache, lru_cache
from typing import NamedTuple

from matcher.facts import tables
from matcher.facts.near import places
from matcher.facts.page import Page, Sentence
from matcher.facts.phrases import lowered
from matcher.model import Assertion

_ITEM = re.compile(r"[ \t]*(?:(?:\(?\d{1,2}[.)]|\(?[a-h][.)]|#\d{1,2}[.)]?)[ \t]|[-*•+](?:[ \t]|(?=[A-Za-z])))")
_MOST = 15
"""Items of one list that are looked back over."""


@cache
def _leads() -> tuple[tuple[Assertion, frozenset[str], re.Pattern[str]], ...]:
    return tuple(
        (row["says"], frozenset(row["kinds"]), re.compile(tables.words(row["words"]), re.IGNORECASE))
        for row in tables.toml("lists")["lead"]
    )


@cache
def _told() -> re.Pattern[str]:
    return tables.pattern("lists", "told")


def tells(page: Page, sentence: Sentence, end: int) -> bool:
    """Whether an item says by its own verb how it stands ("She is on aspirin"): its list says no more of it."""
    return _told().search(page.text, sentence.start, end) is not None


class _Inline(NamedTuple):
    """A row of `inline`: what it says of which kinds, and the patterns of its words."""

    says: Assertion
    kinds: frozenset[str]
    words: re.Pattern[str]
    opens: re.Pattern[str]
    told: re.Pattern[str] | None
    unless: re.Pattern[str] | None


@cache
def _inline() -> tuple[_Inline, ...]:
    return tuple(
        _Inline(
            row["says"],
            frozenset(row["kinds"]),
            _any(row["words"]),
            _any(row["opens"]),
            _any(row["told"]) if "told" in row else None,
            _any(row["unless"]) if "unless" in row else None,
        )
        for row in tables.toml("lists")["inline"]
    )


def _any(phrases: Sequence[str]) -> re.Pattern[str]:
    return re.compile(tables.words(phrases), re.IGNORECASE)


@lru_cache(maxsize=1)
def _led_by(text: str) -> list[int]:
    """Where words stand that may lead such a list in; asked for each sentence of a text."""
    low = lowered(text)
    return sorted(place for word in _ends() for place in places(low, word))


@cache
def _ends() -> tuple[str, ...]:
    """The last word of each phrase that leads such a list in: to look for it costs next to nothing."""
    phrases = (phrase for row in tables.toml("lists")["inline"] for phrase in row["words"])
    return tuple(sorted({re.findall(r"[^\W_]+", phrase.lower())[-1] for phrase in phrases}))


def inline(page: Page, sentence: Sentence) -> list[tuple[int, tuple[Assertion, frozenset[str]]]]:
    """Where in a sentence a list of what may happen opens, with what that says of its items.

    "Risks and benefits of the operation were discussed, including bleeding and infection."
    """
    text, end = page.text, sentence.end
    found: list[tuple[int, tuple[Assertion, frozenset[str]]]] = []
    near = _led_by(text)
    if bisect_left(near, sentence.start) == bisect_left(near, end):
        return found
    for row in _inline():
        lead = row.words.search(text, sentence.start, end)
        if lead is None or (row.told is not None and row.told.search(text, sentence.start, end) is None):
            continue
        if row.unless is not None and row.unless.search(text, sentence.start, lead.end()) is not None:
            continue
        opened = row.opens.search(text, lead.end(), end)
        if opened is not None:
            found.append((opened.end(), (row.says, row.kinds)))
    return found


def of(page: Page, sentence: Sentence) -> list[tuple[Assertion, frozenset[str]]]:
    """What the list's lead-in says of its items, and of which kinds; nothing for no list or a plain one.

    "We discussed the risks, including:" makes treatments options, and conditions what may happen.
    """
    text = page.text
    if _ITEM.match(text, text.rfind("\n", 0, sentence.start) + 1) is None:
        return []
    at = sentence.start
    empty = False
    for _ in range(_MOST):
        at = text.rfind("\n", 0, at)
        if at <= 0:
            return []
        line = text[text.rfind("\n", 0, at) + 1 : at].rstrip()
        if not line:
            if empty:
                return []
            empty = True
            continue
        empty = False
        if _ITEM.match(line):
            continue
        if not line.endswith(":"):
            return []
        last = line[max(line.rfind(". ", 0, len(line) - 1), 0) :]
        return [(says, kinds) for says, kinds, words in _leads() if words.search(last)]
    return []
