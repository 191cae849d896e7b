"""Limits on doses that are asked in equivalents of another drug."""

from __future__ import annotations

import pytest

from matcher import criteria, evaluate, ner, terms
from matcher.criteria.source import of_text
from matcher.criteria.trees import leaves
from matcher.model import Settings


def parsed(text: str):
    return criteria.parse(
        of_text(f"Exclusion Criteria:\n\n  - {text}\n", "case"), ner.recogniser("rules"), terms.load()
    )


@pytest.mark.parametrize(
    "text",
    [
        "Systemic corticosteroids > 10 mg prednisone equivalent daily",
        "More than 10 mg/day of prednisone or equivalent",
        "Prednisone > 10 mg daily (or equivalent)",
        "Prednisone equivalent of more than 20 mg daily",
    ],
)
def test_the_dose_is_that_of_the_drug_of_reference(text):
    protocol = parsed(text)
    dosed = [leaf for leaf in leaves(protocol.criteria[0].logic) if leaf.cmp]
    assert [(leaf.concept.name, leaf.unit) for leaf in dosed] == [("prednisone equivalent", "mg/day")]
    evaluate.Evaluator(protocol, terms.load(), Settings(ner="rules"))


def test_a_dose_of_the_drug_alone_is_that_drugs():
    (leaf,) = leaves(parsed("Prednisone > 10 mg daily").criteria[0].logic)
    assert leaf.concept.name == "prednisone"
