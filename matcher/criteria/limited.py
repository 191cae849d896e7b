"""Limits without a measure of their own: "QTc > 450 ms in males or > 470 ms in females"."""

from __future__ import annotations

import re
from dataclasses import replace

from matcher.criteria.chunks import Chunk
from matcher.criteria.comparisons import Comparison
from matcher.criteria.coordination import Segment
from matcher.criteria.limits import happens, time_unit
from matcher.criteria.turns.turn import plain


def subjects(found: list[Segment]) -> None:
    """ "QTc > 450 ms in males or > 470 ms in females": the second limit is of the same measures."""
    place = 1
    while place < len(found):
        segment = found[place]
        named = _inherited(found, place)
        if named:
            _as_before(found[place - 1].row, segment.row)
        for step, subject in enumerate(named):
            if step == 0:
                own = segment.row
                limit = next(i for i, c in enumerate(own) if c.kind == "comparison")
                segment.row = own[:limit] + subject + own[limit:]
            else:
                joint = found[place - 1].joint or "and"
                found.insert(place + step, Segment(own[:limit] + subject + own[limit:], joint))
        if named:
            _as_behind(found[place - 1].row, segment.row)
        if named and _sexes(found[place - 1].row) and _sexes(segment.row):
            segment.joint = "or"  # "< 40 for men, < 50 for women"
        place += max(len(named), 1)


def _as_behind(before: list[Chunk], row: list[Chunk]) -> None:
    """ "Corneal thickness < 480 or > 620 µm": the unit is of both numbers."""
    at = next((i for i, c in enumerate(before) if c.comparison is not None), None)
    own = next((c.comparison for c in row if c.comparison is not None), None)
    said = before[at].comparison if at is not None else None
    if at is None or said is None or own is None or own.unit is None or time_unit(own.unit) is not None:
        return
    if at + 1 < len(before) and before[at + 1].kind in ("result", "term", "word"):
        return  # "up to 4 puffs, or ≥ 10 %", "> 2+ or > 1000 mg/24 h"
    if plain(said) and said.cmp and not isinstance(said.value, str) and own.cmp:
        before[at] = replace(before[at], comparison=replace(said, unit=own.unit))


def frequencies(found: list[Segment]) -> None:
    """ "Use of opioids or barbiturates on more than 4 days per month": how often is said of each."""
    often = [c for c in found[-1].row if c.comparison is not None]
    if len(often) != 1 or _FREQUENT.match(often[0].comparison.unit or "" if often[0].comparison else "") is None:
        return
    for segment in found[:-1]:
        if any(c.comparison is not None or c.kind in ("negation", "window", "bracket") for c in segment.row):
            return
        if not any(c.mention is not None and c.mention.type == "drug" for c in segment.row):
            return
    for segment in found[:-1]:
        segment.row = [*segment.row, often[0]]


_FREQUENT = re.compile(r"(?:day|time|night|occasion|dose|week)s?\s?(?:/|per|a|each)\s?\w+$", re.IGNORECASE)


def _as_before(before: list[Chunk], row: list[Chunk]) -> None:
    """ "At least 100 x 10^9/L or 100,000/mm3": the sign is of both numbers."""
    said = next((c.comparison for c in before if c.comparison is not None), None)
    at = next((i for i, c in enumerate(row) if c.kind == "comparison"), None)
    own = row[at].comparison if at is not None else None
    if said is None or at is None or own is None or own.cmp or own.value2 is not None or said.value2 is not None:
        return
    if said.cmp in _SIGNS and own.unit is not None and said.unit is not None:
        row[at] = replace(row[at], comparison=replace(own, cmp=said.cmp))


def _sexes(row: list[Chunk]) -> bool:
    return any(c.kind == "sex" for c in row)


_SIGNS = ("<", "<=", ">", ">=")
_SUBJECT = ("term", "word", "age", "behaviour", "head")


def _inherited(found: list[Segment], place: int) -> list[list[Chunk]]:
    """The measures of the members before, for a member that is a limit only."""
    row = found[place].row
    limit = next((i for i, c in enumerate(row) if c.kind == "comparison"), None)
    if limit is None or any(c.kind in (*_SUBJECT, "leaf", "borrowed") for c in row[:limit]):
        return []
    comparison = row[limit].comparison
    if comparison is None:
        return []
    last = next((c.comparison for c in reversed(found[place - 1].row) if c.comparison is not None), None)
    if happens(comparison):
        return []  # "onset before 50 years, with 8 or more attacks per month"
    if comparison.age and comparison.duration and last is not None and not last.age:
        return []  # "born at ≥ 28 weeks and less than 72 hours old"
    smoked = (comparison.unit or "").lower().startswith("pack")
    if smoked and not any(c.kind == "behaviour" for c in found[place - 1].row):
        return []
    beside = row[limit + 1].kind in ("term", "word", "qualifier", "head") if limit + 1 < len(row) else False
    own_name = comparison.unit is None or (comparison.unit == "%" and beside and row[limit + 1].kind == "term")
    if beside and own_name and not comparison.uln and not comparison.lln:
        return []
    before = found[place - 1].row
    own = next((i for i, c in enumerate(before) if c.kind == "comparison"), None)
    if own is None:
        # "oral steroids at unstable doses or > 10 mg/day", "hypertension … or is more than 145/95"
        limited = comparison.unit is not None or isinstance(comparison.value, str)
        subject = [c for c in before if c.kind in _SUBJECT]
        return [subject] if limited and not comparison.duration and any(c.kind == "term" for c in subject) else []
    shared = before[own].comparison
    subjects: list[list[Chunk]] = []
    for segment in reversed(found[:place]):
        at = next((i for i, c in enumerate(segment.row) if c.kind == "comparison"), None)
        if at is None or segment.row[at].comparison is not shared:
            break
        own_words = segment.row[:at]
        parted = [i for i, c in enumerate(own_words) if c.kind in ("sex", "agegroup", "person")]
        behind = own_words[parted[-1] + 1 :] if parted else []
        if any(c.kind == "term" for c in behind):
            own_words = behind  # "obese women with a body mass index ≥ 30"
        subjects.insert(0, [c for c in own_words if c.kind in _SUBJECT])
    return [s for s in subjects if s]


_SIGNS = ("<", "<=", ">", ">=")


def signed(inner: list[Chunk], limits: list[Comparison]) -> list[Chunk]:
    """ "≥ 10 g/dL (9 g/dL if on dialysis)": a limit in brackets has the sign of the one before it; "0-1 (2 if …)"."""
    first, last = inner[0].comparison, limits[-1] if limits else None
    if first is None or last is None or first.cmp or first.value2 is not None or first.age:
        return inner
    step = last.unit is None and first.unit is None and len(inner) > 1 and inner[1].kind in ("condition", "group")
    if last.cmp not in _SIGNS and not (step and last.cmp in ("between", "=", "")):
        return inner
    cmp = last.cmp if last.cmp in _SIGNS else "="
    return [replace(inner[0], kind="comparison", comparison=replace(first, cmp=cmp)), *inner[1:]]
