"""What a normal test denies."""

import pytest


@pytest.mark.parametrize(
    ("text", "denied"),
    [
        ("CT of the head was negative.", "Intracranial hemorrhage"),
        ("Chest x-ray: normal.", "pneumothorax"),
        ("Normal EKG.", "Bundle branch block"),
    ],
)
def test_a_normal_test_denies_what_it_would_show(facts, text, denied):
    assert denied in {f.concept.name for f in facts(text) if f.assertion == "absent" and f.concept}
