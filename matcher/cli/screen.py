"""``match screen``: every patient against every protocol, explained per criterion, best candidates first."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from matcher.cli import common
from matcher.report.screenings import CONTEXT, FORMATS, WITH_WORKLIST

if TYPE_CHECKING:
    from matcher.model import Protocol, Settings
    from matcher.report.contract import Shape
    from matcher.run.screen import Engine, Run
    from matcher.run.spool import Spool

ENGINES = ("local", "dask")
EXAMPLE = "Example: match screen notes/ protocol.txt --format html --output candidates.html"


def screen(
    notes: Annotated[
        str,
        typer.Argument(metavar="NOTES", help="Folder, file or table of notes, or a fact store; - reads JSON Lines."),
    ],
    protocols: Annotated[list[str], typer.Argument(metavar="PROTOCOL...", help="Protocol files or folders of them.")],
    format: Annotated[str, typer.Option("--format", "-f", metavar="|".join(FORMATS), help="What to print.")] = "table",
    output: common.Output = None,
    as_of: common.AsOf = None,
    jobs: common.Jobs = None,
    ner: common.MaybeNer = None,
    config: common.Config = None,
    unmentioned: common.Unmentioned = "policy",
    details: Annotated[bool, typer.Option("--details", help="Every criterion of every patient in the table.")] = False,
    worklist: Annotated[
        bool, typer.Option("--worklist", help="Add what to ask or measure next, and where patients are lost.")
    ] = False,
    redact_quotes: Annotated[
        bool, typer.Option("--redact-quotes", help="Offsets without the words of the notes.")
    ] = False,
    phi: common.Phi = "warn",
    manifest: Annotated[
        str | None, typer.Option("--manifest", metavar="FILE", help="Record versions, settings, hashes and counts.")
    ] = None,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on from the patients that a killed run to the same --output finished.")
    ] = False,
    engine: Annotated[
        str, typer.Option("--engine", metavar="|".join(ENGINES), help="This machine, or workers of a Dask scheduler.")
    ] = "local",
    scheduler: Annotated[
        str | None, typer.Option("--scheduler", metavar="ADDRESS", help="Of the Dask scheduler, or its .json file.")
    ] = None,
    shared: Annotated[
        Path | None,
        typer.Option("--shared", metavar="DIR", help="Storage that all workers see; default: beside --output."),
    ] = None,
    strict: Annotated[bool, typer.Option("--strict", help="Exit status 1 if a criterion was not understood.")] = False,
    quiet: common.Quiet = False,
    verbose: common.Verbose = False,
) -> int:
    """Screen NOTES against each PROTOCOL: who may be eligible, who is not, and why, criterion by criterion."""
    from matcher.cli.progress import progress
    from matcher.errors import MatchError
    from matcher.report import screenings
    from matcher.report.contract import Shape
    from matcher.run import output as outputs
    from matcher.run.protocols import parse_all
    from matcher.run.screen import screen as run_screen
    from matcher.run.store import is_store

    started = dt.datetime.now(dt.UTC)
    common.choice("--format", format, FORMATS)
    common.choice("--phi", phi, common.PHI)
    to_file = output not in (None, "-")
    if worklist and format not in WITH_WORKLIST:
        raise MatchError(f"--worklist: goes with --format {', '.join(WITH_WORKLIST)}, not with {format}")
    if resume and not (to_file and outputs.replaceable(output)):
        raise MatchError("--resume: name the --output file of the run to go on from")
    cluster = _engine(engine, scheduler, shared, jobs, output)
    settings = common.settings(as_of, unmentioned, ner or "default", config)
    outputs.check(output, (notes, *protocols))
    outputs.check(manifest, (notes, *protocols, output or "-"))
    reading, patients = None, None
    if is_store(notes):
        from matcher.run.store_screen import Reading

        if cluster is not None:
            raise MatchError(f"--engine dask: reads notes; {notes} is a fact store, which this machine screens")
        reading = Reading(notes, settings, ner)
        settings = reading.settings
        if phi == "refuse":
            common.refuse_identifiers(*reading.identifiers())
    elif phi == "refuse":
        patients = common.checked_notes(notes, quiet)
    read = parse_all(protocols, settings.ner, settings.site)
    parsed, problems = read.protocols, read.problems
    for warning in read.warnings:
        common.say(f"match: {warning}", quiet)
    for problem in problems:
        common.say(f"match: {problem}")
    if not any(protocol.criteria for protocol in parsed):
        raise MatchError(f"{', '.join(protocols)}: no eligibility criteria found; is this a protocol?")
    shape = Shape(CONTEXT if format == "html" else 0, redact_quotes)
    spool = _spool(parsed, settings, shape, output, resume, phi)
    finished = False
    try:
        with progress(quiet, verbose) as on_patient:
            run = run_screen(
                notes, parsed, settings, spool, jobs, on_patient, patients=patients, reading=reading, shape=shape,
                identifiers=phi == "warn", keyed=bool(to_file or manifest), engine=cluster,
            )  # fmt: skip
        common.say_problems(run.problems, quiet)
        common.say_identifiers(run.identifiers, run.identifiers_found, quiet)
        if not run.notes:
            finished = True
            raise MatchError(f"{notes}: no note could be read; nothing was screened")
        look = screenings.Look(common.width(), common.coloured(output), details)
        with outputs.opened(output) as stream:
            screenings.write(format, spool.ranked, parsed, stream, look, worklist, spool.lines)
        finished = True
    finally:
        spool.close(keep=not finished)
        if not finished and to_file and spool.kept:
            common.say(
                f"match: what was finished is kept in {spool.kept}; the same command with --resume goes on", quiet
            )
    if manifest:
        options: dict[str, Any] = {
            "format": format, "redact_quotes": redact_quotes, "phi": phi, "worklist": worklist, "details": details,
        }  # fmt: skip
        _manifest(manifest, run, settings, options, notes, problems, output, started)
    common.say(summary(run), quiet)
    not_understood = sum(c.status in ("partial", "unparsed") for p in parsed for c in p.criteria)
    if strict and not_understood:
        common.say(f"match: --strict: {not_understood} criteria were not understood in full; see match parse")
        return 1
    return 1 if run.lost or problems else 0


def _engine(
    engine: str, scheduler: str | None, shared: Path | None, jobs: int | None, output: str | None
) -> Engine | None:
    """The cluster that was asked for; None: this machine."""
    from matcher.errors import MatchError
    from matcher.run import output as outputs

    if common.choice("--engine", engine, ENGINES) == "local":
        if scheduler or shared:
            raise MatchError(f"{'--scheduler' if scheduler else '--shared'}: goes with --engine dask")
        return None
    if not scheduler:
        raise MatchError("--engine dask: name the scheduler, as in --scheduler tcp://10.0.0.1:8786")
    if jobs is not None:
        raise MatchError("--jobs: with --engine dask the workers are the scheduler's; leave it out")
    to_file = outputs.replaceable(output)
    if shared is None and not to_file:
        raise MatchError("--engine dask: name a folder that all workers see with --shared, or an --output file there")
    if shared is not None and not shared.is_dir():
        raise MatchError(f"--shared {shared}: no such folder")
    from matcher.run.cluster import Cluster

    beside = outputs.beside(str(output) if to_file else "match", "cluster")
    return Cluster(scheduler, shared.resolve() / beside.name if shared else beside)


def _spool(
    parsed: list[Protocol], settings: Settings, shape: Shape, output: str | None, resume: bool, phi: str
) -> Spool:
    """On disk beside the output where it is a file, else in memory."""
    from matcher.run import output as outputs
    from matcher.run.spool import Spool

    if output in (None, "-") or not outputs.replaceable(output):
        return Spool(len(parsed))
    from matcher.run import manifest as manifests

    key = manifests.run_key(parsed, settings, {"shape": shape, "phi": phi})
    spool = Spool(len(parsed), outputs.beside(str(output), "spool"), key, resume)
    if spool.restarted:
        common.say("match: --resume: the earlier run had other protocols, settings or versions; starting anew")
    return spool


def _manifest(file: str, *about: Any) -> None:
    import json

    from matcher.run import manifest as manifests
    from matcher.run import output as outputs

    with outputs.opened(file) as stream:
        stream.write((json.dumps(manifests.manifest(*about), indent=1) + "\n").encode())


def summary(run: Run) -> str:
    """The accounting line: what went in, what came out, what was lost."""
    count = len(run.protocols)
    lost = f"; {len(run.lost)} inputs could not be read" if run.lost else ""
    again = f"; {run.resumed} of them finished before" if run.resumed else ""
    patients = run.patients + run.failed
    return f"{patients} patients ({run.notes} notes) against {count} protocol{'s' if count != 1 else ''}{again}{lost}"
