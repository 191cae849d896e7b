"""``match screen``: every patient against every protocol, explained per criterion, best candidates first."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from matcher.cli import common
from matcher.report.screenings import CONTEXT, FORMATS, WITH_WORKLIST

if TYPE_CHECKING:
    from matcher.model import Protocol, Settings
    from matcher.notes import Patient
    from matcher.report.contract import Shape
    from matcher.run.screen import Engine, Run
    from matcher.run.spool import Spool
    from matcher.run.store_screen import Reading

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
    from matcher.run.screen import screen as run_screen

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
    settings, patients, reading = _input(notes, settings, ner, phi, quiet, cluster)
    read = common.read_protocols(protocols, settings.ner, settings.site, quiet)
    if not any(protocol.criteria for protocol in read.protocols):
        raise MatchError(f"{', '.join(protocols)}: no eligibility criteria found; is this a protocol?")
    shape = Shape(CONTEXT if format == "html" else 0, redact_quotes)
    with _spool(read.protocols, settings, shape, output, resume, phi, quiet) as spool:
        with progress(quiet, verbose) as on_patient:
            run = run_screen(
                notes, read.protocols, settings, spool, jobs, on_patient, patients=patients, reading=reading,
                shape=shape, identifiers=phi == "warn", keyed=bool(to_file or manifest), engine=cluster,
            )  # fmt: skip
        common.say_problems(run.problems, quiet)
        common.say_identifiers(run.identifiers, run.identifiers_found, quiet)
        if not run.notes:
            spool.close()
            raise MatchError(f"{notes}: no note could be read; nothing was screened")
        look = screenings.Look(common.width(), common.coloured(output), details)
        with outputs.opened(output) as stream:
            screenings.write(format, spool.ranked, read.protocols, stream, look, worklist, spool.lines)
    if manifest:
        options: dict[str, Any] = {
            "format": format, "redact_quotes": redact_quotes, "phi": phi, "worklist": worklist, "details": details,
        }  # fmt: skip
        _manifest(manifest, run, settings, options, notes, read.problems, output, started)
    common.say(summary(run), quiet)
    if strict and read.not_understood:
        common.say(f"match: --strict: {read.not_understood} criteria were not understood in full; see match parse")
        return 1
    return 1 if run.lost or read.problems else 0


def _input(
    notes: str, settings: Settings, ner: str | None, phi: str, quiet: bool, cluster: Engine | None
) -> tuple[Settings, Iterable[Patient] | None, Reading | None]:
    """The settings that hold for ``notes``; its patients, if they were read already; the store, if it is one.

    ``--phi refuse`` is heeded here: before anything is done.
    """
    from matcher.errors import MatchError
    from matcher.run.store import is_store

    if not is_store(notes):
        return settings, common.checked_notes(notes, quiet) if phi == "refuse" else None, None
    from matcher.run.store_screen import Reading

    if cluster is not None:
        raise MatchError(f"--engine dask: reads notes; {notes} is a fact store, which this machine screens")
    reading = Reading(notes, settings, ner)
    if phi == "refuse":
        common.refuse_identifiers(*reading.identifiers())
    return reading.settings, None, reading


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


@contextmanager
def _spool(
    protocols: list[Protocol], settings: Settings, shape: Shape, output: str | None, resume: bool, phi: str, quiet: bool
) -> Iterator[Spool]:
    """On disk beside the output where it is a file; kept there if the run breaks off."""
    from matcher.run import manifest as manifests
    from matcher.run import output as outputs
    from matcher.run.spool import Spool

    if output in (None, "-") or not outputs.replaceable(output):
        spool = Spool(len(protocols))
    else:
        key = manifests.run_key(protocols, settings, {"shape": shape, "phi": phi})
        spool = Spool(len(protocols), outputs.beside(str(output), "spool"), key, resume)
    if spool.restarted:
        common.say("match: --resume: the earlier run had other protocols, settings or versions; starting anew")
    try:
        yield spool
    except BaseException:
        spool.close(keep=True)
        if spool.kept:
            common.say(
                f"match: what was finished is kept in {spool.kept}; the same command with --resume goes on", quiet
            )
        raise
    spool.close()


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
