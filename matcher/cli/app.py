"""The commands, registered. A command's module is light: it imports what it calls when it is called."""

from __future__ import annotations

import importlib
from typing import Annotated

import typer

app = typer.Typer(
    name="match",
    help="Which patients may be eligible for a trial, and why: criterion by criterion, with the quote. "
    "Offline; a person decides.",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Example: match screen notes/ protocol.txt",
)


def _version(wanted: bool) -> None:
    if wanted:
        from matcher import __version__

        typer.echo(f"match {__version__}")
        raise typer.Exit


@app.callback()
def options(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and stop.")
    ] = False,
) -> None:
    """Which patients may be eligible for a trial, and why."""


COMMANDS = ("screen", "parse", "explain", "extract", "diff", "eval", "train", "terms")
_FUNCTIONS = {"eval": "evaluate"}

for _name in COMMANDS:
    _function = _FUNCTIONS.get(_name, _name)
    _module = importlib.import_module(f"matcher.cli.{_function}")
    app.command(_name, epilog=_module.EXAMPLE)(getattr(_module, _function))
