"""Results in words."""

import pytest


@pytest.mark.parametrize("text", ["Stool is Hemoccult negative.", "RPR non-reactive.", "Guaiac: negative."])
def test_tests_with_a_word_for_a_result(facts, text):
    assert [f.result for f in facts(text)] == ["negative"]


def test_a_result_of_its_own_is_not_negated_by_the_next_one(facts):
    found = facts("The tumor was ER positive, PR positive and HER-2/neu negative.")
    assert [f.result for f in found if f.kind == "biomarker"] == ["positive", "positive", "negative"]


@pytest.mark.parametrize(
    ("text", "results"),
    [
        ("UDS neg for opiates, pos THC", {"opioids": "negative", "cannabis": "positive"}),
        ("UDS: opiates POS, cocaine neg", {"opioids": "positive", "cocaine": "negative"}),
        ("UDS + THC, - opiates", {"opioids": "negative", "cannabis": "positive"}),
        ("UDS positive for benzos and cocaine, rest neg", {"benzodiazepines": "positive", "cocaine": "positive"}),
        ("UDS - opiates negative, THC negative", {"opioids": "negative", "cannabis": "negative"}),
    ],
)
def test_each_substance_of_a_drug_screen_has_its_result(facts, text, results):
    found = [f for f in facts(text) if f.concept is not None and f.concept.id == "BIO:DRUGSCREEN"]
    assert {f.qualifiers[0]: f.result for f in found if f.qualifiers} == results
    whole = "positive" if "positive" in results.values() else "negative"
    assert [f.result for f in found if not f.qualifiers] == [whole]


def test_a_sign_glued_to_a_marker_is_its_result(facts):
    found = facts("HBsAg+ on entecavir, DNA undetectable.")
    assert [f.result for f in found if f.kind == "biomarker"] == ["positive"]
