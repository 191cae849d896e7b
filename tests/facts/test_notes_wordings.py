"""Removed devices, sides in a list, tests that were negative, drugs only weighed."""

import pytest

from matcher import ner, terms
from matcher.facts import Extractor
from matcher.model import Note

X = Extractor(ner.recogniser("rules"), terms.load())


def facts(text):
    return [f for f in X.facts((Note("p", "n", text),)) if f.concept is not None]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("His Foley catheter was removed.", "historical"),
        ("HIV and hepatitis B studies were unremarkable.", "absent"),
        ("One could add diltiazem 120 mg.", "hypothetical"),
        ("PAST MEDICAL HISTORY: Negative for asthma.", "absent"),
        ("Based on her Pap, we will consider LEEP.", "hypothetical"),
    ],
)
def test_assertion(text, said):
    assert facts(text)[-1].assertion == said


def test_a_list_of_sides_keeps_each_to_its_own():
    found = facts(
        "EMG: severe left ulnar neuropathy, moderate right ulnar neuropathy, bilateral carpal tunnel syndrome."
    )
    assert [f.qualifiers for f in found if f.kind == "condition"] == [
        ("severe", "left"),
        ("moderate", "right"),
        ("bilateral",),
    ]


@pytest.mark.parametrize("text", ["Stool is Hemoccult negative.", "RPR non-reactive.", "Guaiac: negative."])
def test_tests_with_a_word_for_a_result(text):
    assert [f.result for f in facts(text)] == ["negative"]
