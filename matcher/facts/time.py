"""Time in notes: dates, "3 weeks ago", "POD #6", "since age 9", "for 20 years", against the note's date.

``find`` gives every time expression of a stretch of text, ``attach`` the one that speaks of a mention. Numbers with two
slashes are read in the order of the note (`matcher.dates.day_first`), month/day/year where nothing tells it; two-digit
years from 00 to 49 are 20xx, the others 19xx. A month or a year alone is the interval of its days.
"""

from __future__ import annotations

import datetime as dt
import re
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import replace
from functools import cache

from matcher import resources
from matcher.dates import NO_DAY, Duration, day_first, duration_days, month_names, move_months, subtract
from matcher.facts import time_patterns
from matcher.facts.time_attach import attach, behind_reason
from matcher.facts.time_build import BUILD, ORDERED, back
from matcher.facts.time_expr import TimeExpr
from matcher.model import Interval
from matcher.patterns import alternatives

__all__ = [
    "TimeExpr",
    "age_interval",
    "at_age",
    "attach",
    "behind_reason",
    "duration_days",
    "find",
    "subtract",
    "undated",
]

_FROM_AGE = re.compile(r"\b(?:since|from|starting|beginning)\s[^,;.]*\Z", re.IGNORECASE)
_RELATIVE = frozenset({"relative", "duration", "after", "since", "until"})


_START = re.compile(r"(?<![\w.$/])(?:[A-Za-z]+|\d)|(?<![\w])×")
_SINCE = re.compile(
    r"(?:since|starting|beginning|effective|as of|onset|started|began)(?:[ ](?:in|on|about|around|at))?[ ~]*\Z",
    re.IGNORECASE,
)
_UNTIL = re.compile(
    r"(?:until|till|through|thru|up to|ended|ending|finished|end date|to)(?:[ ](?:in|on|about|around))?[ ~]*\Z",
    re.IGNORECASE,
)
_FROM = re.compile(r"(?:from|between)(?:[ ](?:in|on))?[ ]\Z", re.IGNORECASE)
_DASH = re.compile(r"[ ]?[-–—][ ]?")
_TO = re.compile(r"[ ]?(?:to|through|until|till|thru|and|-|–)[ ]\Z", re.IGNORECASE)


_AHEAD = 48
"""Characters from the beginning of an expression within which a word that tells a time must stand."""


def near_tells(times: Sequence[int], tells: Sequence[int]) -> list[int]:
    """Of the places where a time may begin, those beside a word that tells one; both in order."""
    near: list[int] = []
    at, count = 0, len(tells)
    for begin in times:
        while at < count and tells[at] < begin:
            at += 1
        if at == count:
            break
        if tells[at] <= begin + _AHEAD:
            near.append(begin)
    return near


def find(
    text: str,
    start: int = 0,
    end: int | None = None,
    anchor: Interval | None = None,
    places: Sequence[int] | None = None,
) -> list[TimeExpr]:
    """The time expressions of ``text[start:end]`` in order, non-overlapping.

    ``anchor`` is the note's date, against which relative expressions are resolved and dates without a year placed.
    ``places``: where in the text a time may begin (`near_tells`), in order, if the caller has read its words already.
    """
    return _find(text, start, end, anchor, places, {})


def _find(
    text: str,
    start: int,
    end: int | None,
    anchor: Interval | None,
    places: Sequence[int] | None,
    met: dict[int, re.Match[str] | None],
) -> list[TimeExpr]:
    """``met``: what stands at places that were read before; it is added to."""
    stop = len(text) if end is None else min(end, len(text))
    if places is not None:
        places = places[bisect_left(places, start) : bisect_left(places, stop)]
    elif time_patterns.worth_reading(text, start, stop):
        places = [word.start() for word in _START.finditer(text, start, stop)]
    found: list[TimeExpr] = []
    at = start
    for begin in places or ():
        if begin < at:
            continue
        if begin not in met:
            met[begin] = _match(text, begin, stop)
        match = met[begin]
        if match is None:
            continue
        group = next(name for name, value in match.groupdict().items() if value is not None and name in BUILD)
        if group in ORDERED:
            today = (anchor.end or anchor.start) if anchor else None
            built = ORDERED[group](match.group(), anchor, day_first(text, today))
        else:
            built = BUILD[group](match.group(), anchor)
        if built is not None:
            found.append(_bounded(text, start, replace(built, start=begin, end=match.end()), anchor))
            at = match.end()
    if not found:
        return found
    listed = _listed_days(text, _listed_months(text, found, anchor), anchor)
    return _ongoing(text, _ranges(text, listed))


def _match(text: str, begin: int, stop: int) -> re.Match[str] | None:
    """The time expression that begins at a place."""
    word = _START.match(text, begin, stop)
    if word is None:
        return None
    first = word.group().lower()
    pattern = time_patterns.at("0" if first.isdigit() else "x" if first == "×" else first)
    return pattern.match(text, begin, stop) if pattern else None


def _bounded(text: str, floor: int, expr: TimeExpr, anchor: Interval | None) -> TimeExpr:
    """ "since March 2019" is open at its end, "until 2015" at its start."""
    if expr.interval is None or expr.kind not in ("date", "relative", "range", "now"):
        return expr
    before = text[max(floor, expr.start - 24) : expr.start]
    words = text[expr.start : expr.end].lower()
    if words.startswith("since ") or _SINCE.search(before):
        return replace(expr, interval=Interval(expr.interval.start, None), kind="since")
    if words.startswith(("until ", "through ", "thru ")) or _UNTIL.search(before):
        return replace(expr, interval=Interval(None, _next_end(words, expr.interval.end, anchor)), kind="until")
    return expr


def _next_end(words: str, end: dt.date | None, anchor: Interval | None) -> dt.date | None:
    """ "Until 24 February", written on the 20th: no year stands, and the next one is nearer than the last."""
    today = (anchor.end or anchor.start) if anchor is not None else None
    numbers = _NUMBERS.findall(words)
    yearless = len(numbers) <= 1 + ("/" in words) and all(len(n) < 3 for n in numbers)
    if end is None or today is None or not yearless or end >= today or not _NAMED_DAY.search(words):
        return end
    try:
        coming = end.replace(year=end.year + 1)
    except ValueError:  # 29 February
        return end
    return coming if today <= coming and coming - today < today - end else end


_NUMBERS = re.compile(r"\d+")
_NAMED_DAY = re.compile(rf"\b(?:{month_names()})|\d/\d", re.IGNORECASE)


@cache
def _months() -> re.Pattern[str]:
    """ "in March, June and December 2022": months that one year is written behind."""
    name = rf"(?:{month_names()})[a-z]{{0,6}}\.?"
    return re.compile(rf"{name}(?:,\s{name})*,?\s(?:and|&)\s{name},?\s(?P<year>(?:19|20)\d\d)\b", re.IGNORECASE)


def _listed_months(text: str, found: list[TimeExpr], anchor: Interval | None) -> list[TimeExpr]:
    """The expressions with every month of such a list, in the year that is written behind the last."""
    dates = [expr for expr in found if expr.kind == "date"]
    if len(dates) < 2 or _months().search(text, dates[0].start, dates[-1].end) is None:
        return found
    for match in _months().finditer(text, dates[0].start, dates[-1].end):
        inside: list[TimeExpr] = []
        for word in re.finditer(r"[A-Za-z]+", match.group()):
            name = word.group()
            built = [] if name.lower() == "and" else find(f"{name} {match['year']}", anchor=anchor)
            start = match.start() + word.start()
            inside += [replace(one, start=start, end=start + len(name)) for one in built[:1]]
        rest = [e for e in found if e.end <= match.start() or e.start >= match.end()]
        found = sorted([*rest, *inside], key=lambda e: e.start)
    return found


_DAY = re.compile(r"\d{1,2}/\d{1,2}")
_DAYS = re.compile(
    rf"(?<![\d/])(?:{_DAY.pattern}(?:,\s?(?:and\s)?|\s(?:and|&)\s)){{1,9}}{_DAY.pattern}"
    r"(?P<year>/(?:(?:19|20)\d\d|\d\d))?(?![\d/])"
)


def _listed_days(text: str, found: list[TimeExpr], anchor: Interval | None) -> list[TimeExpr]:
    """ "on 5/3, 5/14 and 5/26/2024": every day of such a list, in the year behind the last, if there is one."""
    some = next((e for e in found if e.kind == "date" and "/" in text[e.start : e.end]), None)
    if some is None:
        return found
    for match in _DAYS.finditer(text, max(0, some.start - 60), some.end + 60):
        opens = text[max(0, match.start() - 3) : match.start()].lower() == "on "
        if not match["year"] and not opens:
            continue
        inside: list[TimeExpr] = []
        last = match.start("year") if match["year"] else match.end()
        for day in _DAY.finditer(text, match.start(), last):
            one = find(f"on {day.group()}{match['year'] or ''}", anchor=anchor)
            inside += [replace(e, start=day.start(), end=day.end()) for e in one[:1]]
        rest = [e for e in found if e.end <= match.start() or e.start >= match.end()]
        found = sorted([*rest, *inside], key=lambda e: e.start)
    return found


def _ranges(text: str, found: list[TimeExpr]) -> list[TimeExpr]:
    """ "from March 2015 to May 2018" is one interval."""
    joined: list[TimeExpr] = []
    for expr in found:
        last = joined[-1] if joined else None
        if (
            last is not None
            and last.kind in ("date", "since")
            and expr.kind in ("date", "until")
            and last.interval
            and expr.interval
            and expr.start - last.end <= 9
            and last.interval.start
            and expr.interval.end
            and last.interval.start <= expr.interval.end
            and (_spans(text, last, expr) or _DASH.fullmatch(text, last.end, expr.start))
        ):
            joined[-1] = TimeExpr(Interval(last.interval.start, expr.interval.end), last.start, expr.end, "range")
        else:
            joined.append(expr)
    return joined


def _spans(text: str, first: TimeExpr, last: TimeExpr) -> bool:
    """Whether words make two times the ends of one: "from March 2015 to May 2018"."""
    if _TO.fullmatch(text, first.end, last.start) is None:
        return False
    return (
        first.kind == "since" or last.kind == "until" or bool(_FROM.search(text, max(0, first.start - 12), first.start))
    )


def _ongoing(text: str, found: list[TimeExpr]) -> list[TimeExpr]:
    """ "10/2021 - present": open at its end."""
    out: list[TimeExpr] = []
    for expr in found:
        on = _goes_on().match(text, expr.end) if expr.kind == "date" and expr.interval is not None else None
        if on is None or expr.interval is None:
            out.append(expr)
        else:
            out.append(replace(expr, interval=Interval(expr.interval.start, None), end=on.end(), kind="since"))
    return out


@cache
def _goes_on() -> re.Pattern[str]:
    words = resources.toml("time/words")["ongoing"]["words"]
    return re.compile(rf"[ ]?(?:-|–|—|to|through|until)[ ]?(?:{alternatives(words)})\b", re.IGNORECASE)


def undated(text: str, start: int, end: int, places: Sequence[int] | None = None) -> list[TimeExpr]:
    """`find` for a note without a date: what is relative to the note is counted from `NO_DAY`."""
    met: dict[int, re.Match[str] | None] = {}
    found = _find(text, start, end, None, places, met)
    if all(expr.interval is not None for expr in found):
        return found
    day = Interval(NO_DAY, NO_DAY)
    counted = {e.start: e for e in _find(text, start, end, day, places, met) if e.kind in _RELATIVE}
    return [
        replace(counted[expr.start], counted=True) if expr.interval is None and expr.start in counted else expr
        for expr in found
    ]


def at_age(expr: TimeExpr, age: float, anchor: Interval | None, words: str) -> TimeExpr:
    """ "At age 9" of a patient who is ``age`` years old, as so many years before the note.

    ``words``: the expression with what stands before it.
    """
    if expr.age is None or expr.age[0] > age:
        return expr
    low, high = expr.age
    years = Duration(12 * max(0, int(age - high) - 1), 12 * (int(age - low) + 1), "month")
    interval = back(anchor or Interval(NO_DAY, NO_DAY), years)
    told = replace(expr, interval=interval, kind="relative", counted=anchor is None)
    if interval is not None and _FROM_AGE.search(words):
        return replace(told, interval=Interval(interval.start, None), kind="since")
    return told


def age_interval(expr: TimeExpr, birth: Interval) -> Interval | None:
    """The days of an ``age`` expression, from the birth date: age 9 lasts from the ninth to the tenth birthday."""
    if expr.age is None or birth.start is None or birth.end is None:
        return None
    low, high = expr.age
    first = move_months(birth.start, int(low * 12))
    last = move_months(birth.end, int(high * 12) + (12 if high >= 1 or high == 0 else 1))
    return Interval(first, dt.date.fromordinal(max(last.toordinal() - 1, first.toordinal())))
