"""The line that leads a list in: "After discussion of the options including:" makes its items options, not events."""

from __future__ import annotations

import re
from bisect import bisect_left
from functools import cache, lru_cache

from matcher.facts import tables
from matcher.facts.near import places
from matcher.facts.page import Page, Sentence
from matcher.facts.phrases import lowered
from matcher.model import Assertion

_ITEM = re.compile(r"[ \t]*(?:\(?\d{1,2}[.)]|\(?[a-h][.)]|[-*•+])[ \t]")
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


@cache
def _inline() -> tuple[tuple[Assertion, frozenset[str], re.Pattern[str], re.Pattern[str], re.Pattern[str] | None], ...]:
    return tuple(
        (
            row["says"],
            frozenset(row["kinds"]),
            re.compile(tables.words(row["words"]), re.IGNORECASE),
            re.compile(tables.words(row["opens"]), re.IGNORECASE),
            re.compile(tables.words(row["told"]), re.IGNORECASE) if "told" in row else None,
        )
        for row in tables.toml("lists")["inline"]
    )


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
    for says, kinds, words, opens, told in _inline():
        lead = words.search(text, sentence.start, end)
        if lead is None or (told is not None and told.search(text, sentence.start, end) is None):
            continue
        opened = opens.search(text, lead.end(), end)
        if opened is not None:
            found.append((opened.end(), (says, kinds)))
    return found


def of(page: Page, sentence: Sentence) -> tuple[Assertion, frozenset[str]] | None:
    """What the list's lead-in says of its items, and of which kinds; None for no list or a plain one."""
    text = page.text
    if _ITEM.match(text, text.rfind("\n", 0, sentence.start) + 1) is None:
        return None
    at = sentence.start
    for _ in range(_MOST):
        at = text.rfind("\n", 0, at)
        if at <= 0:
            return None
        line = text[text.rfind("\n", 0, at) + 1 : at].rstrip()
        if not line:
            return None
        if _ITEM.match(line):
            continue
        if not line.endswith(":"):
            return None
        last = line[max(line.rfind(". ", 0, len(line) - 1), 0) :]
        for says, kinds, words in _leads():
            if words.search(last):
                return says, kinds
        return None
    return None
