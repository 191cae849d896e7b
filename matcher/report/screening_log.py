"""The screening log of a trial file: a line a subject, each criterion answered, and why a subject is not enrolled.

The log that ICH E6(R2) 8.3.20 asks for identifies who was screened; the answers are the program's until signed.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, BinaryIO

from matcher.model import Protocol
from matcher.report import table_csv
from matcher.report.contract import favourable

COLUMNS = ("date", "protocol_id", "subject_number", "result", "reason_for_failure", "not_assessed")
ANSWERS = {"met": "yes", "not_met": "no", "unknown": "not assessed"}


def write(rows: Iterable[dict[str, Any]], protocols: Sequence[Protocol], stream: BinaryIO) -> None:
    """CSV. A criterion's cell says whether its statement holds: yes, no, not assessed, or not applicable."""
    ids = list(dict.fromkeys(criterion.id for protocol in protocols for criterion in protocol.criteria))
    table_csv.write([*COLUMNS, *ids], (_cells(row, ids) for row in rows), stream)


def _cells(row: dict[str, Any], ids: Sequence[str]) -> list[str]:
    answers = {criterion["id"]: answer(criterion) for criterion in row["criteria"]}
    return [
        row["as_of"] or "",
        row["protocol_id"],
        row["patient_id"],
        {"eligible": "no failure found", "ineligible": "screen failure", "review": "to be assessed"}[row["verdict"]],
        table_csv.shortened("; ".join(f"{c['id']}: {c['reason']}" for c in row["criteria"] if favourable(c) is False)),
        " ".join(c["id"] for c in row["criteria"] if favourable(c) is None),
        *(answers.get(id_, "") for id_ in ids),
    ]


def answer(criterion: dict[str, Any]) -> str:
    """Whether the criterion's statement holds of the subject."""
    return "not applicable" if criterion["basis"] == "not_applicable" else ANSWERS[criterion["verdict"]]
