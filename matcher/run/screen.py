"""A whole screening: every patient against every protocol, ranked."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from matcher.model import Protocol, Settings
from matcher.notes import Problem, read
from matcher.run.pipeline import Pipeline
from matcher.run.spool import Spool
from matcher.run.workers import Lost, results


@dataclass
class Run:
    """What a screening did: the counts that must add up, and what went wrong."""

    protocols: tuple[Protocol, ...]
    patients: int = 0
    notes: int = 0
    problems: list[Problem] = field(default_factory=list)

    @property
    def lost(self) -> list[Problem]:
        return [problem for problem in self.problems if problem.severity == "lost"]


def cores() -> int:
    """Processor cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def screen(
    notes: str,
    protocols: list[Protocol],
    settings: Settings,
    spool: Spool,
    jobs: int | None = None,
    on_patient: Callable[[Run], None] = lambda run: None,
) -> Run:
    """Screen ``notes`` into ``spool``. Raises `MatchError` where there is nothing to read."""
    run = Run(tuple(protocols))
    patients = read(notes, run.problems)
    pipeline = Pipeline(protocols, settings)

    def noted() -> Iterator[Any]:
        for patient in patients:
            run.problems += patient.problems
            yield patient

    for result in results(noted(), pipeline, jobs or cores()):
        if isinstance(result, Lost):
            run.problems.append(Problem(result.patient_id, result.reason, "lost", result.patient_id))
        else:
            run.patients += 1
            run.notes += result.notes
            run.problems += [Problem(result.patient_id, fault, "lost", result.patient_id) for fault in result.failed]
            for number, (score, data) in enumerate(result.rows):
                spool.add(number, score, result.patient_id, data)
        on_patient(run)
    return run
