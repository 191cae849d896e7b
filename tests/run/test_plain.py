"""What crosses machines as JSON comes back equal, and nothing else is made from it."""

import datetime as dt
import math

import pytest

from matcher import criteria, terms
from matcher import notes as reading
from matcher.criteria.source import of_text
from matcher.model import Concept, Fact, Interval, Note, Quantity, Settings
from matcher.ner import recogniser
from matcher.notes import Patient, Problem
from matcher.report.contract import Shape
from matcher.run import plain

DAY = dt.date(2024, 3, 1)
FACT = Fact("measurement", "HbA1c", 0, 5, "n", Concept("LOINC", "4548-4", "HbA1c"), quantity=Quantity(8.1, None, "%"))


@pytest.mark.parametrize(
    "value",
    [
        None,
        1.5,
        math.inf,
        "\ud800 line\u2028end “é”",
        (),
        ((1, "a"), (True, None)),
        [1, (2,)],
        {"a": [1, {"is": "list"}], "is": "Note"},
        {1: DAY},
        dt.datetime(2024, 3, 1, 12, 30),
        Shape(280, True),
        Settings(DAY, "unknown", "rules", {"ranges": {"1742-6": {"high": 50.0}}, "since": DAY}),
        Patient("p", (Note("p", "n", "HbA1c 8.1%", Interval(DAY, None), "f:1", (FACT,)),), (Problem("f:2", "lost"),)),
    ],
    ids=repr,
)
def test_what_goes_comes_back(value):
    assert plain.loads(plain.dumps(value)) == value


def test_a_protocol_comes_back_as_it_was_understood(samples):
    finder = recogniser("rules")
    for file in sorted((samples / "protocols").glob("*.txt")):
        protocol = criteria.parse(of_text(file.read_text(encoding="utf-8"), file.stem), finder, terms.load())
        assert plain.loads(plain.dumps(protocol)) == protocol


def test_patients_of_every_sample_come_back(samples):
    for patient in reading.read(str(samples / "notes"), []):
        assert plain.loads(plain.dumps(patient)) == patient


@pytest.mark.parametrize("text", ['{"is": "Path", "name": "x"}', '{"a": 1}', '{"is": "Note"}', "[", '{"is": []}'])
def test_nothing_else_is_made(text):
    with pytest.raises(ValueError):
        plain.loads(text)


def test_what_has_no_form_is_refused():
    with pytest.raises(TypeError):
        plain.dumps({1, 2})
