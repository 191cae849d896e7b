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


@pytest.mark.parametrize(
    ("text", "ages"),
    [
        ("Spoke with Ms R., 41 y, SLE.", [41]),
        ("Pt 68M. Gout.", [68]),
        ("All fine. Female, 72. BMI 46.", [72]),
        ("On tramadol. 47 y female.", [47]),
        ("Mrs Jones (67) attended today.", [67]),
        ("57/M with gout.", [57]),
        ("Age/Sex: 57/F", [57]),
        ("14 yr boy with asthma.", [14]),
        ("18 mo F with eczema.", [18]),
        ("She is 52 and has gout.", [52]),
        ("Patient is 52, has gout.", [52]),
        ("I saw Jack, 8 years, today.", [8]),
        ("Her son Jack, 8 years, is well.", []),
        ("T1DM x 14 y, female.", []),
        ("Female, 3 children.", []),
        ("Mr Lee, 3 years after CABG, is well.", []),
        ("She is 38 weeks pregnant.", []),
        ("Married 41 y, female partner.", []),
    ],
)
def test_an_age_without_old(facts, text, ages):
    assert [f.quantity.low for f in facts(text) if f.kind == "age"] == ages
