"""A patient's facts, arranged so that a predicate finds its own in one look-up."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Container
from dataclasses import replace
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar

from matcher.evaluate import data
from matcher.model import Fact, Note, Record

P = ParamSpec("P")
T = TypeVar("T")

_OTHERS = frozenset({"family", "retracted"})
_START, _END = dt.date.min, dt.date.max


def day(fact: Fact) -> dt.date:
    """The day that orders a fact among others of its kind; past ones without a date come first,
    undated ones of an undated note last: they hold as of the note."""
    time = fact.time
    if time is not None and (time.end or time.start):
        return time.end or time.start or _START
    if fact.assertion == "historical" or fact.status == "past":
        return _START
    noted = fact.note_date
    return (noted.end or noted.start or _END) if noted is not None else _END


def when(fact: Fact) -> str | None:
    """The fact's date as shown to a reader: its own, else its note's. Month-only dates show as YYYY-MM."""
    span = fact.time if fact.time is not None and (fact.time.start or fact.time.end) else fact.note_date
    if span is None:
        return None
    first, last = span.start, span.end
    if first and last:
        if first == last:
            return first.isoformat()
        days = (last - first).days
        if first.day == 1 and 27 <= days <= 30:
            return first.isoformat()[:7]
        if first.month == first.day == 1 and 364 <= days <= 365:
            return first.isoformat()[:4]
        return f"{first.isoformat()}/{last.isoformat()}"
    return (last or first or _START).isoformat()


def dated(fact: Fact) -> str:
    """The fact's date in brackets, to follow its quote; empty where there is none."""
    shown = when(fact)
    return f" ({shown})" if shown else ""


def _inside(fact: Fact, spans: list[tuple[str, int, int]]) -> bool:
    return any(fact.note_id == note and start <= fact.start < end for note, start, end in spans)


_HAPPENED = frozenset(("present", "absent", "historical", "possible"))


class Index:
    """Facts about the patient by kind and by concept id; facts about relatives are kept apart.

    Built once a record. ``facts`` are ordered by (day, note id, offset), so that the order in which notes of
    one day were read changes nothing.
    """

    __slots__ = (
        "as_of",
        "by_id",
        "by_kind",
        "closed",
        "earliest",
        "facts",
        "found",
        "ids",
        "kinds",
        "lists",
        "notes",
        "others",
        "record",
        "spoken",
        "unlisted",
        "words",
    )

    def __init__(self, record: Record, words: Container[str] | None = None, spoken: bool | None = None) -> None:
        """``words``: the notes' words (`relevance.stems`), where they are known; ``spoken``: whether the notes say
        anything, where the record holds but a part of what they say."""
        self.record = record
        self.words = words
        self.as_of = record.as_of
        self.notes: dict[str, Note] = {note.note_id: note for note in record.notes}
        own: list[Fact] = []
        self.others: list[Fact] = []
        for fact in record.facts:
            about_other = fact.experiencer != "patient" or fact.assertion in _OTHERS
            kept = fact.kind == "family_history" or fact.rule == "sex.pronoun"
            (self.others if about_other and not kept else own).append(fact)
        own.sort(key=lambda f: (day(f), f.note_id, f.start, f.end))
        own = self._corrected(own)
        self.facts = own
        self.by_kind: dict[str, list[Fact]] = {}
        self.by_id: dict[str, list[Fact]] = {}
        self.closed: dict[str, Fact] = {}
        """Kinds whose list the note gives in full or denies altogether ("Medications: none")."""
        self.unlisted: dict[str, Fact] = {}
        """Kinds of which the note says that it is not known what there is ("Allergies: unable to obtain")."""
        promises = [(f.note_id, f.quote_start, f.quote_end) for f in own if f.kind == "administrative"]
        if promises:
            # the sentence on consent and the trial's protocol tells nothing of the patient's other trials
            own = [f for f in own if f.kind != "other" or not _inside(f, promises)]
            self.facts = own
        for fact in own:
            self.by_kind.setdefault(fact.kind, []).append(fact)
            if fact.concept is not None:
                if fact.kind == "family_history":
                    continue  # "no family history of diabetes" says nothing of the patient's own
                self.by_id.setdefault(fact.concept.id, []).append(fact)
            elif fact.rule.startswith("list.") and fact.result == "none":
                self.closed[fact.kind] = fact
            elif fact.rule == "list.unknown":
                self.unlisted[fact.kind] = fact
        self.lists = frozenset((*self.closed, *self.unlisted))
        begun = [f.time.start for f in own if f.time is not None and f.time.start and f.assertion in _HAPPENED]
        self.earliest = max(begun, default=None) if self.as_of is None else None
        """Of notes without a date, the latest day that they tell of: the patient is not screened before."""
        self.ids = frozenset(self.by_id)
        self.kinds = frozenset(self.by_kind) | ({"*"} if self.others else set())
        self.spoken = spoken or bool(record.facts) or any(note.text.strip() for note in record.notes)
        self.found: dict[object, Any] = {}
        """What `once` keeps."""

    def _corrected(self, own: list[Fact]) -> list[Fact]:
        """Without what a list names and the notes take back: "entered in error", "he never had diabetes"."""
        table = data.table("rules")["taken_back"]
        wrong = [f for f in self.others if f.assertion == "retracted" and f.experiencer == "patient"]
        wrong = [f for f in wrong if f.kind in table["kinds"] and f.concept is not None]
        never = [f for f in own if f.assertion == "absent" and f.cue is not None and f.kind in table["kinds"]]
        never = [f for f in never if f.concept is not None and self._cue(f) in table["never"]]
        if not wrong and not never:
            return own
        last = {f.concept: day(f) for f in wrong if f.concept is not None}
        lists = {f.concept: day(f) for f in never if f.concept is not None}
        kept = [
            f
            for f in own
            if f.assertion not in ("present", "historical")
            or not (
                (f.concept in last and day(f) <= last[f.concept])
                or (f.concept in lists and f.section in table["lists"] and day(f) <= lists[f.concept])
            )
        ]
        kept += [replace(f, assertion="absent") for f in wrong]
        return sorted(kept, key=lambda f: (day(f), f.note_id, f.start, f.end))

    def _cue(self, fact: Fact) -> str:
        """The words that decided a fact's assertion."""
        note = self.notes.get(fact.note_id)
        return note.text[fact.cue.start : fact.cue.end].lower() if note is not None and fact.cue is not None else ""

    def around(self, fact: Fact) -> tuple[str, str]:
        """What stands before and behind a mention in its quote."""
        quote, at = self.quote(fact), fact.start - fact.quote_start
        return quote[: max(0, at)], quote[at + len(fact.text) :]

    def of(self, ids: frozenset[str]) -> list[Fact]:
        """The facts whose concept is among ``ids``, in order."""
        by_id = self.by_id
        hits = [key for key in by_id if key in ids]
        if not hits:
            return []
        if len(hits) == 1:
            return by_id[hits[0]]
        found = [fact for key in hits for fact in by_id[key]]
        found.sort(key=lambda f: (day(f), f.note_id, f.start, f.end))
        return found

    def quote(self, fact: Fact) -> str:
        """The sentence or clause that encloses the fact."""
        note = self.notes.get(fact.note_id)
        if note is None:
            return fact.text
        return note.text[fact.quote_start : fact.quote_end] if fact.quote_end else note.text[fact.start : fact.end]


def once(find: Callable[Concatenate[Index, P], T]) -> Callable[Concatenate[Index, P], T]:
    """Found once a patient, however many predicates ask."""

    @wraps(find)
    def known(index: Index, *args: P.args, **kwargs: P.kwargs) -> T:
        key = (find, *args) if args else find
        try:
            found: T = index.found[key]
        except KeyError:
            found = index.found[key] = find(index, *args, **kwargs)
        return found

    return known
