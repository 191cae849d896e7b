"""The patient's age beside what befell them then, without the word "age": "stroke at 60", "Hodgkin (at 22)"."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache

from matcher import resources
from matcher.facts.page import Draft
from matcher.facts.time_expr import TimeExpr
from matcher.patterns import alternatives

_KINDS = frozenset({"condition", "procedure"})


def told(text: str, drafts: Sequence[Draft], age: float, known: Sequence[TimeExpr]) -> list[TimeExpr]:
    """Ages right behind what is dated by them, no older than the patient and where no other time stands."""
    found: list[TimeExpr] = []
    for draft in drafts:
        if draft.kind not in _KINDS or text[draft.end : draft.end + 5].lstrip(" (")[:2].lower() != "at":
            continue
        match = _behind().match(text, draft.end)
        if match is None or not 1 <= float(match["n"]) <= age or _measured().search(text, draft.start, draft.end):
            continue
        while match is not None and float(match["n"]) <= age:
            start, end = match.span("at")
            if not any(e.start < end and start < e.end for e in (*known, *found)):
                years = float(match["n"])
                found.append(TimeExpr(None, start, end, "age", age=(years, years)))
            match = _again().match(text, end)
    return found


@cache
def _behind() -> re.Pattern[str]:
    table = resources.toml("time/words")["age_then"]
    return re.compile(
        rf"\s\(?(?P<at>at\s(?P<n>\d{{1,2}}))(?=\s?(?:[,.;)](?!\d)|\Z|\n)|\s(?:{alternatives(table['follows'])})\b)",
        re.IGNORECASE,
    )


@cache
def _again() -> re.Pattern[str]:
    """ "At 52 | and again at 70": the same once more."""
    return re.compile(r"(?:,?\s(?:and|then)(?:\sagain)?|,)\s(?P<at>at\s(?P<n>\d{1,2}))(?![\w%/:]|\.\d)", re.IGNORECASE)


@cache
def _measured() -> re.Pattern[str]:
    """What has a number of its own behind "at": a rate, a degree, a week of pregnancy."""
    words = resources.toml("time/words")["age_then"]["measured"]
    return re.compile(rf"\b(?:{alternatives(words)})", re.IGNORECASE)
