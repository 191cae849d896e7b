"""Tables of results with dates: a date in each row under the measures' names, or a date over each column."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from matcher.facts import time
from matcher.facts.page import Draft, Page
from matcher.model import Interval
from matcher.ner import quantities

if TYPE_CHECKING:
    from matcher.facts.values import Values

_DATE = r"(?:\d{1,2}/\d{1,2}(?:/\d{2,4})?|\d{4}-\d\d-\d\d)"
_GAP = r"[ \t]*(?:\||\t|[ ]{2,})[ \t|]*"
_CELL = re.compile(r"[^|\t\n ](?:[^|\t\n ]|[ ](?! ))*")
_OVER = re.compile(rf"(?m)^[^\n\d]{{0,40}}{_DATE}{_GAP}{_DATE}[^\n]*$")
_UNDER = re.compile(rf"(?m)^[ \t|]*{_DATE}{_GAP}\S")
_EMPTY = re.compile(r"\n[ \t]*(?:\n|\Z)")
_ROWS = 60
"""Rows of one table that are read."""


def _may_hold(text: str) -> bool:
    return "|" in text or "\t" in text or "  " in text


def places(text: str) -> Iterator[tuple[int, int]]:
    """Where tables with dates may stand: the line before the first date, and all lines to the next empty one."""
    for pattern in (_OVER, _UNDER) if _may_hold(text) else ():
        done = -1
        for match in pattern.finditer(text):
            if match.start() < done:
                continue
            blank = _EMPTY.search(text, match.end())
            done = blank.start() if blank else len(text)
            yield text.rfind("\n", 0, max(match.start() - 1, 0)) + 1, done


def read(page: Page, values: Values) -> None:
    """Add the values of tables whose rows are days; date those of tables whose columns are."""
    text = page.text
    if not _may_hold(text):
        return
    for header in _OVER.finditer(text):
        _columns(page, *header.span())
    done = -1
    for row in _UNDER.finditer(text):
        if row.start() >= done:
            done = _days(page, values, row.start())


def _cells(text: str, start: int, end: int) -> list[tuple[int, int]]:
    return [match.span() for match in _CELL.finditer(text, start, end)]


def _line_end(text: str, start: int) -> int:
    at = text.find("\n", start)
    return len(text) if at < 0 else at


def _day(page: Page, cell: tuple[int, int]) -> Interval | None:
    found = time.find(page.text, *cell, page.note.date)
    return found[0].interval if len(found) == 1 and found[0].start - cell[0] < 2 else None


def _columns(page: Page, start: int, end: int) -> None:
    """Date the values of the lines under a header of dates, column by column."""
    text = page.text
    days = [day for cell in _cells(text, start, end) if (day := _day(page, cell)) is not None]
    if len(days) < 2:
        return
    at = end + 1
    for _ in range(_ROWS):
        stop = _line_end(text, at)
        sentence = page.sentence_at(at) if text[at:stop].strip() else None
        if sentence is None:
            return
        drafts = [
            d for d in sentence.drafts if d.quantity is not None and d.kind == "measurement" and at <= d.start < stop
        ]
        drafts.sort(key=lambda d: d.quantity.start if d.quantity else 0)
        if len(drafts) == len(days):
            for draft, day in zip(drafts, days, strict=True):
                if draft.rule in ("value.after", "value.past"):
                    draft.time, draft.assertion, draft.rule = day, None, "value.after"
        at = stop + 1


def _days(page: Page, values: Values, first: int) -> int:
    """Read the rows that begin with a day, from ``first`` on, under the line of names; the place where they end."""
    text = page.text
    head_end = first - 1
    head_start = text.rfind("\n", 0, max(head_end, 0)) + 1
    heading = page.sentence_at(head_start) if head_end > 0 else None
    columns: dict[int, Draft] = {}
    if heading is not None:
        cells = _cells(text, head_start, head_end)
        for mention in heading.mentions:
            if values.fit.is_measure(mention) and head_start <= mention.start < head_end:
                anchor = values.fit.anchor(mention, text)
                column = next((n for n, (a, b) in enumerate(cells) if a <= mention.start < b), None)
                if column is not None:
                    columns[column] = Draft(anchor.kind, anchor.start, anchor.end, anchor.concept)
    at = first
    for _ in range(_ROWS):
        stop = _line_end(text, at)
        row = _cells(text, at, stop)
        day = _day(page, row[0]) if row else None
        if day is None:
            break
        for column, name in columns.items():
            if column < len(row) and name.concept is not None:
                _value(page, values, name, row[column], day)
        at = stop + 1
    return max(at, first + 1)


def _value(page: Page, values: Values, name: Draft, cell: tuple[int, int], day: Interval) -> None:
    from matcher.facts.fit import Anchor

    numbers = quantities.scan(page.text, *cell)
    if len(numbers) != 1:
        return
    number = numbers[0]
    quantity = values.fit.quantity(Anchor(name.start, name.end, name.kind, name.concept), number)
    if quantity is not None:
        page.add(
            Draft(
                name.kind, number.start, number.end, name.concept, quantity, time=day, assertion="present",
                rule="value.grid", type="measurement",
            )
        )  # fmt: skip
