"""What findings of an examination deny or state beyond their words."""

import pytest

from matcher import terms
from matcher.facts import tables


@pytest.fixture
def said(facts):
    return lambda text: {(f.concept.name, f.assertion) for f in facts(text) if f.rule == "examined"}


@pytest.mark.parametrize(
    ("text", "fact"),
    [
        ("LUNGS: Clear to auscultation.", ("Wheezing", "absent")),
        ("Her lungs are clear bilaterally.", ("Crackles", "absent")),
        ("ABDOMEN: Soft, nontender, nondistended.", ("Abdominal tenderness", "absent")),
        ("Prostate is smooth and not enlarged.", ("benign prostatic hyperplasia", "absent")),
        ("LV size is normal.", ("Left ventricular dilatation", "absent")),
        ("The left ventricle is mildly dilated.", ("Left ventricular dilatation", "present")),
        ("Plantar responses were flexor, bilaterally.", ("Babinski sign", "absent")),
        ("Toes are upgoing.", ("Babinski sign", "present")),
        ("Nasal mucosa is pink and moist without discharge.", ("Rhinorrhea", "absent")),
        ("Motor: 5/5 throughout.", ("Muscle weakness", "absent")),
        ("Normal gait.", ("Gait disturbance", "absent")),
        ("Gait is ataxic.", ("Gait disturbance", "present")),
        ("The heart is not enlarged.", ("Cardiomegaly", "absent")),
        ("The gallbladder is unremarkable.", ("cholelithiasis", "absent")),
        ("Chest x-ray was negative yesterday.", ("pneumothorax", "absent")),
        ("The appendix is normal.", ("appendicitis", "absent")),
        ("Sclerae anicteric.", ("Jaundice", "absent")),
        ("Tonsils were 3+ bilaterally.", ("Enlarged tonsils", "present")),
        ("The vocal cords moved well.", ("Vocal cord paralysis", "absent")),
        ("Left disc herniation at L4-5.", ("lumbar disc herniation", "present")),
        ("The EGD was normal.", ("gastric ulcer", "absent")),
        ("Normal uterus.", ("uterine corpus leiomyoma", "absent")),
        ("Lachman negative, McMurray positive.", ("positive Lachman test", "absent")),
        ("Lachman negative, McMurray positive.", ("positive McMurray test", "present")),
        ("Positive Lachman, negative anterior drawer.", ("positive Lachman test", "present")),
        ("Positive Lachman, negative anterior drawer.", ("Positive anterior drawer test", "absent")),
        ("Negative Lachman and McMurray, positive pivot shift.", ("positive McMurray test", "absent")),
        ("Negative Lachman and McMurray, positive pivot shift.", ("positive pivot shift test", "present")),
        ("Kernig and Brudzinski signs are negative.", ("Brudzinski sign", "absent")),
        ("Spurling's reproduces the arm pain.", ("positive Spurling test", "present")),
        ("Deltoid 4/5 on the right.", ("Upper limb muscle weakness", "present")),
        ("Capillary refill less than 2 seconds.", ("delayed capillary refill", "absent")),
    ],
)
def test_finding(said, text, fact):
    assert fact in said(text)


@pytest.mark.parametrize(
    "text",
    [
        "The lungs are not clear.",
        "Strength throughout with normal color.",
        "Clear fluid.",
        "EKG: Normal sinus rhythm with ST elevation.",
        "The colonoscopy was negative for recurrence.",
        "The echocardiogram showed normal structural anatomy.",
        "The CT was normal and chest x-rays showed a mass.",
        "Thyroid function tests were normal.",
        "CBC was normal except for the hemoglobin.",
        "Rectal tone increased.",
        "Bowel movements slow.",
        "Dr. Thompson was positive that it had healed.",
        "Mrs. Hawkins was present.",
        "Carotid pulses are diminished.",
    ],
)
def test_nothing(said, text):
    assert said(text) == set()


def test_the_name_of_a_sign_that_is_negative_does_not_state_it(facts):
    found = facts("Murphy's sign negative.")
    assert {(f.concept.name, f.assertion) for f in found} == {("Positive Murphy sign", "absent")}


def test_a_state_is_not_that_of_the_sign_before(said):
    told = said("Lachman and anterior drawer negative; posterior drawer positive.")
    assert ("Positive anterior drawer test", "present") not in told
    assert ("positive posterior drawer test", "present") in told


def test_the_side_is_kept(facts):
    found = facts("Left TM with some effusion. Right TM is clear.")
    assert {f.qualifiers for f in found if f.rule == "examined"} == {("right",)}


def test_every_concept_is_known_and_every_row_whole():
    terminology = terms.load()
    rows = tables.findings()
    assert all(row["subject"] and row["state"] and row.get("says", "absent") in ("absent", "present") for row in rows)
    assert all(terminology.concept(id).id == id for row in rows for id in row["concepts"])


@pytest.mark.parametrize(
    ("text", "denied"),
    [
        ("CT of the head was negative.", "Intracranial hemorrhage"),
        ("Chest x-ray: normal.", "pneumothorax"),
        ("Normal EKG.", "Bundle branch block"),
    ],
)
def test_a_normal_test_denies_what_it_would_show(facts, text, denied):
    assert denied in {f.concept.name for f in facts(text) if f.assertion == "absent" and f.concept}
