"""Operations that a verb tells, and what stands behind a label."""

import pytest

from matcher import terms
from matcher.facts import tables


@pytest.fixture
def said(facts):
    rules = ("operation", "operation.dosed", "labelled")
    return lambda text: {(f.concept.name, f.assertion) for f in facts(text) if f.rule in rules}


@pytest.mark.parametrize(
    ("text", "fact"),
    [
        ("He recently had his right knee replaced.", ("knee replacement", "present")),
        ("Her tonsils are out.", ("tonsillectomy", "present")),
        ("Status post removal of the left kidney.", ("nephrectomy", "historical")),
        ("The tubes and ovaries were delivered.", ("oophorectomy", "present")),
        ("The gallbladder has not been removed.", ("cholecystectomy", "absent")),
        ("Lymph nodes were not removed.", ("Lymph Node Excision", "absent")),
        ("We discussed removal of the gallbladder.", ("cholecystectomy", "hypothetical")),
        ("PLAN: Removal of the tonsils.", ("tonsillectomy", "planned")),
        ("The femoral vein was cannulated.", ("femoral central venous catheter", "present")),
        ("He received 50.4 Gy in 28 fractions to the pelvis.", ("radiotherapy", "present")),
        ("PLAN: 6000 cGy to the chest wall.", ("radiotherapy", "planned")),
        ("ANESTHESIA: General, endotracheal tube.", ("general anesthesia", "present")),
        ("ANESTHESIA: Local with IV sedation.", ("procedural sedation", "present")),
        ("ANESTHESIA: Spinal.", ("spinal anesthesia", "present")),
        ("CODE STATUS: Do not resuscitate.", ("do not resuscitate order", "present")),
    ],
)
def test_what_was_done(said, text, fact):
    assert fact in said(text)


@pytest.mark.parametrize(
    "text",
    [
        "Removal of the kidney stone.",
        "The bladder blade was removed.",
        "Removal of the drain.",
        "The stone in the kidney was removed.",
        "The CT dose was 0.012 Gy.",
        "ANESTHESIA: None.",
        "DRAINS: None.",
    ],
)
def test_what_was_not(said, text):
    assert said(text) == set()


def test_the_side_is_kept(facts):
    found = facts("His right knee was replaced.")
    assert [f.qualifiers for f in found if f.rule == "operation"] == [("right",)]


def test_every_row_names_a_known_concept_and_act():
    table = tables.toml("operations")
    terminology = terms.load()
    rows = table["operation"]
    assert all(row["act"] in table["acts"] and row["parts"] for row in rows)
    assert all(row["labels"] and row["words"] for row in table["labelled"])
    assert all(terminology.concept(row["concept"]).id == row["concept"] for row in [*rows, *table["labelled"]])
