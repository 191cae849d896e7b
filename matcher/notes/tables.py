"""Notes from tables: JSON Lines, CSV, Parquet, standard input. Columns: patient_id, note_id, date, text.

A patient's rows may lie far apart: a table is indexed first (offsets only), then read a patient at a time, so memory
does not grow with its texts.
"""

from __future__ import annotations

import csv
import json
import shutil
import sys
import tempfile
from array import array
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import IO, Any, BinaryIO, Literal

from matcher.errors import MatchError
from matcher.model import Note
from matcher.notes import dates
from matcher.notes.patient import Patient, Problem, in_time_order

COLUMNS = ("patient_id", "note_id", "date", "text")
NEEDED = ("patient_id", "text")

csv.field_size_limit(sys.maxsize)

HELD = 32 << 20
"""Bytes of standard input that are kept in memory."""

Row = dict[str, Any]
Expect = Callable[[int], None]
"""Told how many patients will come, once that is known."""


def nobody(patients: int) -> None:
    """Where nobody asks how many patients will come."""


class Places:
    """Where each patient's rows lie, patients in order of first appearance. Arrays, since rows may be millions."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}
        self._first = array("q")
        self._last = array("q")
        self._next = array("q")
        self._places = array("q")
        self._lines = array("q")

    def add(self, patient_id: str, place: int, line: int) -> None:
        row = len(self._next)
        number = self._numbers.setdefault(patient_id, len(self._numbers))
        if number == len(self._first):
            self._first.append(row)
            self._last.append(row)
        else:
            self._next[self._last[number]] = row
            self._last[number] = row
        self._next.append(-1)
        self._places.append(place)
        self._lines.append(line)

    def __len__(self) -> int:
        return len(self._numbers)

    def __iter__(self) -> Iterator[str]:
        return iter(self._numbers)

    def of(self, patient_id: str) -> Iterator[tuple[int, int]]:
        """Place and line of each of the patient's rows, in order."""
        row = self._first[self._numbers[patient_id]]
        while row >= 0:
            yield self._places[row], self._lines[row]
            row = self._next[row]


def json_lines(file: Path, problems: list[Problem], expect: Expect = nobody) -> Iterator[Patient]:
    """Patients of a JSON Lines file in order of first appearance."""
    with file.open("rb") as lines:
        yield from _json_patients(lines, str(file), problems, expect)


def standard_input(stream: BinaryIO, problems: list[Problem], expect: Expect = nobody) -> Iterator[Patient]:
    """JSON Lines from a pipe, in order of first appearance.

    A patient's rows may lie apart, so nothing is known before the pipe ends. The first `HELD` bytes wait in memory,
    more in a temporary file without a name: it ends with the process.
    """
    with tempfile.SpooledTemporaryFile(HELD) as kept:
        try:
            shutil.copyfileobj(stream, kept, 1 << 20)
        except OSError as error:
            where = tempfile.gettempdir()
            raise MatchError(
                f"standard input: cannot be kept in {where} ({error.strerror}); give the notes as a file"
            ) from None
        kept.seek(0)
        yield from _json_patients(kept, "standard input", problems, expect)


def _json_patients(lines: IO[bytes], name: str, problems: list[Problem], expect: Expect) -> Iterator[Patient]:
    places = Places()
    offset = 0
    for number, line in enumerate(lines, 1):
        row = _json_row(line, f"{name}:{number}", problems)
        if row is not None:
            places.add(row["patient_id"], offset, number)
        offset += len(line)
    _some(places, name, expect)

    def rows(patient_id: str) -> Iterator[tuple[Row, str]]:
        for offset, number in places.of(patient_id):
            lines.seek(offset)
            row = _json_row(lines.readline(), f"{name}:{number}", [])
            if row is not None:
                yield row, f"{name}:{number}"

    for patient_id in places:
        yield _patient(patient_id, rows(patient_id))


def csv_rows(file: Path, problems: list[Problem], expect: Expect = nobody) -> Iterator[Patient]:
    """Patients of a CSV file (RFC 4180, UTF-8, header line) in order of first appearance."""
    places = Places()
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
        reader = csv.reader(lines, strict=True)  # else an unclosed quotation mark takes the next patient's row in
        while True:
            start, number = lines.offset, lines.number + 1
            try:
                cells = next(reader, None)
            except csv.Error:
                upto = f"-{lines.number}" if lines.number > number else ""
                problems.append(
                    Problem(
                        f"{file}:{number}{upto}",
                        "not read: its quotation marks do not match; inside a quoted text they are doubled",
                    )
                )
                continue
            if cells is None:
                break
            if not cells:
                continue
            if len(cells) <= key or not cells[key].strip():
                problems.append(Problem(f"{file}:{number}", "not read: the row has no patient_id"))
            elif any(cell.strip() for cell in cells[len(header) :]):
                problems.append(
                    Problem(
                        f"{file}:{number}",
                        "not read: more cells than columns; a text that holds a comma stands in quotation marks",
                    )
                )
            else:
                places.add(cells[key].strip(), start, number)
        if lines.replaced:
            problems.append(
                Problem(f"{file}:{lines.replaced}", "invalid UTF-8 was decoded with a replacement mark", "warning")
            )
    _some(places, str(file), expect)
    with file.open("rb") as stream:

        def rows(patient_id: str) -> Iterator[tuple[Row, str]]:
            for offset, number in places.of(patient_id):
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


def parquet_rows(file: Path, problems: list[Problem], expect: Expect = nobody) -> Iterator[Patient]:
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
    places = Places()
    number = 0
    for group in range(table.num_row_groups):
        for at, value in enumerate(table.read_row_group(group, columns=["patient_id"]).column(0).to_pylist()):
            number += 1
            if value is None or not str(value).strip():
                problems.append(Problem(f"{file}:row {number}", "not read: the row has no patient_id"))
            else:
                places.add(str(value).strip(), group << 32 | at, number)
    _some(places, str(file), expect)
    held: tuple[int, Any] = (-1, None)
    for patient_id in places:
        found: list[tuple[Row, str]] = []
        for place, number in places.of(patient_id):
            group, at = place >> 32, place & 0xFFFFFFFF
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


def _some(places: Places, source: str, expect: Expect) -> None:
    if not len(places):
        raise MatchError(f"{source}: no notes found; each row needs patient_id and text (note_id and date are welcome)")
    expect(len(places))


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
