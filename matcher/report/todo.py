"""The worklist (what to ask or measure next) and the funnel (where patients are lost), for people and programs."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from typing import Any, BinaryIO

from matcher.evaluate.worklist import funnel, worklist
from matcher.report.table import plain

WORKLIST_SCHEMA = "match.worklist/1"
FUNNEL_SCHEMA = "match.funnel/1"


def objects(rows: Callable[[], Iterator[dict[str, Any]]]) -> Iterator[dict[str, Any]]:
    """One object a task, then one a criterion of the funnel."""
    for task in worklist(rows()):
        yield {
            "schema": WORKLIST_SCHEMA,
            "protocol_id": task.protocol_id,
            "needs": task.needs,
            "criteria": task.criteria,
            "patients": task.patients,
            "settles": task.settles,
            "examples": task.examples,
        }
    for loss in funnel(rows()):
        yield {
            "schema": FUNNEL_SCHEMA,
            "protocol_id": loss.protocol_id,
            "criterion": loss.criterion,
            "text": loss.text,
            "fails": loss.fails,
            "first": loss.first,
            "alone": loss.alone,
            "open": loss.open,
            "remaining": loss.remaining,
        }


def tables(rows: Callable[[], Iterator[dict[str, Any]]], stream: BinaryIO, width: int, colour: bool) -> None:
    """Two tables a protocol."""
    from rich.console import Console

    text = io.StringIO()
    console = Console(
        file=text, width=max(width, 60), force_terminal=colour, no_color=not colour, highlight=False,
        legacy_windows=False,
    )  # fmt: skip
    found = list(objects(rows))
    for protocol in dict.fromkeys(row["protocol_id"] for row in found):
        own = [row for row in found if row["protocol_id"] == protocol]
        tasks = [row for row in own if row["schema"] == WORKLIST_SCHEMA]
        losses = [row for row in own if row["schema"] == FUNNEL_SCHEMA]
        _table(
            console,
            f"To settle next: {plain(protocol)}",
            ("needs", "criteria", "waiting", "settled by it alone"),
            [[r["needs"], " ".join(r["criteria"]), str(r["patients"]), str(r["settles"])] for r in tasks],
        )
        _table(
            console,
            f"Where patients are lost: {plain(protocol)}",
            ("criterion", "fail it", "lost here", "fail only it", "open", "left"),
            [
                [
                    f"{r['criterion']} {r['text']}",
                    *(str(r[k]) for k in ("fails", "first", "alone", "open", "remaining")),
                ]
                for r in losses
            ],
        )
    stream.write(text.getvalue().encode("utf-8", "replace"))


def _table(console: Any, title: str, head: tuple[str, ...], rows: list[list[str]]) -> None:
    from rich import box
    from rich.table import Table
    from rich.text import Text

    shown = Table(box=box.SIMPLE_HEAD, title=Text(title), title_justify="left", expand=True)
    for number, name in enumerate(head):
        options: dict[str, Any] = {"justify": "right", "no_wrap": True} if number and name != "criteria" else {}
        shown.add_column(name, **({"overflow": "fold", "ratio": 1} if not number else options))
    for row in rows:
        shown.add_row(*(Text(plain(cell)) for cell in row))
    console.print(shown)
