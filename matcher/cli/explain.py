"""``match explain``: the derivation of one patient's verdicts."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from matcher.cli import common

EXAMPLE = "Example: match explain notes/ protocol.txt --patient p07 --criterion E2"
FORMATS = ("table", "json")


def explain(
    notes: Annotated[str, typer.Argument(metavar="NOTES", help="Folder, file or table of notes; - reads JSON Lines.")],
    protocol: Annotated[str, typer.Argument(metavar="PROTOCOL", help="Protocol file.")],
    patient: Annotated[str, typer.Option("--patient", metavar="ID", help="The patient to explain.")],
    criterion: Annotated[str | None, typer.Option("--criterion", metavar="ID", help="One criterion only.")] = None,
    format: Annotated[str, typer.Option("--format", "-f", metavar="|".join(FORMATS), help="What to print.")] = "table",
    output: common.Output = None,
    as_of: common.AsOf = None,
    ner: common.Ner = "default",
    config: common.Config = None,
    unmentioned: common.Unmentioned = "policy",
    quiet: common.Quiet = False,
) -> int:
    """Show how one patient's verdicts came about: logic, facts, quotes, units, dates, rules."""
    from matcher.errors import MatchError
    from matcher.evaluate import explain as explaining
    from matcher.notes import read
    from matcher.run import output as outputs
    from matcher.run import pipeline

    common.choice("--format", format, FORMATS)
    settings = common.settings(as_of, unmentioned, ner, config)
    outputs.check(output, (notes, protocol))
    parsed = common.read_protocols([protocol], settings.ner, settings.site, quiet)
    found = next((p for p in read(notes, []) if p.id == patient), None)
    if found is None:
        raise MatchError(f"--patient {patient}: no such patient in {notes}")
    stages = pipeline.Pipeline(parsed.protocols, settings)
    record = stages.record(found)
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
