"""Which finding a qualifier is of."""

import pytest


def test_a_list_of_sides_keeps_each_to_its_own(facts):
    found = facts(
        "EMG: severe left ulnar neuropathy, moderate right ulnar neuropathy, bilateral carpal tunnel syndrome."
    )
    assert [f.qualifiers for f in found if f.kind == "condition"] == [
        ("severe", "left"),
        ("moderate", "right"),
        ("bilateral",),
    ]


@pytest.mark.parametrize(
    ("text", "marks"),
    [
        ("Anemia secondary to blood loss.", ()),
        ("The wound infection was left open.", ()),
        ("Secondary hyperparathyroidism.", ("secondary",)),
    ],
)
def test_words_that_are_no_qualifier(facts, text, marks):
    assert facts(text)[0].qualifiers == marks


def test_a_qualifier_between_commas_is_of_what_stands_before_it(facts):
    found = {f.text: f.qualifiers for f in facts("PMH: Diabetes type II, poorly controlled, high cholesterol.")}
    assert found == {"Diabetes type II": ("poorly controlled",), "high cholesterol": ()}
