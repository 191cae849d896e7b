"""The facts of notes, through the workers, in the order of the input."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from matcher.model import Settings
from matcher.notes import Patient
from matcher.report import lines
from matcher.run import tally
from matcher.run.pipeline import latest_day
from matcher.run.tally import Tally
from matcher.run.workers import Lost, results


@dataclass
class Run(Tally):
    """What was read."""

    facts: int = 0


@dataclass(frozen=True, slots=True)
class Found:
    """A patient's facts, ready to travel between processes."""

    rows: tuple[lines.Row, ...]
    notes: int
    identifiers: tuple[str, ...]
    """What in the notes looks like an identifier, the first `SHOWN_IDENTIFIERS`."""
    identifiers_found: int


class Reader:
    """Terminology and recogniser, built once a process."""

    def __init__(
        self, settings: Settings, terms: Sequence[str] = (), identifiers: bool = False, encoded: bool = False
    ) -> None:
        """``terms``: looked for by their words, too. ``encoded``: rows are made into JSON by the worker."""
        from matcher import facts, ner
        from matcher import terms as terminologies

        terminology = terminologies.load(settings.site)
        self.extractor = facts.Extractor(ner.recogniser(settings.ner, terminology), terminology, terms)
        self.as_of = settings.as_of
        self.identifiers = identifiers
        self.encoded = encoded

    def result(self, patient: Patient) -> Found:
        """The patient's facts as of the day asked for, else of the latest note."""
        from matcher import facts

        shown, seen = tally.identifiers(patient.notes) if self.identifiers else ((), 0)
        day: dt.date | None = self.as_of or latest_day(patient.notes)
        record = facts.record(patient.id, patient.notes, self.extractor.facts(patient.notes), day)
        rows = (lines.dumps(row) if self.encoded else row for row in facts.rows(record))
        return Found(tuple(rows), len(patient.notes), shown, seen)


def rows(
    patients: Iterable[Patient], reader: Reader, jobs: int, run: Run, on_patient: Callable[[Run], None]
) -> Iterator[lines.Row]:
    """The facts of ``patients``, an object each; ``run`` is filled while they are read."""

    def told() -> Iterator[Patient]:
        for patient in patients:
            run.problems += patient.problems
            yield patient

    for found in results(told(), reader, jobs):
        if isinstance(found, Lost):
            run.lose(found.patient_id, f"not read: {found.reason}")
        else:
            run.patients += 1
            run.notes += found.notes
            run.facts += len(found.rows)
            run.identify(found.identifiers, found.identifiers_found)
            yield from found.rows
        on_patient(run)
