"""Drugs given in the course of something dated: "admitted in November with a flare, treated with prednisone"."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache

from matcher.facts import tables
from matcher.facts.page import Draft
from matcher.facts.time_expr import TimeExpr
from matcher.model import Interval, Span

_DATING = frozenset({"date", "relative", "range", "after"})
_REACH = 90
"""Characters between the words of giving and the drug: others of a list may stand there."""
_FAR = 160
"""Characters between the time and the drug."""


def dated(text: str, span: Span, draft: Draft, expressions: Sequence[TimeExpr]) -> TimeExpr | None:
    """The time before a drug that tells when it was given, though something else stands between them.

    "Hospitalized 3 months ago for COPD and given prednisone": the stay is dated, and with it what was given.
    """
    given = _given(text, span, draft.start)
    if given is None:
        return None
    before = [e for e in expressions if e.kind in _DATING and span.start <= e.start and e.end <= given.start()]
    if not before or draft.start - before[-1].end > _FAR:
        return None
    expr = before[-1]
    between = text[expr.end : draft.start]
    if ";" in between or _words("turns").search(between) is not None:
        return None
    return expr if _episode(text, span, given, expr) else None


def over(text: str, span: Span, draft: Draft, expr: TimeExpr, day: Interval | None) -> bool:
    """Whether a drug "treated with" which something was at a time before the note was a course that is over."""
    interval = expr.interval
    if draft.kind != "medication" or draft.rule != "drug.current" or expr.kind not in _DATING or interval is None:
        return False
    given = _given(text, span, draft.start)
    if given is None or interval.end is None:
        return False
    if not expr.counted and (day is None or day.start is None or interval.end >= day.start):
        return False
    return expr.start >= draft.end or _episode(text, span, given, expr)


def _episode(text: str, span: Span, given: re.Match[str], expr: TimeExpr) -> bool:
    """Whether what was dated before a drug comes and goes, or the drug was plainly given then."""
    if _words("lasting").search(text, max(span.start, expr.start - _FAR), expr.start) is not None:
        return False  # "diagnosed with RA in 2015, treated with methotrexate"
    said = given["how"].lower()
    if said.split()[0] in tables.toml("drugs")["course"]["was"] or said in tables.toml("drugs")["course"]["plainly"]:
        return True
    return _words("episodes").search(text, max(span.start, expr.start - _FAR), given.start()) is not None


def _given(text: str, span: Span, start: int) -> re.Match[str] | None:
    """The last words of giving before a drug, with nothing but others of their list between."""
    found: re.Match[str] | None = None
    for match in _how().finditer(text, max(span.start, start - _REACH), start):
        before = text[max(span.start, match.start() - 24) : match.start()].lower().split()
        if _LIST.fullmatch(text, match.end(), start) and not (before and before[-1] in _now()):
            found = match
    return found


_LIST = re.compile(r"[^.;:()]*")


@cache
def _how() -> re.Pattern[str]:
    course = tables.toml("drugs")["course"]
    how = tables.words([*course["plainly"], *course["bare"]])
    return re.compile(rf"(?<!\w)(?P<how>(?:(?:{tables.words(course['was'])})\s(?:\w+ly\s)?)?(?:{how}))", re.IGNORECASE)


@cache
def _now() -> frozenset[str]:
    return frozenset(tables.toml("drugs")["course"]["now"])


@cache
def _words(name: str) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w)(?:{tables.words(tables.toml('drugs')['course'][name])})(?!\w)", re.IGNORECASE)
