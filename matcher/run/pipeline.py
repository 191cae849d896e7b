"""The stages joined: protocols once, then one patient after the other."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from matcher.faults import fault_of
from matcher.model import Note, Protocol, Record, Screening, Settings, Verdict
from matcher.notes import Patient, Problem
from matcher.report import contract
from matcher.report.rows import Rows
from matcher.run import tally

if TYPE_CHECKING:
    from matcher import evaluate
    from matcher.evaluate import Index


@dataclass(frozen=True, slots=True)
class Result:
    """One patient against every protocol, ready to travel between processes."""

    patient_id: str
    notes: int
    rows: tuple[tuple[float, bytes], ...]
    """A protocol each: the score, the contract object as `Rows.dumps` writes it."""
    failed: tuple[str, ...] = ()
    """Protocols against which the evaluation broke off, with where; never note text."""
    identifiers: tuple[str, ...] = ()
    """What in the notes looks like an identifier: file, line and kind, the first `SHOWN_IDENTIFIERS`."""
    identifiers_found: int = 0


class Pipeline:
    """Terminology, recogniser, compiled protocols. Built once a process; `screen` is pure."""

    def __init__(
        self,
        protocols: Iterable[Protocol],
        settings: Settings,
        shape: contract.Shape = contract.PLAIN,
        identifiers: bool = False,
    ) -> None:
        """``identifiers``: look for what is not de-identified, too."""
        from matcher import criteria, evaluate, facts, ner, terms

        self.shape = shape
        self.identifiers = identifiers
        self.settings = settings
        self.protocols = tuple(protocols)
        self.terminology = terms.load(settings.site)
        self.recogniser = ner.recogniser(settings.ner, self.terminology)
        self.wanted = criteria.wanted(self.protocols)
        self.extractor = facts.Extractor(self.recogniser, self.terminology, self.wanted)
        self.evaluators = tuple(evaluate.Evaluator(p, self.terminology, settings) for p in self.protocols)
        self.needs = evaluate.Needs(self.evaluators)
        self.rows = Rows(shape, [verdict for evaluator in self.evaluators for verdict in evaluator.silence()])

    def record(self, patient: Patient, *, whole: bool = True) -> Record:
        """The patient's facts, as of the day that the settings name, else of the latest note.

        ``whole``: those too that no protocol asks for.
        """
        from matcher import facts

        as_of = self.settings.as_of or latest_day(patient.notes)
        # What came as data may name a concept in other words: the order of all facts decides which are kept.
        whole = whole or any(note.structured for note in patient.notes)
        found = self.extractor.facts(patient.notes, None if whole else self.needs.bears)
        return facts.record(patient.id, patient.notes, found, as_of)

    def opened(self, patient: Patient) -> Patient:
        """A patient whose notes can be read."""
        return patient

    def index(self, patient: Patient) -> Index:
        """The patient's facts, arranged for evaluation."""
        from matcher.evaluate import Index

        return Index(self.record(patient, whole=False))

    def findings(self, patient: Patient) -> tuple[tuple[str, ...], int]:
        """What looks like an identifier: the first `SHOWN_IDENTIFIERS`, and how many there are."""
        return tally.identifiers(patient.notes)

    def screen(self, patient: Patient) -> list[Screening]:
        """The patient against every protocol. Silence says nothing where no note could be read."""
        index = self.index(patient)
        record = index.record
        problems = tuple(str(problem) for problem in patient.problems)
        evaluators = self.evaluators if patient.notes else self._cautious()
        screenings = []
        for protocol, evaluator in zip(self.protocols, evaluators, strict=True):
            try:
                screening = evaluator.screen(record, index=index)
                screenings.append(replace(screening, problems=problems) if problems else screening)
            except Exception as error:  # a fault in one protocol's evaluation must not lose the others
                fault = f"{protocol.id}: not evaluated: {fault_of(error)}"
                screenings.append(undecided(protocol, record, (*problems, fault)))
        return screenings

    def faults(self) -> list[Problem]:
        """The criteria that a fault of the program has lost."""
        return [Problem(e.protocol.id, fault) for e in self.evaluators for fault in e.faults]

    def _cautious(self) -> tuple[evaluate.Evaluator, ...]:
        from matcher import evaluate

        settings = replace(self.settings, unmentioned="unknown")
        return tuple(evaluate.Evaluator(p, self.terminology, settings) for p in self.protocols)

    def result(self, patient: Patient) -> Result:
        """As `screen`, as bytes."""
        patient = self.opened(patient)
        screenings = self.screen(patient)
        texts = {note.note_id: note.text for note in patient.notes} if self.shape.context else {}
        rows = self._rows(screenings, texts)
        own = len(patient.problems)
        failed = tuple(problem for s in screenings for problem in s.problems[own:])
        if not self.identifiers:
            return Result(patient.id, len(patient.notes), rows, failed)
        return Result(patient.id, len(patient.notes), rows, failed, *self.findings(patient))

    def lost(self, patient_id: str, reason: str) -> Result:
        """The rows of a patient whose screening failed: for review, with the reason, so that nobody disappears."""
        record = Record(patient_id, (), (), self.settings.as_of)
        screenings = [undecided(protocol, record, (reason,)) for protocol in self.protocols]
        return Result(patient_id, 0, self._rows(screenings, {}))

    def _rows(self, screenings: Iterable[Screening], texts: Mapping[str, str]) -> tuple[tuple[float, bytes], ...]:
        return tuple((s.score, self.rows.dumps(s, texts)) for s in screenings)


def undecided(protocol: Protocol, record: Record, problems: tuple[str, ...]) -> Screening:
    """A screening that a fault broke off: for review, with nothing decided."""
    verdicts = tuple(Verdict(c, "unknown", "none", 0.0, "not evaluated", "human judgement") for c in protocol.criteria)
    return Screening(
        protocol.id, record.patient_id, record.as_of, "review", "documented", 0.0, verdicts, problems=problems
    )


def latest_day(notes: Iterable[Note]) -> dt.date | None:
    """The last day that any note speaks of as its date; None where all are undated."""
    return max((note.date.end for note in notes if note.date and note.date.end), default=None)
