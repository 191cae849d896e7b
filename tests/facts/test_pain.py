"""How strong a pain is."""

import pytest


@pytest.mark.parametrize(
    ("text", "scores"),
    [
        ("Knee pain is 5/10.", [(5, 5)]),
        ("The pain in the anterior portion increases to 5/10.", [(5, 5)]),
        ("He rates his back pain as a 6 out of 10.", [(6, 6)]),
        ("She has 3 to 4/10 pain at rest.", [(3, 4)]),
        ("Pain on 3/10/2004.", []),
    ],
)
def test_how_strong_a_pain_is(facts, text, scores):
    assert [(f.quantity.low, f.quantity.high) for f in facts(text) if f.kind == "score"] == scores


def test_what_therapy_aims_at_is_no_finding(facts):
    found = facts("LONG-TERM GOALS:\n1. The patient is to tolerate standing with a pain of at most 3/10.")
    assert {f.assertion for f in found if f.kind == "score"} == {"hypothetical"}
