"""Workers that die: their patients are tried once more, then reported; order and memory stay as they are."""

import os
import signal
from pathlib import Path

import pytest

from matcher.model import Note
from matcher.notes import Patient
from matcher.run.pipeline import Result
from matcher.run.workers import AHEAD, BATCH_NOTES, Lost, results


class Deadly:
    """A pipeline whose process is killed, as by the kernel out of memory, at each patient named ``bad…``."""

    def __init__(self, spared: Path | None = None) -> None:
        """``spared``: a file that the first death makes, and beside which nobody dies."""
        self.spared = spared

    def result(self, patient: Patient) -> Result:
        if patient.id.startswith("bad") and not (self.spared and self.spared.exists()):
            if self.spared:
                self.spared.touch()
            os.kill(os.getpid(), signal.SIGKILL)
        if patient.id.startswith("odd"):
            raise ValueError(patient.notes[0].text)
        return Result(patient.id, len(patient.notes), ((1.0, b""),))


def patients(*ids: str) -> list[Patient]:
    return [Patient(id, (Note(id, id, "58-year-old woman"),)) for id in ids]


MANY = tuple(f"p{number:03d}" for number in range(100))


def test_a_patient_whose_worker_dies_twice_is_reported_and_no_other():
    ids = (*MANY[:40], "bad", *MANY[40:])
    found = list(results(patients(*ids), Deadly(), 2))
    assert [result.patient_id for result in found] == list(ids)
    assert [result.patient_id for result in found if isinstance(result, Lost)] == ["bad"]
    assert "died twice" in found[40].reason


def test_a_worker_that_dies_once_costs_nobody(tmp_path):
    ids = (*MANY[:40], "bad", *MANY[40:])
    found = list(results(patients(*ids), Deadly(tmp_path / "once"), 2))
    assert [result.patient_id for result in found] == list(ids)
    assert not [result for result in found if isinstance(result, Lost)]


def test_several_deaths_in_one_run():
    ids = ("bad1", *MANY[:50], "bad2", "bad3", *MANY[50:], "bad4")
    found = list(results(patients(*ids), Deadly(), 2))
    assert [result.patient_id for result in found] == list(ids)
    assert [result.patient_id for result in found if isinstance(result, Lost)] == ["bad1", "bad2", "bad3", "bad4"]


@pytest.mark.parametrize("jobs", [1, 2])
def test_an_error_is_told_by_place_and_never_by_the_words_of_the_note(jobs):
    found = list(results(patients(*MANY[:40], "odd"), Deadly(), jobs))
    assert isinstance(found[-1], Lost)
    assert "ValueError" in found[-1].reason and "58-year-old" not in found[-1].reason


def test_no_more_is_read_than_the_workers_need_next():
    read = 0

    def endless():
        nonlocal read
        for number in range(100_000):
            read += 1
            yield from patients(f"p{number}")

    stream = results(endless(), Deadly(), 2)
    for _ in range(5):
        next(stream)
    stream.close()
    assert read <= (2 * AHEAD + 2) * BATCH_NOTES
