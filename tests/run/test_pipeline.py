"""Notes are let go once their patient is screened, and facts that no protocol asks for are not made."""

import gc
import weakref

import pytest

from matcher.evaluate import evaluator
from matcher.model import Note, Settings
from matcher.notes import Patient, read
from matcher.run.extract import Reader
from matcher.run.pipeline import Pipeline
from matcher.run.protocols import parse_all

NOTE = """HISTORY: 58-year-old woman with T2DM on metformin 1000 mg BID since {0}. HbA1c 8.1% last week.
Not on warfarin.

MEDICATIONS: aspirin 81 mg daily, lisinopril 10 mg daily.

LABS 02/03/{0}: creat 98, bili 11, urea 6. ROS: +cough -fever.

ASSESSMENT AND PLAN: No evidence of heart failure. Her mother had breast cancer. MRI of the brain is planned.
"""


class Text(str):
    """A text of which one can see whether anybody still holds it."""


@pytest.mark.parametrize("ner", ["rules", "default"])
@pytest.mark.parametrize("command", ["screen", "extract"])
def test_nothing_holds_the_texts_of_notes_that_are_done(samples, ner, command):
    settings = Settings(ner=ner)
    if command == "screen":
        stages = Pipeline(parse_all([str(samples / "protocols")], ner).protocols, settings)
    else:
        stages = Reader(settings)
    held = []
    for number in range(12):
        text = Text(NOTE.format(2000 + number))
        held.append(weakref.ref(text))
        stages.result(Patient(f"p{number}", (Note(f"p{number}", f"n{number}", text),)))
        del text
    gc.collect()
    assert sum(reference() is not None for reference in held) <= 1


@pytest.mark.parametrize("name", ["hfref-quadruple", "nsclc-second-checkpoint", "t2d-weekly-incretin"])
def test_what_no_protocol_asks_for_changes_nothing(samples, name):
    stages = Pipeline(parse_all([str(samples / "protocols" / f"{name}.txt")], "rules").protocols, Settings(ner="rules"))
    saved = 0
    for patient in read(str(samples / "notes"), []):
        record = stages.record(patient)
        assert stages.screen(patient) == [evaluator.screen(record) for evaluator in stages.evaluators]
        saved += len(record.facts) - len(stages.record(patient, whole=False).facts)
    assert saved > 0 or stages.needs.others


def test_a_criterion_that_a_fault_has_lost_is_listed(samples, monkeypatch):
    def broken(logic, setting):
        raise RecursionError("Secret")

    monkeypatch.setattr(evaluator, "compile", broken)
    faults = Pipeline(parse_all([str(samples / "protocols")], "rules").protocols[:1], Settings(ner="rules")).faults()
    assert faults and all(problem.severity == "lost" for problem in faults)
    assert "RecursionError at " in str(faults[0]) and "Secret" not in str(faults[0])
