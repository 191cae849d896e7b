"""``match extract``: the facts found in notes, before any protocol."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Annotated, Any, BinaryIO

import typer

from matcher.cli import common

EXAMPLE = "Example: match extract notes/ --format jsonl --output facts.jsonl"
FORMATS = ("table", "jsonl", "csv", "parquet")
_SHOWN = (
    ("note:line", ""), ("kind", "kind"), ("text", "text"), ("concept", "concept"), ("value", ""),
    ("assertion", "assertion"), ("when", ""),
)  # fmt: skip


def extract(
    notes: Annotated[str, typer.Argument(metavar="NOTES", help="Folder, file or table of notes; - reads JSON Lines.")],
    format: Annotated[str, typer.Option("--format", "-f", metavar="|".join(FORMATS), help="What to print.")] = "table",
    output: common.Output = None,
    as_of: common.AsOf = None,
    term: Annotated[
        list[str] | None, typer.Option("--term", metavar="WORDS", help="Look for this term too, by its words.")
    ] = None,
    ner: common.Ner = "rules",
    config: common.Config = None,
    phi: common.Phi = "warn",
    quiet: common.Quiet = False,
) -> int:
    """Print the facts found in NOTES: what is true of each patient, since when, how sure, and who says so."""
    from matcher import facts, terms
    from matcher import ner as recognisers
    from matcher.errors import MatchError
    from matcher.notes import Problem, read
    from matcher.notes.phi import scan
    from matcher.run import output as outputs

    common.choice("--format", format, FORMATS)
    common.choice("--phi", phi, common.PHI)
    day = common.day(as_of)
    outputs.check(output, (notes,))
    checked = common.checked_notes(notes, quiet) if phi == "refuse" else None
    terminology = terms.load(common.site(config) or None)
    recogniser = recognisers.recogniser(ner, terminology)
    extractor = facts.Extractor(recogniser, terminology, term or ())
    problems: list[Problem] = []
    counts = {"patients": 0, "notes": 0, "facts": 0, "identifiers": 0}
    identifiers: list[str] = []

    def found() -> Iterator[dict[str, Any]]:
        for patient in read(notes, problems) if checked is None else checked:
            problems.extend(patient.problems)
            if phi == "warn":
                seen = [str(finding) for note in patient.notes for finding in scan(note)]
                identifiers.extend(seen[: common.SHOWN - len(identifiers)])
                counts["identifiers"] += len(seen)
            counts["patients"] += 1
            counts["notes"] += len(patient.notes)
            latest = max((n.date.end for n in patient.notes if n.date and n.date.end), default=None)
            record = facts.record(patient.id, patient.notes, extractor.facts(patient.notes), day or latest)
            for row in facts.rows(record):
                counts["facts"] += 1
                yield row

    with outputs.opened(output) as stream:
        write(format, found(), stream, common.coloured(output))
    for problem in problems:
        if problem.severity == "lost" or not quiet:
            common.say(f"match: {problem}")
    common.say_identifiers(identifiers, counts["identifiers"], quiet)
    if not counts["notes"]:
        raise MatchError(f"{notes}: no note could be read")
    common.say(f"{counts['facts']} facts of {counts['patients']} patients ({counts['notes']} notes)", quiet)
    return 1 if any(problem.severity == "lost" for problem in problems) else 0


def write(format: str, rows: Iterable[dict[str, Any]], stream: BinaryIO, colour: bool) -> None:
    """Facts as JSON Lines, CSV, Parquet or a table."""
    from matcher.report import lines

    if format == "jsonl":
        lines.json_lines(rows, stream)
    elif format == "csv":
        _csv(rows, stream)
    elif format == "parquet":
        _parquet(rows, stream)
    else:
        _table(rows, stream, colour)


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


def _table(rows: Iterable[dict[str, Any]], stream: BinaryIO, colour: bool) -> None:
    import io

    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from matcher.report.table import plain

    text = io.StringIO()
    console = Console(
        file=text, width=common.width(), force_terminal=colour, no_color=not colour, highlight=False,
        legacy_windows=False,
    )  # fmt: skip

    def flush(group: list[dict[str, Any]]) -> None:
        title = f"Patient {plain(str(group[0]['patient_id']))}"
        table = Table(box=box.SIMPLE_HEAD, title=title, title_justify="left", expand=True)
        for heading, _ in _SHOWN:
            table.add_column(heading, overflow="fold", no_wrap=heading in ("kind", "assertion", "when"))
        for row in group:
            cells = [plain(str(_cell(heading, key, row) or "")) for heading, key in _SHOWN]
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
    if heading == "note:line":
        return f"{row['note_id']}:{row['line']}"
    if heading == "value":
        return shown(row)
    if heading == "when":
        start, end = row["time_start"], row["time_end"]
        span = (start if start == end else f"{start or '..'}/{end or '..'}") if start or end else ""
        return span or row["note_date"]
    return row[key]


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
