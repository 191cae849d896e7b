"""Values without names in an order that everybody knows: "6.1>9.4/28<220", "BMP 138/4.5/101/24/35/2.6/110"."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import TYPE_CHECKING

from matcher.facts import tables
from matcher.facts.fit import Anchor
from matcher.facts.page import Draft, Page
from matcher.model import Quantity
from matcher.ner import quantities

if TYPE_CHECKING:
    from matcher.facts.fit import Fit

_NUMBER = r"(\d{1,3}(?:\.\d{1,2})?)"
_HINT = re.compile(r"\d(?:[ ]?[>|\\][ ]?\d|/\d[\d.]*/\d)")
"""What no skeleton can do without: quickly looked for."""
_LETTER = re.compile(r"\b[A-Z] ?[:=]? ?\d[ ,/+]{0,2}[A-Z] ?[:=]? ?\d")
"""What no sum of parts can do without."""


@dataclass(frozen=True, slots=True)
class Skeleton:
    """One order of values."""

    pattern: re.Pattern[str]
    measures: tuple[str, ...]


@cache
def known() -> tuple[Skeleton, ...]:
    """All orders, those with more values first."""
    found = []
    for row in tables.toml("concepts")["skeletons"]:
        parts = [_NUMBER, *(rf"[ ]?[{re.escape(sign)}][ ]?{_NUMBER}" for sign in row["signs"])]
        lead = rf"(?:{tables.words(row['words'])})[\s:=-]{{1,3}}" if "words" in row else r"(?<![\w./>|])"
        pattern = re.compile(lead + "".join(parts) + r"(?![\w.]*\d|[ ]?[/|]\d)", re.IGNORECASE)
        found.append(Skeleton(pattern, tuple(row["measures"])))
    return tuple(sorted(found, key=lambda s: -len(s.measures)))


@dataclass(frozen=True, slots=True)
class Sum:
    """A score by its parts: "E4 V5 M6"."""

    pattern: re.Pattern[str]
    id: str


@cache
def sums() -> tuple[Sum, ...]:
    """All scores that are written by their parts."""
    found = []
    for row in tables.toml("concepts")["sums"]:
        parts = r"[\s,/+]{0,2}".join(rf"{letter}\s?[:=]?\s?([{some}])" for letter, some in row["letters"].items())
        found.append(Sum(re.compile(rf"(?<!\w){parts}(?!\d)"), row["id"]))
    return tuple(found)


@lru_cache(maxsize=1)
def _signs(text: str) -> tuple[bool, bool]:
    """Whether a text holds the signs of a sum, and of a skeleton: the look and the reading both ask it of a note."""
    return _LETTER.search(text) is not None, _HINT.search(text) is not None


def places(text: str) -> Iterator[int]:
    """Where values may stand that a skeleton holds."""
    summed, hinted = _signs(text)
    if summed:
        for one in sums():
            for match in one.pattern.finditer(text):
                yield match.start()
    if not hinted:
        return
    for skeleton in known():
        for match in skeleton.pattern.finditer(text):
            yield match.start(1)


def read(page: Page, fit: Fit) -> None:
    """Add the values of every skeleton all of whose values can be what its order says, and of every sum of parts."""
    summed, hinted = _signs(page.text)
    if summed:
        for one in sums():
            for match in one.pattern.finditer(page.text):
                _add_sum(page, fit, one.id, match)
    if not hinted:
        return
    taken: list[tuple[int, int]] = []
    for skeleton in known():
        for match in skeleton.pattern.finditer(page.text):
            if not page.reads(match.start(1)) or any(s < match.end() and match.start() < e for s, e in taken):
                continue
            drafts = _values(page, fit, skeleton.measures, match)
            if drafts:
                taken.append(match.span())
                for draft in drafts:
                    page.add(draft)


def _add_sum(page: Page, fit: Fit, id: str, match: re.Match[str]) -> None:
    if not page.reads(match.start(1)):
        return
    total = float(sum(map(int, match.groups())))
    quantity = Quantity(total, total, start=match.start(1), end=match.end())
    page.add(
        Draft("score", match.start(), match.end(), fit.scale(id), quantity, rule="value.sum", type="measurement")
    )


def _values(page: Page, fit: Fit, measures: Sequence[str], match: re.Match[str]) -> list[Draft]:
    drafts = []
    for place, id in enumerate(measures, 1):
        start, end = match.span(place)
        number = quantities.at(page.text, start, end)
        anchor = Anchor(start, end, "measurement", fit.scale(id))
        quantity = fit.quantity(anchor, number) if number is not None else None
        if quantity is None:
            return []
        drafts.append(
            Draft("measurement", start, end, anchor.concept, quantity, rule="value.skeleton", type="measurement")
        )
    return drafts
