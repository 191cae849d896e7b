"""Time expressions built from what was matched, one builder for each named group of `matcher.facts.time_patterns`."""

from __future__ import annotations

import calendar
import datetime as dt
import re
from collections.abc import Callable
from typing import Any

from matcher.dates import Duration, all_durations, duration_days, move_months, parse_duration, shift, subtract
from matcher.facts.time_expr import TimeExpr
from matcher.facts.time_patterns import data, names
from matcher.model import Interval

_MIN_YEAR = 1900
_DIGITS = re.compile(r"\d+")
_LETTERS = re.compile(r"[a-z]+")


# ---------------------------------------------------------------- intervals


def _expr(interval: Interval | None, kind: str, **more: Any) -> TimeExpr:
    return TimeExpr(interval, 0, 0, kind, **more)


def _day(year: int, month: int, day: int) -> Interval | None:
    try:
        date = dt.date(year, month, day)
    except ValueError:
        return None
    return Interval(date, date)


def _month(year: int, month: int) -> Interval:
    return Interval(dt.date(year, month, 1), dt.date(year, month, calendar.monthrange(year, month)[1]))


def _year(year: int) -> Interval:
    return Interval(dt.date(year, 1, 1), dt.date(year, 12, 31))


def _full_year(digits: str) -> int:
    number = int(digits)
    if len(digits) > 2:
        return number
    return 2000 + number if number < 50 else 1900 + number


def _reference(anchor: Interval | None) -> dt.date | None:
    return (anchor.end or anchor.start) if anchor else None


def back(anchor: Interval | None, duration: Duration) -> Interval | None:
    """The days that lie ``duration`` before the note's date."""
    if anchor is None or (anchor.start or anchor.end) is None:
        return None
    first = anchor.start or anchor.end
    last = anchor.end or anchor.start
    assert first is not None and last is not None
    return Interval(shift(first, duration, -1, most=True), shift(last, duration, -1))


def _days_back(anchor: Interval | None, longest: int, shortest: int) -> Interval | None:
    return back(anchor, Duration(shortest, longest, "day"))


# ---------------------------------------------------------------- builders, one for each named group


def _iso(text: str, anchor: Interval | None) -> TimeExpr | None:
    numbers = [int(n) for n in _DIGITS.findall(text)]
    interval = _day(*numbers) if len(numbers) == 3 else _month(*numbers)
    return _expr(interval, "date") if interval else None


def _slash(text: str, anchor: Interval | None, day_first: bool = False) -> TimeExpr | None:
    first, second, year = _DIGITS.findall(text)
    a, b, y = int(first), int(second), _full_year(year)
    interval = _day(y, b, a) if a > 12 or (day_first and b <= 12) else _day(y, a, b)
    return _expr(interval, "date") if interval and y >= _MIN_YEAR else None


def _month_year(text: str, anchor: Interval | None) -> TimeExpr | None:
    month, year = (int(n) for n in _DIGITS.findall(text))
    return _expr(_month(year, month), "date")


def _short_months(text: str, anchor: Interval | None) -> TimeExpr | None:
    """ "8/22-5/23": from August 2022 to May 2023, as the days of one year would run backwards."""
    first, year, last, until = (int(n) for n in _DIGITS.findall(text))
    today = _reference(anchor)
    if first <= last or year >= until or (today is not None and 2000 + until > today.year):
        return None
    return _expr(Interval(_month(2000 + year, first).start, _month(2000 + until, last).end), "range")


def _years(text: str, anchor: Interval | None) -> TimeExpr | None:
    numbers = [int(n) for n in _DIGITS.findall(text)]
    if len(numbers) == 1:
        return _expr(Interval(dt.date(numbers[0], 1, 1), None), "since")
    first, last = numbers
    return _expr(Interval(dt.date(first, 1, 1), dt.date(last, 12, 31)), "range") if first <= last else None


def _month_of(text: str) -> int:
    months = names("months")
    return next(months[w] for w in _LETTERS.findall(text.lower()) if w in months)


def _named_day(text: str, anchor: Interval | None) -> TimeExpr | None:
    """ "Jan 5th, 2023", "5 January 2023", "March 3": the last one before the note where no year stands."""
    numbers = _DIGITS.findall(text)
    month = _month_of(text)
    if len(numbers) > 1:
        interval = _day(_full_year(numbers[1]), month, int(numbers[0]))
    else:
        interval = _latest(anchor, month, int(numbers[0]))
        if interval is None and 1 <= int(numbers[0]) <= calendar.monthrange(2000, month)[1]:
            return _expr(None, "date")
    return _expr(interval, "date") if interval else None


def _latest(anchor: Interval | None, month: int, day: int | None) -> Interval | None:
    """The last such day (or month) that does not lie after the note."""
    today = _reference(anchor)
    if today is None:
        return None
    for year in range(today.year, max(today.year - 5, 0), -1):
        interval = _day(year, month, day) if day else _month(year, month)
        if interval and interval.start and interval.start <= today:
            return interval
    return None


def _named_month(text: str, anchor: Interval | None) -> TimeExpr | None:
    digits = _DIGITS.findall(text)
    month = _month_of(text)
    if digits:
        return _expr(_part(text, _month(_full_year(digits[-1]), month)), "date")
    lower = text.lower()
    today = _reference(anchor)
    interval = _latest(anchor, month, None)
    if interval is not None:
        interval = _part(text, interval)
    if lower.startswith("next ") and today:
        year = today.year + (1 if month <= today.month else 0)
        return _expr(_month(year, month), "future")
    if lower.startswith("last ") and interval and today and interval.end and interval.end >= today and interval.start:
        interval = _month(interval.start.year - 1, month)  # "last March", said in March
    return _expr(interval, "date")


def _part(text: str, interval: Interval) -> Interval:
    """ "early", "mid" and "late" narrow a month, a year or a decade to a third."""
    lower = text.lower()
    start, end = interval.start, interval.end
    if start is None or end is None:
        return interval
    third = (end - start).days // 3
    if "early" in lower or "beginning" in lower:
        return Interval(start, start + dt.timedelta(days=third))
    if "mid" in lower:
        return Interval(start + dt.timedelta(days=third), end - dt.timedelta(days=third))
    if "late" in lower or "end of" in lower:
        return Interval(end - dt.timedelta(days=third), end)
    return interval


def _season(text: str, anchor: Interval | None) -> TimeExpr | None:
    digits = _DIGITS.findall(text)
    name = next(w for w in _LETTERS.findall(text.lower()) if w in data()["seasons"])
    first, last = data()["seasons"][name]
    today = _reference(anchor)
    if digits:
        year = int(digits[-1])
    elif today:
        year = today.year if first <= today.month else today.year - 1
    else:
        return _expr(None, "date")
    end = _month(year + (1 if last < first else 0), last).end
    if not digits and today and text.lower().startswith("last") and end is not None and end >= today:
        year, end = year - 1, _month(year - 1 + (1 if last < first else 0), last).end  # it is summer now
    return _expr(Interval(dt.date(year, first, 1), end), "date")


def _seasons_ago(text: str, anchor: Interval | None) -> TimeExpr | None:
    """ "Two summers ago", "the winter before last": counted from the last one that is over."""
    words, today = _LETTERS.findall(text.lower()), _reference(anchor)
    name = next(w for word in words for w in (word, word.removesuffix("s")) if w in data()["seasons"])
    counted = parse_duration(text.split()[0] + " years") if text.lower().endswith("ago") else None
    first, last = data()["seasons"][name]
    if today is None or (counted is None and words[-1] != "last"):
        return _expr(None, "date")
    year, over = today.year, 1 if last < first else 0
    while (end := _month(year + over, last).end) is not None and end >= today:
        year -= 1
    year -= int(counted.low) - 1 if counted is not None else 1
    return _expr(Interval(dt.date(year, first, 1), _month(year + over, last).end), "date")


def _holiday(text: str, anchor: Interval | None) -> TimeExpr | None:
    """The last such feast before the note, or that of the year that is named."""
    lower, today, digits = text.lower(), _reference(anchor), _DIGITS.findall(text)
    name = next(name for name in sorted(data()["holidays"], key=len, reverse=True) if name in lower)
    (month, day), (to_month, to_day) = (map(int, at.split("-")) for at in data()["holidays"][name])
    over = 1 if to_month < month else 0
    if not digits and today is None:
        return _expr(None, "date")
    year = int(digits[-1]) - over if digits else today.year if today is not None else 0
    if not digits and today is not None and dt.date(year, month, day) > today:
        year -= 1
    return _expr(Interval(dt.date(year, month, day), dt.date(year + over, to_month, to_day)), "date")


def _weekday(text: str, anchor: Interval | None) -> TimeExpr | None:
    number = names("weekdays")[text.lower().split()[-1]]
    today = _reference(anchor)
    if today is None:
        return _expr(None, "relative")
    days = (today.weekday() - number) % 7 or (7 if text.lower().startswith("last") else 0)
    return _expr(_days_back(Interval(today, today), days, days), "relative")


def _ago(text: str, anchor: Interval | None) -> TimeExpr | None:
    durations = all_durations(text)  # "2 years and 3 months ago"
    interval = anchor
    for duration in durations:
        interval = back(interval, duration)
    return _expr(interval, "relative", days=duration_days(text)) if durations else None


def _vague_ago(text: str, anchor: Interval | None) -> TimeExpr | None:
    unit = text.lower().split()[-2]
    today = _reference(anchor)
    least = {"years": "2 years", "decades": "20 years", "months": "2 months", "weeks": "2 weeks", "days": "2 days"}
    if today is None or unit not in least:
        return _expr(None, "relative")
    return _expr(Interval(None, subtract(today, least[unit])), "relative")


def _after(text: str, anchor: Interval | None) -> TimeExpr | None:
    duration = parse_duration(text)
    return _expr(back(anchor, duration), "after", days=duration_days(text)) if duration else None


def _numbered_day(text: str) -> int | None:
    digits = _DIGITS.findall(text)
    if digits:
        return int(digits[0])
    duration = parse_duration(text.split()[-1] + " days")
    return int(duration.low) if duration else None


def _pod(text: str, anchor: Interval | None) -> TimeExpr | None:
    n = _numbered_day(text)
    return _expr(_days_back(anchor, n, n), "after", days=(n, n)) if n is not None else None


def _hospital_day(text: str, anchor: Interval | None) -> TimeExpr | None:
    n = _numbered_day(text)
    if n is None or n < 1:
        return None
    interval = _days_back(anchor, n - 1, n - 1)
    return _expr(Interval(interval.start, None) if interval else None, "since")


def _past(text: str, anchor: Interval | None) -> TimeExpr | None:
    text = text.lstrip("xX×")  # "x3 days"
    duration = parse_duration(text) or parse_duration("1 " + text.split()[-1])
    if duration is None:
        return None
    since = back(anchor, duration)
    return _expr(Interval(since.start, _reference(anchor)) if since else None, "duration", days=duration_days(text))


def _past_unit(text: str, anchor: Interval | None) -> TimeExpr | None:
    """ "last month", "last year": the calendar's, as people mean it."""
    today = _reference(anchor)
    if today is None:
        return _expr(None, "relative")
    if text.lower().endswith("month"):
        before = move_months(today.replace(day=1), -1)
        return _expr(_part(text, _month(before.year, before.month)), "relative")
    return _expr(_part(text, _year(max(today.year - 1, 1))), "relative")


def _gestation(text: str, anchor: Interval | None) -> TimeExpr | None:
    return _expr(None, "gestation")


def _age(text: str, anchor: Interval | None) -> TimeExpr | None:
    years = float(_DIGITS.findall(text)[0])
    if "month" in text.lower():
        years /= 12
    return _expr(None, "age", age=(years, years))


def _ages(text: str, anchor: Interval | None) -> TimeExpr | None:
    low, high = data()["ages"][" ".join(text.lower().split())]
    return _expr(None, "age", age=(float(low), float(high)))


def _decade_of_life(text: str, anchor: Interval | None) -> TimeExpr | None:
    digits = _DIGITS.findall(text)
    low = int(digits[0]) if digits else data()["decades"][text.lower().split()[-1].split("-")[-1]]
    lower = text.lower()
    first, last = (0, 3) if "early" in lower else (4, 6) if "mid" in lower else (7, 9) if "late" in lower else (0, 9)
    return _expr(None, "age", age=(float(low + first), float(low + last)))


def _decade(text: str, anchor: Interval | None) -> TimeExpr | None:
    year = int(_DIGITS.findall(text)[0])
    return _expr(_part(text, Interval(dt.date(year, 1, 1), dt.date(year + 9, 12, 31))), "date")


def _bare_year(text: str, anchor: Interval | None) -> TimeExpr | None:
    year = int(text)
    today = _reference(anchor)
    return _expr(_year(year), "date") if today is None or year <= today.year + 2 else None


def _short(text: str, anchor: Interval | None, day_first: bool = False) -> TimeExpr | None:
    month, day = (int(n) for n in _DIGITS.findall(text))
    if day_first and day <= 12:
        month, day = day, month
    return _expr(_latest(anchor, month, day), "date") if month <= 12 else None


def _table_days(table: str, kind: str) -> Callable[[str, Interval | None], TimeExpr | None]:
    def build(text: str, anchor: Interval | None) -> TimeExpr | None:
        first, second = data()[table][" ".join(text.lower().replace("’", "'").split())]
        if table == "days_ahead":
            today = _reference(anchor)
            ahead = [shift(today, Duration(n, n, "day"), 1) for n in (first, second)] if today else None
            return _expr(Interval(*ahead) if ahead else None, kind)
        return _expr(_days_back(anchor, first, second), "now" if first == 0 else kind)

    return build


def _now(text: str, anchor: Interval | None) -> TimeExpr | None:
    return _expr(_days_back(anchor, 0, 0), "now")


ORDERED: dict[str, Callable[[str, Interval | None, bool], TimeExpr | None]] = {
    "slash": _slash,
    "short": _short,
    "short_in_brackets": _short,
}
"""Those to which the order of day and month in the note matters."""
BUILD: dict[str, Callable[[str, Interval | None], TimeExpr | None]] = {
    "ages": _ages,
    "days_ago": _table_days("days_ago", "relative"),
    "days_ahead": _table_days("days_ahead", "future"),
    "iso": _iso,
    "slash": _slash,
    "short_months": _short_months,
    "years": _years,
    "month_year": _month_year,
    "day_month": _named_day,
    "month_day": _named_day,
    "month": _named_month,
    "last_month": _named_month,
    "season": _season,
    "seasons_ago": _seasons_ago,
    "holiday": _holiday,
    "month_in_brackets": _named_month,
    "in_month": _named_month,
    "weekday": _weekday,
    "ago": _ago,
    "vague_ago": _vague_ago,
    "post": _after,
    "pod": _pod,
    "hospital_day": _hospital_day,
    "day_of": _hospital_day,
    "past": _past,
    "past_unit": _past_unit,
    "for": _past,
    "history": _past,
    "gestation": _gestation,
    "age": _age,
    "decade_of_life": _decade_of_life,
    "decade": _decade,
    "year": _bare_year,
    "short": _short,
    "short_in_brackets": _short,
    "now": _now,
}
