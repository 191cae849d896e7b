"""A value beside an analyte's abbreviation is no research code of a drug."""

import pytest

from matcher import terms


def drugs(text: str) -> list[str]:
    terminology = terms.load()
    return [text[h.start : h.end] for h in terminology.find(text) if terminology.kind(h.ids[0]) == "drug"]


@pytest.mark.parametrize("text", ["BP 179/90", "AST 120 U/L", "Cr 57", "Cl 337", "HR 158", "BNP 166", "CK 101"])
def test_a_value_is_no_drug(text):
    assert drugs(text) == []


@pytest.mark.parametrize("text", ["CPT-11", "AG-120", "AST-120", "GA-101"])
def test_a_code_with_its_hyphen_is(text):
    assert drugs(text) == [text]


def test_the_analyte_before_the_value_is_still_found():
    terminology = terms.load()
    assert [h.ids for h in terminology.find("AST 120 U/L")] == [("1920-8",)]
