"""A stretch of chunks without connectors, cut into atoms: what is asked about one thing."""

from __future__ import annotations

from dataclasses import dataclass, field

from .chunks import Chunk
from .comparisons import Comparison
from .windows import Timed


@dataclass(slots=True)
class Atom:
    """The parts of one predicate, before it is decided which predicate it is."""

    negated: bool = False
    status: str = ""
    qualifiers: list[str] = field(default_factory=list)
    head: str = ""
    """medication, procedure, allergy, contraindication, family_history, condition."""
    terms: list[Chunk] = field(default_factory=list)
    """Words and terms in order; the first and the last bound the term."""
    leaf: Chunk | None = None
    """A cue that is a predicate by itself: pregnancy, behaviour, sex, an age group, another trial."""
    comparisons: list[Comparison] = field(default_factory=list)
    windows: list[Timed] = field(default_factory=list)
    results: list[Chunk] = field(default_factory=list)
    administrative: Chunk | None = None
    borrowed: list[Chunk] = field(default_factory=list)
    """The head that a modifier shares with the next member of a list."""
    age: Chunk | None = None
    brackets: list[Chunk] = field(default_factory=list)
    start: int = -1
    end: int = -1
    stable: bool = False
    article: bool = False
    """Opens with its own article or head, so it shares less with what stands before it."""

    def content(self) -> bool:
        """Whether there is anything to ask about."""
        return bool(self.terms or self.leaf or self.administrative or self.comparisons or self.results)

    def named(self) -> bool:
        """Whether it names what it asks about."""
        return bool(self.terms or self.leaf or self.administrative)

    def cover(self, chunk: Chunk) -> None:
        self.start = chunk.start if self.start < 0 else min(self.start, chunk.start)
        self.end = max(self.end, chunk.end)


_OWN = frozenset({"sex", "agegroup", "childbearing", "trial"})
_SHARP = frozenset({"in", "for", "among", "regarding"})


def atoms(row: list[Chunk]) -> list[Atom]:
    """The atoms of a row; they are joined by "and"."""
    found: list[Atom] = []
    now = Atom()
    boundary = False
    fillers: list[Chunk] = []

    def new() -> Atom:
        nonlocal now, boundary, fillers
        if now.content() or now.windows or now.brackets:
            found.append(now)
            now = Atom()
        boundary = False
        fillers = []
        return now

    for place, chunk in enumerate(row):
        kind = chunk.kind
        after = row[place + 1] if place + 1 < len(row) else None
        if kind == "person":
            if now.named():
                boundary = True
            continue
        if kind in ("link", "condition") or (
            kind == "group"
            and (
                chunk.low not in _SHARP
                or (after is not None and after.kind in ("sex", "agegroup", "childbearing", "person"))
            )
        ):
            if now.content():
                boundary = True
            continue
        if kind in _OWN:
            if kind == "agegroup" and now.terms and not boundary:
                now.terms.append(chunk)
                continue
            if now.named() or now.comparisons:
                new()
            now.leaf = chunk
            now.cover(chunk)
            if after is None or after.kind not in ("age", "comparison"):
                new()
            elif kind == "sex" or kind == "agegroup":
                found.append(now)
                now = Atom()
            continue
        if kind in ("leaf", "behaviour"):
            if now.terms and not boundary and now.terms[-1].kind == "word" and kind == "leaf":
                now.terms.append(chunk)
                now.cover(chunk)
                continue
            if now.named():
                new()
            if after is not None and after.kind in ("word", "term") and after.start - chunk.end <= 1:
                now.terms.append(chunk)
            else:
                now.leaf = chunk
            now.cover(chunk)
            continue
        if kind == "negation":
            if now.content():
                new()
            now.negated = not now.negated
            continue
        if kind == "head":
            ahead = any(c.kind in ("term", "word", "leaf") for c in row[place + 1 :])
            if not ahead:
                if now.terms:
                    now.head = now.head or chunk.value
                else:
                    now.head = chunk.value
                    now.terms.append(chunk)
                    now.cover(chunk)
                continue
            if now.named():
                new()
            if not now.head or chunk.value != "medication":
                now.head = chunk.value
            continue
        if kind == "status":
            if now.named() and boundary:
                new()
            now.status = chunk.value if not now.status or chunk.value == "ever" else now.status
            if chunk.value == "active":
                now.qualifiers.append("active")
            continue
        if kind == "certainty":
            if chunk.value == "suspected":
                now.qualifiers.append("suspected")
            continue
        if kind == "planned":
            if now.named() and any(c.kind in ("word", "term") for c in row[place + 1 :]):
                tail = [c for c in row[place + 1 :] if c.kind not in ("window", "when", "comparison")]
                stop = tail[-1]
                rest = row[place + 1 :]
                now.qualifiers.append(chunk.low + " " + " ".join(c.low for c in tail))
                now.cover(chunk)
                now.cover(stop)
                for c in rest:
                    if c.kind == "window" and c.timed is not None:
                        now.windows.append(c.timed)
                break
            now.qualifiers.append("planned")
            continue
        if kind == "qualifier":
            if now.named() and boundary:
                new()
            if chunk.low == "stable":
                now.stable = True
            now.qualifiers.append(chunk.low)
            if after is not None and not now.terms:
                fillers = [chunk]
            continue
        if kind == "result":
            if now.terms and boundary:
                new()
            now.results.append(chunk)
            now.cover(chunk)
            continue
        if kind == "administrative":
            now.administrative = now.administrative or chunk
            now.cover(chunk)
            continue
        if kind == "age":
            if (
                now.terms
                and not boundary
                and now.terms[-1].kind in ("word", "term")
                and now.terms[-1].end + 1 >= chunk.start
            ):
                now.terms.append(chunk)
            else:
                if now.named():
                    new()
                now.age = chunk
            now.cover(chunk)
            continue
        if kind == "comparison" and chunk.comparison is not None:
            if boundary and now.named() and not now.comparisons and chunk.comparison.age:
                new()
            now.comparisons.append(chunk.comparison)
            now.cover(chunk)
            continue
        if kind == "window" and chunk.timed is not None:
            now.windows.append(chunk.timed)
            now.cover(chunk)
            continue
        if kind == "number" and chunk.comparison is not None:
            if (after is not None and after.kind in ("word", "term") and not now.terms) or (
                after is not None
                and after.kind in ("word", "term")
                and now.terms
                and after.start - chunk.end <= 1
                and now.terms[-1].kind == "word"
            ):
                now.terms.append(chunk)
            else:
                now.comparisons.append(chunk.comparison)
            now.cover(chunk)
            continue
        if kind == "bracket":
            now.brackets.append(chunk)
            now.cover(chunk)
            continue
        if kind == "borrowed":
            now.borrowed.append(chunk)
            continue
        if kind in ("word", "term"):
            if boundary and now.content():
                new()
            if now.comparisons and now.terms and kind == "term":
                new()
            if not now.terms:
                for filler in fillers:
                    if filler.end + 1 >= chunk.start and filler.low in ():
                        now.terms.append(filler)
            now.terms.append(chunk)
            now.cover(chunk)
            fillers = []
    if now.content() or now.windows or now.brackets or now.negated or now.status or now.head:
        found.append(now)
    return found
