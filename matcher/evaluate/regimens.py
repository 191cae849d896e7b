"""Lines of cancer therapy counted from the regimens that a note gives one after the other ("FOLFOX, then FOLFIRI")."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from itertools import pairwise

from matcher.evaluate.compare import INF, Range
from matcher.evaluate.index import Index
from matcher.evaluate.plan import rules
from matcher.model import Fact
from matcher.patterns import alternatives

_GAP = 60
"""Characters between two drugs that one sequence may leave."""


def counted(facts: Sequence[Fact], index: Index) -> Range | None:
    """The fewest and the most lines that the drugs given make; None where they tell no sequence."""
    given = sorted(
        (f for f in facts if f.assertion in ("present", "historical") and f.kind == "medication"),
        key=lambda f: (f.note_id, f.start, -f.end),
    )
    given = [
        f
        for at, f in enumerate(given)
        if not (at and f.note_id == given[at - 1].note_id and f.end <= given[at - 1].end)
    ]
    if not given:
        return None
    low, high, loose = 1, 1, False
    for before, after in pairwise(given):
        step = _step(before, after, index)
        if step is None:
            loose = True
            continue
        low, high = low + step[0], high + step[1]
    note = index.notes.get(given[-1].note_id)
    if note is not None and _then().match(note.text, *_behind(note.text, given[-1].end)):
        loose = True  # "VRd, then DPd, then" what no table has
    if _aside().search(" ".join(index.quote(f) for f in given)):
        low = 1  # adjuvant treatment, maintenance: whether they are lines is a convention
    if any(_going(fact, index) for fact in given):
        low = max(low - 1, 1)  # what is being given now may be no prior line
    return Range(float(low), INF if loose else float(high))


def _behind(text: str, end: int) -> tuple[int, int]:
    """Where the words behind a drug begin, and an end near them."""
    start = end
    while start < len(text) and text[start] in " ,;":
        start += 1
    return start, min(len(text), start + _GAP)


def _step(before: Fact, after: Fact, index: Index) -> tuple[int, int] | None:
    """How many lines the second drug adds (fewest, most); None where the text between them does not tell."""
    same = before.concept is not None and after.concept is not None and before.concept.id == after.concept.id
    if same:
        return 0, 0
    note = index.notes.get(before.note_id)
    if note is None or before.note_id != after.note_id or after.start - before.end > _GAP:
        return None
    gap = note.text[before.end : after.start]
    if _then().search(gap):
        return 1, 1
    if _joined().fullmatch(gap):
        return 0, 0
    whole = all(f.concept is not None and f.concept.system == "COMBO" for f in (before, after))
    if _listed().fullmatch(gap):
        return (1, 1) if whole else (0, 1)
    return None


def _going(fact: Fact, index: Index) -> bool:
    quote = index.quote(fact)
    at = quote.find(fact.text)
    return at > 0 and _now().search(quote[max(0, at - 24) : at]) is not None


@cache
def _table() -> dict[str, list[str]]:
    table: dict[str, list[str]] = rules()["regimens"]
    return table


@cache
def _then() -> re.Pattern[str]:
    return re.compile(rf"(?<!\w)(?:{alternatives(_table()['then'])})(?!\w)", re.IGNORECASE)


@cache
def _joined() -> re.Pattern[str]:
    return re.compile(rf"[\s]*(?:{alternatives(_table()['joined'])})[\s]*", re.IGNORECASE)


@cache
def _listed() -> re.Pattern[str]:
    return re.compile(r"\s*(?:,|;|,?\s?\band\b|\([^()]{1,40}\)\s?[,;])\s*(?:\band\s)?", re.IGNORECASE)


@cache
def _aside() -> re.Pattern[str]:
    return re.compile(rf"\b(?:{alternatives(_table()['aside'])})\b", re.IGNORECASE)


@cache
def _now() -> re.Pattern[str]:
    return re.compile(rf"\b(?:{alternatives(_table()['now'])})\s*\Z", re.IGNORECASE)
