"""The stages joined: protocols once, then one patient after the other."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from matcher.model import Note, Protocol, Record, Screening, Settings
from matcher.notes import Patient

if TYPE_CHECKING:
    from matcher import evaluate


@dataclass(frozen=True, slots=True)
class Result:
    """One patient against every protocol, ready to travel between processes."""

    patient_id: str
    notes: int
    rows: tuple[tuple[float, bytes], ...]
    """A protocol each: the score, the contract object as JSON."""


class Pipeline:
    """Terminology, recogniser, compiled protocols. Built once a process; `screen` is pure."""

    def __init__(self, protocols: Iterable[Protocol], settings: Settings) -> None:
        from matcher import criteria, evaluate, facts, ner, terms

        self.settings = settings
        self.protocols = tuple(protocols)
        self.terminology = terms.load(settings.site)
        self.recogniser = ner.recogniser(settings.ner)
        self.wanted = criteria.wanted(self.protocols)
        self.extractor = facts.Extractor(self.recogniser, self.terminology, self.wanted)
        self.evaluators = tuple(evaluate.Evaluator(p, self.terminology, settings) for p in self.protocols)

    def record(self, patient: Patient) -> Record:
        """The patient's facts, as of the day that the settings name, else of the latest note."""
        from matcher import facts

        as_of = self.settings.as_of or latest_day(patient.notes)
        found = self.extractor.facts(patient.notes)
        return facts.record(patient.id, patient.notes, found, as_of)

    def screen(self, patient: Patient) -> list[Screening]:
        """The patient against every protocol. Silence says nothing where no note could be read."""
        record = self.record(patient)
        problems = tuple(str(problem) for problem in patient.problems)
        evaluators = self.evaluators if patient.notes else self._cautious()
        return [replace(evaluator.screen(record), problems=problems) for evaluator in evaluators]

    def _cautious(self) -> tuple[evaluate.Evaluator, ...]:
        from matcher import evaluate

        settings = replace(self.settings, unmentioned="unknown")
        return tuple(evaluate.Evaluator(p, self.terminology, settings) for p in self.protocols)

    def result(self, patient: Patient) -> Result:
        """As `screen`, as bytes."""
        from matcher.report import contract

        rows = tuple(
            (s.score, json.dumps(contract.screening(s), ensure_ascii=False).encode()) for s in self.screen(patient)
        )
        return Result(patient.id, len(patient.notes), rows)


def latest_day(notes: Iterable[Note]) -> dt.date | None:
    """The last day that any note speaks of as its date; None where all are undated."""
    return max((note.date.end for note in notes if note.date and note.date.end), default=None)


def parse_protocols(paths: Iterable[str], settings: Settings, warn: Callable[[str], None]) -> list[Protocol]:
    """Protocols of files and folders, in the order given. What cannot be read is told to ``warn``."""
    from matcher import criteria, ner, terms

    terminology = terms.load(settings.site)
    recogniser = ner.recogniser(settings.ner)
    protocols = []
    for path in paths:
        for source in criteria.read(path):
            protocols.append(criteria.parse(source, recogniser, terminology))
    return protocols
