"""A note without a date tells its times as one with a date does: they are counted from the note."""

import pytest

from tests.evaluate.test_cases import combined, judged

WOMAN, MAN = "A 56-year-old woman.", "A 60-year-old man."


@pytest.mark.parametrize("date", ["", "2024-06-01"])
@pytest.mark.parametrize(
    ("kind", "criterion", "note", "truth"),
    [
        (
            "inclusion",
            "Postmenopausal (no menses for 12 months)",
            f"{WOMAN} LMP four years ago.",
            "met",
        ),
        ("inclusion", "Premenopausal women", f"{WOMAN} LMP five years ago.", "not_met"),
        ("inclusion", "Onset of symptoms within 14 days", "He presents with two days of pleuritic chest pain.", "met"),
        ("inclusion", "Symptom onset within 24 hours", "He presents with 3 days of fever and cough.", "not_met"),
        ("exclusion", "Symptoms for more than 4 weeks", "He comes with a three-month history of back pain.", "met"),
        ("exclusion", "Symptoms for more than 4 weeks", "He comes with a 2-day history of back pain.", "not_met"),
        ("exclusion", "Symptoms for more than 4 weeks", "A 3 months' history of abdominal pain.", "met"),
        ("exclusion", "Duration of symptoms over 12 hours", "He developed chest pain two hours ago.", "unknown"),
        ("inclusion", "Age at onset of epilepsy under 18 years", "A 21-year-old man, epileptic for 10 years.", "met"),
        ("inclusion", "Diabetes diagnosed before age 30", f"{MAN} Diabetes was diagnosed 5 years ago.", "not_met"),
        ("exclusion", "Active infection", "She had pneumonia 3 years ago.", "not_met"),
        ("exclusion", "Active malignancy", "Prostate cancer treated with surgery 15 years ago.", "not_met"),
        ("exclusion", "Chronic cough", "He has had a cough for 6 months.", "met"),
        ("inclusion", "First episode of renal colic", f"{MAN} Comes with a 2-day history of renal colic.", "met"),
        ("inclusion", "First episode of renal colic", f"{MAN} Renal colic today, and 3 years ago.", "not_met"),
    ],
)
def test_times_are_counted_from_the_note(kind, criterion, note, truth, date):
    assert combined(kind, judged(kind, criterion, note, date)) == truth
