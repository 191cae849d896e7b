"""Changes between two runs for people (text) and for a spreadsheet (CSV)."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from typing import Any, BinaryIO

from matcher.report import table_csv
from matcher.report.contract import REDACTED
from matcher.report.table import COLOURS, plain

COLUMNS = (
    "schema", "protocol_id", "patient_id", "change", "verdict_before", "verdict_after", "criterion", "criterion_before",
    "criterion_verdict_before", "criterion_verdict_after", "why", "reason_before", "reason_after", "evidence_added",
    "evidence_removed",
)  # fmt: skip


def table(rows: Iterable[dict[str, Any]], stream: BinaryIO) -> None:
    """CSV, a line a changed criterion (one line for a patient without)."""
    table_csv.write(COLUMNS, (cells for row in rows for cells in _cells(row)), stream)


def _cells(row: dict[str, Any]) -> Iterator[list[str]]:
    before, after = (row[side]["verdict"] if row[side] else "" for side in ("before", "after"))
    head = [row["schema"], row["protocol_id"], row["patient_id"], row["change"], before, after]
    if not row["criteria"]:
        yield [*head, "", "", "", "", "; ".join(row["why"]), "", "", "", ""]
    for c in row["criteria"]:
        old, new = c["before"] or {}, c["after"] or {}
        yield [
            *head, c["id"] if new else "", c["id_before"] or "", old.get("verdict", ""), new.get("verdict", ""),
            "; ".join(c["why"]), old.get("reason", ""), new.get("reason", ""),
            table_csv.shortened(" | ".join(map(_quote, c["evidence_added"]))),
            table_csv.shortened(" | ".join(map(_quote, c["evidence_removed"]))),
        ]  # fmt: skip


def text(rows: Iterable[dict[str, Any]], stream: BinaryIO, width: int, colour: bool) -> None:
    """A paragraph a patient: the verdict's change, then each criterion's with its reason and quotes."""
    from rich.console import Console
    from rich.padding import Padding
    from rich.text import Text

    buffer = io.StringIO()
    console = Console(
        file=buffer, width=max(width, 60), force_terminal=colour, no_color=not colour, highlight=False,
        legacy_windows=False,
    )  # fmt: skip
    for row in rows:
        head = Text(plain(f"{row['patient_id']} against {row['protocol_id']}: "), style="bold")
        sides = [row[side]["verdict"] if row[side] else "–" for side in ("before", "after")]
        head.append(sides[0], style=COLOURS.get(sides[0], ""))
        if sides[0] != sides[1]:
            head.append(" → ").append(sides[1], style=COLOURS.get(sides[1], ""))
        if not row["criteria"]:
            head.append(plain(f" ({'; '.join(row['why'])})"))
        console.print(head)
        for c in row["criteria"]:
            console.print(Padding(Text(plain(_line(c))), (0, 0, 0, 2), expand=False))
            for sign, quotes in (("+", c["evidence_added"]), ("-", c["evidence_removed"])):
                for quote in quotes:
                    console.print(
                        Padding(Text(plain(f"{sign} {_quote(quote)}"), style="dim"), (0, 0, 0, 6), expand=False)
                    )
        stream.write(buffer.getvalue().encode("utf-8", "replace"))
        buffer.seek(0)
        buffer.truncate()


def _line(c: dict[str, Any]) -> str:
    said = [d["verdict"].replace("_", " ") + _basis(d) if d else "–" for d in (c["before"], c["after"])]
    verdicts = said[0] if said[0] == said[1] else f"{said[0]} → {said[1]}"
    moved = f" (was {c['id_before']})" if c["id_before"] not in (None, c["id"]) else ""
    reason = (c["after"] or c["before"])["reason"]
    return f"{c['id']}{moved} {c['text']}: {verdicts}; {', '.join(c['why'])}: {reason}"


def _basis(decision: dict[str, Any]) -> str:
    return "" if decision["basis"] in ("documented", "none") else f" ({decision['basis'].replace('_', ' ')})"


def _quote(quote: dict[str, Any]) -> str:
    return f"“{quote['quote'] or REDACTED}” {quote['note_id']}:{quote['line']}"
