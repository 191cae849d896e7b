"""What stands between a measure and its value, and between one value and the next."""

from __future__ import annotations

import re

from matcher.dates import month_names
from matcher.facts import tables

_REACH = 90
_WORDS = tables.toml("values")
_LINK = frozenset(_WORDS["link"]) | {"ago", "later", "postoperatively", "preoperatively"}
_GAP = re.compile(r"[\s:=|()\[\]~≈–—\-*.\"'#>,%@]+")
_VERBS = frozenset(_WORDS["verbs"])
_MOMENTS: tuple[list[str], ...] = tuple(_WORDS["moments"][name] for name in ("early", "between", "late"))
_MOMENT = re.compile(
    "|".join(rf"(?P<m{rank}>{tables.words(words)})" for rank, words in enumerate(_MOMENTS))
    + r"|(?P<m1b>(?:\d{1,2}|one|two|three|a few)\s(?:hours?|days?|weeks?|months?)\s"
    r"(?P<how>later|after|ago|earlier|prior|before))"
    rf"|(?P<m1d>in\s(?:early\s|late\s|mid-?\s?)?(?:{month_names()})[a-z]{{0,6}}(?:\s\d{{4}})?)"
    r"|(?P<m1c>(?:on|at|by)\s(?:hospital\s)?(?:day|week|month|cycle|visit)\s?#?\d{1,3})",
    re.IGNORECASE,
)
_COUNTED = re.compile(r"\b(?:on|at|by|of|hospital|,)\s(?:day|week|month|cycle|visit|pod|hd)\s?#?$", re.IGNORECASE)
DATED = 3
"""Of a moment that is a date: the dates themselves tell the order."""
_SEPARATED = re.compile(
    r"\s?\)?\s?(?:,|;|->|→|and then|then|and|but)\s?(?:[a-z]+(?:\s[a-z]+)?,\s)?(?:and|then|but|now|was|it was|only)?\s?"
    rf"(?:(?:{tables.words(_WORDS['later'])})\s?)?",
    re.IGNORECASE,
)


def counts(gap: str) -> bool:
    """Whether the number behind a gap counts days, cycles or visits."""
    return _COUNTED.search(gap) is not None


def moment(gap: str) -> int | None:
    """How late the value before a gap was taken: "126 | on admission, | 136": 0 early, 1 between, 2 late."""
    text = gap.lstrip(" (")
    found = _MOMENT.match(text)
    if found is None or _SEPARATED.fullmatch(text, found.end()) is None:
        return None
    return _rank(found)


def before(earlier: int, text: str, at: int) -> bool:
    """Whether the value that ends at ``at`` was taken before one of the moment ``earlier``."""
    found = _MOMENT.match(text[at : at + 40].lstrip(" ("))
    return found is not None and _rank(found) < earlier


def _rank(found: re.Match[str]) -> int:
    if found["m1d"] is not None:
        return DATED
    if found["how"] is not None:
        return 1 if found["how"].lower() in ("later", "after") else 0
    return next((rank for rank in range(len(_MOMENTS)) if found[f"m{rank}"] is not None), 1)


def linked(gap: str) -> bool:
    """Whether only words that may stand between a measure and its value stand there."""
    return len(gap) <= _REACH and all(not word or word in _LINK for word in _GAP.split(gap.lower()))


def loosely(gap: str) -> bool:
    """Whether words that end in a verb or preposition of value stand there: "count at EOT was". A unit must follow."""
    if len(gap) > _REACH or re.search(r"[;,()\n]|\.\s", gap):
        return False
    words = [word for word in _GAP.split(gap.lower()) if word]
    return len(words) <= 8 and bool(words) and words[-1] in _VERBS and sum(w not in _LINK for w in words) <= 4


def closed(text: str, start: int, end: int) -> int:
    """``end``, moved behind a bracket that the span opens."""
    opened = text.count("(", start, end) - text.count(")", start, end)
    return end + 1 if opened == 1 and text[end : end + 1] == ")" else end
