"""Tables of drugs with a column for when each was stopped: "Azathioprine | 100 mg | 2021-02 | 2021-06 (nausea)"."""

from __future__ import annotations

import re
from functools import cache

from matcher.facts import tables, time
from matcher.facts.page import Draft, Page
from matcher.model import Interval

_ROWS = 80
"""Lines above a row in which the names of the columns may stand."""
_LINE = 2000
"""Characters of the longest row; without a bound a note in one line takes quadratic time."""
_SPLIT = re.compile(r"[|\t]")


def read(page: Page, draft: Draft) -> None:
    """Say of a drug in such a table when it was taken, and whether it still is."""
    text = page.text
    low, high = max(0, draft.start - _LINE), min(len(text), draft.end + _LINE)
    start = text.rfind("\n", low, draft.start) + 1
    end = text.find("\n", draft.end, high)
    start, end = start or low, high if end < 0 else end
    if end - start > _LINE or _SPLIT.search(text, start, end) is None:
        return
    columns = _columns(text, start)
    if columns is None:
        return
    began, ended = columns
    cells = _cells(text, start, end)
    if ended >= len(cells):
        return
    said = text[slice(*cells[ended])].strip().lower()
    if not said.strip("-–— .") or said in _words("ongoing"):
        draft.status = "current"
        return
    stop = _day(page, cells[ended])
    today = page.note.date
    if stop is None or (today is not None and today.end is not None and stop.start and stop.start > today.end):
        return
    first = _day(page, cells[began]) if began is not None and began < len(cells) else None
    draft.time = Interval(first.start if first is not None else stop.start, stop.end)
    draft.status, draft.assertion, draft.rule = "past", "historical", "drug.stopped"


def _columns(text: str, row: int) -> tuple[int | None, int] | None:
    """The columns for start and stop, by the names above a row; None where no such table begins there."""
    at = row
    for _ in range(_ROWS):
        if at == 0:
            return None
        above = text.rfind("\n", 0, at - 1) + 1
        line = text[above : at - 1]
        if _SPLIT.search(line) is None:
            return None
        names = [text[a:b].strip(" *_").lower() for a, b in _cells(text, above, at - 1)]
        ended = next((n for n, name in enumerate(names) if name in _words("stop")), None)
        if ended is not None and any(name in _words("drug") for name in names):
            return next((n for n, name in enumerate(names) if name in _words("start")), None), ended
        at = above
    return None


def _cells(text: str, start: int, end: int) -> list[tuple[int, int]]:
    """The cells of a line, empty ones among them; a bar at its ends is no column."""
    bars = [m.start() for m in _SPLIT.finditer(text, start, end)]
    if bars and text[bars[0]] == "|" and not text[start : bars[0]].strip():
        start = bars.pop(0) + 1
    if bars and text[bars[-1]] == "|" and not text[bars[-1] + 1 : end].strip():
        end = bars.pop()
    edges = [start, *(b + 1 for b in bars)]
    return list(zip(edges, [*bars, end], strict=True))


def _day(page: Page, cell: tuple[int, int]) -> Interval | None:
    found = time.find(page.text, *cell, page.note.date) if page.note.date is not None else []
    return found[0].interval if found else None


@cache
def _words(name: str) -> frozenset[str]:
    return frozenset(tables.toml("drugs")["table"][name])
