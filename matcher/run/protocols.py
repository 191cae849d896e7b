"""Protocols read and parsed, with what could not be read; ``match parse`` prints them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, BinaryIO

from matcher.criteria import edited
from matcher.criteria.read import read
from matcher.criteria.source import Source
from matcher.errors import InputProblem, MatchError
from matcher.faults import fault_of
from matcher.model import Protocol
from matcher.report import readings


@dataclass(slots=True)
class Run:
    """``problems``: inputs that could not be read. ``warnings``: guesses made in reading the others."""

    protocols: list[Protocol] = field(default_factory=list)
    sources: list[Source] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    @property
    def not_understood(self) -> int:
        return sum(c.status in ("partial", "unparsed") for p in self.protocols for c in p.criteria)

    def write(self, format: str, stream: BinaryIO, width: int, colour: bool, by: str = "") -> None:
        """Prints as ``table``, ``jsonl``, ``json`` or ``toml``; the last for one protocol."""
        if format == "toml":
            self._toml(stream, by)
        elif format == "table":
            readings.trees(self.protocols, stream, width, colour)
        else:
            from matcher.report import lines

            rows = (readings.contract(protocol) for protocol in self.protocols)
            (lines.json_lines if format == "jsonl" else lines.json_array)(rows, stream)

    def _toml(self, stream: BinaryIO, by: str) -> None:
        if len(self.protocols) != 1:
            raise MatchError(f"--format toml: {len(self.protocols)} protocols; a form to correct is written for one")
        before = self.sources[0].edited
        who = by or (before.edited_by if before else "")
        when = dt.date.today().isoformat() if by else (before.edited_at if before else "")
        stream.write(edited.dump(self.protocols[0], who, when).encode("utf-8"))


def parse_all(paths: Iterable[str], ner: str = "default", site: Mapping[str, Any] | None = None) -> Run:
    """Every protocol of the paths, in the order given. Raises `MatchError` where there is none at all."""
    from matcher import criteria, terms
    from matcher import ner as recognisers

    run = Run()
    found: list[Source] = []
    for path in paths:
        try:
            found += read(path, run.problems.append)
        except InputProblem as problem:
            run.problems.append(str(problem))
    run.sources = list(_apart(found, run.warnings.append))
    if not run.sources:
        raise MatchError("; ".join(run.problems) or "no protocol was named")
    terminology = terms.load(dict(site) if site else None)
    recogniser = recognisers.recogniser(ner, terminology)
    for source in run.sources:
        run.warnings.extend(source.warnings)
        try:
            run.protocols.append(criteria.parse(source, recogniser, terminology))
        except Exception as error:  # one protocol that breaks the parser must not stop the others
            run.problems.append(f"{source.id}: not read: {fault_of(error)}")
    return run


def _apart(sources: Iterable[Source], warn: Callable[[str], None]) -> Iterator[Source]:
    """Each protocol once, however often it is named; two protocols of one name told apart by their paths."""
    files: set[Path] = set()
    readings: set[object] = set()
    ids: set[str] = set()
    for source in sources:
        file = Path(source.source).resolve()
        reading = (source.id, source.text, source.edited.criteria if source.edited is not None else None)
        if file in files or reading in readings:
            warn(f"{source.source}: the protocol {source.id} is named more than once; it is read once")
            continue
        files.add(file)
        readings.add(reading)
        if source.id in ids:
            warn(f"{source.source}: another protocol is called {source.id}, too; this one's id is its path")
            source = replace(source, id=source.source)
        ids.add(source.id)
        yield source
