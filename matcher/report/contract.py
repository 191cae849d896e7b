"""The objects of the contract: what every format is made from. Field order is part of the bytes: it is fixed here."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from matcher.model import Criterion, Evidence, Screening, Verdict

SCREEN_SCHEMA = "match.screen/1"
REDACTED = "[redacted]"
_QUOTED = re.compile("“[^“]*”")


@dataclass(frozen=True, slots=True)
class Shape:
    """What of the notes goes into the objects beside the contract's fields."""

    context: int = 0
    """Characters of the note before and after each quote (for a reader beside whom no note lies)."""
    redact: bool = False
    """Offsets without quotes: ``quote`` is null, and words of the note within a reason are left out."""


PLAIN = Shape()


def screening(result: Screening, shape: Shape = PLAIN, texts: Mapping[str, str] | None = None) -> dict[str, Any]:
    """One patient and protocol, as `match screen --format jsonl` prints it. ``texts``: the notes by id."""
    row = heading(result)
    row["criteria"] = [verdict(item, shape, texts or {}) for item in result.verdicts]
    if result.problems:
        row["problems"] = list(result.problems)
    return row


def heading(result: Screening) -> dict[str, Any]:
    """What stands before the criteria."""
    return {
        "schema": SCREEN_SCHEMA,
        "protocol_id": result.protocol_id,
        "patient_id": result.patient_id,
        "as_of": result.as_of.isoformat() if result.as_of else None,
        "verdict": result.verdict,
        "verdict_basis": result.verdict_basis,
        "score": result.score,
        "rank": result.rank,
    }


def verdict(item: Verdict, shape: Shape, texts: Mapping[str, str]) -> dict[str, Any]:
    """One criterion of one patient."""
    return {**asked(item.criterion), **said(item, shape, texts)}


def asked(criterion: Criterion) -> dict[str, Any]:
    """The part of a verdict that is the same for all patients."""
    return {
        "id": criterion.id,
        "kind": criterion.kind,
        "text": criterion.text,
        "start": criterion.start,
        "end": criterion.end,
    }


def said(item: Verdict, shape: Shape, texts: Mapping[str, str]) -> dict[str, Any]:
    """The part of a verdict that is the patient's."""
    return {
        "verdict": item.truth,
        "basis": item.basis,
        "confidence": item.confidence,
        "reason": _unquoted(item.reason) if shape.redact else item.reason,
        "needs": item.needs,
        "near": _unquoted(item.near) if shape.redact and item.near else item.near,
        "evidence": [evidence(quote, shape, texts) for quote in item.evidence],
    }


def evidence(quote: Evidence, shape: Shape, texts: Mapping[str, str]) -> dict[str, Any]:
    row: dict[str, Any] = {
        "note_id": quote.note_id,
        "start": quote.start,
        "end": quote.end,
        "line": quote.line,
        "quote": None if shape.redact else quote.quote,
        "date": quote.date,
        "assertion": quote.assertion,
    }
    if shape.context and not shape.redact:
        text = texts.get(quote.note_id, "")
        first, last = max(0, quote.start - shape.context), min(len(text), quote.end + shape.context)
        row["context"] = {
            "before": ("…" if first else "") + text[first : quote.start],
            "after": text[quote.end : last] + ("…" if last < len(text) else ""),
        }
    return row


def _unquoted(reason: str) -> str:
    return _QUOTED.sub(REDACTED, reason)


def favourable(criterion: dict[str, Any]) -> bool | None:
    """Whether a criterion's verdict speaks for the patient; None: it is open."""
    if criterion["verdict"] == "unknown":
        return None
    if criterion["kind"] == "exclusion":
        return bool(criterion["verdict"] == "not_met")
    return bool(criterion["verdict"] == "met" or criterion["basis"] == "not_applicable")


def blocking(row: dict[str, Any]) -> list[str]:
    """Ids of the criteria that rule the patient out."""
    return [c["id"] for c in row["criteria"] if favourable(c) is False]


def still_open(row: dict[str, Any]) -> list[str]:
    """Ids of the criteria that are not decided."""
    return [c["id"] for c in row["criteria"] if favourable(c) is None]
