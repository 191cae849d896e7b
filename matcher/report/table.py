"""The table for people: one row a patient; for one patient every criterion with its quote and file:line."""

from __future__ import annotations

import io
from collections.abc import Iterable
from typing import Any, BinaryIO

from matcher.report.contract import REDACTED, blocking, favourable, still_open

COLOURS = {"eligible": "green", "ineligible": "red", "review": "yellow"}
SIGNS = {True: ("✓", "green"), False: ("✗", "red"), None: ("?", "yellow")}


def plain(text: str) -> str:
    """Text for a terminal: control characters (escapes, carriage returns, direction marks) made harmless."""
    return "".join(char if char.isprintable() else " " if char in "\n\r\t" else "\ufffd" for char in text)


def screenings(
    rows: Iterable[dict[str, Any]], stream: BinaryIO, width: int, colour: bool, detail: bool = False
) -> None:
    """A table a protocol, best candidates first. ``detail`` (or a single patient) adds every criterion."""
    from rich.console import Console

    text = io.StringIO()
    console = Console(
        file=text,
        width=max(width, 60),
        force_terminal=colour,
        no_color=not colour,
        highlight=False,
        legacy_windows=False,
    )

    def flush() -> None:
        stream.write(text.getvalue().encode("utf-8", "replace"))
        text.seek(0)
        text.truncate()

    group: list[dict[str, Any]] = []
    for row in rows:
        if group and row["protocol_id"] != group[0]["protocol_id"]:
            _protocol(console, group, detail)
            flush()
            group = []
        group.append(row)
    if group:
        _protocol(console, group, detail)
    flush()


def _protocol(console: Any, rows: list[dict[str, Any]], detail: bool) -> None:
    from rich import box
    from rich.table import Table
    from rich.text import Text

    table = Table(
        box=box.SIMPLE_HEAD, title=f"Protocol {plain(rows[0]['protocol_id'])}", title_justify="left", expand=True
    )
    for name, options in (
        ("#", {"justify": "right", "no_wrap": True}),
        ("patient", {"overflow": "fold", "max_width": 24}),
        ("verdict", {"no_wrap": True}),
        ("score", {"justify": "right", "no_wrap": True}),
        ("✓ ✗ ?", {"justify": "right", "no_wrap": True}),
        ("why", {"ratio": 1, "overflow": "fold"}),
    ):
        table.add_column(name, **options)
    for row in rows:
        signs = [favourable(criterion) for criterion in row["criteria"]]
        table.add_row(
            str(row["rank"]),
            plain(row["patient_id"]),
            Text(row["verdict"] + ("*" if row["verdict_basis"] == "assumed" else ""), style=COLOURS[row["verdict"]]),
            f"{row['score']:.3f}",
            f"{signs.count(True)} {signs.count(False)} {signs.count(None)}",
            Text(why(row)),
        )
    console.print(table)
    if any(row["verdict_basis"] == "assumed" for row in rows):
        console.print("* rests on what the notes do not mention: see match explain", style="dim")
    if detail or len(rows) == 1:
        for row in rows:
            _detail(console, row)


def why(row: dict[str, Any]) -> str:
    """The reason that decides, in a line."""
    by_id = {criterion["id"]: criterion for criterion in row["criteria"]}
    blocked, undecided = blocking(row), still_open(row)
    if blocked:
        first = by_id[blocked[0]]
        more = f" (and {', '.join(blocked[1:])})" if blocked[1:] else ""
        return plain(f"{first['id']}: {first['reason']}{more}")
    if undecided:
        needs = [f"{id_}: {by_id[id_]['needs'] or 'not decided'}" for id_ in undecided]
        more = f" (+{len(needs) - 3} more)" if len(needs) > 3 else ""
        return plain("open: " + "; ".join(needs[:3]) + more)
    return "every criterion that a machine can judge is favourable"


def _detail(console: Any, row: dict[str, Any]) -> None:
    from rich.padding import Padding
    from rich.text import Text

    console.print()
    console.print(Text(plain(f"{row['patient_id']} against {row['protocol_id']}: {row['verdict']}"), style="bold"))
    for problem in row.get("problems", ()):
        console.print(Text(plain(f"  ! {problem}"), style="yellow"))
    for criterion in row["criteria"]:
        sign, style = SIGNS[favourable(criterion)]
        head = Text.assemble((f"{sign} ", style), (f"{criterion['id']} ", "bold"), plain(criterion["text"]))
        console.print(head)
        basis = "" if criterion["basis"] in ("documented", "none") else f" ({criterion['basis'].replace('_', ' ')})"
        lines = [f"{criterion['verdict'].replace('_', ' ')}{basis}: {criterion['reason']}"]
        lines += [f"“{q['quote'] or REDACTED}” {q['note_id']}:{q['line']}" for q in criterion["evidence"]]
        if criterion["needs"]:
            lines.append(f"needs: {criterion['needs']}")
        if criterion.get("near"):
            lines.append(f"near: {criterion['near']}")
        for line in lines:
            console.print(Padding(Text(plain(line), style="dim"), (0, 0, 0, 5), expand=False))
