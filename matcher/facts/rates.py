"""How often a complaint comes: "8 migraine days per month", "seizures 3-4 times a week"."""

from __future__ import annotations

import re
from collections.abc import Sequence

from matcher.facts import tables
from matcher.facts.page import Draft, Page, Sentence
from matcher.model import Quantity
from matcher.numerals import NUMERALS, number

_NUMBER = rf"\d{{1,3}}(?:\.\d)?|{'|'.join(sorted(NUMERALS, key=len, reverse=True))}|once|twice"
_MANY = rf"(?P<low>{_NUMBER})(?:\s?(?:-|–|to|or)\s?(?P<high>{_NUMBER}))?"
_UNIT = r"(?:(?:per|an?|each|every|/)\s?(?P<unit>day|week|month|year)|(?P<ly>dai|week|month|year)ly)\b"
_WORDS = tables.words(tables.toml("values")["rates"]["counted"])
_BEFORE = re.compile(rf"(?<![\w./]){_MANY}\s(?:(?!(?:{_NUMBER})\b)[a-z-]+\s){{0,2}}$", re.IGNORECASE)
_BEHIND = re.compile(rf"(?:\s(?:{_WORDS}))?\s?{_UNIT}", re.IGNORECASE)
_LINK = tables.words(tables.toml("values")["rates"]["link"])
_TOLD = re.compile(
    rf"(?:[\s:,=(~≈-]|\b(?:{_LINK}|{_WORDS})\b){{1,12}}(?<![\w./]){_MANY}(?:\s(?:{_WORDS}))?\s?{_UNIT}", re.IGNORECASE
)
_OFTEN = re.compile(
    r"\s(?:occurring\s|about\s|almost\s)?(?P<often>(?P<unit>week|month|year)ly)\b(?!\sto)", re.IGNORECASE
)
"""Once in a time: "seizures weekly"; "daily" tells of no number."""
_TIMES = {"once": 1.0, "twice": 2.0}
_REACH = 24


def of(text: str, start: int, end: int, low: int, high: int) -> Quantity | None:
    """How often what stands at ``start`` to ``end`` comes, read between ``low`` and ``high``."""
    before = _BEFORE.search(text, max(low, start - _REACH), start)
    behind = _BEHIND.match(text, end, high) if before is not None else None
    unit, many = (behind, before) if before is not None and behind is not None else (None, None)
    if many is None or unit is None:
        many = unit = _TOLD.match(text, end, high)
    if many is None or unit is None:
        often = _OFTEN.match(text, end, high)
        return (
            Quantity(1.0, 1.0, f"/{often['unit'].lower()}", start=often.start("often"), end=often.end())
            if often
            else None
        )
    least, most = (_value(many[name]) if many[name] else None for name in ("low", "high"))
    if least is None:
        return None
    last = many.end("high" if many["high"] else "low")
    per = (unit["unit"] or unit["ly"]).lower().replace("dai", "day")
    return Quantity(least, most or least, f"/{per}", start=many.start("low"), end=last)


def read(page: Page, sentence: Sentence, findings: Sequence[Draft]) -> None:
    """Give the complaints of a sentence how often they come."""
    if _PER.search(page.text, sentence.start, sentence.end) is None:
        return
    for finding in findings:
        if finding.quantity is None and finding.kind == "condition":
            finding.quantity = of(page.text, finding.start, finding.end, sentence.start, sentence.end)


_PER = re.compile(_UNIT, re.IGNORECASE)


def _value(words: str) -> float | None:
    return _TIMES.get(words.lower()) or number(words)
