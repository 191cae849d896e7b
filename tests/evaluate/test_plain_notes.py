"""Plain sentences of notes against plain criteria: ``plain_notes.txt`` holds each with its verdict."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

from matcher import criteria, evaluate, facts, ner, terms
from matcher.criteria.source import of_text
from matcher.model import Note, Settings
from matcher.notes import dates

DAY = "2024-06-01"
FILLINGS = (
    {"a": "asthma", "b": "stroke", "d": "warfarin", "e": "methotrexate", "p": "appendectomy"},
    {"a": "heart failure", "b": "gout", "d": "insulin glargine", "e": "prednisone", "p": "CABG"},
)


def cases() -> list[tuple[str, str, str]]:
    """(criterion with its kind, note, verdict)."""
    rows: list[tuple[str, str, str]] = []
    criterion = ""
    for line in (Path(__file__).parent / "plain_notes.txt").read_text(encoding="utf-8").splitlines():
        if line.startswith("    "):
            verdict, note = line.strip().split(": ", 1)
            rows.append((criterion, note, verdict))
        elif line and not line.startswith("#"):
            criterion = line
    return rows


@cache
def tools():
    return terms.load(), ner.recogniser("rules")


@cache
def protocol(criterion: str):
    terminology, recogniser = tools()
    head = "Inclusion Criteria" if criterion[0] == "I" else "Exclusion Criteria"
    parsed = criteria.parse(of_text(f"{head}:\n\n  - {criterion[2:]}\n", "plain"), recogniser, terminology)
    extractor = facts.Extractor(recogniser, terminology, criteria.wanted([parsed]))
    return extractor, evaluate.Evaluator(parsed, terminology, Settings(ner="rules"))


def filled() -> list[tuple[str, str, str]]:
    """The cases in every filling that makes another one."""
    rows = [(c.format(**some), n.format(**some), verdict) for c, n, verdict in cases() for some in FILLINGS]
    return list(dict.fromkeys(rows))


@pytest.mark.parametrize(("criterion", "note", "verdict"), filled())
def test_a_plain_note_has_its_verdict(criterion: str, note: str, verdict: str) -> None:
    extractor, evaluator = protocol(criterion)
    notes = (Note("p", "p/1", note.replace("\\n", "\n"), dates.parse(DAY)),)
    record = facts.record("p", notes, extractor.facts(notes), dates.parse(DAY).end)
    (said,) = {v.truth for v in evaluator.screen(record).verdicts}
    assert said == verdict
