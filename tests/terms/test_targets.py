"""Classes of drugs by what they act on, in whatever words."""

import pytest

from matcher import terms
from matcher.terms import targets

T = terms.load()


@pytest.mark.parametrize(
    ("term", "drug_class"),
    [
        ("anti-IL-5 biologics", "IL-5 inhibitor"),
        ("interleukin-5 receptor blocker", "IL-5 inhibitor"),
        ("anti-IL5 monoclonal antibody", "IL-5 inhibitor"),
        ("IL-4Rα antagonist", "IL-4/IL-13 inhibitor"),
        ("anti-IgE mAb", "anti-IgE antibody"),
        ("PCSK9-directed therapy", "PCSK9 inhibitor"),
        ("PCSK9 mAb", "PCSK9 inhibitor"),
        ("MEK1/2 inhibitors", "MEK inhibitor"),
        ("JAK1/2 inhibitor", "JAK inhibitor"),
        ("RANKL-targeting antibody", "RANKL inhibitor"),
        ("5HT3 receptor blockers", "5-HT3 antagonist"),
        ("HER2 TKIs", "HER2 tyrosine kinase inhibitor"),
        ("CD38-targeting antibody", "anti-CD38 antibody"),
        ("HIV-1 protease inhibitor", "HIV protease inhibitor"),
        ("tau-targeting antibody", "anti-tau antibody"),
        ("KRAS-targeted therapy", "KRAS inhibitor"),
    ],
)
def test_a_class_is_found_by_its_target(term, drug_class):
    found = T.normalise(term).concept
    assert found and found == T.normalise(drug_class).concept


@pytest.mark.parametrize(
    "term",
    [
        "GLP-1 antagonist",
        "TNF agonist",
        "anti-platelet antibodies",
        "anti-insulin antibodies",
        "antibodies to factor VIII",
        "CD3 bispecific",
        "glucose transport inhibitor",
    ],
)
def test_another_direction_an_antibody_of_the_body_or_an_unknown_target_is_no_class(term):
    assert T.normalise(term).concept is None


def test_a_condition_is_not_read_as_a_target():
    assert T.normalise("anti-IL-5 biologics", kinds=frozenset({"condition"})).concept is None


def test_what_is_read_of_a_wording():
    assert targets.read("anti-IL-5 biologics") == ("against", "il5", False)
    assert targets.read("interleukin 5 blockers") == ("against", "il5", False)
    assert targets.read("IL-5 antibody") == ("open", "il5", True)
    assert targets.read("severe asthma") is None


def test_of_two_classes_with_a_target_the_one_called_so_counts():
    found = targets.Targets({"A": ("X9 inhibitor",), "B": ("big group", "X9 inhibitor")})
    assert found.find("anti-X9 agent") == ("A", False)
    assert targets.Targets({"A": ("a", "X9 inhibitor"), "B": ("b", "X9 blocker")}).find("anti-X9 agent") is None
