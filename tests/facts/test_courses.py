"""Lines of therapy as a note counts them."""

from __future__ import annotations

import pytest


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        ("Received two prior lines of chemotherapy.", 2, 2),
        ("3 lines of therapy so far.", 3, 3),
        ("Progressed after third-line nal-IRI.", 3, None),
        ("Currently on 2nd line docetaxel.", 1, None),
        ("Plan second-line docetaxel.", 1, None),
    ],
)
def test_lines_of_therapy(facts, text, low, high):
    (fact,) = [f for f in facts(text) if f.kind == "therapy_lines"]
    assert (fact.quantity.low, fact.quantity.high) == (low, high)


@pytest.mark.parametrize("text", ["Two lines placed in the left arm.", "First line of the letter.", "IV line."])
def test_other_lines(facts, text):
    assert not [f for f in facts(text) if f.kind == "therapy_lines" and f.quantity.high]


def test_naive(facts):
    assert [f.result for f in facts("Treatment-naive hepatitis C.") if f.kind == "therapy_lines"] == ["naive"]
