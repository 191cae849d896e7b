"""Lines of therapy as a note counts them: "second-line docetaxel", "two prior regimens", "treatment-naive"."""

from __future__ import annotations

import re

from matcher.facts import tables
from matcher.facts.near import near
from matcher.facts.page import Draft, Page
from matcher.model import Assertion, Quantity
from matcher.numerals import NUMERALS, ORDINALS

_NUMBERS = "|".join(word for word, value in NUMERALS.items() if value <= 10)
_WORDS: dict[str, list[str]] = tables.toml("courses")
_COUNT = re.compile(
    rf"\b(?P<n>\d|{_NUMBERS})\s(?:(?:{tables.words(_WORDS['between'])})\s){{0,2}}"
    rf"(?:(?:{tables.words(_WORDS['treatment'])})\s)?(?:{tables.words(_WORDS['counted'])})"
    r"(?=(?P<of>\s(?:of|with)\s\w+)?)",
    re.IGNORECASE,
)
_ORDINAL = re.compile(rf"\b(?P<n>[1-8](?:st|nd|rd|th)|{'|'.join(ORDINALS[1:])})[\s-]line\b", re.IGNORECASE)
_UNTREATED: dict[str, Assertion | None] = {"lines.naive": None, "lines.untreated": "present"}
"""Phrases that nothing was given yet, with what they say of it: "not treatment-naive" is for the cue to tell."""
_TREATED = re.compile(rf"\b(?:{'|'.join(_WORDS['treated'])})", re.IGNORECASE)
_GOING = re.compile(rf"\b(?:{tables.stems(_WORDS['going'])})\b[^.;]*$", re.IGNORECASE)
_ENDED = re.compile(rf"\b(?:{tables.words(_WORDS['ended'])})\b[^.;,]*$", re.IGNORECASE)
_OF_ONE = re.compile(rf"\s+(?:{'|'.join(_WORDS['of_one'])})\b", re.IGNORECASE)
_BEFORE = 40
COUNTED = frozenset(_WORDS["counted"])
"""Words without which no line is counted."""


def read(page: Page) -> None:
    """Add the counts of lines that the note states, and that there was none."""
    for tag, assertion in _UNTREATED.items():
        for hit in page.phrases.of(tag):
            if _OF_ONE.match(page.text, hit.end) is not None:
                continue  # "never been treated with insulin" tells of insulin
            page.add(
                Draft("therapy_lines", hit.start, hit.end, result="naive", assertion=assertion, rule="lines.naive")
            )
    if page.phrases.vocabulary.isdisjoint(COUNTED):
        return
    text, low = page.text, page.low
    for match in near(_COUNT, text, low, sorted(COUNTED)):
        said = match.group() + (match["of"] or "")
        if _TREATED.search(said) is not None:
            _add(page, match, _number(match["n"].lower()), "lines.count", exact=True)
    for match in near(_ORDINAL, text, low, ("line",)):
        # a line that runs or is to come is no prior one; those before it are
        before = text[max(0, match.start() - _BEFORE) : match.start()]
        going = _GOING.search(before) is not None and _ENDED.search(before) is None
        _add(page, match, _number(match["n"].lower()) - going, "lines.ordinal", exact=False)


def _add(page: Page, match: re.Match[str], number: int, rule: str, *, exact: bool) -> None:
    quantity = Quantity(float(number), float(number) if exact else None, start=match.start(), end=match.end())
    page.add(Draft("therapy_lines", match.start(), match.end(), quantity=quantity, rule=rule))


def _number(word: str) -> int:
    if word[0].isdigit():
        return int(word[0])
    return ORDINALS.index(word) if word in ORDINALS else int(NUMERALS[word])
