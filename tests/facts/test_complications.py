"""A disease and its complication, said apart."""

import pytest

from matcher import terms
from matcher.facts import tables


@pytest.mark.parametrize(
    ("text", "whole", "assertion"),
    [
        ("T2DM with neuropathy.", "diabetic neuropathy", "present"),
        ("DM type 2 c/b CKD, retinopathy, and CAD.", "diabetic retinopathy", "present"),
        ("CKD stage 3 2/2 DM2 and HTN.", "diabetic kidney disease", "present"),
        ("T2DM with no retinopathy.", "diabetic retinopathy", "absent"),
        ("Psoriasis with arthritis of the hands.", "psoriatic arthritis", "present"),
    ],
)
def test_with_ties_a_complication_to_its_disease(facts, text, whole, assertion):
    found = [f for f in facts(text) if f.rule == "mention.complication" and f.concept.name == whole]
    assert [f.assertion for f in found] == [assertion]
    assert [text[f.start : f.end] for f in found] == [f.text for f in found]


@pytest.mark.parametrize(
    "text",
    [
        "T2DM, HTN, neuropathy.",
        "T2DM. Neuropathy from chemotherapy.",
        "CKD due to polycystic kidneys; DM2.",
        "Diabetic neuropathy.",
        "T2DM with neuropathy due to vincristine.",
        "Psoriasis with osteoarthritis.",
        "Diabetes with hypertensive retinopathy.",
    ],
)
def test_what_stands_beside_a_disease_is_none_of_its_complications(facts, text):
    assert [f for f in facts(text) if f.rule == "mention.complication"] == []


def test_every_concept_of_the_table_is_in_the_terminology():
    terminology = terms.load()
    rows = tables.toml("complications")["complicated"]
    ids = [id for row in rows for id in (row["disease"], *(part for pair in row["makes"] for part in pair))]
    assert [id for id in ids if terminology.concept(id) is None] == []
