"""A whole screening: every patient against every protocol, ranked."""

from __future__ import annotations

import hashlib
import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from matcher.model import Protocol, Settings
from matcher.notes import Patient, Problem, read
from matcher.report.contract import PLAIN, Shape
from matcher.run.pipeline import Pipeline, Result
from matcher.run.spool import Spool
from matcher.run.tally import Tally
from matcher.run.workers import BATCH_NOTES, BATCH_STORED, Lost, results

if TYPE_CHECKING:
    from matcher.run.store_screen import Reading

Engine = Callable[[Iterable[Patient], Pipeline], Iterator[Result | Lost]]
"""Yields each patient's result, in order."""


@dataclass
class Run(Tally):
    """What a screening did. A patient whose screening broke off is listed for review."""

    protocols: tuple[Protocol, ...] = ()
    recogniser: str = ""
    input_hash: str = ""
    """SHA-256 over the hashes of the patients, in order; empty where it was not asked for."""


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
    *,
    patients: Iterable[Patient] | None = None,
    reading: Reading | None = None,
    shape: Shape = PLAIN,
    identifiers: bool = False,
    keyed: bool = False,
    engine: Engine | None = None,
) -> Run:
    """Screen ``notes`` into ``spool``. Raises `MatchError` where there is nothing to read.

    ``patients``: those of ``notes``, where they were read before. ``reading``: the store that ``notes`` is.
    ``shape``: what of the notes the rows hold.
    ``identifiers``: check that the notes look de-identified. ``keyed``: hash each patient's notes, so that the
    spool can be resumed from and the run has an ``input_hash``. ``engine``: who does the work; default: ``jobs``
    processes of this machine.
    """
    run = Run(protocols=tuple(protocols))
    if reading is not None:
        run.expect(reading.count)
        source, pipeline = reading.joined(run.problems, protocols, shape, identifiers)
    else:
        source = read(notes, run.problems, run.expect) if patients is None else patients
        pipeline = Pipeline(protocols, settings, shape, identifiers)
    run.problems += pipeline.faults()
    run.recogniser = pipeline.recogniser.name
    spool.whole = pipeline.rows.whole
    waiting: deque[tuple[int, str]] = deque()
    total = hashlib.sha256()

    def unfinished() -> Iterator[Patient]:
        for place, patient in enumerate(source):
            run.problems += patient.problems
            key = ""
            if keyed:
                key = key_of(patient) if reading is None else reading.key_of(patient)
                total.update(key.encode())
                before = spool.again(key, place)
                if before is not None:
                    run.resumed += 1
                    _count(run, before)
                    on_patient(run)
                    continue
            waiting.append((place, key))
            yield patient

    together = BATCH_NOTES if reading is None else BATCH_STORED
    work = engine or partial(results, jobs=jobs or cores(), notes=together)
    for result in work(unfinished(), pipeline):
        place, key = waiting.popleft()
        if isinstance(result, Lost):
            reason = f"not screened: {result.reason}"
            run.lose(result.patient_id, reason)
            spool.add(pipeline.lost(result.patient_id, reason), place)
        else:
            spool.add(result, place, key)
            _count(run, result)
        on_patient(run)
    run.input_hash = total.hexdigest() if keyed else ""
    return run


def _count(run: Run, result: Result) -> None:
    run.patients += 1
    run.notes += result.notes
    run.problems += [Problem(result.patient_id, fault, "lost", result.patient_id) for fault in result.failed]
    run.identify(result.identifiers, result.identifiers_found)


def key_of(patient: Patient) -> str:
    """The hash of all that a result can depend on in a patient: ids, texts, dates, structured facts, problems."""
    hashed = hashlib.sha256()

    def part(text: str) -> None:
        data = text.encode("utf-8", "surrogatepass")
        hashed.update(len(data).to_bytes(8, "big") + data)

    part(patient.id)
    for note in patient.notes:
        for text in (note.note_id, note.text, repr(note.date), note.source, repr(note.structured)):
            part(text)
    for problem in patient.problems:
        part(str(problem))
    return hashed.hexdigest()
