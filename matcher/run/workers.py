"""Patients through worker processes: a bounded queue in, results in the order of the input.

A worker is forked after the pipeline is built, so the model is loaded once. A patient whose worker dies is tried once
more, alone; a second death is reported as that patient's problem and the rest goes on.
"""

from __future__ import annotations

import itertools
import multiprocessing
import os
import signal
import threading
import time
from collections import deque
from collections.abc import Iterable, Iterator, Sized
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

from matcher.faults import fault_of

BATCH_NOTES = 16
"""Notes that travel to a worker at once; small ones share the cost of the journey."""
BATCH_STORED = 64
"""The same for notes that a store keeps: their patients are small, and screened in less than a millisecond."""
_INTERRUPT = {signal.SIGINT}
AHEAD = 4
"""Batches waiting a worker: enough to keep it busy, few enough to keep memory flat."""


class Piece(Protocol):
    """What a worker is given: a patient, or what stands for one; its ``notes`` count towards the size of a batch."""

    @property
    def id(self) -> str: ...
    @property
    def notes(self) -> Sized: ...


P = TypeVar("P", bound=Piece)
Given = TypeVar("Given", bound=Piece, contravariant=True)
R = TypeVar("R")
Made = TypeVar("Made", covariant=True)


class Stages(Protocol[Given, Made]):
    """What a worker does: built once, before the workers are forked from it."""

    def result(self, patient: Given, /) -> Made: ...


_stages: Stages[Any, Any] | None = None


def results(patients: Iterable[P], stages: Stages[P, R], jobs: int, notes: int = BATCH_NOTES) -> Iterator[R | Lost]:
    """Each patient's result, in order. ``jobs`` 1 works in this process, and so does what fits into one batch.

    ``notes``: those that travel to a worker at once.
    """
    work = batches(patients, notes)
    first = list(itertools.islice(work, 2)) if jobs > 1 else []
    if len(first) < 2:
        for patient in itertools.chain(*first, patients):
            yield attempt(stages, patient)
        return
    yield from _Pool(stages, jobs).run(itertools.chain(first, work))


@dataclass(frozen=True, slots=True)
class Lost:
    """A patient for whom there is no result; ``reason`` holds no note text."""

    patient_id: str
    reason: str


def batches(patients: Iterable[P], notes: int = BATCH_NOTES) -> Iterator[list[P]]:
    """Patients in order, as many at once as have ``notes`` notes together, or one who has more."""
    batch: list[P] = []
    size = 0
    for patient in patients:
        batch.append(patient)
        size += max(1, len(patient.notes))
        if size >= notes:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def attempt(stages: Stages[P, R], patient: P) -> R | Lost:
    """The patient's result, or why there is none."""
    try:
        return stages.result(patient)
    except Exception as error:  # one bad patient never stops the rest; the text of the error could hold note text
        return Lost(patient.id, fault_of(error))


def _work(batch: list[Any]) -> list[Any]:
    assert _stages is not None
    return [attempt(_stages, patient) for patient in batch]


def _start() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to handle
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _INTERRUPT)
    threading.Thread(target=_end_with, args=(os.getppid(),), daemon=True).start()


@contextmanager
def _uninterrupted() -> Iterator[None]:
    """Ctrl-C waits: a worker that is being forked would end with a traceback, or be forgotten and waited for."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _INTERRUPT)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _end_with(parent: int) -> None:
    """A worker whose parent was killed waits for work for ever; it must end too."""
    while os.getppid() == parent:
        time.sleep(1)
    os._exit(1)


class _Pool(Generic[P, R]):
    def __init__(self, stages: Stages[P, R], jobs: int) -> None:
        global _stages
        _stages = stages
        self.jobs = jobs
        self.pool = self._fresh(jobs)

    def _fresh(self, jobs: int) -> ProcessPoolExecutor:
        return ProcessPoolExecutor(jobs, mp_context=multiprocessing.get_context("fork"), initializer=_start)

    def run(self, work: Iterator[list[P]]) -> Iterator[R | Lost]:
        waiting: deque[tuple[list[P], Future[list[R | Lost]]]] = deque()
        try:
            for batch in work:
                waiting.append((batch, self._submit(batch)))
                if len(waiting) >= self.jobs * AHEAD:
                    yield from self._take(waiting)
            while waiting:
                yield from self._take(waiting)
        except BaseException:
            for process in list(self.pool._processes.values()):
                process.terminate()  # an interrupted run must not wait for what nobody will read
            self.pool.shutdown(wait=False, cancel_futures=True)
            raise
        self.pool.shutdown(wait=True)

    def _submit(self, batch: list[P]) -> Future[list[R | Lost]]:
        with _uninterrupted():
            try:
                return self.pool.submit(_work, batch)
            except BrokenProcessPool:
                self.pool = self._fresh(self.jobs)
                return self.pool.submit(_work, batch)

    def _take(self, waiting: deque[tuple[list[P], Future[list[R | Lost]]]]) -> list[R | Lost]:
        batch, future = waiting.popleft()
        try:
            return future.result()
        except BrokenProcessPool:
            return [self._alone(patient) for patient in batch]

    def _alone(self, patient: P) -> R | Lost:
        """One patient in a process of its own, after a crash: the one that kills it is the one that is lost."""
        with self._fresh(1) as single:
            try:
                with _uninterrupted():
                    given = single.submit(_work, [patient])
                result: R | Lost = given.result()[0]
                return result
            except BrokenProcessPool:
                return Lost(patient.id, "its worker process died twice (out of memory?)")
