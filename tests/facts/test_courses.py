"""Lines of therapy as a note counts them, and words for normal that deny a disease."""

from __future__ import annotations

import pytest

from matcher import terms
from matcher.facts import tables


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        ("Received two prior lines of chemotherapy.", 2, 2),
        ("3 lines of therapy so far.", 3, 3),
        ("Progressed after third-line nal-IRI.", 3, None),
        ("Currently on 2nd line docetaxel.", 1, None),
        ("Plan second-line docetaxel.", 1, None),
    ],
)
def test_lines_of_therapy(facts, text, low, high):
    (fact,) = [f for f in facts(text) if f.kind == "therapy_lines"]
    assert (fact.quantity.low, fact.quantity.high) == (low, high)


@pytest.mark.parametrize("text", ["Two lines placed in the left arm.", "First line of the letter.", "IV line."])
def test_other_lines(facts, text):
    assert not [f for f in facts(text) if f.kind == "therapy_lines" and f.quantity.high]


def test_naive(facts):
    assert [f.result for f in facts("Treatment-naive hepatitis C.") if f.kind == "therapy_lines"] == ["naive"]


@pytest.mark.parametrize(
    ("word", "denied"),
    [("Normotensive", "hypertension"), ("Euthyroid", "hypothyroidism"), ("non-cirrhotic liver", "cirrhosis")],
)
def test_words_for_normal(facts, word, denied):
    found = [f for f in facts(f"{word}.") if f.rule == "normal.word"]
    assert denied in [f.concept.name for f in found]
    assert {f.assertion for f in found} == {"absent"}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("She was febrile to 39.", ["present"]),
        ("He is not confused.", ["absent"]),
        ("A febrile infant was brought in.", ["present"]),
        ("She has hypertensive heart disease.", []),
    ],
)
def test_adjectives_of_the_patient(facts, text, said):
    assert [f.assertion for f in facts(text) if f.rule == "adjective.word"] == said


def test_adjectives_name_concepts():
    terminology = terms.load()
    for row in tables.rows("adjectives"):
        assert terminology.concept(row["concept"]) is not None and row["source"], row
