"""``match extract``: the facts found in notes, before any protocol."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from matcher.cli import common
from matcher.report.facts import FORMATS

EXAMPLE = "Example: match extract notes/ --format jsonl --output facts.jsonl"


def extract(
    notes: Annotated[str, typer.Argument(metavar="NOTES", help="Folder, file or table of notes; - reads JSON Lines.")],
    format: Annotated[str, typer.Option("--format", "-f", metavar="|".join(FORMATS), help="What to print.")] = "table",
    output: common.Output = None,
    as_of: common.AsOf = None,
    term: Annotated[
        list[str] | None, typer.Option("--term", metavar="WORDS", help="Look for this term too, by its words.")
    ] = None,
    store: Annotated[
        str | None,
        typer.Option(
            "--store",
            metavar="DIR",
            help="Keep the facts in DIR, of which match screen takes them; only new and changed notes are read.",
        ),
    ] = None,
    ner: Annotated[
        str | None,
        typer.Option(
            "--ner",
            metavar="NAME",
            help="rules, default, scispacy:MODEL or bert:PATH: what recognises terms. Default: rules; with --store that"
            " of the store, or default.",
        ),
    ] = None,
    config: common.Config = None,
    jobs: common.Jobs = None,
    phi: common.Phi = "warn",
    quiet: common.Quiet = False,
) -> int:
    """Print the facts found in NOTES: what is true of each patient, since when, how sure, and who says so."""
    from matcher.cli.progress import progress
    from matcher.errors import MatchError
    from matcher.model import Settings
    from matcher.notes import read
    from matcher.report import facts as facts_report
    from matcher.report import lines
    from matcher.run import output as outputs
    from matcher.run.extract import Reader, Run, rows
    from matcher.run.screen import cores

    common.choice("--format", format, FORMATS)
    common.choice("--phi", phi, common.PHI)
    day = common.day(as_of)
    if store is not None:
        given = {"--output": output, "--as-of": as_of, "--term": term, "--format": format != "table"}
        for option, value in given.items():
            if value:
                raise MatchError(f"{option}: goes not with --store, which keeps facts and prints none")
        return _keep(notes, store, ner, common.site(config), jobs, phi, quiet)
    outputs.check(output, (notes,))
    run = Run()
    patients = common.checked_notes(notes, quiet) if phi == "refuse" else None
    if patients is None:
        patients = read(notes, run.problems, run.expect)
    settings = Settings(day, ner=ner or "rules", site=common.site(config))
    reader = Reader(settings, term or (), identifiers=phi == "warn", encoded=format == "jsonl")
    with progress(quiet) as on_patient, outputs.opened(output) as stream:
        found = rows(patients, reader, jobs or cores(), run, on_patient)
        if format == "jsonl":
            lines.json_lines(found, stream)
        else:
            objects = (row for row in found if isinstance(row, dict))  # as they all are where nothing is encoded
            facts_report.write(format, objects, stream, common.width(), common.coloured(output))
    common.say_problems(run.problems, quiet)
    common.say_identifiers(run.identifiers, run.identifiers_found, quiet)
    if not run.notes:
        raise MatchError(f"{notes}: no note could be read")
    common.say(f"{run.facts} facts of {run.patients + run.failed} patients ({run.notes} notes)", quiet)
    return 1 if any(problem.severity == "lost" for problem in run.problems) else 0


def _keep(
    notes: str, folder: str, ner: str | None, site: dict[str, Any], jobs: int | None, phi: str, quiet: bool
) -> int:
    """``--store``: what is new or changed in ``notes`` is read, what is gone goes from the store."""
    from matcher.cli.progress import progress
    from matcher.errors import MatchError
    from matcher.model import Settings
    from matcher.notes import read
    from matcher.run import store as stores
    from matcher.run.screen import cores
    from matcher.run.store_fill import Filled, fill

    if notes != "-" and Path(folder).resolve().is_relative_to(Path(notes).resolve()):
        raise MatchError(f"--store {folder}: lies among the notes; name a folder elsewhere")
    if stores.is_store(notes):
        raise MatchError(f"{notes}: is a fact store; name the notes to read")
    done = Filled()
    patients = common.checked_notes(notes, quiet) if phi == "refuse" else None
    if patients is None:
        patients = read(notes, done.problems, done.expect)
    stores.create(folder)
    store = stores.Store(folder, write=True)
    try:
        settings = Settings(ner=ner or store.meta("ner") or "default", site=site)
        with progress(quiet) as on_patient:
            fill(store, notes, patients, settings, jobs or cores(), done, on_patient)
    finally:
        store.close()
    common.say_problems(done.problems, quiet)
    if phi == "warn":
        common.say_identifiers(done.identifiers, done.identifiers_found, quiet)
    if not done.notes:
        raise MatchError(f"{notes}: no note could be read; the store is as it was")
    if done.stale:
        common.say(f"match: {folder}: {', '.join(done.stale)} changed; every note was read again", quiet)
    patients_read = done.patients + done.failed
    common.say(
        f"{patients_read} patients ({done.notes} notes): {done.read} notes read, {done.notes - done.read} known,"
        f" {done.gone} gone",
        quiet,
    )
    return 1 if any(problem.severity == "lost" for problem in done.problems) else 0
