"""A protocol as read, and a person's correction of its reading."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from matcher.criteria.segments import segment
from matcher.model import Criterion


@dataclass(frozen=True, slots=True)
class Edited:
    """A corrected reading. ``criteria`` have no entities and no readings: `apply` fills these in."""

    path: str
    sha256: str
    protocol_id: str
    text: str
    criteria: tuple[Criterion, ...]
    edited_by: str = ""
    edited_at: str = ""
    title: str = ""

    @property
    def note(self) -> str:
        """Who corrected the reading, and when."""
        who = f" by {self.edited_by}" if self.edited_by else ""
        return f"corrected{who}{f' on {self.edited_at}' if self.edited_at else ''}"


@dataclass(frozen=True, slots=True)
class Source:
    """A protocol as read. Offsets of everything that is found in it refer to ``text``."""

    id: str
    source: str
    """The path it was read from, as given."""
    text: str
    title: str = ""
    conditions: tuple[str, ...] = ()
    fields: Mapping[str, str] = field(default_factory=dict)
    """Registry fields: minimum_age, maximum_age, ages, sex, healthy_volunteers, as written."""
    warnings: tuple[str, ...] = ()
    edited: Edited | None = None
    """A person's correction of the reading, to be used in place of the program's own."""


def digest(text: str) -> str:
    """SHA-256 of a protocol's text: what a correction is kept under."""
    return hashlib.sha256(text.encode("utf-8", errors="replace")).hexdigest()


def of_text(text: str, id: str = "protocol", source: str = "") -> Source:
    """A protocol of text alone; title, conditions and registry fields are taken from it."""
    found = segment(text)
    fields = {entry.name: entry.value for entry in found.fields if entry.name != "conditions"}
    written = next((entry.value for entry in found.fields if entry.name == "conditions"), "")
    conditions = tuple(part.strip() for part in re.split(r"[;|]", written) if part.strip())
    title = " ".join(text[found.title.start : found.title.end].split()) if found.title else ""
    return Source(id, source, text, title, conditions, fields)
