"""What reading yields: a patient with notes, and what could not be read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from matcher.model import Note


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that went wrong with an input. ``message`` never holds note text.

    ``lost``: something could not be read and is missing from the screening (exit status 1);
    ``warning``: it was read, with an assumption that the message states.
    """

    source: str
    message: str
    severity: Literal["lost", "warning"] = "lost"
    patient_id: str | None = None

    def __str__(self) -> str:
        return f"{self.source}: {self.message}"


@dataclass(frozen=True, slots=True)
class Patient:
    id: str
    notes: tuple[Note, ...]
    problems: tuple[Problem, ...] = ()


def in_time_order(notes: list[Note]) -> tuple[Note, ...]:
    """By date, undated notes first, then by id: the order in which the record is read."""
    return tuple(sorted(notes, key=lambda note: (_day(note), note.note_id)))


def _day(note: Note) -> str:
    return note.date.end.isoformat() if note.date and note.date.end else ""
