"""What a registry appends to a protocol's text: ages, sex, healthy volunteers, conditions."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol as Shape

from matcher.criteria.cues import cues
from matcher.criteria.lines import Line

_NUMBER = re.compile(r"\d+(?:\.\d+)?")
_SAYS_UNIT = re.compile(r"\bage|year|yr|old", re.I)
_NEAR = 40
"""Characters on both sides of a word for an age in which its numbers stand."""


@dataclass(frozen=True, slots=True)
class Field:
    """One line of the registry's trailer: minimum_age, maximum_age, ages, sex, healthy_volunteers, conditions."""

    name: str
    value: str
    start: int
    end: int
    used: bool = False
    """It became a criterion, as the text has none that says so."""


class Spanned(Shape):
    @property
    def start(self) -> int: ...
    @property
    def end(self) -> int: ...


def field_at(text: str, start: int, end: int) -> Field | None:
    match = cues().field.match(text, start, end)
    if match is None or (match.end() < end and text[match.end() : end].strip()):
        return None
    name = cues().fields[" ".join(match["name"].lower().split())]
    return Field(name, (match["value"] or "").strip(), start, end)


def fields_of(text: str, lines: Sequence[Line]) -> tuple[Field, ...]:
    """The registry's lines. "Sex: …" and "Conditions: …" count at the end alone: elsewhere they are criteria."""
    found: list[Field] = []
    trailing = True
    for line in reversed(lines):
        entry = field_at(text, line.start, line.end) if line.end - line.start < 4000 else None
        if entry is None:
            trailing = False
            continue
        own = entry.name in ("minimum_age", "maximum_age", "ages", "healthy_volunteers")
        if trailing or own:
            found.append(entry)
    return tuple(reversed(found))


def unlimited(value: str) -> bool:
    """Whether a field names no limit."""
    return not value.strip() or value.strip().lower() in cues().unlimited


def covered(text: str, entry: Field, items: Iterable[Spanned]) -> bool:
    """Whether the criteria already say what the field says (or the field says nothing)."""
    if unlimited(entry.value):
        return True
    pieces = [text[item.start : min(item.end, item.start + 2000)] for item in items]
    if entry.name == "sex":
        return any(len(piece) < 60 and cues().only_sex.match(piece) for piece in pieces)
    wanted = _NUMBER.search(entry.value)
    for piece in pieces:
        for match in cues().aged.finditer(piece):
            near = piece[max(0, match.start() - _NEAR) : match.end() + _NEAR]
            numbers = _NUMBER.findall(near)
            if wanted and wanted[0] in numbers and _SAYS_UNIT.search(near):
                return True
            if match[0].lower().startswith("age") and numbers:
                lower, upper = bool(cues().from_age.search(near)), bool(cues().to_age.search(near))
                if (
                    len(numbers) > 1
                    or (entry.name == "minimum_age" and lower)
                    or (entry.name == "maximum_age" and upper)
                ):
                    return True
    return False
