"""Facts as flat rows: what ``match extract`` prints and a data frame holds."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from matcher.model import Fact, Interval, Record

SCHEMA = "match.extract/1"
COLUMNS = (
    "schema", "patient_id", "note_id", "note_date", "kind", "text", "start", "end", "line", "system", "concept_id",
    "concept", "assertion", "experiencer", "cue", "low", "high", "low_open", "high_open", "unit", "ref_low", "ref_high",
    "result", "time_start", "time_end", "ago_start", "ago_end", "status", "changed", "qualifiers", "section", "quote",
    "formula", "rule", "source",
)  # fmt: skip


def rows(record: Record) -> Iterator[dict[str, Any]]:
    """One row a fact, in the record's order, every column in each."""
    texts = {note.note_id: note.text for note in record.notes}
    for fact in record.facts:
        yield _row(record.patient_id, fact, texts.get(fact.note_id, ""))


def _row(patient_id: str, fact: Fact, text: str) -> dict[str, Any]:
    quantity, concept = fact.quantity, fact.concept
    quoted = text[fact.quote_start : fact.quote_end] or fact.text
    return {
        "schema": SCHEMA,
        "patient_id": patient_id,
        "note_id": fact.note_id,
        "note_date": _day(fact.note_date),
        "kind": fact.kind,
        "text": fact.text,
        "start": fact.start,
        "end": fact.end,
        "line": text.count("\n", 0, fact.start) + 1,
        "system": concept.system if concept else None,
        "concept_id": concept.id if concept else None,
        "concept": concept.name if concept else None,
        "assertion": fact.assertion,
        "experiencer": fact.experiencer,
        "cue": text[fact.cue.start : fact.cue.end] if fact.cue else None,
        "low": quantity.low if quantity else None,
        "high": quantity.high if quantity else None,
        "low_open": quantity.low_open if quantity else False,
        "high_open": quantity.high_open if quantity else False,
        "unit": quantity.unit if quantity else None,
        "ref_low": quantity.ref_low if quantity else None,
        "ref_high": quantity.ref_high if quantity else None,
        "result": fact.result,
        "time_start": fact.time.start.isoformat() if fact.time and fact.time.start else None,
        "time_end": fact.time.end.isoformat() if fact.time and fact.time.end else None,
        "ago_start": fact.ago[0] if fact.ago else None,
        "ago_end": fact.ago[1] if fact.ago else None,
        "status": fact.status,
        "changed": _day(fact.changed),
        "qualifiers": list(fact.qualifiers),
        "section": fact.section,
        "quote": quoted,
        "formula": fact.formula,
        "rule": fact.rule,
        "source": fact.source,
    }


def _day(interval: Interval | None) -> str | None:
    """A day, or the two ends of an interval, as ISO 8601."""
    if interval is None or (interval.start is None and interval.end is None):
        return None
    start = interval.start.isoformat() if interval.start else ".."
    end = interval.end.isoformat() if interval.end else ".."
    return start if start == end else f"{start}/{end}"
