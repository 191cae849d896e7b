"""Options that several commands share."""

from __future__ import annotations

import datetime as dt
import os
import shutil
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from matcher.errors import MatchError

if TYPE_CHECKING:
    from matcher.model import Settings
    from matcher.notes import Patient, Problem
    from matcher.run import protocols

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
MaybeNer = Annotated[
    str | None,
    typer.Option(
        "--ner",
        metavar="NAME",
        help="rules, default, scispacy:MODEL or bert:PATH: what recognises terms. Default: default; that of a store.",
    ),
]
Config = Annotated[Path | None, typer.Option("--config", metavar="FILE", help="Site settings (TOML).")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="No progress and no summary on standard error.")]
Verbose = Annotated[bool, typer.Option("--verbose", "-v", help="Say more on standard error.")]
Unmentioned = Annotated[
    str,
    typer.Option("--unmentioned", metavar="policy|unknown", help="What silence says: the policy table, or unknown."),
]
PHI = ("warn", "refuse", "ignore")
Phi = Annotated[
    str,
    typer.Option("--phi", metavar="|".join(PHI), help="Notes that may not be de-identified: say so, stop, or go on."),
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


SETTINGS: dict[str, type] = {
    "silence": dict, "importance": dict, "ranges": dict, "score": dict,
    "synonyms": list, "abbreviations": list, "formulary": list,
}  # fmt: skip
"""What a site may set, and in which form."""


def site(config: Path | None) -> dict[str, Any]:
    """The parsed settings file; empty where none is named."""
    if config is None:
        return {}
    import tomllib

    try:
        read = tomllib.loads(config.read_text(encoding="utf-8"))
    except OSError as error:
        raise MatchError(f"{config}: cannot be read ({error.strerror})") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise MatchError(f"{config}: not valid TOML: {error}") from None
    for name, value in read.items():
        if name not in SETTINGS:
            raise MatchError(f"{config}: [{name}] is no setting; known: {', '.join(SETTINGS)}")
        if not isinstance(value, SETTINGS[name]):
            form = f"[{name}]" if SETTINGS[name] is dict else f"[[{name}]]"
            raise MatchError(f"{config}: {name} is written as {form}, with its entries below")
    return read


def settings(as_of: str | None, unmentioned: str, ner: str, config: Path | None) -> Settings:
    """What the options of a command that judges criteria say."""
    from matcher.model import Settings

    choice("--unmentioned", unmentioned, ("policy", "unknown"))
    return Settings(day(as_of), unmentioned, ner, site(config))  # type: ignore[arg-type]


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


def read_protocols(paths: Sequence[str], ner: str, site: Mapping[str, Any], quiet: bool) -> protocols.Run:
    """The protocols of ``paths``; what could not be read, or was guessed, is said."""
    from matcher.run import protocols

    run = protocols.parse_all(paths, ner, site)
    for warning in run.warnings:
        say(f"match: {warning}", quiet)
    for problem in run.problems:
        say(f"match: {problem}")
    return run


def say_problems(problems: Iterable[Problem], quiet: bool) -> None:
    """What could not be read; what was read with an assumption is left out where ``quiet``."""
    for problem in problems:
        if problem.severity == "lost" or not quiet:
            say(f"match: {problem}")


def say_identifiers(findings: Sequence[str], found: int, quiet: bool) -> None:
    """What in the notes looks like an identifier: file, line and kind, never the text."""
    from matcher.notes import phi

    if not found:
        return
    for finding in findings:
        say(f"match: possible identifier: {finding}", quiet)
    if found > len(findings):
        say(f"match: and {found - len(findings)} more possible identifiers", quiet)
    say(f"match: the notes may not be de-identified ({phi.NOTICE})", quiet)


def checked_notes(notes: str, quiet: bool) -> Iterable[Patient] | None:
    """``--phi refuse``: every note is scanned before anything is written.

    Returns the patients where ``notes`` cannot be read twice (standard input), else None. Raises `MatchError` where
    something looks like an identifier.
    """
    from matcher.notes import read
    from matcher.run import tally

    kept: list[Patient] | None = [] if notes == "-" else None
    seen = tally.Tally()
    for patient in read(notes, []):
        seen.identify(*tally.identifiers(patient.notes))
        if kept is not None:
            kept.append(patient)
    refuse_identifiers(seen.identifiers, seen.identifiers_found)
    return kept


def refuse_identifiers(shown: Sequence[str], found: int) -> None:
    """``--phi refuse``: raises `MatchError` where something looks like an identifier."""
    if found:
        say_identifiers(shown, found, quiet=False)
        raise MatchError("--phi refuse: nothing was done; de-identify the notes, or look at them and use --phi warn")
