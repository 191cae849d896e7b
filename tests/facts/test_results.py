"""Results in words."""

import pytest


@pytest.mark.parametrize("text", ["Stool is Hemoccult negative.", "RPR non-reactive.", "Guaiac: negative."])
def test_tests_with_a_word_for_a_result(facts, text):
    assert [f.result for f in facts(text)] == ["negative"]


def test_a_result_of_its_own_is_not_negated_by_the_next_one(facts):
    found = facts("The tumor was ER positive, PR positive and HER-2/neu negative.")
    assert [f.result for f in found if f.kind == "biomarker"] == ["positive", "positive", "negative"]
