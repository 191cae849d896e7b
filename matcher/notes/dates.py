"""The date of a note: from its table, its file name, or its header."""

from __future__ import annotations

import datetime as dt
import re
from functools import cache

from matcher import resources
from matcher.dates import day_first, months
from matcher.model import Interval

_ISO = re.compile(r"(?<!\d)(\d{4})[-_.](\d{1,2})(?:[-_.](\d{1,2}))?(?!\d)")
_COMPACT = re.compile(r"(?<!\d)(\d{4})(\d{2})(\d{2})(?!\d)")
_US = re.compile(r"(?<![\d/])(\d{1,2})/(\d{1,2})/(\d{4}|\d{2})(?![\d/])")
_POINTS = re.compile(r"(?<![\d.])(\d{1,2})\.(\d{1,2})\.(\d{4})(?!\d)")
_WORDS = re.compile(r"\b([A-Za-z]{3,9})\.?\s+(?:(\d{1,2})(?:st|nd|rd|th)?,?\s+)?(\d{4})\b")
_DAY_FIRST = re.compile(r"\b(\d{1,2})(?:st|nd|rd|th)?\s+([A-Za-z]{3,9})\.?,?\s+(\d{4})\b")
_HEADER = re.compile(
    r"^[ \t]*(?:note |visit |service |report |encounter |clinic |collection |collected |admission |discharge )?"
    r"date(?: of (?:visit|service|note|report|encounter|consultation|admission|discharge|collection|procedure"
    r"|surgery))?"
    r"(?:[ \t]*[:=][ \t]*|[ \t]+(?=\d))(?P<value>[^\n\r]{4,40})",
    re.IGNORECASE | re.MULTILINE,
)
_LEFT = re.compile(
    r"(?:^[ \t]*|[|;][ \t]*|[ \t]{2,}|\b(?=date of discharge|discharge date|date discharged)"
    r"|^[ \t]*admi[^\n]{0,40}[,;/–-][ \t]*)"
    r"(?:date of discharge|date discharged|discharged?(?: date| on)?|d/c(?: date| on)?|disch(?:\.| date)?)[ \t]*[:=]?"
    r"[ \t]{0,8}(?P<value>\d{1,2}/\d{1,2}/(?:\d{4}|\d{2})(?![\d/])|\d{4}-\d{1,2}-\d{1,2}(?!\d)"
    r"|\d{1,2}\.\d{1,2}\.\d{4}(?!\d)"
    r"|[A-Z][a-z]{2,8}\.? \d{1,2},? \d{4}|\d{1,2} [A-Z][a-z]{2,8}\.? \d{4})",
    re.IGNORECASE | re.MULTILINE,
)
"""The day on which a stay ended, in the header of its summary."""
_STAY_REACH = 600
_HEADER_REACH = 2000
"""Characters of a note that may hold its header."""
_HEAD_LINES = 4
_HEAD_WIDTH = 80
"""The first lines of a note, of this length at most, may be a title: "Pulmonary clinic, 12 March 2024"."""
_OPENING = 300
"""Characters of a note that may say when the patient was seen."""
_FULL = re.compile(
    r"(?<!\d)\d{4}-\d{1,2}-\d{1,2}(?!\d)|(?<![\d/])\d{1,2}/\d{1,2}/(?:\d{4}|\d{2})(?![\d/])"
    r"|(?<![\d.])\d{1,2}\.\d{1,2}\.\d{4}(?!\d)"
    r"|\b[A-Za-z]{3,9}\.?\s+\d{1,2}(?:st|nd|rd|th)?,?\s+\d{4}\b|\b\d{1,2}(?:st|nd|rd|th)?\s+[A-Za-z]{3,9}\.?,?\s+\d{4}\b"
)
_CLOCK = re.compile(r"\b\d{1,2}:\d\d(?::\d\d)?\s?(?:[ap]\.?m\b\.?)?", re.IGNORECASE)
_BRACKET = re.compile(r"\([^()]*\)")
_TITLE = re.compile(r"[^\d.;?!]*")
_WORD = re.compile(r"[a-z][a-z.'’]*[a-z.]|[a-z:,-]")


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


def parse(text: str, within: str = "") -> Interval | None:
    """The first date in ``text``; month-only dates are the whole month; where both could be, month before day, unless
    the text that it stands ``within`` writes the day first.

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
        swapped = first > 12 or (second <= 12 and bool(within) and day_first(within))
        month, number = (second, first) if swapped else (first, second)
        return day(year, month, number)
    if found := _POINTS.search(text):
        first, second = int(found[1]), int(found[2])
        return day(int(found[3]), second, first) if second <= 12 else day(int(found[3]), first, second)
    if (found := _DAY_FIRST.search(text)) and found[2].lower() in months():
        return day(int(found[3]), months()[found[2].lower()], int(found[1]))
    if (found := _WORDS.search(text)) and found[1].lower() in months():
        return day(int(found[3]), months()[found[1].lower()], int(found[2]) if found[2] else None)
    if found := _COMPACT.search(text):
        return day(int(found[1]), int(found[2]), int(found[3]))
    return None


def of_note(stem: str, text: str) -> Interval | None:
    """The date in a file's stem, else in the note's header or title, else the day of "seen 02/20/2024", else None."""
    named = _ISO.search(stem) or _COMPACT.search(stem) or _DAY_FIRST.search(stem) or _WORDS.search(stem)
    if named:
        found = parse(named[0])
        if found:
            return found
    left = _LEFT.search(text, 0, _STAY_REACH)
    if left and (dated := parse(left["value"], text)):
        return dated  # a stay is told on the day on which it ends
    header = _HEADER.search(text, 0, _HEADER_REACH)
    if header and (dated := parse(header["value"], text)):
        return dated
    return _of_title(text) or _of_visit(text) or _of_closing(text)


@cache
def _table(name: str) -> frozenset[str]:
    return frozenset(resources.toml("time/note_day")[name])


def _of_title(text: str) -> Interval | None:
    """The one day in a first line that holds no other number, and no word that tells of another day."""
    lines = [line.strip() for line in text[:_HEADER_REACH].splitlines() if line.strip()][:_HEAD_LINES]
    for line in lines:
        found = _FULL.findall(line) if len(line) <= _HEAD_WIDTH else []
        if len(found) != 1:
            continue
        rest = _CLOCK.sub(" ", line.replace(found[0], " ")).lower()
        if _TITLE.fullmatch(rest) and _table("not_in_title").isdisjoint(_WORD.findall(rest)):
            return parse(found[0], text)
    return None


def _of_visit(text: str) -> Interval | None:
    """The day of "seen 02/20/2024" in the note's first sentences."""
    for match in _FULL.finditer(text, 0, _OPENING):
        if _behind(text, match.start(), "visit") or _met(text, match.start()):
            return parse(match[0], text)
    return None


def _met(text: str, start: int) -> bool:
    """Whether the writer met the patient on that day: "I saw Mrs. Tan (DOB 05/11/1980) on 14 August 2024"."""
    before = _BRACKET.sub(" ", text[max(0, start - 120) : start])
    before = re.split(r"(?<![DM]r)(?<!Mrs)(?<!Ms)\.\s|\n\s*\n", before)[-1]
    words = _WORD.findall(before.lower())
    if not words or words[-1] != "on" or any(c.isdigit() for c in before):
        return False
    return any(who in ("i", "we") and not _table("met").isdisjoint(words[at : at + 6]) for at, who in enumerate(words))


def _of_closing(text: str) -> Interval | None:
    """The day of "Last reviewed 06/24/2024", "electronically signed … on" in the note's last sentences."""
    found = [m for m in _FULL.finditer(text, max(0, len(text) - _OPENING)) if _behind(text, m.start(), "closing")]
    return parse(found[-1][0], text) if found else None


def _behind(text: str, start: int, table: str) -> bool:
    """Whether a word of ``table`` stands before a day, with nothing but small words between."""
    for word in reversed(_WORD.findall(text[max(0, start - 30) : start].lower())):
        if word in _table(table):
            return True
        if word not in _table("between"):
            return False
    return False
