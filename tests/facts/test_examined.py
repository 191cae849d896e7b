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
    ],
)
def test_finding(said, text, fact):
    assert fact in said(text)


@pytest.mark.parametrize(
    "text",
    [
        "The lungs are not clear.",
        "Strength throughout with normal bulk.",
        "Clear fluid.",
        "EKG: Normal sinus rhythm with ST elevation.",
        "The colonoscopy was negative for recurrence.",
        "The echocardiogram showed normal structural anatomy.",
        "The CT was normal and chest x-rays showed a mass.",
        "Thyroid function tests were normal.",
        "CBC was normal except for the hemoglobin.",
    ],
)
def test_nothing(said, text):
    assert said(text) == set()


def test_the_side_is_kept(facts):
    found = facts("Left TM with some effusion. Right TM is clear.")
    assert [f.qualifiers for f in found if f.rule == "examined"] == [("right",), ("right",)]


def test_every_concept_is_known_and_every_row_whole():
    terminology = terms.load()
    rows = tables.toml("examined")["finding"]
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
