"""What must hold of whole screenings, from the words of notes and criteria to the verdicts."""

from __future__ import annotations

import datetime as dt
from functools import cache

from hypothesis import given, settings
from hypothesis import strategies as st

from matcher import criteria, ner, terms
from matcher.model import Interval, Note, Settings
from matcher.notes import Patient
from matcher.run.pipeline import Pipeline

STATEMENTS = (
    "58-year-old woman.", "He is a 34-year-old man.", "She has asthma.", "No history of asthma.",
    "Asthma resolved in childhood.", "Type 2 diabetes on metformin 1000 mg twice daily.", "Denies diabetes.",
    "Metformin was stopped last month.", "Stroke in March 2021.", "Possible stroke.", "No stroke or TIA.",
    "Mother had a stroke.", "HbA1c 8.1 %.", "HbA1c 6.4 % today.", "Hemoglobin 9.2 g/dL.", "Hgb 13.1 g/dL.",
    "ECOG 1.", "ECOG performance status 3.", "Never smoked.", "Quit smoking five years ago.",
    "Pregnancy test negative.", "She is pregnant.", "Appendectomy in 2009.", "Allergic to penicillin.",
    "No known drug allergies.", "Stage IIIB lung adenocarcinoma, EGFR negative.", "MRI of the brain is planned.",
)  # fmt: skip
ASIDE = (
    "Plays chess at the club on Tuesdays.",
    "Tinea pedis, treated with clotrimazole cream.",
    "Wears reading glasses.",
)
ASKED = (
    "Asthma", "History of stroke", "Stroke within the past 5 years", "Type 2 diabetes mellitus", "Use of metformin",
    "HbA1c > 7.5 %", "Hemoglobin below 10 g/dL", "ECOG performance status of 0 to 2", "Current smoker",
    "Pregnancy or breastfeeding", "Allergy to penicillin", "Non-small cell lung cancer", "Prior appendectomy",
    "Asthma or type 2 diabetes mellitus", "Age 40 years or older",
)  # fmt: skip
SWAPPED = {"met": "not_met", "not_met": "met", "unknown": "unknown"}
DAY = Interval(dt.date(2024, 3, 1), dt.date(2024, 3, 1))
NOTES = st.lists(st.lists(st.sampled_from(STATEMENTS), min_size=1, max_size=4), min_size=1, max_size=3)


@cache
def pipeline(unmentioned: str = "policy") -> Pipeline:
    """Each criterion included, denied and excluded, a protocol each."""
    texts = {
        "asked": "Inclusion Criteria:\n\n" + "".join(f"  - {one}\n\n" for one in ASKED),
        "denied": "Inclusion Criteria:\n\n" + "".join(f"  - No {one[0].lower()}{one[1:]}\n\n" for one in ASKED),
        "excluded": "Exclusion Criteria:\n\n" + "".join(f"  - {one}\n\n" for one in ASKED),
    }
    protocols = [
        criteria.parse(criteria.of_text(text, name), ner.recogniser("rules"), terms.load())
        for name, text in texts.items()
    ]
    return Pipeline(protocols, Settings(ner="rules", site={}, unmentioned=unmentioned))


def patient(*texts: str) -> Patient:
    return Patient("p", tuple(Note("p", f"n{number}", text, DAY) for number, text in enumerate(texts)))


def said(someone: Patient, unmentioned: str = "policy"):
    return [
        {v.criterion.id: (v.truth, v.basis, v.reason) for v in screening.verdicts}
        for screening in pipeline(unmentioned).screen(someone)
    ]


@settings(max_examples=100)
@given(NOTES)
def test_a_denied_criterion_swaps_met_and_not_met(notes):
    asked, denied, _ = said(patient(*map(" ".join, notes)), "unknown")
    assert {id: SWAPPED[truth] for id, (truth, _, _) in asked.items()} == {
        id: truth for id, (truth, _, _) in denied.items()
    }


@settings(max_examples=100)
@given(NOTES, st.sampled_from(ASIDE))
def test_a_note_about_something_else_changes_no_verdict(notes, aside):
    texts = list(map(" ".join, notes))
    assert said(patient(*texts)) == said(patient(*texts, aside))


@settings(max_examples=60)
@given(NOTES, st.randoms(use_true_random=False))
def test_the_order_in_which_notes_of_one_day_are_read_changes_no_byte(notes, chance):
    someone = patient(*map(" ".join, notes))
    mixed = list(someone.notes)
    chance.shuffle(mixed)
    other = Patient("p", tuple(mixed))
    assert pipeline().result(someone) == pipeline().result(other)
