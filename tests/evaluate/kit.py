"""A small terminology and short builders, so that a clinical case is one line."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

from matcher.model import (
    Concept,
    Criterion,
    Fact,
    Interval,
    Leaf,
    Logic,
    Note,
    Protocol,
    Quantity,
    Record,
    Screening,
    Settings,
    Verdict,
)

PARENTS = {
    "nstemi": ["mi"],
    "mi": ["heart_disease"],
    "t2dm": ["diabetes"],
    "t1dm": ["diabetes"],
    "sle": ["autoimmune"],
    "hypothyroidism": ["autoimmune"],
    "pembrolizumab": ["checkpoint"],
    "MONDO:0005147": ["diabetes"],
    "MONDO:0005148": ["diabetes"],
}


class Terms:
    """Is-a over a handful of concepts."""

    def concept(self, id: str) -> Concept:
        return Concept("TEST", id, id.replace("_", " "))

    def ancestors(self, id: str) -> tuple[Concept, ...]:
        found: list[str] = []
        level = PARENTS.get(id, [])
        while level:
            found += [p for p in level if p not in found]
            level = [g for p in level for g in PARENTS.get(p, [])]
        return tuple(self.concept(f) for f in found)

    def descendants(self, id: str) -> frozenset[str]:
        return frozenset([id, *(c for c in PARENTS if any(a.id == id for a in self.ancestors(c)))])

    def ancestor_ids(self, id: str) -> frozenset[str]:
        return frozenset(a.id for a in self.ancestors(id))

    def is_a(self, child: str, parent: str) -> bool:
        return child == parent or any(a.id == parent for a in self.ancestors(child))

    def known(self, id: str) -> str | None:
        return id

    def kind(self, id: str) -> str:
        return "condition"

    def find(self, text: str) -> list[object]:
        return []

    def normalise(self, text: str, context: str = "", kinds: object = None) -> object:
        class Found:
            concept = None

        return Found()


TERMS = Terms()
AS_OF = dt.date(2023, 6, 15)


def days(start: str | None, end: str | None = None) -> Interval | None:
    if start is None:
        return None
    return Interval(dt.date.fromisoformat(start), dt.date.fromisoformat(end or start))


def fact(kind: str, id: str | None, text: str = "", *, note: str = "n1", **more: object) -> Fact:
    """A fact whose mention is ``text`` at the start of note ``note``."""
    concept = TERMS.concept(id) if id else None
    shown = text or (id or kind)
    found = Fact(kind, shown, 0, len(shown), note, concept, note_date=days("2023-06-15"), quote_end=len(shown))  # type: ignore[arg-type]
    return replace(found, **more)  # type: ignore[arg-type]


def value(id: str, low: float, unit: str | None = None, high: float | None = None, **more: object) -> Fact:
    return fact("measurement", id, f"{id} {low}", quantity=Quantity(low, low if high is None else high, unit), **more)


def leaf(op: str, id: str | None = None, **more: object) -> Leaf:
    concept = TERMS.concept(id) if id else None
    return replace(Leaf(op, 0, 1, term=(id or op).replace("_", " "), concept=concept), **more)  # type: ignore[arg-type]


def record(*facts: Fact, as_of: dt.date | None = AS_OF) -> Record:
    ids = sorted({f.note_id for f in facts} or {"n1"})
    notes = tuple(Note("p", i, "x " * 40, days("2023-06-15")) for i in ids)
    return Record("p", notes, tuple(facts), as_of)


def protocol(*parts: tuple[str, Logic]) -> Protocol:
    criteria = tuple(
        Criterion(f"{kind[0].upper()}{n}", kind, "text", 0, 4, "parsed", logic=logic)  # type: ignore[arg-type]
        for n, (kind, logic) in enumerate(parts, 1)
    )
    return Protocol("trial", "trial.txt", "text", criteria)


def screen(logic: Logic, *facts: Fact, kind: str = "exclusion", settings: Settings | None = None) -> Screening:
    from matcher.evaluate import Evaluator

    evaluator = Evaluator(protocol((kind, logic)), TERMS, settings or Settings())
    assert not evaluator.faults
    return evaluator.screen(record(*facts))


def judge(logic: Logic, *facts: Fact, kind: str = "exclusion", settings: Settings | None = None) -> Verdict:
    """The verdict of a protocol of one criterion over a patient with these facts."""
    return screen(logic, *facts, kind=kind, settings=settings).verdicts[0]
