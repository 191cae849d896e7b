"""A patient's record: facts of all notes in time order, duplicates folded, derived facts added."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import lru_cache

from matcher.facts import derived
from matcher.model import Fact, Note, Record
from matcher.terms import lexical


def record(patient_id: str, notes: Sequence[Note], facts: Iterable[Fact], as_of: dt.date | None = None) -> Record:
    """The record of one patient.

    Facts are in time order (undated ones first), then note order, then offset order. What a later note repeats word
    for word is kept once, as its latest mention; contradictions are kept, both of them. ``as_of`` is the day for which
    ages are worked out.
    """
    order = {note.note_id: index for index, note in enumerate(in_time(notes))}
    known = _fold(list(facts), order)
    known += derived.derive([fact for fact in known if fact.source != "protocol"], as_of)
    known.sort(key=lambda fact: _key(fact, order))
    return Record(patient_id, in_time(notes), tuple(known), as_of)


def joined(record: Record, own: Iterable[Fact]) -> Record:
    """The record with the facts of protocols' own terms, which it was made without."""
    order = {note.note_id: index for index, note in enumerate(record.notes)}
    facts = sorted((*record.facts, *_fold(list(own), order)), key=lambda fact: _key(fact, order))
    return replace(record, facts=tuple(facts))


def in_time(notes: Sequence[Note]) -> tuple[Note, ...]:
    """The notes by date, then by id."""
    return tuple(sorted(notes, key=lambda n: (_last(n.date) or dt.date.min, n.note_id)))


def _last(interval: object) -> dt.date | None:
    return getattr(interval, "end", None) or getattr(interval, "start", None)


def when(fact: Fact) -> dt.date:
    """The day that orders a fact: its own time, else its note's date, else the first of days."""
    return _last(fact.time) or _last(fact.note_date) or dt.date.min


def _key(fact: Fact, order: dict[str, int]) -> tuple[object, ...]:
    concept = fact.concept.id if fact.concept else ""
    return (when(fact), order.get(fact.note_id, len(order)), fact.start, fact.end, fact.kind, fact.rule, concept)


@lru_cache(maxsize=8192)
def _place(text: str) -> tuple[str, ...]:
    """The words of a place in a fact's own words: tears of the medial and of the lateral meniscus are two."""
    places = lexical.places()
    stems = (lexical.stem(word) for word in text.lower().split()) if " " in text else ()
    return tuple(stem for stem in stems if stem in places)


def _fold(facts: list[Fact], order: dict[str, int]) -> list[Fact]:
    """Keep one of the facts that say the same of the same time in the same words (copied-forward text)."""
    kept: dict[tuple[object, ...], Fact] = {}
    for fact in sorted(facts, key=lambda f: (order.get(f.note_id, len(order)), f.start, f.end)):
        quantity = replace(fact.quantity, start=0, end=0) if fact.quantity else None
        key = (
            fact.kind,
            fact.concept.id if fact.concept else fact.text.lower(),
            fact.assertion,
            fact.experiencer,
            quantity,
            fact.result,
            fact.time,
            fact.ago,
            fact.note_date,
            fact.status,
            fact.changed,
            fact.qualifiers,
            fact.rule if fact.concept is None else "",
            fact.section,
            _place(fact.text),
        )
        kept.setdefault(key, fact)
    return list(kept.values())
