"""What only looks like a finding."""

import pytest


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("He had a CN3 palsy OS.", ["Paralysis"]),
        ("Hemostasis by bipolar cautery.", []),
        ("Placed in the left lateral decubitus position.", []),
        ("Transferred from ABCD Hospital.", []),
        ("FL: 6.4cm, FL/BPD: 81.", []),
        ("ACT greater than 400.", []),
    ],
)
def test_what_only_looks_like_a_finding(facts, text, names):
    assert [f.concept.name for f in facts(text) if f.concept] == names


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("Nursing informs me of this, and the nursing staff agree.", []),
        ("She is nursing.", ["lactation"]),
        ("Grade 1 compound fracture of the radius.", ["condition"]),
        ("Pain management was consulted.", []),
        ("Allergies: not known drug allergies.", ["allergy", "condition"]),
    ],
)
def test_what_is_something_else(facts, text, kinds):
    assert [f.kind for f in facts(text) if f.kind != "sex"] == kinds
