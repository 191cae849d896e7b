"""A patient's notes are let go once the patient is screened: memory does not grow with their number."""

import gc
import weakref

import pytest

from matcher.model import Note, Settings
from matcher.notes import Patient
from matcher.run.extract import Reader
from matcher.run.pipeline import Pipeline
from matcher.run.protocols import parse_all

NOTE = """HISTORY: 58-year-old woman with T2DM on metformin 1000 mg BID since {}. HbA1c 8.1% last week. Not on warfarin.

MEDICATIONS: aspirin 81 mg daily, lisinopril 10 mg daily.

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
