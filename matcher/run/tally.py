"""What a run over patients counts, whatever it does with them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from matcher.model import Note
from matcher.notes import Problem

SHOWN_IDENTIFIERS = 20
"""Possible identifiers that are named one by one; of the others the number is said."""


@dataclass
class Tally:
    """The counts that must add up, and what went wrong."""

    expected: int = 0
    """Patients that the input holds, as far as that is known yet."""
    patients: int = 0
    """Done; with ``failed`` these are all that were read."""
    failed: int = 0
    """Patients whose work broke off: listed, with the reason."""
    resumed: int = 0
    """Of the patients, those that an earlier run had done."""
    notes: int = 0
    problems: list[Problem] = field(default_factory=list)
    identifiers: list[str] = field(default_factory=list)
    """The first findings of the check that notes are de-identified: file, line and kind."""
    identifiers_found: int = 0

    def expect(self, patients: int) -> None:
        self.expected += patients

    def identify(self, shown: Sequence[str], found: int) -> None:
        """Add what looks like an identifier in a patient's notes: the first ones, and how many there are."""
        self.identifiers += shown[: SHOWN_IDENTIFIERS - len(self.identifiers)]
        self.identifiers_found += found

    def lose(self, patient_id: str, reason: str) -> Problem:
        """Count a patient whose work broke off."""
        problem = Problem(patient_id, reason, "lost", patient_id)
        self.failed += 1
        self.problems.append(problem)
        return problem

    @property
    def lost(self) -> list[Problem]:
        return [problem for problem in self.problems if problem.severity == "lost"]


def identifiers(notes: Iterable[Note]) -> tuple[tuple[str, ...], int]:
    """What looks like an identifier in ``notes``: the first `SHOWN_IDENTIFIERS`, and how many there are."""
    from matcher.notes import phi

    found = [str(finding) for note in notes for finding in phi.scan(note)]
    return tuple(found[:SHOWN_IDENTIFIERS]), len(found)
