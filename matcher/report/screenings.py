"""A screening in every format. The rows are asked for as often as a format needs them: none is kept in memory."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, BinaryIO

from matcher.model import Protocol
from matcher.report import lines

FORMATS = ("table", "jsonl", "json", "csv", "html", "parquet", "screening-log")
WITH_WORKLIST = ("table", "jsonl", "json", "html")
CONTEXT = 280
"""Characters of a note around a quote, before and after, in the HTML report."""

Rows = Callable[[], Iterator[dict[str, Any]]]


@dataclass(frozen=True, slots=True)
class Look:
    """How a terminal shows it."""

    width: int = 100
    colour: bool = False
    details: bool = False


def write(
    format: str,
    rows: Rows,
    protocols: Sequence[Protocol],
    stream: BinaryIO,
    look: Look,
    worklist: bool = False,
    encoded: Callable[[], Iterator[bytes]] | None = None,
) -> None:
    """Write all rows in ``format`` (one of `FORMATS`). ``worklist``: what to ask next and where patients are lost.

    ``encoded``: the rows as JSON, where they are at hand.
    """
    if format in ("jsonl", "json"):
        objects = _objects(encoded() if encoded else rows(), rows, worklist)
        (lines.json_lines if format == "jsonl" else lines.json_array)(objects, stream)
    elif format == "csv":
        from matcher.report import table_csv

        table_csv.screenings(rows(), protocols, stream)
    elif format == "screening-log":
        from matcher.report import screening_log

        screening_log.write(rows(), protocols, stream)
    elif format == "parquet":
        from matcher.report import parquet

        parquet.screenings(rows(), stream)
    elif format == "html":
        from matcher.report.html.page import write as write_page

        write_page(rows, protocols, stream)
    else:
        from matcher.report import table, todo

        table.screenings(rows(), stream, look.width, look.colour, look.details)
        if worklist:
            todo.tables(rows, stream, look.width, look.colour)


def _objects(objects: Iterator[lines.Row], rows: Rows, worklist: bool) -> Iterator[lines.Row]:
    yield from objects
    if worklist:
        from matcher.report import todo

        yield from todo.objects(rows)
