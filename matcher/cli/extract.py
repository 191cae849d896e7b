"""``match extract``: the facts found in notes, before any protocol."""

from __future__ import annotations

from collections.abc import Iterator
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
    ner: common.Ner = "rules",
    config: common.Config = None,
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
    outputs.check(output, (notes,))
    checked = common.checked_notes(notes, quiet) if phi == "refuse" else None
    terminology = terms.load(common.site(config) or None)
    recogniser = recognisers.recogniser(ner, terminology)
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
