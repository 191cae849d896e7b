"""Removed devices, sides in a list, tests that were negative, drugs only weighed."""

import pytest

from matcher import ner, terms
from matcher.criteria.wanted import Wanted
from matcher.facts import Extractor
from matcher.model import Note

X = Extractor(ner.recogniser("rules"), terms.load())


def facts(text):
    return [f for f in X.facts((Note("p", "n", text),)) if f.concept is not None]


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
def test_assertion(text, said):
    assert facts(text)[-1].assertion == said


def test_a_list_of_sides_keeps_each_to_its_own():
    found = facts(
        "EMG: severe left ulnar neuropathy, moderate right ulnar neuropathy, bilateral carpal tunnel syndrome."
    )
    assert [f.qualifiers for f in found if f.kind == "condition"] == [
        ("severe", "left"),
        ("moderate", "right"),
        ("bilateral",),
    ]


@pytest.mark.parametrize("text", ["Stool is Hemoccult negative.", "RPR non-reactive.", "Guaiac: negative."])
def test_tests_with_a_word_for_a_result(text):
    assert [f.result for f in facts(text)] == ["negative"]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("He had a CN3 palsy OS.", ["Paralysis"]),
        ("Hemostasis by bipolar cautery.", ["Cautery"]),
        ("Placed in the left lateral decubitus position.", []),
        ("Transferred from ABCD Hospital.", []),
        ("FL: 6.4cm, FL/BPD: 81.", []),
        ("ACT greater than 400.", []),
    ],
)
def test_what_only_looks_like_a_finding(text, names):
    assert [f.concept.name for f in facts(text)] == names


@pytest.mark.parametrize(
    ("text", "marks"),
    [
        ("Anemia secondary to blood loss.", ()),
        ("The wound infection was left open.", ()),
        ("Secondary hyperparathyroidism.", ("secondary",)),
    ],
)
def test_words_that_are_no_qualifier(text, marks):
    assert facts(text)[0].qualifiers == marks


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Zyrtec p.r.n.", ("as needed",)),
        ("Tylenol 1000 mg 3 times daily", ("3/day",)),
        ("Keflex 500 mg by mouth four times per day", ("oral", "4/day")),
    ],
)
def test_route_and_frequency(text, words):
    assert facts(text)[0].qualifiers == words


def test_the_drug_that_took_the_place_of_one_not_tolerated():
    found = facts("She did not tolerate the Arimidex and I changed her to Femara.")
    assert [(f.kind, f.status) for f in found] == [("allergy", None), ("medication", "new")]


def test_a_result_of_its_own_is_not_negated_by_the_next_one():
    found = facts("The tumor was ER positive, PR positive and HER-2/neu negative.")
    assert [f.result for f in found if f.kind == "biomarker"] == ["positive", "positive", "negative"]


def test_a_value_is_no_year():
    found = facts("She has hepatosplenomegaly and a platelet count of 2000.")
    assert [f.time for f in found] == [None, None]


def test_what_holds_now_is_not_of_the_year_before():
    found = facts("Aortic valve replacement in 2002 and is on chronic Coumadin.")
    assert [f.time is None for f in found] == [False, True]


@pytest.mark.parametrize("text", ["Her 11-year-old is ill.", "He lives with two siblings, one 18-year-old."])
def test_the_age_of_another(text):
    assert not [f for f in X.facts((Note("p", "n", text),)) if f.kind == "age"]


@pytest.mark.parametrize(
    ("text", "ago"),
    [
        ("He had a stroke 3 weeks ago.", (21, 21)),
        ("Cough for 3 weeks.", (21, 0)),
        ("A 45-year-old man with a stroke 10 days ago.", (10, 10)),
        ("Stroke in 2011.", None),
    ],
)
def test_how_long_before_a_note_without_a_date(text, ago):
    assert facts(text)[-1].ago == ago


@pytest.mark.parametrize(
    ("text", "years"),
    [
        ("A 45-year-old man. Splenectomy at age 9.", (37, 35)),
        ("A 45-year-old man. Diabetes since age 20.", (26, None)),
        ("A 45-year-old man. Migraine in his twenties.", (26, 15)),
    ],
)
def test_the_patients_age_at_an_event(text, years):
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
def test_how_many(text, count):
    quantity = facts(text)[0].quantity
    assert (quantity.low if quantity else None) == count


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("We discussed the options including:\n1. Radical nephrectomy.\n2. Partial nephrectomy.", "hypothetical"),
        ("We recommend:\n- Colonoscopy\n- Upper endoscopy", "planned"),
        ("He underwent:\n1. Colonoscopy.\n2. Cholecystectomy.", "present"),
    ],
)
def test_the_line_that_leads_a_list_in(text, said):
    assert [f.assertion for f in facts(text) if f.kind == "procedure"][-2:] == [said, said]


@pytest.mark.parametrize(
    ("item", "said"),
    [
        ("Continue aspirin.", "present"),
        ("Atenolol 25 mg daily.", "present"),
        ("She is on aspirin prophylaxis.", "present"),
        ("The patient is on dialysis.", "present"),
        ("She had a colonoscopy last year.", "present"),
        ("Chest x-ray.", "planned"),
    ],
)
def test_an_item_of_a_plan_that_says_by_itself_how_it_stands(item, said):
    text = f"ASSESSMENT AND PLAN:\n1. Hypertension.\n2. {item}"
    assert [f.assertion for f in facts(text) if f.kind in ("procedure", "medication")] == [said]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("The patient received a trial of lenalidomide.", "historical"),
        ("We will give a trial of lenalidomide.", "planned"),
        ("Need for venous access in a patient on dialysis.", "present"),
    ],
)
def test_where_a_plan_ends(text, said):
    assert [f.assertion for f in facts(text) if f.kind in ("procedure", "medication")][-1] == said


def test_on_room_air_is_without_oxygen():
    assert ("oxygen therapy", "absent") in [(f.concept.name, f.assertion) for f in facts("SpO2 95% on room air.")]


def test_the_size_of_what_a_protocol_measures():
    extractor = Extractor(ner.recogniser("rules"), terms.load(), [Wanted("pulmonary mass", "measurement")])
    note = Note("p", "n", "There is a 4 x 4-cm mass in the right upper lobe of the lung.")
    assert [f.quantity.high for f in extractor.facts((note,)) if f.source == "protocol"] == [4.0]
