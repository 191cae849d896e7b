#!/usr/bin/env python3
"""Keep the documentation true: the reference from the code, shown output from a real run.

  python scripts/build_docs.py            # write docs/reference/ and refresh shown output in README.md and docs/
  python scripts/build_docs.py --check    # write nothing; status 1 and a list where something is out of date
  python -m sphinx -W -b html docs site   # the site itself

A ``sh`` block after ``<!-- run -->`` is run, in a folder that holds the repository's ``data``; the blocks of a page
share the folder, and must end with status 0 or the one that is named (``<!-- run, status 1 -->``). ``<!-- run: COMMAND
-->`` runs a command that the page does not show. A block after ``<!-- output -->`` holds what was printed by the run
before it, one after ``<!-- output, 12 lines -->`` its first twelve lines and an ellipsis.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
STEP = re.compile(
    r"<!-- run(?:, status (?P<status>\d+))?(?:: (?P<hidden>[^\n]+?) -->\n| -->\n```sh\n(?P<shown>.*?)```\n)"
    r"|<!-- output(?:, (?P<lines>\d+) lines)? -->\n```\w*\n(?P<body>.*?)```\n",
    re.S,
)
WIDTH = 88
MADE = "<!-- Made by scripts/build_docs.py from the code: change it there. -->\n\n"


def commands() -> str:
    """The reference of commands, by typer's own generator."""
    arguments = [
        sys.executable,
        "-m",
        "typer",
        "matcher.cli.app",
        "utils",
        "docs",
        "--name",
        "match",
        "--title",
        "Commands",
    ]
    done = subprocess.run(arguments, capture_output=True, text=True, check=True, cwd=ROOT, env=environment(ROOT))
    return MADE + re.sub(r"[ \t]+$", "", done.stdout, flags=re.M).strip() + "\n"


def outputs() -> str:
    """The reference of what the commands print, from the JSON Schema files of the package."""
    parts = [
        MADE
        + "# Output formats\n\nThe objects that `--format json` and `jsonl` print, one schema each; the files are in "
        "`matcher/resources/schemas`. CSV and Parquet hold the same fields. Fields may be added; none changes its "
        "meaning without a new number.\n"
    ]
    for file in sorted((ROOT / "matcher" / "resources" / "schemas").glob("*.json")):
        schema = json.loads(file.read_text(encoding="utf-8"))
        parts.append(f"\n## `{schema['$id']}`\n\n{schema['title']}.\n")
        parts.append(_table(schema))
        for name, part in schema.get("$defs", {}).items():
            parts.append(f"\n### {name} of `{schema['$id']}`\n")
            parts.extend(_table(alternative) for alternative in part.get("anyOf", part.get("oneOf", [part])))
    return "".join(parts)


def _table(schema: dict[str, Any]) -> str:
    rows = list(_rows(schema, ""))
    return "\n| field | type | meaning |\n|---|---|---|\n" + "".join(rows) if rows else ""


def _rows(schema: dict[str, Any], prefix: str) -> Iterator[str]:
    for name, part in schema.get("properties", {}).items():
        optional = "" if name in schema.get("required", ()) else " (optional)"
        yield f"| `{prefix}{name}` | {_type(part)}{optional} | {part.get('description', '')} |\n"
        yield from _rows(part, f"{prefix}{name}.")
        yield from _rows(part.get("items", {}), f"{prefix}{name}[].")


def _type(part: dict[str, Any]) -> str:
    if "$ref" in part:
        return part["$ref"].rpartition("/")[2]
    if "const" in part:
        return f"`{part['const']}`"
    if "enum" in part:
        return ", ".join(f"`{value}`" for value in part["enum"])
    if "anyOf" in part:
        return " or ".join(_type(alternative) for alternative in part["anyOf"])
    kind = part.get("type", "any")
    kind = " or ".join(kind) if isinstance(kind, list) else kind
    return f"{kind} of {_type(part['items'])}" if "items" in part else kind


def refreshed(text: str, folder: Path) -> str:
    """``text`` with every output as it is now, the page's commands run in ``folder``."""
    printed: list[str] = []

    def step(match: re.Match[str]) -> str:
        if match["body"] is None:
            printed[:] = run(match["hidden"] or match["shown"], int(match["status"] or 0), folder)
            return match[0]
        most = int(match["lines"] or len(printed))
        lines = printed if len(printed) <= most else [*printed[:most], "…"]
        start, end = (place - match.start() for place in match.span("body"))
        return match[0][:start] + "".join(f"{line}\n" for line in lines) + match[0][end:]

    return STEP.sub(step, text)


def run(command: str, status: int, folder: Path) -> list[str]:
    """The lines that a shell command prints; stops the program where it ends with another status."""
    done = subprocess.run(
        ["bash", "-uo", "pipefail", "-c", command], capture_output=True, text=True, cwd=folder, env=environment(ROOT)
    )
    if done.returncode != status:
        raise SystemExit(f"status {done.returncode} instead of {status}: {command}\n{done.stderr}")
    return [line.rstrip() for line in done.stdout.strip("\n").splitlines()]


def environment(root: Path) -> dict[str, str]:
    """That of the commands shown: this checkout's program, a fixed width, no colour."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}"
    return {**os.environ, "PYTHONPATH": str(root), "PATH": path, "COLUMNS": str(WIDTH), "NO_COLOR": "1", "TERM": "dumb"}


def pages() -> dict[Path, str]:
    """Every page that this script keeps, with the text that it should have."""
    found = {
        ROOT / "docs" / "reference" / "commands.md": commands(),
        ROOT / "docs" / "reference" / "outputs.md": outputs(),
    }
    for page in [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]:
        if page not in found:
            with tempfile.TemporaryDirectory() as place:
                shutil.copytree(ROOT / "data", Path(place) / "data")
                found[page] = refreshed(page.read_text(encoding="utf-8"), Path(place))
    return found


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--check", action="store_true", help="write nothing; say what is out of date")
    check = options.parse_args().check
    stale = 0
    for page, text in pages().items():
        if page.exists() and page.read_text(encoding="utf-8") == text:
            continue
        stale += 1
        print(f"{page.relative_to(ROOT)}: {'out of date' if check else 'written'}")
        if not check:
            page.parent.mkdir(parents=True, exist_ok=True)
            page.write_text(text, encoding="utf-8")
    return int(check and stale > 0)


if __name__ == "__main__":
    sys.exit(main())
