"""CSV: one row a patient and protocol, one column a criterion. Safe to open in a spreadsheet."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence
from typing import Any, BinaryIO

from matcher.model import Protocol
from matcher.report.contract import REDACTED, blocking, still_open

COLUMNS = (
    "schema",
    "protocol_id",
    "rank",
    "patient_id",
    "verdict",
    "verdict_basis",
    "score",
    "met",
    "not_met",
    "unknown",
    "blocking",
    "open",
    "top_evidence",
)
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "|", "%")
"""What a spreadsheet may take for a formula at the start of a cell (OWASP, CSV injection)."""
LONGEST = 30_000
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")


def screenings(rows: Iterable[dict[str, Any]], protocols: Sequence[Protocol], stream: BinaryIO) -> None:
    """RFC 4180, UTF-8. The criteria columns are those of all protocols, in order; a cell is empty where a protocol
    has no such criterion."""
    ids = list(dict.fromkeys(criterion.id for protocol in protocols for criterion in protocol.criteria))
    write([*COLUMNS, *ids], (_cells(row, ids) for row in rows), stream)


def write(header: Sequence[str], rows: Iterable[Sequence[Any]], stream: BinaryIO) -> None:
    """Any table as CSV, each cell made safe."""
    buffer = io.StringIO()
    out = csv.writer(buffer, lineterminator="\r\n")
    out.writerow(header)
    for row in rows:
        out.writerow([safe(cell) for cell in row])
        if buffer.tell() > 1 << 16:
            stream.write(buffer.getvalue().encode("utf-8", "replace"))
            buffer.seek(0)
            buffer.truncate()
    stream.write(buffer.getvalue().encode("utf-8", "replace"))


def safe(cell: Any) -> Any:
    """A cell that no spreadsheet runs and no terminal obeys: a leading formula sign gets an apostrophe before it;
    control characters are shown as their pictures (␀ for NUL)."""
    if not isinstance(cell, str):
        return cell
    cell = _CONTROL.sub(_picture, cell)
    return "'" + cell if cell.startswith(_FORMULA) or cell.lstrip().startswith(_FORMULA) else cell


def shortened(text: str) -> str:
    """Free text that fits into a spreadsheet's cell (32,767 characters); JSON Lines holds the whole."""
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"


def _picture(found: re.Match[str]) -> str:
    code = ord(found[0])
    return chr(0x2400 + code) if code < 0x20 else "\u2421" if code == 0x7F else "\ufffd"


def _cells(row: dict[str, Any], ids: Sequence[str]) -> list[Any]:
    verdicts = {criterion["id"]: criterion["verdict"] for criterion in row["criteria"]}
    said = list(verdicts.values())
    return [
        row["schema"],
        row["protocol_id"],
        row["rank"],
        row["patient_id"],
        row["verdict"],
        row["verdict_basis"],
        row["score"],
        said.count("met"),
        said.count("not_met"),
        said.count("unknown"),
        " ".join(blocking(row)),
        " ".join(still_open(row)),
        top_evidence(row),
        *(verdicts.get(id_, "") for id_ in ids),
    ]


def top_evidence(row: dict[str, Any]) -> str:
    """The quote that decides: of the first criterion that blocks, else of the first that is decided."""
    blocked = set(blocking(row))
    ordered = sorted(row["criteria"], key=lambda c: (c["id"] not in blocked, c["verdict"] == "unknown"))
    for criterion in ordered:
        for quote in criterion["evidence"]:
            words = shortened(quote["quote"] or REDACTED)
            return f"{criterion['id']}: {words} ({quote['note_id']}:{quote['line']})"
    return ""
