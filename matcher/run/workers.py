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
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass

from matcher.notes import Patient
from matcher.run.faults import fault_of
from matcher.run.pipeline import Pipeline, Result

BATCH_NOTES = 16
"""Notes that travel to a worker at once; small ones share the cost of the journey."""
AHEAD = 4
"""Batches waiting a worker: enough to keep it busy, few enough to keep memory flat."""

_pipeline: Pipeline | None = None


def results(patients: Iterable[Patient], pipeline: Pipeline, jobs: int) -> Iterator[Result | Lost]:
    """Each patient's result, in order. ``jobs`` 1 works in this process, and so does what fits into one batch."""
    work = batches(patients)
    first = list(itertools.islice(work, 2)) if jobs > 1 else []
    if len(first) < 2:
        for patient in itertools.chain(*first, patients):
            yield attempt(pipeline, patient)
        return
    yield from _Pool(pipeline, jobs).run(itertools.chain(first, work))


@dataclass(frozen=True, slots=True)
class Lost:
    """A patient whose screening failed; ``reason`` holds no note text."""

    patient_id: str
    reason: str


def batches(patients: Iterable[Patient], notes: int = BATCH_NOTES) -> Iterator[list[Patient]]:
    """Patients in order, as many at once as have ``notes`` notes together, or one who has more."""
    batch: list[Patient] = []
    size = 0
    for patient in patients:
        batch.append(patient)
        size += max(1, len(patient.notes))
        if size >= notes:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def attempt(pipeline: Pipeline, patient: Patient) -> Result | Lost:
    """The patient's result, or why there is none."""
    try:
        return pipeline.result(patient)
    except Exception as error:  # one bad patient never stops the rest; the text of the error could hold note text
        return Lost(patient.id, f"not screened: {fault_of(error)}")


def _work(batch: list[Patient]) -> list[Result | Lost]:
    assert _pipeline is not None
    return [attempt(_pipeline, patient) for patient in batch]


def _start() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to handle
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    threading.Thread(target=_end_with, args=(os.getppid(),), daemon=True).start()


def _end_with(parent: int) -> None:
    """A worker whose parent was killed waits for work for ever; it must end too."""
    while os.getppid() == parent:
        time.sleep(1)
    os._exit(1)


class _Pool:
    def __init__(self, pipeline: Pipeline, jobs: int) -> None:
        global _pipeline
        _pipeline = pipeline
        self.jobs = jobs
        self.pool = self._fresh(jobs)

    def _fresh(self, jobs: int) -> ProcessPoolExecutor:
        return ProcessPoolExecutor(jobs, mp_context=multiprocessing.get_context("fork"), initializer=_start)

    def run(self, work: Iterator[list[Patient]]) -> Iterator[Result | Lost]:
        waiting: deque[tuple[list[Patient], Future[list[Result | Lost]]]] = deque()
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

    def _submit(self, batch: list[Patient]) -> Future[list[Result | Lost]]:
        try:
            return self.pool.submit(_work, batch)
        except BrokenProcessPool:
            self.pool = self._fresh(self.jobs)
            return self.pool.submit(_work, batch)

    def _take(self, waiting: deque[tuple[list[Patient], Future[list[Result | Lost]]]]) -> list[Result | Lost]:
        batch, future = waiting.popleft()
        try:
            return future.result()
        except BrokenProcessPool:
            return [self._alone(patient) for patient in batch]

    def _alone(self, patient: Patient) -> Result | Lost:
        """One patient in a process of its own, after a crash: the one that kills it is the one that is lost."""
        with self._fresh(1) as single:
            try:
                return single.submit(_work, [patient]).result()[0]
            except BrokenProcessPool:
                return Lost(patient.id, "not screened: its worker process died twice (out of memory?)")
