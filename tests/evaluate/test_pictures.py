"""Diseases that a note describes and does not name."""

from __future__ import annotations

import pytest

from matcher import criteria, facts, ner, terms
from matcher.criteria.source import of_text
from matcher.evaluate import Evaluator, pictures
from matcher.model import Note, Settings

T = terms.load()
R = ner.recogniser("rules")

MENINGITIS = "A 44-year-old man has severe headache and fever. Nuchal rigidity was found on examination."
COPD = "A 66-year-old woman who has smoked for 40 years has chronic cough, dyspnea and a barrel-shaped chest; wheezes."


def verdict(kind, criterion, note, **settings):
    protocol = criteria.parse(of_text(f"{kind.capitalize()} Criteria:\n\n  - {criterion}\n", "P"), R, T)
    notes = (Note("p", "n", note, None),)
    found = facts.Extractor(R, T, criteria.wanted([protocol])).facts(notes)
    record = facts.record("p", notes, found, None)
    return Evaluator(protocol, T, Settings(ner="rules", **settings)).screen(record).verdicts[0]


@pytest.mark.parametrize(
    ("criterion", "note"),
    [
        ("meningitis", MENINGITIS),
        ("COPD", COPD),
        ("suspected rabies", "A 28-year-old woman bitten by a stray dog has agitation and hydrophobia."),
        ("hypothyroidism", "TSH 15 mU/L, free T4 0.2 ng/dl, fatigue and weight gain."),
        ("polycystic ovary syndrome", "A 31-year-old woman has irregular periods and hirsutism."),
        ("heart failure", "A 65-year-old man with dyspnea, orthopnea, bibasilar crackles and distended neck veins."),
        ("COPD exacerbation", COPD + " Since a week she has had purulent sputum; she is cyanotic and tachypneic."),
    ],
)
def test_a_picture_is_read(criterion, note):
    found = verdict("inclusion", criterion, note)
    assert (found.truth, found.basis) == ("met", "assumed")
    assert "not named" in found.reason and len(found.evidence) >= 1


@pytest.mark.parametrize(
    ("criterion", "note"),
    [
        ("meningitis", "A 44-year-old man has severe headache and fever."),  # a needed sign is missing
        ("COPD", "A 30-year-old man who smokes has a cough, dyspnea, a barrel-shaped chest and wheezes."),  # too young
        ("rabies", "A 28-year-old woman bitten by a stray dog has agitation and hydrophobia."),  # a suspicion only
        ("polycystic ovary syndrome", "A 31-year-old man has hirsutism."),
        ("COPD", COPD + " PMH: heart failure."),  # which explains the dyspnea, too
    ],
)
def test_a_part_of_a_picture_leaves_the_disease_open(criterion, note):
    assert verdict("inclusion", criterion, note).truth == "unknown"


def test_a_picture_excludes_nobody():
    assert verdict("exclusion", "meningitis", MENINGITIS).truth != "met"


def test_a_denial_goes_before_a_picture():
    assert verdict("inclusion", "meningitis", MENINGITIS + " Meningitis was ruled out.").truth == "not_met"


def test_no_picture_where_nothing_is_to_be_assumed():
    assert verdict("inclusion", "meningitis", MENINGITIS, unmentioned="unknown").truth == "unknown"


def entries(row):
    return [e for group in (*row.needs, *row.signs) for e in group if e != pictures.TOBACCO]


@pytest.mark.parametrize("row", pictures.rows(), ids=lambda row: row.disease)
def test_rows_name_concepts_and_sources(row):
    assert row.source and (row.needs or row.signs) and len(row.signs) >= row.least
    assert T.kind(row.disease) == "condition"
    for entry in entries(row):
        id, _, name = entry.partition(" ")
        value = name.endswith((" high", " low"))
        assert T.concept(id).name == (name.rpartition(" ")[0] if value else name)
        assert T.kind(id) in (("measurement",) if value else ("condition", "device"))


@pytest.mark.parametrize("row", [row for row in pictures.rows() if row.denies], ids=lambda row: row.disease)
def test_what_a_picture_wants_denied_are_conditions(row):
    assert all(T.kind(id) == "condition" for id in row.denies)
