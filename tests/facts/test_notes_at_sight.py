"""What notes read for the first time were misread in: risks told, differences, wards, tens, advice to quit."""

import pytest

from matcher import ner, terms
from matcher.facts import Extractor
from matcher.model import Note

X = Extractor(ner.recogniser("rules"), terms.load())


def facts(text):
    return X.facts((Note("p", "n", text),))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "The risks and benefits of glaucoma surgery were discussed, including bleeding, ptosis, and corneal edema.",
            {"hypothetical"},
        ),
        ("Complications, including infection and pneumothorax, were explained to the patient.", {"hypothetical"}),
        ("His stay had complications including pneumonia and sepsis.", {"present"}),
        ("She has multiple risk factors including hypertension and asthma.", {"present"}),
    ],
)
def test_a_list_of_risks_inside_a_sentence(text, said):
    assert {f.assertion for f in facts(text) if f.kind == "condition"} == said


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("Weight was 149 pounds, which is up 2 pounds.", [(149, 149)]),
        ("Weight today 210 pounds, down 5 pounds since May.", [(210, 210)]),
        ("Systolic blood pressures have dropped to the 70s.", [(70, 79)]),
        ("Heart rate in the low 100s.", [(100, 103)]),
        ("Oxygen saturation in the mid 80s.", [(82, 86)]),
        ("BP 140s/80s.", [(85, 85), (145, 145)]),
        ("BP in the 140s to 150s.", [(140, 159)]),
    ],
)
def test_values_by_tens_and_differences(text, values):
    found = [f.quantity for f in facts(text) if f.kind == "measurement" and f.quantity]
    assert [(q.low, q.high) for q in found] == values


@pytest.mark.parametrize(
    ("text", "state"),
    [
        ("It is imperative that the patient stop smoking.", "current"),
        ("She was told to quit smoking.", "current"),
        ("He has been unable to quit smoking.", "current"),
        ("The patient should stop drinking alcohol.", "current"),
        ("She was able to quit smoking.", "former"),
        ("She quit smoking in 2002.", "former"),
    ],
)
def test_who_is_told_to_quit_has_not(text, state):
    assert [f.result for f in facts(text) if f.kind == "behaviour"] == [state]


@pytest.mark.parametrize(
    ("text", "doses"),
    [
        ("A mixture of 2% plain lidocaine and 0.05% Marcaine.", [2, 0.05]),
        ("amlodipine 5 mg lisinopril 10 mg daily", [5, 10]),
        ("Lisinopril 10 mg and 5 mg of amlodipine.", [10, 5]),
    ],
)
def test_a_dose_is_of_the_drug_beside_it(text, doses):
    assert [f.quantity.low for f in facts(text) if f.kind == "medication"] == doses


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("Nursing informs me of this, and the nursing staff agree.", []),
        ("She is nursing.", ["lactation"]),
        ("Grade 1 compound fracture of the radius.", ["condition"]),
        ("Pain management was consulted.", []),
        ("Allergies: not known drug allergies.", ["allergy", "condition"]),
    ],
)
def test_what_is_something_else(text, kinds):
    assert [f.kind for f in facts(text) if f.kind != "sex"] == kinds


@pytest.mark.parametrize(
    ("text", "scores"),
    [
        ("Knee pain is 5/10.", [(5, 5)]),
        ("The pain in the anterior portion increases to 5/10.", [(5, 5)]),
        ("He rates his back pain as a 6 out of 10.", [(6, 6)]),
        ("She has 3 to 4/10 pain at rest.", [(3, 4)]),
        ("Pain on 3/10/2004.", []),
    ],
)
def test_how_strong_a_pain_is(text, scores):
    assert [(f.quantity.low, f.quantity.high) for f in facts(text) if f.kind == "score"] == scores


def test_what_therapy_aims_at_is_no_finding():
    found = facts("LONG-TERM GOALS:\n1. The patient is to tolerate standing with a pain of at most 3/10.")
    assert {f.assertion for f in found if f.kind == "score"} == {"hypothetical"}


@pytest.mark.parametrize(
    ("text", "denied"),
    [
        ("CT of the head was negative.", "Intracranial hemorrhage"),
        ("Chest x-ray: normal.", "pneumothorax"),
        ("Normal EKG.", "Bundle branch block"),
    ],
)
def test_a_normal_test_denies_what_it_would_show(text, denied):
    assert denied in {f.concept.name for f in facts(text) if f.assertion == "absent" and f.concept}


def test_a_qualifier_between_commas_is_of_what_stands_before_it():
    found = {f.text: f.qualifiers for f in facts("PMH: Diabetes type II, poorly controlled, high cholesterol.")}
    assert found == {"Diabetes type II": ("poorly controlled",), "high cholesterol": ()}


def test_sides_of_a_finding_written_in_one_word():
    assert [f.quantity.high for f in facts("A 15x17x20mm LICA paraclinoid aneurysm.") if f.quantity] == [20]


@pytest.mark.parametrize(
    ("text", "sizes"),
    [("Laceration measuring 6x2 cm.", [6]), ("A 3x5 mm polyp.", [5]), ("A 15x7x20mm aneurysm.", [20])],
)
def test_the_longest_of_sides_without_spaces(text, sizes):
    assert [f.quantity.high for f in facts(text) if f.quantity] == sizes


@pytest.mark.parametrize(
    ("text", "ages"),
    [
        ("The patient is a 15-year-old child with history of a perforation.", [15]),
        ("6-year-old child with fever.", [6]),
        ("She has a 6-year-old child.", []),
        ("Lives with her 15-year-old son.", []),
    ],
)
def test_a_child_is_the_patient_where_the_note_says_so(text, ages):
    assert [f.quantity.low for f in facts(text) if f.kind == "age"] == ages


@pytest.mark.parametrize(
    "text", ["Denies smoking or drinking.", "No smoking or drinking.", "He does not drink or smoke."]
)
def test_both_habits_are_denied(text):
    assert {f.result for f in facts(text) if f.kind == "behaviour"} == {"none"}
    assert {q for f in facts(text) for q in f.qualifiers} == {"tobacco", "alcohol"}
