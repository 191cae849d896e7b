"""Which side a value is of: "IOP OD 18, OS 22", "KL 3 (left)", "Right eye: BCVA 20/80"."""

from __future__ import annotations

import re

from matcher.facts import tables
from matcher.facts.page import Draft, Page, Sentence

_WORDS = tables.words(tables.sides())
_AFTER = re.compile(rf"(?P<gap>[\s,(]{{0,2}})(?:(?:in|of|on|for)\s)?(?:the\s)?(?P<side>{_WORDS})[):]?", re.IGNORECASE)
_BEFORE = re.compile(rf"(?P<side>{_WORDS})[\s:,=-]*(?:is|was|of|with|at)?[\s:]*$", re.IGNORECASE)
_AHEAD = re.compile(rf"(?:^|[\s(,;])(?P<side>{_WORDS})(?:\s[a-z]+)?(?:\s?\([^()]{{0,24}}\))?[\s:=-]*$", re.IGNORECASE)
"""A side that stands before the name of what was measured."""
_REACH = 48
_NEXT = re.compile(r"\s?[a-z]*[\s:=-]*$")
"""What is left between a side behind a comma and the next measure, where the side is that one's."""


def between(gap: str) -> tuple[str | None, str]:
    """The side that ends a gap between a measure and its value, and the gap without it."""
    match = _BEFORE.search(gap) if len(gap) > 1 else None
    return (None, gap) if match is None else (_name(match), _BEFORE.sub(" ", gap))


def behind(text: str, end: int, stop: int) -> tuple[str, int] | None:
    """The side behind a value and where it ends; ``stop``: where the next measure or the sentence's end stands."""
    match = _AFTER.match(text, end, stop)
    if match is None:
        return None
    if "," in match["gap"] and text[stop : stop + 1].isalnum() and _NEXT.match(text[match.end() : stop]):
        return None  # "KL 3, left knee KL 1"
    return _name(match), match.end()


def ahead(page: Page, sentence: Sentence, drafts: list[Draft], start: int) -> None:
    """Give the values of a measure at ``start`` the side that stands before it, where they have none."""
    low = max(sentence.start, start - _REACH)
    if not drafts or start == low or any(draft.qualifiers for draft in drafts):
        return
    if not page.phrases.of("qualifier", low, start):
        return
    match = _AHEAD.search(page.text[low:start])
    if match is not None:
        for draft in drafts:
            draft.qualifiers = (_name(match),)


def _name(match: re.Match[str]) -> str:
    return tables.sides()[" ".join(match["side"].lower().split())]
