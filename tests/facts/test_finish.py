"""What is asserted of a fact, when, and how many."""

import pytest


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("His Foley catheter was removed.", "historical"),
        ("HIV and hepatitis B studies were unremarkable.", "absent"),
        ("One could add diltiazem 120 mg.", "hypothetical"),
        ("PAST MEDICAL HISTORY: Negative for asthma.", "absent"),
        ("Based on her Pap, we will consider LEEP.", "hypothetical"),
    ],
)
def test_assertion(facts, text, said):
    assert facts(text)[-1].assertion == said


def test_what_holds_now_is_not_of_the_year_before(facts):
    found = facts("Aortic valve replacement in 2002 and is on chronic Coumadin.")
    assert [f.time is None for f in found] == [False, True]


@pytest.mark.parametrize(
    ("text", "ago"),
    [
        ("He had a stroke 3 weeks ago.", (21, 21)),
        ("Cough for 3 weeks.", (21, 0)),
        ("A 45-year-old man with a stroke 10 days ago.", (10, 10)),
        ("Stroke in 2011.", None),
    ],
)
def test_how_long_before_a_note_without_a_date(facts, text, ago):
    assert facts(text)[-1].ago == ago


@pytest.mark.parametrize(
    ("text", "years"),
    [
        ("A 45-year-old man. Splenectomy at age 9.", (37, 35)),
        ("A 45-year-old man. Diabetes since age 20.", (26, None)),
        ("A 45-year-old man. Migraine in his twenties.", (26, 15)),
    ],
)
def test_the_patients_age_at_an_event(facts, text, years):
    begin, end = facts(text)[-1].ago
    assert (round(begin / 365.25), None if end is None else round(end / 365.25)) == years


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("Multiple colon polyps (5).", 5),
        ("Three lacerations were closed.", 3),
        ("There are 2 small pulmonary nodules.", 2),
        ("One of the lacerations was closed.", None),
        ("Lacerations at 3 and 9 o'clock.", None),
    ],
)
def test_how_many(facts, text, count):
    quantity = facts(text)[0].quantity
    assert (quantity.low if quantity else None) == count


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("The patient received a trial of lenalidomide.", "historical"),
        ("We will give a trial of lenalidomide.", "planned"),
        ("Need for venous access in a patient on dialysis.", "present"),
    ],
)
def test_where_a_plan_ends(facts, text, said):
    assert [f.assertion for f in facts(text) if f.kind in ("procedure", "medication")][-1] == said


def test_on_room_air_is_without_oxygen(facts):
    assert ("oxygen therapy", "absent") in [(f.concept.name, f.assertion) for f in facts("SpO2 95% on room air.")]
