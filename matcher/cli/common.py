"""Options that several commands share."""

from __future__ import annotations

import datetime as dt
import os
import shutil
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from matcher.errors import MatchError

Output = Annotated[
    str | None, typer.Option("--output", "-o", metavar="FILE", help="Write to FILE (whole or not at all).")
]
AsOf = Annotated[
    str | None,
    typer.Option(
        "--as-of", metavar="DATE", help="The screening date (YYYY-MM-DD); default: each patient's latest note."
    ),
]
Jobs = Annotated[
    int | None, typer.Option("--jobs", "-j", min=1, metavar="N", help="Worker processes; default: the cores.")
]
Ner = Annotated[
    str,
    typer.Option("--ner", metavar="NAME", help="rules, default, scispacy:MODEL or bert:PATH: what recognises terms."),
]
Config = Annotated[Path | None, typer.Option("--config", metavar="FILE", help="Site settings (TOML).")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="No progress and no summary on standard error.")]
Verbose = Annotated[bool, typer.Option("--verbose", "-v", help="Say more on standard error.")]
Unmentioned = Annotated[
    str,
    typer.Option("--unmentioned", metavar="policy|unknown", help="What silence says: the policy table, or unknown."),
]


def day(written: str | None) -> dt.date | None:
    """The date of ``--as-of``."""
    if written is None:
        return None
    try:
        return dt.date.fromisoformat(written)
    except ValueError:
        raise MatchError(f"--as-of {written}: no date; write it as YYYY-MM-DD") from None


def choice(option: str, value: str, allowed: tuple[str, ...]) -> str:
    """``value``, if it is one of ``allowed``."""
    if value not in allowed:
        raise MatchError(f"{option} {value}: not known; one of {', '.join(allowed)}")
    return value


def site(config: Path | None) -> dict[str, Any]:
    """The parsed settings file; empty where none is named."""
    if config is None:
        return {}
    import tomllib

    try:
        return tomllib.loads(config.read_text(encoding="utf-8"))
    except OSError as error:
        raise MatchError(f"{config}: cannot be read ({error.strerror})") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise MatchError(f"{config}: not valid TOML: {error}") from None


def say(message: str, quiet: bool = False) -> None:
    """A line to standard error; a terminal's control characters in it are made harmless."""
    if not quiet:
        print("".join(c if c.isprintable() else "\ufffd" for c in message), file=sys.stderr)


def width() -> int:
    return max(80, shutil.get_terminal_size((100, 24)).columns)


def coloured(output: str | None) -> bool:
    """Colour only on a terminal, and never against the user's wish (https://no-color.org)."""
    return (
        output in (None, "-")
        and sys.stdout.isatty()
        and not os.environ.get("NO_COLOR")
        and os.environ.get("TERM") != "dumb"
    )
