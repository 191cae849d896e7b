"""``match explain``: the derivation of one patient's verdicts."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import TYPE_CHECKING, Annotated, Any

import typer

from matcher.cli import common

if TYPE_CHECKING:
    from matcher.model import Settings
    from matcher.run.pipeline import Pipeline

EXAMPLE = "Example: match explain notes/ protocol.txt --patient p07 --criterion E2"
FORMATS = ("table", "json")


def explain(
    notes: Annotated[
        str,
        typer.Argument(metavar="NOTES", help="Folder, file or table of notes, or a fact store; - reads JSON Lines."),
    ],
    protocol: Annotated[str, typer.Argument(metavar="PROTOCOL", help="Protocol file.")],
    patient: Annotated[str, typer.Option("--patient", metavar="ID", help="The patient to explain.")],
    criterion: Annotated[str | None, typer.Option("--criterion", metavar="ID", help="One criterion only.")] = None,
    format: Annotated[str, typer.Option("--format", "-f", metavar="|".join(FORMATS), help="What to print.")] = "table",
    output: common.Output = None,
    as_of: common.AsOf = None,
    ner: common.MaybeNer = None,
    config: common.Config = None,
    unmentioned: common.Unmentioned = "policy",
    quiet: common.Quiet = False,
) -> int:
    """Show how one patient's verdicts came about: logic, facts, quotes, units, dates, rules."""
    from matcher.errors import MatchError
    from matcher.evaluate import explain as explaining
    from matcher.run import output as outputs

    common.choice("--format", format, FORMATS)
    settings = common.settings(as_of, unmentioned, ner or "default", config)
    outputs.check(output, (notes, protocol))
    patients, stages = _input(notes, protocol, settings, ner, quiet)
    found = next((p for p in patients if p.id == patient), None)
    if found is None:
        raise MatchError(f"--patient {patient}: no such patient in {notes}")
    record = stages.record(stages.opened(found))
    screenings = [evaluator.screen(record, explain=True) for evaluator in stages.evaluators]
    wanted = [s for s in screenings if criterion is None or any(v.criterion.id == criterion for v in s.verdicts)]
    if not wanted:
        ids = ", ".join(v.criterion.id for s in screenings for v in s.verdicts)
        raise MatchError(f"--criterion {criterion}: not in {protocol}; one of {ids or 'none'}")
    with outputs.opened(output) as stream:
        if format == "json":
            data = [explaining.as_data(s, criterion) for s in wanted]
            stream.write((json.dumps(data, ensure_ascii=False, indent=1) + "\n").encode())
        else:
            for screening in wanted:
                stream.write(explaining.text(screening, criterion, common.width(), common.coloured(output)).encode())
    return 0


def _input(
    notes: str, protocol: str, settings: Settings, ner: str | None, quiet: bool
) -> tuple[Iterable[Any], Pipeline]:
    """The patients of notes or of a store, and what evaluates them."""
    from matcher.report.contract import PLAIN
    from matcher.run.store import is_store

    if is_store(notes):
        from matcher.run.store_screen import Reading

        reading = Reading(notes, settings, ner)
        parsed = common.read_protocols([protocol], reading.settings.ner, settings.site, quiet)
        return reading.joined([], parsed.protocols, PLAIN, False)
    from matcher.notes import read
    from matcher.run.pipeline import Pipeline

    parsed = common.read_protocols([protocol], settings.ner, settings.site, quiet)
    return read(notes, []), Pipeline(parsed.protocols, settings)
