"""``match extract NOTES --store DIR``: what is new or changed is read, what is gone is taken out."""

from __future__ import annotations

import hashlib
import json
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from matcher.facts.finish import Found
from matcher.model import Fact, Note, Settings
from matcher.notes import Patient, Problem
from matcher.run import store_codec as codec
from matcher.run.screen import key_of
from matcher.run.store import Store, identifiers_of
from matcher.run.store_version import version
from matcher.run.store_words import Numbers, forget, words_of
from matcher.run.tally import SHOWN_IDENTIFIERS, Tally
from matcher.run.workers import Lost, results

if TYPE_CHECKING:
    from matcher import facts

_COMMIT = 0.5
"""Seconds of work that a killed run may lose."""


@dataclass
class Filled(Tally):
    """What a run did. ``patients`` are in the store as they are now, ``resumed`` were so before."""

    read: int = 0
    """Notes that the store did not hold."""
    gone: int = 0
    """Notes that it held and holds no longer."""
    stale: list[str] = field(default_factory=list)
    """What had changed since the store's facts were found; all notes were read again."""


class Work(NamedTuple):
    """A patient with the places of the notes that are to be read."""

    id: str
    notes: tuple[Note, ...]
    """Those notes: what the size of a batch is counted by."""
    patient: Patient
    missing: tuple[int, ...]


class Read(NamedTuple):
    """What reading a patient's notes gave."""

    coded: tuple[codec.Coded, ...]
    words: tuple[str, ...]
    """`store_words.words_of` each note."""
    identifiers: tuple[tuple[int, int, str], ...]
    """Of the first `SHOWN_IDENTIFIERS`: the note's place, the line, the kind."""
    identifiers_found: int
    record: PatientRecord | None
    """Where all notes were read."""


class PatientRecord(NamedTuple):
    """The order of a patient's facts, folded, and those that were worked out."""

    order: tuple[int, ...]
    derived: tuple[codec.Derived, ...]
    born: bool
    """A date of birth is known: what was worked out depends on the day of the screening."""


class Reader:
    """Terminology and recogniser, built once; works on patients as a pipeline does."""

    def __init__(self, settings: Settings) -> None:
        from matcher import facts, ner, terms

        self.terminology = terms.load(settings.site)
        self.recogniser = ner.recogniser(settings.ner, self.terminology)
        self.extractor: facts.Extractor = facts.Extractor(self.recogniser, self.terminology)
        self.version = version(settings.ner, str(getattr(self.recogniser, "name", settings.ner)), settings.site)

    def result(self, work: Work) -> Read:
        """The notes of ``work``, read."""
        from matcher.notes import phi

        found = list(self.extractor.found(work.notes))
        coded = tuple(codec.encode(note, some) for note, some in zip(work.notes, found, strict=True))
        every = [
            (place, finding.line, finding.kind)
            for place, note in enumerate(work.patient.notes)
            for finding in phi.scan(note)
        ]
        whole = len(work.missing) == len(work.patient.notes)
        record = record_of(work.patient, found) if whole else None
        return Read(
            coded,
            tuple(words_of(note.text) for note in work.notes),
            tuple(every[:SHOWN_IDENTIFIERS]),
            len(every),
            record,
        )


def record_of(patient: Patient, found: Sequence[Sequence[Found]]) -> PatientRecord:
    """The patient's record as of the latest note."""
    from matcher import facts
    from matcher.run.pipeline import latest_day

    raw: list[Fact] = []
    for note, some in zip(patient.notes, found, strict=True):
        raw += [one.fact for one in some]
        raw += note.structured
    record = facts.record(patient.id, patient.notes, raw, latest_day(patient.notes))
    number = {id(fact): at for at, fact in enumerate(raw)}
    waiting = [fact for fact in record.facts if id(fact) not in number]
    derived = []
    while waiting:
        ready = next(fact for fact in waiting if all(id(one) in number for one in fact.inputs))
        derived.append(codec.derived(ready, number))
        number[id(ready)] = len(number)
        waiting = [fact for fact in waiting if fact is not ready]
    born = any(fact.rule == "age.birth" for fact in raw)
    return PatientRecord(tuple(number[id(fact)] for fact in record.facts), tuple(derived), born)


def fill(
    store: Store,
    notes: str,
    patients: Iterable[Patient],
    settings: Settings,
    jobs: int,
    done: Filled,
    on_patient: Callable[[Filled], None] = lambda done: None,
) -> None:
    """Bring ``store`` to what ``notes`` holds now. ``done.problems`` grows while ``patients`` are read."""
    _Fill(store, Reader(settings), done).run(notes, patients, settings, jobs, on_patient)


_Waiting = tuple[Patient, str, tuple[int, ...], int]
"""A patient with its key, the notes to be read, its place."""


class _Fill:
    def __init__(self, store: Store, reader: Reader, done: Filled) -> None:
        self.store = store
        self.reader = reader
        self.done = done
        self.number = store.run + 1
        self.place = 0
        self.loose: list[tuple[int, Problem]] = []
        """What went wrong and belongs to no patient, with the number of patients that were read before."""
        self._stamps: dict[str, int] = {}
        self._words = Numbers(store.db)

    def run(
        self, notes: str, patients: Iterable[Patient], settings: Settings, jobs: int,
        on_patient: Callable[[Filled], None],
    ) -> None:  # fmt: skip
        self._begin(settings)
        db, done = self.store.db, self.done
        waiting: deque[_Waiting] = deque()
        reading = self._patients(patients)
        fresh = self._fresh(reading, waiting, on_patient)
        with self.store.guarded():
            db.execute("begin immediate")
            try:
                last = time.monotonic()
                for read in results(fresh, self.reader, jobs):
                    self._add(*waiting.popleft(), read)
                    on_patient(done)
                    if time.monotonic() - last > _COMMIT:
                        db.execute("commit")
                        db.execute("begin immediate")
                        last = time.monotonic()
                if done.notes:
                    self._finish(notes)
                db.execute("commit")
            except BaseException:
                if db.in_transaction:
                    db.execute("rollback")
                raise
        self.store.settle()

    def _begin(self, settings: Settings) -> None:
        store, own = self.store, self.reader.version
        before = store.version
        with store.transaction():
            if before and before != own:
                from matcher.run.store_version import differences

                self.done.stale = differences(before, own)
                for table in ("roll", "notes_of", "patient", "note", "word", "stamp", "meta"):
                    store.db.execute(f"delete from {table}")
                self.number = 1
            store.set_meta(version=own, ner=settings.ner)
            store.db.execute("delete from roll where run >= ?", (self.number,))  # what a killed run left
        rows = store.db.execute("select data, id from stamp")
        self._stamps = dict(rows.fetchall())

    def _patients(self, patients: Iterable[Patient]) -> Iterator[Patient]:
        seen = 0
        source = iter(patients)
        while True:
            patient = next(source, None)
            for problem in self.done.problems[seen:]:
                self.loose.append((self.place, problem))
            if patient is None:
                return
            self.done.problems.extend(patient.problems)
            seen = len(self.done.problems)
            yield patient

    def _fresh(
        self, patients: Iterable[Patient], waiting: deque[_Waiting], on_patient: Callable[[Filled], None]
    ) -> Iterator[Work]:
        """The patients that the store does not hold as they are; the others go to the roll at once."""
        db, done = self.store.db, self.done
        for patient in patients:
            done.notes += len(patient.notes)
            key = key_of(patient)
            known = db.execute("select id, data from patient where key = ?", (key,)).fetchone()
            place, self.place = self.place, self.place + 1
            if known is not None:
                done.patients += 1
                done.resumed += 1
                self._enrol(place, known[0])
                self._identifiers(json.loads(known[1]))
                on_patient(done)
                continue
            missing = tuple(
                at
                for at, note in enumerate(patient.notes)
                if db.execute("select 1 from note where key = ?", (note_key(note),)).fetchone() is None
            )
            waiting.append((patient, key, missing, place))
            yield Work(patient.id, tuple(patient.notes[at] for at in missing), patient, missing)

    def _enrol(self, place: int, patient: int) -> None:
        self.store.db.execute("insert into roll values (?, ?, ?)", (self.number, place, patient))

    def _add(self, patient: Patient, key: str, missing: Sequence[int], place: int, read: Read | Lost) -> None:
        db, done = self.store.db, self.done
        done.patients += not isinstance(read, Lost)
        if isinstance(read, Lost):
            problem = done.lose(patient.id, f"not read: {read.reason}")
            patient = Patient(patient.id, (), (*patient.problems, problem))
            key, read = f"lost {self.number} {place}", Read((), (), (), 0, PatientRecord((), (), False))
            missing = ()
        known = db.execute("select id from patient where key = ?", (key,)).fetchone()
        if known is not None:  # the same patient was read twice at once
            self._enrol(place, known[0])
            return
        ids = [-1] * len(patient.notes)
        for at, coded, words in zip(missing, read.coded, read.words, strict=True):
            ids[at] = self._note(patient.notes[at], coded, words)
            done.read += 1
        for at, note in enumerate(patient.notes):
            if ids[at] < 0:
                ids[at] = db.execute("select id from note where key = ?", (note_key(note),)).fetchone()[0]
        record = read.record or record_of(patient, [self._found(n, i) for n, i in zip(patient.notes, ids, strict=True)])
        data = {
            "id": patient.id,
            "notes": [[note.note_id, codec.days(note.date), note.source] for note in patient.notes],
            "problems": [[p.source, p.message, p.severity, p.patient_id] for p in patient.problems],
            "identifiers": read.identifiers,
            "identifiers_found": read.identifiers_found,
            "born": record.born,
            "coded": any(note.structured for note in patient.notes),
            "derived": [[self._stamp(d.stamp), *d[1:]] for d in record.derived],
        }
        number = db.execute(
            "insert into patient (key, data, record) values (?, ?, ?)",
            (key, json.dumps({k: v for k, v in data.items() if v}, separators=(",", ":")), codec.pack(record.order)),
        ).lastrowid
        assert number is not None
        db.executemany("insert into notes_of values (?, ?, ?)", [(number, at, id) for at, id in enumerate(ids)])
        self._enrol(place, number)
        self._identifiers(data)

    def _identifiers(self, data: dict[str, Any]) -> None:
        self.done.identify(*identifiers_of(data))

    def _note(self, note: Note, coded: codec.Coded, words: str) -> int:
        key = note_key(note)
        known = self.store.db.execute("select id from note where key = ?", (key,)).fetchone()
        if known is not None:  # another patient's note of the same words came in the meantime
            return int(known[0])
        stamps = [self._stamp(data) for data in coded.stamps]
        number = self.store.db.execute(
            "insert into note (key, stamps, body, words, text) values (?, ?, ?, ?, ?)",
            (
                key, codec.pack(stamps[n] for n in coded.numbers), coded.body, self._words.of(words),
                codec.squeeze(note.text),
            ),
        ).lastrowid  # fmt: skip
        assert number is not None
        return number

    def _stamp(self, data: str) -> int:
        number = self._stamps.get(data)
        if number is None:
            number = self._stamps[data] = (
                self.store.db.execute("insert into stamp (data) values (?)", (data,)).lastrowid or 0
            )
        return number

    def _found(self, note: Note, id: int) -> list[Found]:
        """The facts of a note that the store holds."""
        db = self.store.db
        numbers, body = db.execute("select stamps, body from note where id = ?", (id,)).fetchone()
        stamps = {
            n: codec.Stamp.loads(db.execute("select data from stamp where id = ?", (n,)).fetchone()[0])
            for n in sorted(set(codec.unpack(numbers)))
        }
        return codec.Page(note, codec.unpack(numbers), stamps, body).found()

    def _finish(self, notes: str) -> None:
        """The new roll becomes the valid one; what it does not name goes."""
        db, done = self.store.db, self.done
        self.store.set_meta(
            run=self.number, notes=notes, patients=self.place,
            problems=[[at, p.source, p.message, p.severity, p.patient_id] for at, p in self.loose],
        )  # fmt: skip
        db.execute("delete from roll where run <> ?", (self.number,))
        db.execute("delete from patient where id not in (select patient from roll)")
        db.execute("delete from notes_of where patient not in (select id from patient)")
        done.gone = db.execute("delete from note where id not in (select note from notes_of)").rowcount
        if done.gone:
            forget(db)


def note_key(note: Note) -> bytes:
    """The hash of all that the facts of a note depend on in it: the words, the date, what came as data."""
    hashed = hashlib.sha256()
    for part in (note.text, repr(note.date), repr(note.structured)):
        data = part.encode("utf-8", "surrogatepass")
        hashed.update(len(data).to_bytes(8, "big") + data)
    return hashed.digest()
