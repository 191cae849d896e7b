"""Classes of drugs named by what they do."""

from __future__ import annotations

import pytest

from matcher import resources, terms
from matcher.terms import effects


def test_every_effect_has_a_class_with_drugs():
    terminology = terms.load()
    for row in resources.toml("terms/drug_effects")["effect"]:
        assert terminology.kind(row["class"]) == "drug"
        assert len(terminology.descendants(row["class"])) > 2, row


@pytest.mark.parametrize(
    ("words", "id"),
    [
        ("medications that may prolong the QT interval", "CLASS:qt-prolonging"),
        ("agents associated with torsades de pointes", "CLASS:qt-prolonging"),
        ("any drug known to lower seizure threshold", "CLASS:seizure-threshold"),
        ("treatments interfering with platelet function", "CLASS:platelet-function"),
        ("substances which can affect bone mineral metabolism", "CLASS:bone-metabolism"),
        ("drugs that strongly inhibit CYP3A4", "CLASS:cyp3a4-strong-inhibitor"),
        ("drugs that treat the QT interval", None),
        ("patients with a prolonged QT interval", None),
        ("medications that do not prolong the QT interval", None),
        ("drugs that prolong survival", None),
    ],
)
def test_a_class_is_named_by_its_effect(words, id):
    assert effects.drug_class(words) == id
    if id is not None:
        found = terms.load().normalise(words)
        assert found.concept is not None and found.concept.id == id
