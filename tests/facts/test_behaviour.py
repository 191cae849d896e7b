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
