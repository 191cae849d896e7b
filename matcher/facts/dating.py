"""What a time beside a draft says of it: when it was, until when, and on which other days."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from matcher.dates import NO_DAY
from matcher.facts.page import Draft
from matcher.facts.time import TimeExpr
from matcher.model import Interval

_LONG = 90
"""Days before the note at which a drug that was given then is no drug of today."""
_EVENTS = ("condition", "procedure", "medication")
_AND = re.compile(
    r"[\s,;)(]*(?:(?:and|&|then|again|also|as\swell\sas|(?:followed\sby\s)?(?:(?:a(?:\sfurther)?|the)\s)?"
    r"(?:one|another|second|third|fourth|2nd|3rd|4th|other)(?:\s(?:one|again|episode|event|attack))?)\b[\s,]*){0,3}"
    r"(?:(?:in|on)\b)?[\s(]*",
    re.IGNORECASE,
)

_DAYS = frozenset({"date", "relative"})


def put(draft: Draft, found: TimeExpr | None) -> None:
    """What a time beside a draft says of it: when it was, since when, until when, or when it was changed."""
    if found is None or found.interval is None:
        return
    interval = found.interval
    measured = draft.quantity is not None and draft.kind in ("measurement", "score", "biomarker", "stage")
    if found.kind == "duration" and (measured or draft.kind == "behaviour"):
        return
    if draft.rule == "drug.changed":
        draft.changed = interval
    elif draft.rule == "drug.off":
        # "off warfarin for 4 months": that long ago it was last
        draft.rule, draft.time = "drug.stopped", Interval(interval.start, interval.start)
    elif draft.rule in ("drug.stopped", "drug.held", "behaviour.tobacco", "behaviour.alcohol", "behaviour.drugs"):
        # The day it ended is when it last was.
        draft.time = Interval(interval.end, interval.end) if found.kind in ("until", "range") else interval
        if found.kind == "since" and draft.rule.startswith("drug"):
            draft.time = Interval(interval.start, interval.start)
        if draft.rule.startswith("behaviour") and draft.result != "former":
            draft.time = None
    elif draft.rule == "drug.started" and found.kind in ("date", "relative"):
        draft.time = Interval(interval.start, None)
    elif found.kind == "duration" and draft.kind == "procedure":
        draft.time = Interval(interval.start, None)  # "on hemodialysis for 3 years" goes on
    elif found.kind == "until" and draft.kind == "procedure":
        draft.time = Interval(interval.end, interval.end)
    else:
        draft.time = interval
    if found.counted:
        if draft.time is not None:
            draft.ago = (_days(draft.time.start), _days(draft.time.end))
        draft.time = draft.changed = None


def over(expr: TimeExpr, day: Interval | None) -> bool:
    """Whether a drug was given from one time to another, and the later is past: "letrozole 2019-2022"."""
    until = expr.interval.end if expr.kind in ("range", "until") and expr.interval is not None else None
    return until is not None and (day is None or (day.start is not None and until < day.start)) and not expr.counted


def then(text: str, expr: TimeExpr, day: Interval | None) -> bool:
    """Whether a drug that is named with a time was given then alone ("prednisone in 2020", not "prednisone 2020")."""
    end = expr.interval.end if expr.kind == "date" and expr.interval is not None and not expr.counted else None
    if end is None or day is None or day.start is None or (day.start - end).days < _LONG:
        return False
    return text[max(0, expr.start - 3) : expr.end].lower().lstrip(" ").startswith(("in ", "during "))


def ahead(expr: TimeExpr, day: Interval | None) -> bool:
    """Whether a drug is to be given up to a day that is still to come."""
    until = expr.interval.end if expr.kind == "until" and expr.interval is not None else None
    today = day.end or day.start if day is not None else None
    return until is not None and today is not None and until >= today and not expr.counted


def others(text: str, draft: Draft, first: TimeExpr | None, expressions: Sequence[TimeExpr]) -> list[Draft]:
    """The same event of the other dates of a list: "exacerbations in 01/2023 and 03/2023"."""
    if first is None or first.kind not in _DAYS or first.start < draft.end or draft.kind not in _EVENTS:
        return []
    found: list[Draft] = []
    at = expressions.index(first)
    for last, expr in pairwise(expressions[at:]):
        if expr.kind not in _DAYS or expr.interval is None or _AND.fullmatch(text, last.end, expr.start) is None:
            break
        found.append(replace(draft, time=expr.interval))
    return found


def _days(day: dt.date | None) -> int | None:
    return None if day is None else (NO_DAY - day).days
