"""Plain sentences of notes against plain criteria: ``plain_notes.txt`` holds each with its verdict.

``standing.txt`` holds the criteria that every protocol has, in their wordings."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

from matcher import criteria, evaluate, facts, ner, terms
from matcher.criteria.source import of_text
from matcher.model import Note, Settings
from matcher.notes import dates

DAY = "2024-06-01"
TITLE = "A Study of an Antibody in Adults With Plaque Psoriasis\n\n"
FILLINGS = (
    {"a": "asthma", "b": "stroke", "d": "warfarin", "e": "methotrexate", "p": "appendectomy"},
    {"a": "heart failure", "b": "gout", "d": "insulin glargine", "e": "prednisone", "p": "CABG"},
)


def cases(name: str) -> list[tuple[str, str, str]]:
    """(criterion with its kind, note, verdict)."""
    rows: list[tuple[str, str, str]] = []
    wordings: list[str] = []
    for line in (Path(__file__).parent / name).read_text(encoding="utf-8").splitlines():
        if line.startswith("    "):
            verdict, note = line.strip().split(": ", 1)
            rows.extend((criterion, note, verdict) for criterion in wordings)
        elif line and not line.startswith("#"):
            kind, _, text = line.partition(" ")
            wordings = [f"{kind} {wording}" for wording in text.split(" || ")]
    return rows


@cache
def tools():
    return terms.load(), ner.recogniser("rules")


@cache
def protocol(criterion: str, title: str = ""):
    terminology, recogniser = tools()
    head = "Inclusion Criteria" if criterion[0] == "I" else "Exclusion Criteria"
    text = f"{title}{head}:\n\n  - {criterion[2:]}\n"
    parsed = criteria.parse(of_text(text, "plain"), recogniser, terminology)
    extractor = facts.Extractor(recogniser, terminology, criteria.wanted([parsed]))
    evaluator = evaluate.Evaluator(parsed, terminology, Settings(ner="rules"))
    assert not evaluator.faults
    return extractor, evaluator


def filled() -> list[tuple[str, str, str]]:
    """The cases in every filling that makes another one."""
    plain = cases("plain_notes.txt")
    rows = [(c.format(**some), n.format(**some), verdict) for c, n, verdict in plain for some in FILLINGS]
    return list(dict.fromkeys(rows))


def judged(criterion: str, note: str, title: str = "") -> set[str]:
    extractor, evaluator = protocol(criterion, title)
    notes = (Note("p", "p/1", note.replace("\\n", "\n"), dates.parse(DAY)),)
    record = facts.record("p", notes, extractor.facts(notes), dates.parse(DAY).end)
    return {v.truth for v in evaluator.screen(record).verdicts}


@pytest.mark.parametrize(("criterion", "note", "verdict"), filled())
def test_a_plain_note_has_its_verdict(criterion: str, note: str, verdict: str) -> None:
    assert judged(criterion, note) == {verdict}


@pytest.mark.parametrize(("criterion", "note", "verdict"), cases("standing.txt"))
def test_a_standing_criterion_has_its_verdict(criterion: str, note: str, verdict: str) -> None:
    assert judged(criterion, note, TITLE) == {verdict}
