"""Facts as they are printed: a table for people, JSON Lines, CSV, Parquet."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Any, BinaryIO

FORMATS = ("table", "jsonl", "csv", "parquet")
_SHOWN = {"line": "line", "text": "text", "concept": "concept", "value": "", "assertion": "assertion", "when": "",
          "kind": "kind"}  # fmt: skip
"""Heading -> key of the fact."""
_WIDTH: dict[str, dict[str, Any]] = {"text": {"ratio": 1}, "concept": {"ratio": 1}, "value": {"max_width": 14}}
"""How wide a column is; the others are as wide as their words."""


def write(format: str, rows: Iterable[dict[str, Any]], stream: BinaryIO, width: int, colour: bool) -> None:
    """Facts as JSON Lines, CSV, Parquet or a table."""
    from matcher.report import lines

    if format == "jsonl":
        lines.json_lines(rows, stream)
    elif format == "csv":
        _csv(rows, stream)
    elif format == "parquet":
        _parquet(rows, stream)
    else:
        _table(rows, stream, width, colour)


def _csv(rows: Iterable[dict[str, Any]], stream: BinaryIO) -> None:
    from matcher.facts.rows import COLUMNS
    from matcher.report import table_csv

    def cells() -> Iterator[list[Any]]:
        for row in rows:
            yield [" ".join(row[name]) if name == "qualifiers" else row[name] for name in COLUMNS]

    table_csv.write(COLUMNS, cells(), stream)


def _parquet(rows: Iterable[dict[str, Any]], stream: BinaryIO) -> None:
    from matcher.errors import MatchError

    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ImportError:
        raise MatchError("--format parquet needs pyarrow: pip install 'trial-matcher[parquet]'") from None
    from matcher.facts.rows import COLUMNS
    from matcher.report.parquet import clean

    number, flag, place = pa.float64(), pa.bool_(), pa.int64()
    types = {
        "low": number, "high": number, "ref_low": number, "ref_high": number, "low_open": flag, "high_open": flag,
        "start": place, "end": place, "line": place, "qualifiers": pa.list_(pa.string()),
    }  # fmt: skip
    schema = pa.schema([(name, types.get(name, pa.string())) for name in COLUMNS])
    with pq.ParquetWriter(stream, schema) as writer:
        batch: list[dict[str, Any]] = []
        for row in rows:
            batch.append(clean(row))
            if len(batch) == 5000:
                writer.write_table(pa.Table.from_pylist(batch, schema))
                batch = []
        writer.write_table(pa.Table.from_pylist(batch, schema))


def _table(rows: Iterable[dict[str, Any]], stream: BinaryIO, width: int, colour: bool) -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from matcher.report.table import plain

    text = io.StringIO()
    console = Console(
        file=text, width=width, force_terminal=colour, no_color=not colour, highlight=False,
        legacy_windows=False,
    )  # fmt: skip

    def flush(group: list[dict[str, Any]]) -> None:
        for note, found in groupby(sorted(group, key=lambda row: str(row["note_id"])), lambda row: row["note_id"]):
            title = f"Patient {plain(str(group[0]['patient_id']))}, note {plain(str(note))}"
            table = Table(box=box.SIMPLE_HEAD, title=title, title_justify="left", expand=True, padding=(0, 1, 0, 0))
            for heading in _SHOWN:
                table.add_column(heading, overflow="fold", no_wrap=heading not in _WIDTH, **_WIDTH.get(heading, {}))
            for row in sorted(found, key=lambda row: row["start"]):
                cells = [plain(str(_cell(heading, key, row) or "")) for heading, key in _SHOWN.items()]
                table.add_row(*(Text(cell) for cell in cells))
            console.print(table)
        stream.write(text.getvalue().encode("utf-8", "replace"))
        text.seek(0)
        text.truncate()

    group: list[dict[str, Any]] = []
    for row in rows:
        if group and row["patient_id"] != group[0]["patient_id"]:
            flush(group)
            group = []
        group.append(row)
    if group:
        flush(group)


def _cell(heading: str, key: str, row: dict[str, Any]) -> Any:
    if heading == "value":
        return shown(row)
    if heading == "when":
        start, end = row["time_start"], row["time_end"]
        span = (start if start == end else f"{start or '..'}/{end or '..'}") if start or end else ""
        return span or row["note_date"] or _ago(row)
    return row[key]


def _ago(row: dict[str, Any]) -> str | None:
    """ "21 d before": of a note without a date."""
    days = [str(day) for day in dict.fromkeys((row["ago_start"], row["ago_end"])) if day is not None]
    return f"{'–'.join(days)} d before" if days else None


def shown(row: dict[str, Any]) -> str:
    """A value as a reader writes it, with its result."""
    low, high, unit = row["low"], row["high"], row["unit"] or ""
    value = ""
    if low is not None and high is not None:
        value = f"{low:g}" if low == high else f"{low:g}–{high:g}"
    elif high is not None:
        value = f"{'<' if row['high_open'] else '≤'} {high:g}"
    elif low is not None:
        value = f"{'>' if row['low_open'] else '≥'} {low:g}"
    return " ".join(part for part in (f"{value} {unit}".strip(), row["result"] or "") if part)
