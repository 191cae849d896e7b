"""``match diff``: what changed between two screenings, and why."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Annotated, Any, BinaryIO

import typer

from matcher.cli import common

EXAMPLE = "Example: match diff before.jsonl after.jsonl"
FORMATS = ("table", "jsonl", "json", "csv")


def diff(
    before: Annotated[str, typer.Argument(metavar="BEFORE", help="The earlier run (match screen --format jsonl).")],
    after: Annotated[str, typer.Argument(metavar="AFTER", help="The later run.")],
    format: Annotated[str, typer.Option("--format", "-f", metavar="|".join(FORMATS), help="What to print.")] = "table",
    output: common.Output = None,
    everything: Annotated[
        bool, typer.Option("--all", help="Also patients with the same verdicts for other reasons or quotes.")
    ] = False,
    quiet: common.Quiet = False,
) -> int:
    """Show which patients' verdicts or criteria changed from BEFORE to AFTER, and why."""
    from matcher.run import output as outputs
    from matcher.run.compare import Run, compared

    common.choice("--format", format, FORMATS)
    outputs.check(output, (before, after))
    first, second = Run(before), Run(after)
    counts = {"changed": 0, "added": 0, "removed": 0}

    def rows() -> Iterator[dict[str, Any]]:
        for row in compared(first, second, everything):
            counts[row["change"]] += 1
            yield row

    with outputs.opened(output) as stream:
        write(format, rows(), stream, common.coloured(output))
    same = len(second.keys) - counts["changed"] - counts["added"]
    common.say(
        f"{counts['changed']} changed, {same} unchanged, {counts['added']} only in {after}, "
        f"{counts['removed']} only in {before}",
        quiet,
    )
    return 0


def write(format: str, rows: Iterable[dict[str, Any]], stream: BinaryIO, colour: bool) -> None:
    """Changes as JSON Lines, JSON, CSV (a line a changed criterion) or text."""
    from matcher.report import changes_text, lines

    if format == "jsonl":
        lines.json_lines(rows, stream)
    elif format == "json":
        lines.json_array(rows, stream)
    elif format == "csv":
        changes_text.table(rows, stream)
    else:
        changes_text.text(rows, stream, common.width(), colour)
