"""Which time expression speaks of a mention."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache

from matcher import resources
from matcher.facts.time_expr import TimeExpr
from matcher.model import Span
from matcher.patterns import alternatives

_JOIN = re.compile(r"[\s,/&+]*(?:and|or)?[\s,/&+]*\Z")
_NOW = re.compile(r"\band (?:is|are|has been|have been|remains|continues|now|currently|takes)\b", re.IGNORECASE)
"""Where a sentence turns from what happened to what holds now: "in 2002 … and is on warfarin"."""
_AND = re.compile(r",|\band\b", re.IGNORECASE)
"""What stands behind it is no part of what the time is after: "10 weeks post partum and still breast feeding"."""
_ATTACHED = frozenset({"date", "range", "relative", "since", "until", "duration", "after"})


def attach(
    text: str,
    mention: tuple[int, int],
    expressions: Sequence[TimeExpr],
    sentence: Span,
    others: Sequence[tuple[int, int]] = (),
) -> TimeExpr | None:
    """The expression that dates a mention, or None.

    The one that follows in the same clause, with no other mention between ("CABG 2018, DM 2020"); else one that
    precedes it there ("in 2018 a stroke"); else a date that heads the sentence ("2023-01-05: ECOG 2, fatigued").
    ``others`` are the sentence's mentions. Ages, gestation and "now" date nothing.
    """
    inside = [e for e in expressions if sentence.start <= e.start and e.end <= sentence.end and e.kind in _ATTACHED]
    if not inside:
        return None
    start, end = mention
    own = next((expr for expr in inside if expr.start == start and expr.end > end), None)
    if own is not None:
        return own  # the cue "since" is the first word of "since December"
    for expr in inside:
        if expr.start >= end:
            if _breaks(text, end, expr.start):
                break
            if _free(text, end, expr.start, others) or _followed(text, end, expr, others):
                return _dated(text, expr, inside)
            break
    before = [e for e in inside if e.end <= start]
    for expr in reversed(before):
        between = text[expr.end : start]
        head = not text[sentence.start : expr.start].strip(" -•*(\"'").replace("On", "").replace("In", "").strip(" on")
        if ";" in between or _NOW.search(between) or (expr.kind == "after" and _AND.search(between)):
            break
        if between.startswith(")") and text[expr.start - 1 : expr.start] == "(":
            break  # "everolimus (6/23-4/24) with headache": of what stands before the bracket
        if head and (expr.kind != "duration" or "," not in between):
            return expr
        if "," not in between and len(between) < 60 and not any(expr.end <= a < start for a, _ in others):
            return expr
        break
    return None


def _dated(text: str, expr: TimeExpr, inside: Sequence[TimeExpr]) -> TimeExpr:
    """ "Isoniazid for 9 months in 2019": the day right behind how long it lasted says when that was."""
    if expr.kind != "duration":
        return expr
    behind = next((e for e in inside if e.start >= expr.end), None)
    near = behind is not None and behind.kind in _DAYS and text[expr.end : behind.start].strip(" ,(").lower() in _IN
    return behind if near and behind is not None else expr


_DAYS = frozenset({"date", "range", "relative"})
_IN = frozenset({"", "in", "on", "from", "during"})


def _breaks(text: str, start: int, end: int) -> bool:
    """Does a clause end between a mention and the expression after it? A comma right before the expression does not."""
    between = text[start:end]
    if ";" in between or len(between) > 120:
        return True
    body = between.rstrip(" (")
    comma = body.rfind(",")
    if comma < 0 or comma == len(body) - 1 or len(body) - comma <= 14:
        return False
    # "COVID twice, most recently | Jan 2024"; "COPD, which was first diagnosed | eight years ago"
    return _latest().fullmatch(body, comma) is None and _came().fullmatch(body, body.find(",")) is None


@cache
def _latest() -> re.Pattern[str]:
    words = resources.toml("time/words")["landmarks"]["latest"]
    return re.compile(rf",\s(?:and\s)?(?:{alternatives(words)})(?:\s(?:was|being|in|on|of|one)){{0,3}}", re.IGNORECASE)


@cache
def _came() -> re.Pattern[str]:
    """How a clause begins that says when the disease before it came or was found."""
    table = resources.toml("time/words")["landmarks"]["came"]
    opens, words = alternatives(table["opens"]), alternatives(table["words"])
    return re.compile(rf",\s(?:(?:{opens})\s){{0,4}}(?:{words})(?:\s(?!and\b|but\b)[\w'-]+){{0,6}}", re.IGNORECASE)


@cache
def _cause(beyond: bool) -> re.Pattern[str]:
    table = resources.toml("time/words")["landmarks"]
    words = [*table["before"], *(table["beyond"] if beyond else ())]
    return re.compile(rf"\s(?:{alternatives(words)})\s(?:[\w-]+\s){{0,2}}\Z", re.IGNORECASE)


def _followed(text: str, start: int, expr: TimeExpr, others: Sequence[tuple[int, int]]) -> bool:
    """ "DVT after knee surgery in 2009": the day of what it followed, alone between the two, dates it as well."""
    inside = sorted((a, b) for a, b in others if a >= start and b <= expr.start)
    said = text[start : expr.start]
    parted = "," in said and _came().fullmatch(said.rstrip()) is None
    if expr.kind not in ("date", "relative") or not inside or parted:
        return False
    at = start
    for a, b in inside:
        if a >= at and _cause(at > start).fullmatch(text, at, a) is None:
            return False
        at = max(at, b)
    return True


def behind_reason(
    text: str,
    mention: tuple[int, int],
    expressions: Sequence[TimeExpr],
    sentence: Span,
    others: Sequence[tuple[int, int]],
) -> TimeExpr | None:
    """ "Colectomy for colitis in 2017": the day right behind what something was done for says when it was done."""
    end = mention[1]
    expr = next((e for e in expressions if e.start >= end and e.end <= sentence.end and e.kind in _DAYS), None)
    if expr is None:
        return None
    inside = sorted((a, b) for a, b in others if a >= end and b <= expr.start)
    if not inside or _reason().fullmatch(text, end, inside[0][0]) is None:
        return None
    last = max(b for _, b in inside)
    near = text[last : expr.start].strip(" ,(").lower() in _IN and _free(text, inside[0][1], expr.start, others)
    return expr if near else None


@cache
def _reason() -> re.Pattern[str]:
    words = resources.toml("time/words")["landmarks"]["reason"]
    return re.compile(rf"\s(?:{alternatives(words)})\s(?:[\w-]+\s){{0,2}}", re.IGNORECASE)


def _free(text: str, start: int, end: int, others: Sequence[tuple[int, int]]) -> bool:
    """No other mention between, but for the next items of "A and B in 2018"."""
    at = start
    for a, b in sorted(others):
        if a >= start and b <= end:
            if _JOIN.fullmatch(text, at, a) is None or (
                " and " not in text[start:b] and a > start and "," in text[at:a]
            ):
                return False
            at = b
    return True
