"""``match screen``: every patient against every protocol, explained per criterion, best candidates first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, BinaryIO

import typer

from matcher.cli import common

if TYPE_CHECKING:
    from matcher.run.screen import Run
    from matcher.run.spool import Spool

EXAMPLE = "Example: match screen notes/ protocol.txt --format csv --output candidates.csv"
FORMATS = ("table", "jsonl", "json", "csv")


def screen(
    notes: Annotated[str, typer.Argument(metavar="NOTES", help="Folder, file or table of notes; - reads JSON Lines.")],
    protocols: Annotated[list[str], typer.Argument(metavar="PROTOCOL...", help="Protocol files or folders of them.")],
    format: Annotated[str, typer.Option("--format", "-f", metavar="|".join(FORMATS), help="What to print.")] = "table",
    output: common.Output = None,
    as_of: common.AsOf = None,
    jobs: common.Jobs = None,
    ner: common.Ner = "default",
    config: common.Config = None,
    unmentioned: common.Unmentioned = "policy",
    details: Annotated[bool, typer.Option("--details", help="Every criterion of every patient in the table.")] = False,
    strict: Annotated[bool, typer.Option("--strict", help="Exit status 1 if a criterion was not understood.")] = False,
    quiet: common.Quiet = False,
    verbose: common.Verbose = False,
) -> int:
    """Screen NOTES against each PROTOCOL: who may be eligible, who is not, and why, criterion by criterion."""
    from matcher.cli.progress import progress
    from matcher.errors import MatchError
    from matcher.model import Settings
    from matcher.run import output as outputs
    from matcher.run import pipeline
    from matcher.run.screen import screen as run_screen
    from matcher.run.spool import Spool

    common.choice("--format", format, FORMATS)
    common.choice("--unmentioned", unmentioned, ("policy", "unknown"))
    settings = Settings(common.day(as_of), unmentioned, ner, common.site(config))  # type: ignore[arg-type]
    outputs.check(output)
    warnings: list[str] = []
    parsed = pipeline.parse_protocols(protocols, settings, warnings.append)
    for warning in warnings:
        common.say(f"match: {warning}")
    if not any(protocol.criteria for protocol in parsed):
        raise MatchError(f"{', '.join(protocols)}: no eligibility criteria found; is this a protocol?")
    spool = Spool(len(parsed))
    with progress(quiet) as on_patient:
        run = run_screen(notes, parsed, settings, spool, jobs, on_patient)
    for problem in run.problems:
        if problem.severity == "lost" or not quiet:
            common.say(f"match: {problem}")
    if not run.notes:
        raise MatchError(f"{notes}: no note could be read; nothing was screened")
    with outputs.opened(output) as stream:
        write(format, spool, run, stream, common.coloured(output), details)
    common.say(summary(run), quiet)
    not_understood = sum(c.status in ("partial", "unparsed") for p in parsed for c in p.criteria)
    if strict and not_understood:
        common.say(f"match: --strict: {not_understood} criteria were not understood in full; see match parse")
        return 1
    return 1 if run.lost or warnings else 0


def write(format: str, spool: Spool, run: Run, stream: BinaryIO, colour: bool, details: bool) -> None:
    from matcher.report import lines, table, table_csv

    if format == "jsonl":
        lines.json_lines(spool.ranked(), stream)
    elif format == "json":
        lines.json_array(spool.ranked(), stream)
    elif format == "csv":
        table_csv.screenings(spool.ranked(), run.protocols, stream)
    else:
        table.screenings(spool.ranked(), stream, common.width(), colour, details)


def summary(run: Run) -> str:
    """The accounting line: what went in, what came out, what was lost."""
    count = len(run.protocols)
    lost = f"; {len(run.lost)} inputs could not be read" if run.lost else ""
    return f"{run.patients} patients ({run.notes} notes) against {count} protocol{'s' if count != 1 else ''}{lost}"
