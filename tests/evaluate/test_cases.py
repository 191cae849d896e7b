"""Criteria against notes, from text to verdict: the hard classes, each with a case of its own.

`tests/data/verdicts.jsonl` and `hard_classes.jsonl` hold them. ``miss`` marks a case that the program gets wrong, and
says what it answers.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

import pytest

from matcher import criteria, evaluate, facts, ner, terms
from matcher.criteria.source import of_text
from matcher.model import Note, Settings, Verdict
from matcher.notes import dates
from matcher.run.pipeline import latest_day

DATA = Path(__file__).parents[1] / "data"
ROWS = [
    json.loads(line)
    for name in ("verdicts", "hard_classes")
    for line in (DATA / f"{name}.jsonl").read_text("utf-8").splitlines()
]


@cache
def _tools():
    return terms.load(), ner.recogniser("rules")


def judged(kind: str, criterion: str, note: str, date: str) -> tuple[Verdict, ...]:
    """The verdicts of a protocol of one item over a patient with one note."""
    terminology, recogniser = _tools()
    source = of_text(f"{kind.title()} Criteria:\n\n  - {criterion.replace(chr(10), chr(10) + '    ')}\n", "case")
    protocol = criteria.parse(source, recogniser, terminology)
    notes = (Note("p", "p/1", note, dates.parse(date)),)
    found = facts.Extractor(recogniser, terminology, criteria.wanted([protocol])).facts(notes)
    record = facts.record("p", notes, found, latest_day(notes))
    evaluator = evaluate.Evaluator(protocol, terminology, Settings(ner="rules"))
    assert not evaluator.faults
    return evaluator.screen(record).verdicts


def combined(kind: str, verdicts: tuple[Verdict, ...]) -> str:
    said = {v.truth for v in verdicts}
    decisive, other = ("not_met", "met") if kind == "inclusion" else ("met", "not_met")
    return decisive if decisive in said else "unknown" if "unknown" in said or not said else other


def test_every_case_has_its_own_id():
    assert len({row["id"] for row in ROWS}) == len(ROWS)


@pytest.mark.parametrize("row", ROWS, ids=[f"{row['id']} {row['why']}" for row in ROWS])
def test_verdict(row):
    verdicts = judged(row["kind"], row["criterion"], row["note"], row["date"])
    assert combined(row["kind"], verdicts) == row.get("miss", row["expected"])
    for verdict in verdicts:
        for quote in verdict.evidence:
            assert row["note"][quote.start : quote.end] == quote.quote
