"""Reading patients from folders, files, tables and standard input: streamed, one patient in memory at a time.

Nothing is dropped in silence: what cannot be read becomes a `Problem`, and the rest goes on.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from matcher.errors import MatchError
from matcher.model import Note
from matcher.notes import dates, fhir, tables
from matcher.notes.patient import Patient, Problem, in_time_order
from matcher.text import decode, looks_binary

TABLES = {
    ".jsonl": tables.json_lines,
    ".csv": tables.csv_rows,
    ".parquet": tables.parquet_rows,
    ".json": fhir.read,
    ".ndjson": fhir.read,
}
TEXTS = {".txt", ".text", ".note", ""}


def read(path: str, problems: list[Problem], expect: tables.Expect = tables.nobody) -> Iterator[Patient]:
    """Patients of ``path`` (see the README for what it may be), in a stable order.

    ``problems`` collects what belongs to no patient; a patient's own are in ``Patient.problems``. ``expect`` is told
    how many patients will come (in a folder that holds tables, of each table once it is reached).
    Raises `MatchError` where there is nothing to read at all.
    """
    if path == "-":
        return tables.standard_input(sys.stdin.buffer, problems, expect)
    place = Path(path)
    if not place.exists():
        raise MatchError(f"{path}: there is no such file or folder of notes; name one, or - for standard input")
    if place.is_dir():
        return _folder(place, problems, expect)
    if place.suffix.lower() in TABLES:
        return TABLES[place.suffix.lower()](place, problems, expect)
    return _single(place, expect)


def _folder(folder: Path, problems: list[Problem], expect: tables.Expect) -> Iterator[Patient]:
    entries = sorted(entry for entry in folder.iterdir() if not entry.name.startswith("."))
    if not entries:
        raise MatchError(f"{folder}: the folder is empty; put one .txt file or one sub-folder a patient into it")
    expect(sum(entry.is_dir() or entry.suffix.lower() not in TABLES for entry in entries))
    for entry in entries:
        if entry.is_dir():
            files = sorted(file for file in entry.rglob("*") if not file.is_dir() and not file.name.startswith("."))
            if files:
                names = [file.relative_to(entry).with_suffix("").as_posix() for file in files]
                yield _patient(entry.name, list(zip(names, files, strict=True)))
            else:
                expect(-1)
                problems.append(
                    Problem(str(entry), "the folder holds no notes; a patient without notes is not screened")
                )
        elif entry.suffix.lower() in TABLES and entry.is_file():
            try:
                yield from TABLES[entry.suffix.lower()](entry, problems, expect)
            except MatchError as error:
                problems.append(Problem(str(entry), str(error).removeprefix(f"{entry}: ")))
        else:
            yield _patient(entry.stem, [("", entry)])


def _single(file: Path, expect: tables.Expect) -> Iterator[Patient]:
    expect(1)
    yield _patient(file.stem, [("", file)], named=True)


def _patient(patient_id: str, files: list[tuple[str, Path]], named: bool = False) -> Patient:
    """One patient's notes in time order. Two files of one name (a.txt, a.rtf) keep their suffix in the note's id.

    ``named``: by the caller, who may mean a pipe; one that lies among notes would be waited for without end.
    """
    notes: list[Note] = []
    problems: list[Problem] = []
    names = [name for name, _ in files]
    for name, file in files:
        if names.count(name) > 1:
            name += file.suffix
        note_id = f"{patient_id}/{name}" if name else patient_id
        if file.exists() and not (named or file.is_file()):
            problems.append(Problem(str(file), "not read: a pipe or a device, no file", "lost", patient_id))
            continue
        text = _text(file, patient_id, problems)
        if text is not None:
            notes.append(Note(patient_id, note_id, text, dates.of_note(file.stem, text), str(file)))
    return Patient(patient_id, in_time_order(notes), tuple(problems))


def _text(file: Path, patient_id: str, problems: list[Problem]) -> str | None:
    def lost(message: str) -> None:
        problems.append(Problem(str(file), message, "lost", patient_id))

    if file.suffix.lower() not in TEXTS:
        from matcher.notes import documents

        if file.suffix.lower() not in documents.READERS:
            allowed = ", ".join(sorted(suffix for suffix in TEXTS | set(TABLES) | set(documents.READERS) if suffix))
            lost(f"not read: a {file.suffix} file is no kind of note known here (known: {allowed})")
            return None
        try:
            text = documents.text_of(file)
        except MatchError as error:
            lost(str(error))
            return None
    else:
        try:
            data = file.read_bytes()
        except OSError as error:
            lost(f"not read: {error.strerror}")
            return None
        if looks_binary(data):
            lost("not read: a binary file, not text; save it as plain text (UTF-8)")
            return None
        text, warning = decode(data)
        if warning:
            problems.append(Problem(str(file), warning, "warning", patient_id))
    if not text.strip():
        lost("the note is empty")
        return None
    return text
