"""Whose age it is."""

import pytest


@pytest.mark.parametrize("text", ["Her 11-year-old is ill.", "He lives with two siblings, one 18-year-old."])
def test_the_age_of_another(facts, text):
    assert not [f for f in facts(text) if f.kind == "age"]


@pytest.mark.parametrize(
    ("text", "ages"),
    [
        ("The patient is a 15-year-old child with history of a perforation.", [15]),
        ("6-year-old child with fever.", [6]),
        ("She has a 6-year-old child.", []),
        ("52 yo h/o DM, CAD.", [52]),
        ("She has a 20 year old history of gout.", []),
        ("Lives with her 15-year-old son.", []),
    ],
)
def test_a_child_is_the_patient_where_the_note_says_so(facts, text, ages):
    assert [f.quantity.low for f in facts(text) if f.kind == "age"] == ages


@pytest.mark.parametrize(
    ("text", "sex"),
    [
        ("Woman with gout.", ["female"]),
        ("Man, smoker.", ["male"]),
        ("Male, 71.", ["male"]),
        ("Male pattern baldness.", []),
    ],
)
def test_who_opens_a_note(facts, text, sex):
    assert [f.result for f in facts(text) if f.kind == "sex"] == sex
