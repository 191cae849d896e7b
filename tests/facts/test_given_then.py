"""Drugs that were given in the course of something dated."""

import datetime as dt

import pytest

from matcher import facts, ner, terms
from matcher.model import Interval, Note

DAY = Interval(dt.date(2024, 3, 1), dt.date(2024, 3, 1))


def drug(text):
    terminology = terms.load()
    found = facts.Extractor(ner.recogniser("rules", terminology), terminology).facts([Note("p", "n", text, DAY)])
    return [f for f in found if f.kind == "medication" and f.concept.system == "UNII"][-1]


@pytest.mark.parametrize(
    ("text", "start"),
    [
        ("He was admitted in November with a flare treated with prednisone.", "2023-11-01"),
        ("In November he had a flare and was treated with prednisone.", "2023-11-01"),
        ("Hospitalized 3 months ago for COPD and given prednisone.", "2023-12-01"),
        ("Pneumonia in January treated with levofloxacin.", "2024-01-01"),
        ("Treated with rituximab in 2019.", "2019-01-01"),
    ],
)
def test_what_was_given_in_a_dated_episode_was_given_then(text, start):
    found = drug(text)
    assert found.time.start.isoformat() == start
    assert found.status != "current"


@pytest.mark.parametrize(
    "text",
    [
        "Diagnosed with rheumatoid arthritis in 2015, treated with methotrexate.",
        "Hypertension since 2010, treated with lisinopril.",
        "Admitted in January with pneumonia; now treated with levofloxacin.",
        "Flare in November, is being treated with prednisone.",
    ],
)
def test_what_is_taken_now_is_not_over(text):
    assert drug(text).status == "current"
