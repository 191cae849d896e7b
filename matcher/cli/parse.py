"""``match parse``: how each protocol was understood, before anyone trusts a screening."""

from __future__ import annotations

from typing import Annotated

import typer

from matcher.cli import common

EXAMPLE = "Example: match parse protocol.txt --output protocol.criteria.toml"
FORMATS = ("table", "jsonl", "json", "toml")


def parse(
    protocols: Annotated[list[str], typer.Argument(metavar="PROTOCOL...", help="Protocol files or folders of them.")],
    format: Annotated[
        str | None,
        typer.Option("--format", "-f", metavar="|".join(FORMATS), help="What to print (toml: a form to correct)."),
    ] = None,
    output: common.Output = None,
    ner: common.Ner = "default",
    config: common.Config = None,
    by: Annotated[str, typer.Option("--by", metavar="NAME", help="Who corrects the reading (toml).")] = "",
    strict: Annotated[bool, typer.Option("--strict", help="Exit status 1 if a criterion was not understood.")] = False,
    quiet: common.Quiet = False,
    verbose: common.Verbose = False,
) -> int:
    """Show how each PROTOCOL was understood: criteria, logic, warnings, and what was not understood."""
    from matcher.report import readings
    from matcher.run import output as outputs

    chosen = format or ("toml" if output and output.endswith(".toml") else "table")
    common.choice("--format", chosen, FORMATS)
    site = common.site(config)
    outputs.check(output)
    run = common.read_protocols(protocols, ner, site, quiet)
    with outputs.opened(output) as stream:
        run.write(chosen, stream, common.width(), common.coloured(output), by)
    common.say(readings.accounting(run.protocols), quiet)
    if strict and run.not_understood:
        common.say(f"match: --strict: {run.not_understood} criteria were not understood in full")
        return 1
    return 1 if run.problems else 0
