"""Notes from tables: JSON Lines, CSV, Parquet, standard input. Columns: patient_id, note_id, date, text.

A patient's rows may lie far apart: files are indexed first (offsets only), then read a patient at a time, so memory
does not grow with the table. Standard input cannot be read twice and is kept compressed in memory.
"""

from __future__ import annotations

import csv
import json
import sys
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, BinaryIO, Literal

from matcher.errors import MatchError
from matcher.model import Note
from matcher.notes import dates
from matcher.notes.patient import Patient, Problem

COLUMNS = ("patient_id", "note_id", "date", "text")
NEEDED = ("patient_id", "text")

csv.field_size_limit(sys.maxsize)

Row = dict[str, Any]


def json_lines(file: Path, problems: list[Problem]) -> Iterator[Patient]:
    """Patients of a JSON Lines file in order of first appearance."""
    places: dict[str, list[tuple[int, int]]] = {}
    with file.open("rb") as lines:
        offset = 0
        for number, line in enumerate(lines, 1):
            row = _json_row(line, f"{file}:{number}", problems)
            if row is not None:
                places.setdefault(row["patient_id"], []).append((offset, number))
            offset += len(line)
    _some(places, file)
    with file.open("rb") as lines:

        def rows(patient_id: str) -> Iterator[tuple[Row, str]]:
            for offset, number in places[patient_id]:
                lines.seek(offset)
                row = _json_row(lines.readline(), f"{file}:{number}", [])
                if row is not None:
                    yield row, f"{file}:{number}"

        for patient_id in places:
            yield _patient(patient_id, rows(patient_id))


def standard_input(stream: BinaryIO, problems: list[Problem]) -> Iterator[Patient]:
    """JSON Lines from a pipe. Rows are kept compressed until the pipe ends, since a patient's may lie apart."""
    kept: dict[str, list[tuple[bytes, int]]] = {}
    for number, line in enumerate(stream, 1):
        row = _json_row(line, f"standard input:{number}", problems)
        if row is not None:
            kept.setdefault(row["patient_id"], []).append((zlib.compress(line, 1), number))
    _some(kept, "standard input")
    for patient_id, lines in kept.items():
        source = "standard input"
        rows = (
            (row, f"{source}:{number}")
            for packed, number in lines
            if (row := _json_row(zlib.decompress(packed), f"{source}:{number}", [])) is not None
        )
        yield _patient(patient_id, rows)


def csv_rows(file: Path, problems: list[Problem]) -> Iterator[Patient]:
    """Patients of a CSV file (RFC 4180, UTF-8, header line) in order of first appearance."""
    places: dict[str, list[tuple[int, int]]] = {}
    with file.open("rb") as stream:
        lines = _Lines(stream)
        header = next(csv.reader(lines), None)
        if header is None:
            raise MatchError(f"{file}: the table is empty; its header line must name {', '.join(COLUMNS)}")
        header = [name.strip().lstrip("\ufeff").lower() for name in header]
        missing = [name for name in NEEDED if name not in header]
        if missing:
            raise MatchError(
                f"{file}: the table has no column {' and no column '.join(missing)} (found: {', '.join(header)}); "
                f"its header line must name {', '.join(COLUMNS)}"
            )
        key = header.index("patient_id")
        reader = csv.reader(lines)
        while True:
            start, number = lines.offset, lines.number + 1
            try:
                cells = next(reader, None)
            except csv.Error as error:
                problems.append(Problem(f"{file}:{number}", f"not read: {error}"))
                continue
            if cells is None:
                break
            if not cells:
                continue
            if len(cells) <= key or not cells[key].strip():
                problems.append(Problem(f"{file}:{number}", "not read: the row has no patient_id"))
            else:
                places.setdefault(cells[key].strip(), []).append((start, number))
        if lines.replaced:
            problems.append(
                Problem(f"{file}:{lines.replaced}", "invalid UTF-8 was decoded with a replacement mark", "warning")
            )
    _some(places, file)
    with file.open("rb") as stream:

        def rows(patient_id: str) -> Iterator[tuple[Row, str]]:
            for offset, number in places[patient_id]:
                stream.seek(offset)
                cells = next(csv.reader(_Lines(stream)))
                yield dict(zip(header, cells, strict=False)), f"{file}:{number}"

        for patient_id in places:
            yield _patient(patient_id, rows(patient_id))


class _Lines:
    """Decoded lines of a binary stream that knows where the next one starts. Line ends are kept."""

    def __init__(self, stream: BinaryIO) -> None:
        self.stream = stream
        self.offset = stream.tell()
        self.number = 0
        self.replaced = 0
        """The first line that was no valid UTF-8; 0: none."""

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self.stream.readline()
        if not line:
            raise StopIteration
        self.offset += len(line)
        self.number += 1
        try:
            return line.decode("utf-8-sig" if self.number == 1 else "utf-8").replace("\0", "\ufffd")
        except UnicodeDecodeError:
            self.replaced = self.replaced or self.number
            return line.decode("utf-8", "replace").replace("\0", "\ufffd")


def parquet_rows(file: Path, problems: list[Problem]) -> Iterator[Patient]:
    """Patients of a Parquet file in order of first appearance."""
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ImportError:
        raise MatchError(f"{file}: reading Parquet needs pyarrow: pip install 'trial-matcher[parquet]'") from None
    try:
        table = pq.ParquetFile(file, memory_map=True)
    except (pa.ArrowInvalid, OSError) as error:
        raise MatchError(f"{file}: not a Parquet file ({type(error).__name__})") from None
    names = table.schema_arrow.names
    missing = [name for name in NEEDED if name not in names]
    if missing:
        raise MatchError(
            f"{file}: the table has no column {' and no column '.join(missing)} (found: {', '.join(names)}); "
            f"it must have {', '.join(COLUMNS)}"
        )
    columns = [name for name in COLUMNS if name in names]
    places: dict[str, list[tuple[int, int, int]]] = {}
    number = 0
    for group in range(table.num_row_groups):
        for at, value in enumerate(table.read_row_group(group, columns=["patient_id"]).column(0).to_pylist()):
            number += 1
            if value is None or not str(value).strip():
                problems.append(Problem(f"{file}:row {number}", "not read: the row has no patient_id"))
            else:
                places.setdefault(str(value).strip(), []).append((group, at, number))
    _some(places, file)
    held: tuple[int, Any] = (-1, None)
    for patient_id, rows in places.items():
        found: list[tuple[Row, str]] = []
        for group, at, number in rows:
            if held[0] != group:
                held = (group, table.read_row_group(group, columns=columns))
            row = held[1].slice(at, 1).to_pylist()[0]
            found.append(({k: _plain(v) for k, v in row.items()}, f"{file}:row {number}"))
        yield _patient(patient_id, found)


def _plain(value: Any) -> Any:
    return (
        value
        if value is None or isinstance(value, str)
        else value.isoformat()
        if hasattr(value, "isoformat")
        else str(value)
    )


def _some(places: dict[str, Any], source: Path | str) -> None:
    if not places:
        raise MatchError(f"{source}: no notes found; each row needs patient_id and text (note_id and date are welcome)")


def _json_row(line: bytes, where: str, problems: list[Problem]) -> Row | None:
    if not line.strip():
        return None
    try:
        row = json.loads(line.decode("utf-8-sig"))
    except UnicodeDecodeError:
        problems.append(Problem(where, "invalid UTF-8 was decoded with a replacement mark", "warning"))
        try:
            row = json.loads(line.decode("utf-8", "replace"))
        except ValueError:
            row = None
    except (ValueError, RecursionError):
        row = None
    if not isinstance(row, dict):
        problems.append(Problem(where, "not read: the line is no JSON object"))
        return None
    patient_id = row.get("patient_id")
    if patient_id is None or not str(patient_id).strip():
        problems.append(Problem(where, "not read: the row has no patient_id"))
        return None
    row["patient_id"] = str(patient_id).strip()
    return row


def _patient(patient_id: str, rows: Iterable[tuple[Row, str]]) -> Patient:
    from matcher.notes.read import in_time_order

    notes: list[Note] = []
    problems: list[Problem] = []
    seen: set[str] = set()

    def report(where: str, message: str, severity: Literal["lost", "warning"]) -> None:
        problems.append(Problem(where, message, severity, patient_id))

    for row, where in rows:
        text = row.get("text")
        if not isinstance(text, str) or not text.strip():
            report(where, "the note is empty", "lost")
            continue
        note_id = str(row.get("note_id") or "").strip() or f"{patient_id}-{len(seen) + 1}"
        if note_id in seen:
            fresh = next(f"{note_id}#{n}" for n in range(2, len(seen) + 3) if f"{note_id}#{n}" not in seen)
            report(
                where, f"the note id {note_id!r} stands twice for this patient; this one is called {fresh!r}", "warning"
            )
            note_id = fresh
        seen.add(note_id)
        date = None
        written = str(row.get("date") or "").strip()
        if written:
            date = dates.parse(written)
            if date is None:
                report(where, "the date is none (expected YYYY-MM-DD); the note is read as undated", "warning")
        else:
            date = dates.of_note("", text)
        notes.append(Note(patient_id, note_id, text, date, where))
    return Patient(patient_id, in_time_order(notes), tuple(problems))
