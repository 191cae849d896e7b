"""A score that is taken more than once, with the minutes of each: "Apgars 9 and 9 at one and five minutes"."""

from __future__ import annotations

import re
from functools import cache

from matcher.facts import tables
from matcher.facts.fit import Anchor
from matcher.facts.page import Draft, Page, Sentence
from matcher.model import Quantity
from matcher.numerals import NUMERALS, number

_N = rf"(?:10|\d(?!\d|\.\d|%)|{'|'.join(word for word, value in NUMERALS.items() if value <= 10)})"
_LIST = rf"{_N}(?:(?:\s?,?\s?(?:and|&|then)\s|\s?[,/]\s?){_N}){{0,2}}"
_UNIT = r"[\s-]?(?:min(?:ute)?s?\b\.?|['’′])"
_LINK = r"(?:\s?(?:scores?|was|were|is|are|of|[:=,(-]))*\s?"
_VALUES_AT = re.compile(
    rf"(?<![\d.])(?P<values>{_LIST})\s?,?\s?(?:at|@|for)\s(?:the\s)?"
    rf"(?P<times>{_N}(?:{_UNIT})?(?:(?:\s?,?\s?(?:and|&)\s|\s?[,/]\s?){_N}(?:{_UNIT})?){{0,2}}){_UNIT}",
    re.IGNORECASE,
)
_AT_VALUE = re.compile(
    rf"\b(?:at\s)?(?P<times>{_N}){_UNIT}(?:\sapgars?)?{_LINK}(?P<values>{_N})(?!{_UNIT}|\w)", re.IGNORECASE
)
_PLAIN = re.compile(rf"{_LINK}(?P<values>{_LIST})(?!{_UNIT}|\w)", re.IGNORECASE)
_NUMBER = re.compile(_N, re.IGNORECASE)


def read(page: Page, sentence: Sentence, anchor: Anchor) -> bool:
    """Add the values behind a score that the table gives times, each with its own, and say whether there are such."""
    usual = _usual().get(anchor.concept.id) if anchor.concept is not None else None
    if usual is None:
        return False
    text, found = page.text, False
    for pattern in (_VALUES_AT, _AT_VALUE):
        for match in pattern.finditer(text, anchor.end, sentence.end):
            values, times = _numbers(match, "values"), _numbers(match, "times")
            values = values * len(times) if len(values) == 1 else values
            if len(values) == len(times):
                _put(page, anchor, match, list(zip(values, times, strict=True)))
                found = True
        if found:
            return True
    plain = _PLAIN.match(text, anchor.end, sentence.end)
    values = _numbers(plain, "values") if plain is not None else []
    if plain is None or not 1 < len(values) <= len(usual):
        return False
    _put(page, anchor, plain, list(zip(values, usual, strict=False)))
    return True


def _numbers(match: re.Match[str], group: str) -> list[float]:
    return [value for n in _NUMBER.finditer(match[group]) if (value := number(n[0])) is not None]


def _put(page: Page, anchor: Anchor, match: re.Match[str], pairs: list[tuple[float, float]]) -> None:
    end = max(match.end(), anchor.end)
    for value, minute in pairs:
        page.add(
            Draft(
                "score", anchor.start, end, anchor.concept,
                Quantity(value, value, start=match.start("values"), end=match.end("values")),
                qualifiers=(f"{minute:g} minutes",), rule="value.timed", type="measurement",
                anchor=(anchor.start, anchor.end),
            )
        )  # fmt: skip


@cache
def _usual() -> dict[str, tuple[float, ...]]:
    """The minutes at which a score is taken where a note does not say them."""
    return {row["scale"]: tuple(map(float, row["minutes"])) for row in tables.toml("concepts")["timed"]}
