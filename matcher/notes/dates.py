"""The date of a note: from its table, its file name, or its header."""

from __future__ import annotations

import datetime as dt
import re

from matcher.dates import months
from matcher.model import Interval

_ISO = re.compile(r"(?<!\d)(\d{4})[-_.](\d{1,2})(?:[-_.](\d{1,2}))?(?!\d)")
_COMPACT = re.compile(r"(?<!\d)(\d{4})(\d{2})(\d{2})(?!\d)")
_US = re.compile(r"(?<![\d/])(\d{1,2})/(\d{1,2})/(\d{4}|\d{2})(?![\d/])")
_WORDS = re.compile(r"\b([A-Za-z]{3,9})\.?\s+(?:(\d{1,2})(?:st|nd|rd|th)?,?\s+)?(\d{4})\b")
_DAY_FIRST = re.compile(r"\b(\d{1,2})(?:st|nd|rd|th)?\s+([A-Za-z]{3,9})\.?,?\s+(\d{4})\b")
_HEADER = re.compile(
    r"^[ \t]*(?:note |visit |service |report |encounter |clinic |collection |collected |admission |discharge )?"
    r"date(?: of (?:visit|service|note|report|encounter|consultation|admission|discharge|collection|procedure"
    r"|surgery))?"
    r"[ \t]*[:=][ \t]*(?P<value>[^\n\r]{4,40})",
    re.IGNORECASE | re.MULTILINE,
)
_HEADER_REACH = 2000
"""Characters of a note that may hold its header."""


def day(year: int, month: int, number: int | None) -> Interval | None:
    """A day, or the whole month where ``number`` is None; None for a date that is none."""
    try:
        if number is not None:
            date = dt.date(year, month, number)
            return Interval(date, date)
        first = dt.date(year, month, 1)
        after = dt.date(year + month // 12, month % 12 + 1, 1)
    except ValueError:
        return None
    return Interval(first, after - dt.timedelta(days=1))


def parse(text: str) -> Interval | None:
    """The first date in ``text``; month-only dates are the whole month; month before day where both could be.

    >>> parse("2024-02-12").start.isoformat()
    '2024-02-12'
    >>> parse("March 2019").end.isoformat()
    '2019-03-31'
    """
    if found := _ISO.search(text):
        return day(int(found[1]), int(found[2]), int(found[3]) if found[3] else None)
    if found := _US.search(text):
        year = int(found[3])
        year += 0 if year > 99 else 2000 if year < 70 else 1900
        first, second = int(found[1]), int(found[2])
        month, number = (first, second) if first <= 12 else (second, first)
        return day(year, month, number)
    if (found := _DAY_FIRST.search(text)) and found[2].lower() in months():
        return day(int(found[3]), months()[found[2].lower()], int(found[1]))
    if (found := _WORDS.search(text)) and found[1].lower() in months():
        return day(int(found[3]), months()[found[1].lower()], int(found[2]) if found[2] else None)
    if found := _COMPACT.search(text):
        return day(int(found[1]), int(found[2]), int(found[3]))
    return None


def of_note(stem: str, text: str) -> Interval | None:
    """The date in a file's stem, else the one in the note's header, else None."""
    named = _ISO.search(stem) or _COMPACT.search(stem) or _DAY_FIRST.search(stem) or _WORDS.search(stem)
    if named:
        found = parse(named[0])
        if found:
            return found
    header = _HEADER.search(text, 0, _HEADER_REACH)
    return parse(header["value"]) if header else None
