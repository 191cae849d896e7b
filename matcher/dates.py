"""Durations as words and calendar arithmetic with them.

One month before 31 March is the last day of February: months and years are counted on the calendar, never as 30 or
365 days. ``duration_days`` gives the lowest and highest number of days that a duration can mean.
"""

from __future__ import annotations

import calendar
import datetime as dt
import math
import re
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Literal

from matcher import resources

Unit = Literal["day", "month"]

NO_DAY = dt.date(2000, 1, 1)
"""Stands for the day of a note that has none, to count what is relative to it; never shown."""

# hours become fractions of days, weeks become days, years become months
_TO_BASE: dict[str, tuple[Unit, float]] = {
    "hour": ("day", 1 / 24),
    "day": ("day", 1),
    "week": ("day", 7),
    "fortnight": ("day", 14),
    "month": ("month", 1),
    "year": ("month", 12),
    "decade": ("month", 120),
}
MEAN_DAYS = {"year": 365.25, "month": 30.4375, "week": 7.0, "day": 1.0, "hour": 1 / 24}
"""Days of a unit on the average, where no calendar day is known to count from (ages, limits)."""


@cache
def months() -> dict[str, int]:
    """Names of months, small letters, with their numbers (``resources/time/words.toml``)."""
    return {name: int(number) for number, names in resources.toml("time/words")["months"].items() for name in names}


@cache
def month_names() -> str:
    """An alternation of the short names of months: what a month's name begins with."""
    return "|".join(sorted({name for name in months() if len(name) <= 4}, key=lambda n: (-len(n), n)))


def month_words() -> str:
    """An alternation of the names of months, whole: "Mayo 7" and "Decadron 4 mg" are no days."""
    return "(?:" + "|".join(sorted(months(), key=lambda n: (-len(n), n))) + r")(?![a-z])"


_NUMBERED = re.compile(r"(?<![\d/.-])(\d{1,2})([/.-])(\d{1,2})\2(\d{4}|\d\d)(?![\d/])")
_SHORT = re.compile(r"\b(?:on|since|from|until|dated)\s(\d{1,2})/(\d{1,2})(?![\d/%])", re.IGNORECASE)


@cache
def _ahead() -> re.Pattern[str]:
    stems = "|".join(re.escape(stem) for stem in resources.toml("time/words")["ahead"]["stems"])
    return re.compile(rf"(?<![a-z])(?:{stems})", re.IGNORECASE)


@lru_cache(maxsize=1)
def day_first(text: str, today: dt.date | None = None) -> bool:
    """Whether a text writes the day before the month: "22/05/2024". Month first where nothing tells.

    Told by the dates that can be read in one way only; else by a point between the parts ("03.01.2024"), or by a day
    that would lie behind the note (``today``) with the month first, and is not spoken of as one to come.
    """
    day = month = False
    both: list[tuple[re.Match[str], int, int]] = []
    for match in _NUMBERED.finditer(text):
        first, second = int(match[1]), int(match[3])
        if first > 12 >= second > 0 and first <= 31:
            day = True
        elif second > 12 >= first > 0 and second <= 31:
            month = True
        elif 0 < first <= 12 and 0 < second <= 12:
            both.append((match, first, second))
    for match in _SHORT.finditer(text):
        first, second = int(match[1]), int(match[2])
        day = day or (first > 12 >= second > 0 and first <= 31)
        month = month or (second > 12 >= first > 0 and second <= 31)
    if day or month:
        return day and not month
    if any(match[2] == "." and len(match[4]) == 4 for match, *_ in both):
        return True
    if today is None:
        return False
    behind = False
    for match, first, second in both:
        year = int(match[4]) + (0 if len(match[4]) == 4 else 2000)
        as_month, as_day = dt.date(max(year, 1), first, second), dt.date(max(year, 1), second, first)
        line = text[max(text.rfind("\n", 0, match.start()) + 1, match.start() - 60) : match.start()]
        if as_day > today >= as_month:
            return False
        if as_month > today >= as_day and _ahead().search(line) is None:
            behind = True
    return behind


@dataclass(frozen=True, slots=True)
class Duration:
    """``low`` to ``high`` days or calendar months. "two weeks" is 14–14 days, "a few years" 24–60 months."""

    low: float
    high: float
    unit: Unit
    written: str = ""
    """The unit as written, in the singular: ``week``, ``year`` …"""


@cache
def words() -> tuple[dict[str, str], dict[str, tuple[float, float]]]:
    """Unit words -> unit, number words -> (low, high), from ``resources/time/durations.toml``."""
    data = resources.toml("time/durations")
    units = {word: unit for unit, written in data["units"].items() for word in written}
    numbers = {
        word: (float(value[0]), float(value[1])) if isinstance(value, list) else (float(value), float(value))
        for word, value in data["numbers"].items()
    }
    return units, numbers


@cache
def pattern() -> str:
    """A regular expression (no groups) for one duration: number or word, unit. Match it case-insensitively."""
    units, numbers = words()
    unit = "|".join(sorted(map(re.escape, units), key=lambda w: (-len(w), w)))
    word = "|".join(re.sub(r"\\? ", r"[ \\t]+", re.escape(w)) for w in sorted(numbers, key=lambda w: (-len(w), w)))
    number = rf"(?:\d{{1,4}}(?:\.\d{{1,2}})?|(?:{word})(?![a-z]))"
    bracket = r"(?:[ \t]?\([^()\n]{1,15}\))?"
    return rf"{number}{bracket}(?:[ \t]?(?:-|–|to|or)[ \t]?{number}{bracket})?[ \t]?-?[ \t]?\n?(?:{unit})\b"


@cache
def _parser() -> re.Pattern[str]:
    units, numbers = words()
    unit = "|".join(sorted(map(re.escape, units), key=lambda w: (-len(w), w)))
    word = "|".join(re.sub(r"\\? ", r"\\s+", re.escape(w)) for w in sorted(numbers, key=lambda w: (-len(w), w)))
    number = rf"\d{{1,4}}(?:\.\d{{1,2}})?|(?:{word})(?![a-z])"
    bracket = r"(?:\s?\([^()]{1,15}\))?"
    return re.compile(
        rf"\b(?P<a>{number}){bracket}(?:\s?(?:-|–|to|or)\s?(?P<b>{number}){bracket})?\s?-?\s?(?P<unit>{unit})\b\.?",
        re.IGNORECASE,
    )


@cache
def _bare_unit() -> re.Pattern[str]:
    units, _ = words()
    unit = "|".join(sorted((re.escape(u) for u in units if len(u) > 2), key=lambda w: (-len(w), w)))
    return re.compile(rf"\s*(?:the\s+)?(?:past|last|previous|prior|preceding)?\s*(?P<unit>{unit})\s*", re.IGNORECASE)


def _number(text: str) -> tuple[float, float]:
    _, numbers = words()
    key = " ".join(text.lower().split())
    return numbers[key] if key in numbers else (float(key), float(key))


def parse_duration(text: str) -> Duration | None:
    """The first duration in ``text`` ("6 months", "twelve (12) weeks", "2-3 years", "a month"), or None.

    "year" alone ("within the past year") is one year. What cannot be counted ("5 half-lives", "3 cycles") is None.
    """
    units, _ = words()
    match = _parser().search(text)
    if match is not None:
        return _read(match)
    bare = _bare_unit().fullmatch(text)
    if bare is None:
        return None
    unit = units[bare["unit"].lower()]
    base, factor = _TO_BASE[unit]
    return Duration(factor, factor, base, unit)


def all_durations(text: str) -> list[Duration]:
    """Every duration in ``text``: "2 years and 3 months" has two."""
    return [_read(match) for match in _parser().finditer(text)]


def _read(match: re.Match[str]) -> Duration:
    unit = words()[0][match["unit"].lower()]
    low, high = _number(match["a"])
    if match["b"]:
        high = max(high, _number(match["b"])[1])
    base, factor = _TO_BASE[unit]
    return Duration(low * factor, high * factor, base, unit)


def duration_days(text: str) -> tuple[float, float] | None:
    """Lowest and highest number of days that ``text`` can mean; None where it names no countable duration.

    >>> duration_days("28 days")
    (28.0, 28.0)
    >>> duration_days("5 half-lives") is None
    True
    """
    duration = parse_duration(text)
    if duration is None:
        return None
    if duration.unit == "day":
        return duration.low, duration.high
    return _month_days(duration.low)[0], _month_days(duration.high)[1]


def _month_days(months: float) -> tuple[float, float]:
    """Fewest and most days in that many successive calendar months."""
    whole = int(months)
    years, rest = divmod(whole, 12)
    low = years * 365 + (years // 4) + (0, 28, 59, 89, 120, 150, 181, 212, 242, 273, 303, 334)[rest]
    high = years * 365 + math.ceil(years / 4) + (0, 31, 62, 92, 123, 153, 184, 215, 245, 276, 306, 337)[rest]
    part = months - whole
    return low + part * 28, high + part * 31


def shift(date: dt.date, duration: Duration, sign: int = 1, *, most: bool = False) -> dt.date:
    """``date`` moved by ``duration`` (its high end with ``most``), clamped to the calendar's first and last day."""
    amount = (duration.high if most else duration.low) * sign
    if duration.unit == "month":
        whole = int(amount)
        return _move_days(move_months(date, whole), (amount - whole) * 30)
    return _move_days(date, amount)


def _move_days(date: dt.date, days: float) -> dt.date:
    # a part of a day counts as a day: 36 hours ago may be the day before yesterday
    count = math.ceil(abs(days) - 1e-9) * (1 if days >= 0 else -1)
    return dt.date.fromordinal(min(max(date.toordinal() + count, 1), dt.date.max.toordinal()))


def move_months(date: dt.date, months: int) -> dt.date:
    """``months`` later (or earlier); the day is clamped to the month's last: 31 March − 1 month = 28/29 February."""
    index = date.year * 12 + date.month - 1 + months
    if index < 12:
        return dt.date.min
    year, month = divmod(index, 12)
    if year > 9999:
        return dt.date.max
    return dt.date(year, month + 1, min(date.day, calendar.monthrange(year, month + 1)[1]))


def subtract(date: dt.date, duration_text: str) -> dt.date:
    """The day that lies ``duration_text`` before ``date``. A range ("2-3 weeks") takes its longer end.

    >>> subtract(dt.date(2024, 8, 31), "6 months")
    datetime.date(2024, 2, 29)

    Raises ValueError where the text names no countable duration.
    """
    return shift(date, _parsed(duration_text), -1, most=True)


def add(date: dt.date, duration_text: str) -> dt.date:
    """The day that lies ``duration_text`` after ``date``; see `subtract`."""
    return shift(date, _parsed(duration_text), 1, most=True)


def _parsed(text: str) -> Duration:
    duration = parse_duration(text)
    if duration is None:
        units = ", ".join(sorted(_TO_BASE))
        raise ValueError(f"no duration in {text[:40]!r}: expected a number and one of {units}")
    return duration
