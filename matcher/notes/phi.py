"""Does a note look de-identified? A scan with high recall, before anything is written.

It finds names after titles, record and telephone numbers, addresses and the like (`resources/phi/patterns.toml`).
A note in which it finds nothing may still identify somebody: it proves nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from matcher import resources
from matcher.model import Note

NOTICE = "this check proves nothing: a note without findings may still identify somebody"


@dataclass(frozen=True, slots=True)
class Finding:
    """Where and what kind; never the text itself."""

    source: str
    line: int
    kind: str
    start: int
    end: int

    def __str__(self) -> str:
        return f"{self.source}:{self.line}: {self.kind}"


@dataclass(frozen=True, slots=True)
class _Kind:
    name: str
    pattern: re.Pattern[str]
    unless: tuple[str, ...]
    gate: re.Pattern[str] | None = None
    """Without a hit of this cheaper pattern there is none of ``pattern``."""
    needs: tuple[str, ...] = ()
    """Without one of these lower-case words there is no hit."""

    def possible(self, text: str, lowered: str) -> bool:
        if self.needs and not any(word in lowered for word in self.needs):
            return False
        return self.gate is None or self.gate.search(text) is not None


@cache
def kinds() -> tuple[_Kind, ...]:
    """The kinds of identifier that are looked for."""
    rows = resources.toml("phi/patterns")["kind"]
    return tuple(
        _Kind(
            row["name"],
            re.compile(row["pattern"]),
            tuple(row.get("unless", ())),
            re.compile(row["gate"]) if "gate" in row else None,
            tuple(row.get("needs", ())),
        )
        for row in rows
    )


def scan(note: Note) -> list[Finding]:
    """What in ``note`` looks like an identifier, in text order."""
    return sorted(_scan(note), key=lambda finding: (finding.start, finding.kind))


def _scan(note: Note) -> Iterator[Finding]:
    source = note.source or note.note_id
    lowered = note.text.lower()
    for kind in kinds():
        if not kind.possible(note.text, lowered):
            continue
        for found in kind.pattern.finditer(note.text):
            if not found["hit"].startswith(kind.unless) if kind.unless else True:
                start, end = found.span("hit")
                yield Finding(source, note.text.count("\n", 0, start) + 1, kind.name, start, end)
