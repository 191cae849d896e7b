"""Results are ranked from disk; the order does not depend on the order in which they came."""

import json

import pytest

from matcher.run import spool as spools
from matcher.run.pipeline import Result
from matcher.run.spool import Spool


def result(patient_id: str, *scores: float, words: str = "") -> Result:
    rows = [{"patient_id": patient_id, "score": score, "rank": 0, "criteria": [words]} for score in scores]
    return Result(patient_id, 1, tuple((s, json.dumps(r).encode()) for s, r in zip(scores, rows, strict=True)))


def order(spool: Spool) -> list[tuple[str, int]]:
    return [(row["patient_id"], row["rank"]) for row in spool.ranked()]


@pytest.fixture(params=["memory", "temporary", "named"])
def spool(request, tmp_path, monkeypatch):
    """A spool that stays in memory, one that has outgrown it, and one with a file."""
    if request.param == "temporary":
        monkeypatch.setattr(spools, "HELD", 10)
    made = Spool(2, tmp_path / "spool" if request.param == "named" else None)
    yield made
    made.close()


def test_best_first_then_by_id_then_as_they_came(spool):
    for number, (patient, scores) in enumerate((("b", (0.5, 0.1)), ("a", (0.5, 0.2)), ("c", (0.9, 0.0)))):
        spool.add(result(patient, *scores), number)
    assert order(spool) == [("c", 1), ("a", 2), ("b", 3), ("a", 1), ("b", 2), ("c", 3)]
    assert len(spool) == 6


def test_patients_of_one_name_keep_the_order_of_the_input(spool):
    for number in (1, 0):
        spool.add(result("p", 0.5, 0.5, words=str(number)), number)
    assert [row["criteria"] for row in spool.ranked()] == [["0"], ["1"]] * 2


def test_the_rank_is_the_objects_own_whatever_its_words_say(spool):
    spool.add(result('"rank": 0', 0.5, 0.5, words='"rank": 0'), 0)
    assert [(row["patient_id"], row["rank"], row["criteria"]) for row in spool.ranked()] == [
        ('"rank": 0', 1, ['"rank": 0'])
    ] * 2


def test_a_temporary_spool_has_no_name(tmp_path, monkeypatch):
    monkeypatch.setattr(spools, "HELD", 10)
    monkeypatch.setattr(spools.tempfile, "tempdir", str(tmp_path))
    made = Spool(1)
    made.add(result("p", 0.5, words="quote " * 1000), 0)
    assert list(tmp_path.iterdir()) == []
    assert order(made) == [("p", 1)]
    made.close()
