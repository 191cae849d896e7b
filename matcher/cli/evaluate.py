"""``match eval``: agreement with labelled patient–criterion pairs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from matcher.cli import common

EXAMPLE = "Example: match eval charts.jsonl --by sex --by site --compare before.json"
FORMATS = ("table", "json", "jsonl")


def evaluate(
    pairs: Annotated[
        str, typer.Argument(metavar="PAIRS", help="JSON Lines or CSV: note, criterion, criterion_type, expected.")
    ],
    format: Annotated[str, typer.Option("--format", "-f", metavar="|".join(FORMATS), help="What to print.")] = "table",
    output: common.Output = None,
    by: Annotated[
        list[str] | None, typer.Option("--by", metavar="COLUMN", help="Agreement for each value of COLUMN too.")
    ] = None,
    compare: Annotated[
        Path | None, typer.Option("--compare", metavar="OLD.json", help="Drift against an earlier --format json.")
    ] = None,
    disagreements: Annotated[int, typer.Option("--disagreements", metavar="N", min=0, help="How many to list.")] = 20,
    as_of: common.AsOf = None,
    ner: common.Ner = "default",
    config: common.Config = None,
    unmentioned: common.Unmentioned = "policy",
    quiet: common.Quiet = False,
) -> int:
    """Measure agreement with PAIRS that people have labelled: met/not_met/unknown, or TrialGPT's six labels."""
    from matcher.evaluate import metrics
    from matcher.report import agreement
    from matcher.run import output as outputs
    from matcher.run import pairs as run_pairs

    common.choice("--format", format, FORMATS)
    settings = common.settings(as_of, unmentioned, ner, config)
    outputs.check(output)
    old = agreement.earlier(compare) if compare is not None else None
    judged = agreement.judged(run_pairs.screen(run_pairs.read(pairs), settings))
    report = metrics.summary(judged, by or ())
    if old is not None:
        report["drift"] = metrics.drift(old, report)
    with outputs.opened(output) as stream:
        agreement.write(format, report, stream, common.width(), common.coloured(output), disagreements)
    common.say(f"{report['pairs']} pairs of {report['patients']} patients", quiet)
    return 0
