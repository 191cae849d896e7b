"""Adjectives that say a disease of the patient or deny it."""

import pytest

from matcher import terms
from matcher.facts import tables


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
