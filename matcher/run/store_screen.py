"""``match screen STORE``: patients as a store keeps them, evaluated without reading their notes again.

Only facts that may bear on a protocol are made (`evaluate.Needs`); a note's text is unpacked where it is
quoted, or where a word of a term stands that no terminology has.
"""

from __future__ import annotations

import json
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import cached_property
from typing import Any, NamedTuple

from matcher.errors import MatchError
from matcher.evaluate import Index, Needs
from matcher.model import Fact, Interval, Note, Protocol, Record, Settings
from matcher.notes import Problem
from matcher.report import contract
from matcher.run import store_codec as codec
from matcher.run.pipeline import Pipeline, latest_day
from matcher.run.store import Store, identifiers_of
from matcher.run.store_version import differences, version
from matcher.run.store_words import Asked
from matcher.run.tally import Tally


class Row(NamedTuple):
    """A note as the store keeps it."""

    stamps: bytes
    body: bytes
    words: bytes
    text: bytes


class Stored:
    """A patient as the store keeps it; travels to a worker as bytes."""

    __slots__ = ("_data", "key", "notes", "order")

    def __init__(self, key: str, data: str, order: bytes, notes: tuple[Row, ...]) -> None:
        self.key = key
        """`matcher.run.screen.key_of` of the patient."""
        self._data = data
        self.order = order
        self.notes = notes

    @property
    def data(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self._data)
        return found

    @property
    def id(self) -> str:
        return str(self.data["id"])

    @property
    def problems(self) -> tuple[Problem, ...]:
        return problems_of(self.data) if '"problems"' in self._data else ()


def problems_of(data: dict[str, Any]) -> tuple[Problem, ...]:
    return tuple(Problem(*row) for row in data.get("problems", ()))


class _Note:
    """A note whose text is unpacked when it is asked for; else as `matcher.model.Note`."""

    __slots__ = ("_packed", "_text", "date", "note_id", "patient_id", "source")
    structured = ()

    def __init__(self, patient_id: str, note_id: str, date: Interval | None, source: str, packed: bytes) -> None:
        self.patient_id = patient_id
        self.note_id = note_id
        self.date = date
        self.source = source
        self._packed = packed
        self._text: str | None = None

    @property
    def text(self) -> str:
        if self._text is None:
            self._text = codec.stretch(self._packed)
        return self._text

    def whole(self) -> Note:
        return Note(self.patient_id, self.note_id, self.text, self.date, self.source)


class Opened:
    """A stored patient whose facts can be asked for one by one."""

    def __init__(self, stored: Stored, stamps: Stamps) -> None:
        self._stored = stored
        self._stamps = stamps
        self.data = stored.data
        self.id: str = self.data["id"]
        self.problems = problems_of(self.data)
        self.notes: tuple[Any, ...] = tuple(
            _Note(self.id, note_id, codec.interval(date), source, row.text)
            for (note_id, date, source), row in zip(self.data.get("notes", ()), stored.notes, strict=True)
        )
        self.numbers: list[int] = []
        """The stamps of all facts of the notes, then those of what was worked out."""
        self._first: list[int] = []
        for row in stored.notes:
            self._first.append(len(self.numbers))
            self.numbers += codec.unpack(row.stamps)
        self._said = len(self.numbers)
        self._derived: list[list[Any]] = self.data.get("derived", [])
        self.numbers += [row[0] for row in self._derived]
        self._pages: dict[int, codec.Page] = {}
        self._made: dict[int, Fact] = {}

    @property
    def born(self) -> bool:
        return bool(self.data.get("born"))

    def page(self, place: int) -> codec.Page:
        """The facts of note number ``place``."""
        page = self._pages.get(place)
        if page is None:
            first = self._first[place]
            numbers = self.numbers[first : (*self._first, self._said)[place + 1]]
            page = codec.Page(self.notes[place], numbers, self._stamps, self._stored.notes[place].body)
            self._pages[place] = page
        return page

    def fact(self, at: int) -> Fact:
        """Fact number ``at``; the same object each time."""
        made = self._made.get(at)
        if made is None:
            if at < self._said:
                place = bisect_right(self._first, at) - 1
                made = self.page(place).fact(at - self._first[place])
            else:
                stamp, anchor, *own, inputs = self._derived[at - self._said]
                made = codec.derive(
                    self._stamps[stamp], self.fact(anchor), own, tuple(self.fact(number) for number in inputs)
                )
            self._made[at] = made
        return made

    def raw(self) -> list[Fact]:
        """All facts of the notes, as they were found."""
        return [self.fact(at) for at in range(self._said)]

    def ordered(self, wanted: Wanted | None) -> Iterator[Fact]:
        """The record's facts as of the latest note, in order; those only that ``wanted`` says."""
        numbers = self.numbers
        for at in codec.unpack(self._stored.order):
            if wanted is None or wanted[numbers[at]]:
                yield self.fact(at)

    def words(self, asked: Asked) -> list[tuple[set[str], set[str]]]:
        """Of each note's words those that are asked for: of terms, and of the score."""
        return [asked.among(row.words) for row in self._stored.notes]


class Stamps(dict[int, codec.Stamp]):
    """A store's stamps by number, read when they are asked for."""

    def __init__(self, data: dict[int, str]) -> None:
        super().__init__()
        self._data = data

    def __missing__(self, number: int) -> codec.Stamp:
        stamp = self[number] = codec.Stamp.loads(self._data[number])
        return stamp


class Wanted(dict[int, bool]):
    """Whether facts of a stamp may bear on a protocol."""

    def __init__(self, needs: Needs, stamps: Stamps) -> None:
        super().__init__()
        self._stamps = stamps
        self._needs = needs

    def __missing__(self, number: int) -> bool:
        stamp = self._stamps[number]
        found = self[number] = stamp.concept is None or self._needs.bears(stamp.concept, stamp.kind)
        return found


class StoredPipeline(Pipeline):
    """As `Pipeline`, for the patients of a store."""

    def __init__(self, reading: Reading, protocols: Iterable[Protocol], shape: contract.Shape, identifiers: bool,
                 ) -> None:  # fmt: skip
        super().__init__(protocols, reading.settings, shape, identifiers)
        self._stamps = reading.stamps
        self._wanted = Wanted(self.needs, self._stamps)
        with reading.store.guarded():
            self._asked = Asked(reading.store.db, self.extractor.search, self.needs.words)

    def opened(self, patient: Any) -> Any:
        return Opened(patient, self._stamps)

    def index(self, patient: Any) -> Index:
        """What may bear on a protocol of a patient's facts."""
        words = patient.words(self._asked)
        scored = frozenset().union(*(some for _, some in words))
        return Index(self._record(patient, words, whole=False), scored, bool(patient.numbers) or None)

    def record(self, patient: Any, *, whole: bool = True) -> Record:
        """As of the day that the settings name, else of the latest note; ``whole``: what no protocol asks for, too."""
        return self._record(patient, patient.words(self._asked), whole=whole)

    def _record(self, opened: Opened, words: Iterable[tuple[set[str], set[str]]], *, whole: bool) -> Record:
        from matcher import facts

        latest = latest_day(opened.notes)
        as_of = self.settings.as_of or latest
        notes = facts.in_time(opened.notes)
        if opened.born and as_of != latest:
            record = facts.record(opened.id, opened.notes, opened.raw(), as_of)
        else:
            # what came as data may name a concept in other words: all of it is taken, so that the order decides
            wanted = None if whole or opened.data.get("coded") else self._wanted
            record = Record(opened.id, notes, tuple(opened.ordered(wanted)), as_of)
        own: list[Fact] = []
        for place, (some, _) in enumerate(words):
            if some and self.extractor.search.possible(some):
                own += self.extractor.own(opened.notes[place].whole(), opened.page(place), some)
        if own:
            record = facts.joined(record, own)
        return record

    def findings(self, patient: Any) -> tuple[tuple[str, ...], int]:
        return identifiers_of(patient.data)


class Reading:
    """A store opened for a screening; one view of it, whatever is written meanwhile.

    Raises `MatchError` where its facts are not what this program and these settings would find.
    """

    def __init__(self, path: str, settings: Settings, named: str | None) -> None:
        """``named``: the recogniser that the user asked for; None: that of the store."""
        self.store = Store(path)
        store = self.store
        with store.guarded():
            store.db.execute("begin")
        self.source = str(store.meta("notes", "NOTES"))
        if not store.run:
            raise MatchError(f"{path}: holds no finished run; run: {self._again(path, named or 'default')}")
        ner = str(store.meta("ner"))
        if named is not None and named != ner:
            raise MatchError(f"--ner {named}: the facts in {path} were found with --ner {ner}; leave --ner out, or run:"
                             f" {self._again(path, named)}")  # fmt: skip
        self.settings = replace(settings, ner=ner)
        self._check()

    def _again(self, path: str, ner: str) -> str:
        return f"match extract {self.source} --store {path}" + ("" if ner == "default" else f" --ner {ner}")

    def _check(self) -> None:
        """Raise `MatchError` where the facts are stale."""
        from matcher import ner, terms

        recogniser = ner.recogniser(self.settings.ner, terms.load(self.settings.site))
        name = str(getattr(recogniser, "name", self.settings.ner))
        now = version(self.settings.ner, name, self.settings.site)
        changed = differences(self.store.version, now)
        if changed:
            raise MatchError(
                f"{self.store.path}: stale: {', '.join(changed)} changed since its facts were found; run:"
                f" {self._again(self.store.path, self.settings.ner)}"
            )

    @cached_property
    def stamps(self) -> Stamps:
        with self.store.guarded():
            return Stamps(dict(self.store.db.execute("select id, data from stamp").fetchall()))

    @property
    def count(self) -> int:
        """Patients that the store holds."""
        return int(self.store.meta("patients", 0))

    def joined(
        self, problems: list[Problem], protocols: Iterable[Protocol], shape: contract.Shape, identifiers: bool
    ) -> tuple[Iterable[Any], Pipeline]:
        """The patients, and what evaluates them."""
        return self.patients(problems), StoredPipeline(self, protocols, shape, identifiers)

    @staticmethod
    def key_of(patient: Any) -> str:
        return str(patient.key)

    def identifiers(self) -> tuple[list[str], int]:
        """What looks like an identifier in the notes: the first of them, and how many there are."""
        seen = Tally()
        for patient in self.patients([]):
            seen.identify(*identifiers_of(patient.data))
        return seen.identifiers, seen.identifiers_found

    def patients(self, problems: list[Problem]) -> Iterator[Stored]:
        """In the order of the input; ``problems`` takes what belongs to no patient where it came up."""
        store = self.store
        loose = [(row[0], Problem(*row[1:])) for row in store.meta("problems", [])]
        loose.reverse()
        rows = store.db.execute(
            "select roll.place, patient.key, patient.data, patient.record, note.stamps, note.body, note.words,"
            " note.text from roll join patient on patient.id = roll.patient"
            " left join notes_of on notes_of.patient = patient.id left join note on note.id = notes_of.note"
            " where roll.run = ? order by roll.place, notes_of.place",
            (store.run,),
        )
        last: tuple[Any, ...] | None = None
        notes: list[Row] = []

        def finished() -> Stored:
            assert last is not None
            while loose and loose[-1][0] <= last[0]:
                problems.append(loose.pop()[1])
            return Stored(last[1], last[2], last[3], tuple(notes))

        with store.guarded():
            for row in rows:
                if last is not None and row[0] != last[0]:
                    yield finished()
                    notes = []
                last = row
                if row[4] is not None:
                    notes.append(Row(*row[4:]))
        if last is not None:
            yield finished()
        problems.extend(problem for _, problem in reversed(loose))
