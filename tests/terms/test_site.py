"""Site settings over the tables."""

import pytest

from matcher import terms
from matcher.errors import MatchError

SITE = {
    "synonyms": [{"term": "sugar sickness", "means": "diabetes mellitus", "who": "Dr A", "when": "2024-05-01"}],
    "abbreviations": [{"abbreviation": "ZZQ", "expansion": "asthma", "who": "Dr B", "when": "2024-06-01"}],
    "formulary": [
        {"name": "Localopril", "ingredient": "lisinopril", "who": "Pharmacy", "when": "2024-01-01"},
        {"name": "Duolocal", "ingredients": ["metformin", "sitagliptin"], "who": "Pharmacy", "when": "2024-01-01"},
    ],
}
T = terms.load(SITE)


@pytest.mark.parametrize(
    ("word", "name", "who"),
    [
        ("sugar sickness", "diabetes mellitus", "Dr A, 2024-05-01"),
        ("ZZQ", "asthma", "Dr B, 2024-06-01"),
        ("Localopril", "lisinopril", "Pharmacy"),
    ],
)
def test_a_site_term_resolves_and_says_who(word, name, who):
    found = T.normalise(word)
    assert found.concept.name == name
    assert who in found.site
    assert who in T.provenance(word)


def test_a_site_combination_is_each_of_its_ingredients():
    id = T.normalise("Duolocal").concept.id
    assert T.is_a(id, T.normalise("metformin").concept.id)
    assert T.is_a(id, T.normalise("DPP-4 inhibitor").concept.id)


def test_a_site_term_is_found_in_text():
    text = "on Localopril, ZZQ stable"
    assert [text[h.start : h.end] for h in T.find(text)] == ["Localopril", "ZZQ"]


def test_without_the_site_the_terms_mean_nothing():
    assert terms.load().normalise("Localopril").concept is None


@pytest.mark.parametrize(
    "site",
    [
        {"synonyms": [{"term": "x"}]},
        {"synonyms": [{"term": "x", "means": "no such thing at all"}]},
        {"formulary": [{"name": "x"}]},
    ],
)
def test_unusable_settings_say_what_is_wrong(site):
    with pytest.raises(MatchError, match="settings"):
        terms.load(site)


def test_a_setting_is_named_where_a_facts_words_rest_on_it():
    row = {"name": "Localopril", "ingredients": ["lisinopril"], "who": "Pharmacy", "when": "2024-01-01"}
    table = terms.load({"formulary": [row]})
    assert table.site_settings("Localopril 10 mg") == ("site settings, formulary: Pharmacy, 2024-01-01",)
    assert table.site_settings("lisinopril 10 mg") == ()
    assert terms.load().site_settings("Localopril 10 mg") == ()
