"""Habits: who was told to quit, and what is denied together."""

import pytest


@pytest.mark.parametrize(
    ("text", "state"),
    [
        ("It is imperative that the patient stop smoking.", "current"),
        ("She was told to quit smoking.", "current"),
        ("He has been unable to quit smoking.", "current"),
        ("The patient should stop drinking alcohol.", "current"),
        ("She was able to quit smoking.", "former"),
        ("She quit smoking in 2002.", "former"),
    ],
)
def test_who_is_told_to_quit_has_not(facts, text, state):
    assert [f.result for f in facts(text) if f.kind == "behaviour"] == [state]


@pytest.mark.parametrize(
    "text", ["Denies smoking or drinking.", "No smoking or drinking.", "He does not drink or smoke."]
)
def test_both_habits_are_denied(facts, text):
    assert {f.result for f in facts(text) if f.kind == "behaviour"} == {"none"}
    assert {q for f in facts(text) for q in f.qualifiers} == {"tobacco", "alcohol"}

@pytest.mark.parametrize(
    ("text", "a_week"),
    [
        ("Drinks 2-3 beers on weekends.", (2.0, 9.0)),
        ("Wine, one glass most evenings.", (4.0, 7.0)),
        ("Has a beer or two on Saturdays.", (1.0, 2.0)),
        ("Drinks a bottle of wine every evening.", (35.0, 35.0)),
        ("Alcohol: 2 drinks 3 times a week.", (6.0, 6.0)),
        ("Drinks two glasses of wine with dinner.", (2.0, 14.0)),
    ],
)
def test_standard_drinks_a_week(facts, text, a_week):
    amounts = [f.quantity for f in facts(text) if f.kind == "behaviour" and f.quantity is not None]
    assert [(q.low, q.high) for q in amounts] == [a_week]
