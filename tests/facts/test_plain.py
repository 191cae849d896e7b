"""The plain text of a note: what a program did to its characters and lines is undone, and every place is known."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.facts.parts import parts
from matcher.facts.plain import plain
from matcher.model import Note


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("Stroke 3\u00a0weeks ago.", "Stroke 3 weeks ago."),
        ("A 58-year\u2010old man.\r\nNo cough.\r\n", "A 58-year-old man.\nNo cough.\n"),
        ("Surgery on 2023–04–02.", "Surgery on 2023-04-02."),
        ("5–10 mg", "5–10 mg"),
        ("Atrial ﬁbrillation", "Atrial fibrillation"),
        ("hyper\u00adtension", "hypertension"),
        ("Gout.   \n", "Gout.\n"),
        ("PMH:\n- HTN\n- gout", "PMH:\n- HTN\n- gout"),
        (
            "She was treated for a carpal tunnel syndrome in the right\n  hand and is well.",
            "She was treated for a carpal tunnel syndrome in the right hand and is well.",
        ),
        (
            "The tumor that was found last year in the left lung was non-\nsmall cell.",
            "The tumor that was found last year in the left lung was non-small cell.",
        ),
        (
            "She was told to go on as before and to take the following\nmedications: aspirin.",
            "She was told to go on as before and to take the following medications: aspirin.",
        ),
        ("He has no complaints and sleeps well, laterality: left\nMEDICATIONS\naspirin",) * 2,
    ],
)
def test_plain(text, meant):
    assert plain(text)[0] == meant


@given(st.text(alphabet="ab 1.-–\u2010\u00a0\u00adﬁ\r\n:", max_size=60))
def test_every_place_is_known(text):
    meant, places, _ = plain(text)
    for at in range(len(meant)):
        start, end = places.span(at, at + 1)
        assert 0 <= start < end <= len(text)
        assert places.back(start, end)[0] <= at < places.back(start, end)[1]
    assert plain(meant)[0] == meant or "\n" in meant


def test_facts_lie_where_the_note_says_them(facts):
    text = "\ufeffPMH: atrial ﬁbrillation.\r\nStroke 3\u00a0weeks ago, treated with a throm\u00adbolysis.\r\n"
    found = facts(text)
    assert {"atrial ﬁbrillation", "Stroke"} <= {f.text for f in found}
    assert all(text[f.start : f.end] == f.text and text[f.quote_start : f.quote_end] for f in found)


def test_a_plain_note_is_its_own_part():
    note = Note("p", "n", "PMH: gout.\nNo cough.")
    ((places, part, _),) = parts(note)
    assert part is note and places.same


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("A man aged 86 who has a cough.", [("age", 86)]),
        ("The patient is a woman aged 72.", [("age", 72)]),
        ("His mother is a woman aged 86.", []),
        ("A trial in men aged 50 to 75.", []),
        ("Blood pressure was 124 over 80.", [("measurement", 80), ("measurement", 124)]),
        ("Systolic and diastolic were 140 over 90.", [("measurement", 90), ("measurement", 140)]),
        ("Blood pressure fell by 100 over 60 minutes.", []),
    ],
)
def test_numbers_in_other_words(facts, text, kinds):
    assert sorted((f.kind, f.quantity.low) for f in facts(text) if f.quantity) == kinds


@pytest.mark.parametrize("born", ["March 15th, 2006", "15-Mar-2006", "15.03.2006", "the 15th of March 2006"])
def test_a_date_of_birth(facts, born):
    assert [str(f.time.start) for f in facts(f"DOB: {born}. Seen with mother.") if f.time] == ["2006-03-15"]


def test_all_that_she_does_not_have(facts):
    found = facts("She does not have any weight loss, rash, fatigue, etc. She has a cough.")
    said = {f.text: f.assertion for f in found if f.kind == "condition"}
    assert said == {"weight loss": "absent", "rash": "absent", "fatigue": "absent", "cough": "present"}
