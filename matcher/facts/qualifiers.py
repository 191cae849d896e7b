"""Severity, side, acuity, control and extent in the words around a mention."""

from __future__ import annotations

import re
from functools import cache

from matcher.facts import tables

_BEFORE = 44
_AFTER = 34
_STOP = re.compile(r"[;:\n.(]|\b(?:and|but|with|or|no|without|denies|who|which|for|on|had|has|is|was)\b", re.IGNORECASE)
_STOP_AFTER = re.compile(r"[;:\n.)]|\b(?:and|but|or|no|without|who|which|for|had|has)\b|,(?!\s(?:left|right|bilateral|severe|mild|moderate|stable))", re.IGNORECASE)  # fmt: skip


@cache
def _table() -> tuple[re.Pattern[str], dict[str, tuple[str, bool]]]:
    found = {row["phrase"]: (row["qualifier"], row["where"] == "near") for row in tables.rows("qualifiers")}
    return re.compile(tables.words(found), re.IGNORECASE), found


def of(text: str, low: int, start: int, end: int, high: int) -> tuple[str, ...]:
    """Qualifiers of the mention ``text[start:end]`` within its sentence ``text[low:high]``, in order."""
    pattern, meaning = _table()
    before = max(low, start - _BEFORE)
    cut = before
    for match in _STOP.finditer(text, before, start):
        cut = match.end()
    after = min(high, end + _AFTER)
    stop = _STOP_AFTER.search(text, end, after)
    after = stop.start() if stop else after
    found: list[str] = []
    for match in pattern.finditer(text, cut, after):
        name, near = meaning[" ".join(match.group().lower().split())]
        if match.start() >= end and not near:
            continue
        if name not in found:
            found.append(name)
    return tuple(found)
