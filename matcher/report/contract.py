"""The objects of the contract: what every format is made from. Field order is part of the bytes, so it is fixed here."""

from __future__ import annotations

from typing import Any

from matcher.model import Evidence, Screening, Verdict

SCREEN_SCHEMA = "match.screen/1"


def screening(result: Screening) -> dict[str, Any]:
    """One patient and protocol, as `match screen --format jsonl` prints it."""
    row: dict[str, Any] = {
        "schema": SCREEN_SCHEMA,
        "protocol_id": result.protocol_id,
        "patient_id": result.patient_id,
        "as_of": result.as_of.isoformat() if result.as_of else None,
        "verdict": result.verdict,
        "verdict_basis": result.verdict_basis,
        "score": result.score,
        "rank": result.rank,
        "criteria": [verdict(item) for item in result.verdicts],
    }
    if result.problems:
        row["problems"] = list(result.problems)
    return row


def verdict(item: Verdict) -> dict[str, Any]:
    """One criterion of one patient."""
    criterion = item.criterion
    return {
        "id": criterion.id,
        "kind": criterion.kind,
        "text": criterion.text,
        "start": criterion.start,
        "end": criterion.end,
        "verdict": item.truth,
        "basis": item.basis,
        "confidence": item.confidence,
        "reason": item.reason,
        "needs": item.needs,
        "near": item.near,
        "evidence": [evidence(quote) for quote in item.evidence],
    }


def evidence(quote: Evidence) -> dict[str, Any]:
    return {
        "note_id": quote.note_id,
        "start": quote.start,
        "end": quote.end,
        "line": quote.line,
        "quote": quote.quote,
        "date": quote.date,
        "assertion": quote.assertion,
    }


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
