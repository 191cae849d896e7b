"""``match extract``: the facts found in notes, before any protocol."""

from __future__ import annotations

from collections.abc import Iterator
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
    from matcher import facts, terms
    from matcher import ner as recognisers
    from matcher.errors import MatchError
    from matcher.notes import Problem, read
    from matcher.notes.phi import scan
    from matcher.report import facts as facts_report
    from matcher.run import output as outputs

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
    checked = common.checked_notes(notes, quiet) if phi == "refuse" else None
    terminology = terms.load(common.site(config) or None)
    recogniser = recognisers.recogniser(ner or "rules", terminology)
    extractor = facts.Extractor(recogniser, terminology, term or ())
    problems: list[Problem] = []
    counts = {"patients": 0, "notes": 0, "facts": 0, "identifiers": 0}
    identifiers: list[str] = []

    def found() -> Iterator[dict[str, Any]]:
        for patient in read(notes, problems) if checked is None else checked:
            problems.extend(patient.problems)
            if phi == "warn":
                seen = [str(finding) for note in patient.notes for finding in scan(note)]
                identifiers.extend(seen[: common.SHOWN - len(identifiers)])
                counts["identifiers"] += len(seen)
            counts["patients"] += 1
            counts["notes"] += len(patient.notes)
            latest = max((n.date.end for n in patient.notes if n.date and n.date.end), default=None)
            record = facts.record(patient.id, patient.notes, extractor.facts(patient.notes), day or latest)
            for row in facts.rows(record):
                counts["facts"] += 1
                yield row

    with outputs.opened(output) as stream:
        facts_report.write(format, found(), stream, common.width(), common.coloured(output))
    for problem in problems:
        if problem.severity == "lost" or not quiet:
            common.say(f"match: {problem}")
    common.say_identifiers(identifiers, counts["identifiers"], quiet)
    if not counts["notes"]:
        raise MatchError(f"{notes}: no note could be read")
    common.say(f"{counts['facts']} facts of {counts['patients']} patients ({counts['notes']} notes)", quiet)
    return 1 if any(problem.severity == "lost" for problem in problems) else 0


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
    for problem in done.problems:
        if problem.severity == "lost" or not quiet:
            common.say(f"match: {problem}")
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
