"""Facts as bytes: what many facts have in common once, their places as numbers, the rest as JSON.

A `Stamp` holds what facts share (kind, concept, assertion …); a store keeps each once, and a fact is its number and
six whole numbers beside it: where it stands, its quote, its cue. Values, times and the like are in JSON beside them.
Nothing here is executable, and reading it needs no more than the store's own numbers.
"""

from __future__ import annotations

import datetime as dt
import json
import sys
import zlib
from array import array
from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from matcher.facts.finish import Found, spoken_at
from matcher.model import Concept, Fact, Interval, Note, Quantity, Span

COLUMNS = 6
_WIDTH = 4
"""Bytes of a number."""


class Stamp(NamedTuple):
    """What many facts have in common."""

    kind: str
    concept: Concept | None
    assertion: str
    experiencer: str
    result: str | None
    status: str | None
    qualifiers: tuple[str, ...]
    section: str | None
    rule: str
    source: str

    @classmethod
    def of(cls, fact: Fact) -> Stamp:
        return cls(
            fact.kind, fact.concept, fact.assertion, fact.experiencer, fact.result, fact.status, fact.qualifiers,
            fact.section, fact.rule, fact.source,
        )  # fmt: skip

    def dumps(self) -> str:
        kind, concept, *rest = self
        named = [concept.system, concept.id, concept.name] if concept else None
        return json.dumps([kind, named, *rest], separators=(",", ":"))

    @classmethod
    def loads(cls, data: str) -> Stamp:
        kind, named, assertion, experiencer, result, status, qualifiers, section, rule, source = json.loads(data)
        concept = Concept(*named) if named else None
        return cls(
            kind, concept, assertion, experiencer, result, status, tuple(qualifiers), section, rule, source
        )  # fmt: skip


class Coded(NamedTuple):
    """The facts of one note as bytes; ``stamps`` are written out, to be numbered by the store."""

    stamps: tuple[str, ...]
    numbers: tuple[int, ...]
    """For each fact the place of its stamp in ``stamps``."""
    body: bytes


def encode(note: Note, found: Sequence[Found]) -> Coded:
    """The facts of a note: those of its text, then those that came as data."""
    stamps: dict[str, int] = {}
    numbers: list[int] = []
    columns: list[list[int]] = [[] for _ in range(COLUMNS)]
    extras: dict[str, dict[str, Any]] = {}

    def extra(name: str, value: Any) -> None:
        extras.setdefault(str(len(numbers) - 1), {})[name] = value

    plain = [Found(fact, (fact.start, fact.end), (fact.start, fact.end)) for fact in note.structured]
    for at, one in enumerate([*found, *plain]):
        fact = one.fact
        numbers.append(stamps.setdefault(Stamp.of(fact).dumps(), len(stamps)))
        cue = fact.cue
        row = (
            fact.start, fact.end - fact.start, fact.start - fact.quote_start, fact.quote_end - fact.quote_start,
            cue.start - fact.start if cue else 0, cue.end - cue.start if cue else -1,
        )  # fmt: skip
        for column, value in zip(columns, row, strict=True):
            column.append(value)
        if fact.quantity is not None:
            extra("quantity", _quantity(fact.quantity, fact.start))
        if fact.time is not None:
            extra("time", _days(fact.time))
        if fact.changed is not None:
            extra("changed", _days(fact.changed))
        if fact.ago is not None:
            extra("ago", list(fact.ago))
        if fact.text != note.text[fact.start : fact.end]:
            extra("text", fact.text)
        if fact.note_date != note.date:
            extra("date", _days(fact.note_date))
        if fact.note_id != note.note_id:
            extra("note", fact.note_id)
        if fact.formula is not None or fact.inputs:
            raise ValueError("a derived fact belongs to a patient, not to a note")
        if at < len(found):
            place = (fact.start, fact.end)
            if (one.place, one.spoken) != (place, spoken_at(fact, place)):
                extra("place", [*one.place, *one.spoken])
    head = [len(numbers), len(found)]
    data = _pack([*head, *(value for column in columns for value in column)])
    if extras:
        data += json.dumps(extras, separators=(",", ":")).encode()
    return Coded(tuple(stamps), tuple(numbers), zlib.compress(data, 6))


class Page:
    """The facts of one note, made when they are asked for."""

    __slots__ = ("_data", "_note", "_numbers", "_read", "_stamps", "_values", "count", "own")

    def __init__(self, note: Note, numbers: Sequence[int], stamps: Mapping[int, Stamp], body: bytes) -> None:
        """``numbers``: of each fact's stamp."""
        self._data = data = zlib.decompress(body)
        self.count, self.own = _unpack(data[: 2 * _WIDTH])
        """Facts in all, and those of the text."""
        self._values = _unpack(data[2 * _WIDTH : (2 + self.count * COLUMNS) * _WIDTH])
        self._read: dict[str, dict[str, Any]] | None = None
        self._note = note
        self._numbers = numbers
        self._stamps = stamps

    @property
    def _extras(self) -> dict[str, dict[str, Any]]:
        """What facts have beside their places, by their number."""
        if self._read is None:
            data = self._data[(2 + self.count * COLUMNS) * _WIDTH :]
            self._read = json.loads(data) if data else {}
        return self._read

    def fact(self, at: int) -> Fact:
        """Fact number ``at``."""
        note, stamp = self._note, self._stamps[self._numbers[at]]
        start, length, before, quoted, cue_at, cued = self._values[at :: self.count]
        end, quote = start + length, start - before
        cue = Span(start + cue_at, start + cue_at + cued) if cued >= 0 else None
        text, date, note_id = None, note.date, note.note_id
        quantity = time = changed = ago = None
        for name, value in self._extras.get(str(at), _NONE).items():
            if name == "quantity":
                quantity = _quantity_of(value, start)
            elif name == "time":
                time = _interval(value)
            elif name == "changed":
                changed = _interval(value)
            elif name == "ago":
                ago = tuple(value)
            elif name == "text":
                text = value
            elif name == "date":
                date = _interval(value)
            elif name == "note":
                note_id = value
        return Fact(
            stamp.kind, note.text[start:end] if text is None else text, start, end, note_id,  # type: ignore[arg-type]
            stamp.concept, stamp.assertion, stamp.experiencer, cue, quantity, stamp.result, time,  # type: ignore[arg-type]
            stamp.status, changed, stamp.qualifiers, stamp.section, date, quote, quote + quoted,  # type: ignore[arg-type]
            None, (), stamp.rule, stamp.source, ago=ago,
        )  # fmt: skip

    def found(self) -> list[Found]:
        """What the text says, with the places by which its neighbours are read."""
        return [self._found(at) for at in range(self.own)]

    def within(self, start: int, end: int) -> list[Found]:
        """Of it, what begins in ``start:end``."""
        values = self._values  # the first of them are where facts begin
        return [
            self._found(at)
            for at in range(bisect_left(values, start, 0, self.own), bisect_left(values, end, 0, self.own))
        ]

    def first(self, rule: str) -> Fact | None:
        """The first fact of a rule that the text says."""
        return next((self.fact(at) for at in range(self.own) if self._stamps[self._numbers[at]].rule == rule), None)

    def _found(self, at: int) -> Found:
        fact = self.fact(at)
        place = (fact.start, fact.end)
        other = self._extras.get(str(at), _NONE).get("place")
        if other is not None:
            return Found(fact, (other[0], other[1]), (other[2], other[3]))
        return Found(fact, place, spoken_at(fact, place))


_NONE: dict[str, Any] = {}


class Derived(NamedTuple):
    """A fact that was worked out from others: what it has of its own, and their numbers."""

    stamp: str
    anchor: int
    """The fact beside which it stands."""
    quantity: list[Any] | None
    time: list[int | None] | None
    formula: str | None
    inputs: list[int]


def derived(fact: Fact, number: dict[int, int]) -> Derived:
    """``number``: of each fact that it may rest on, by identity."""
    anchor = next(
        number[id(one)]
        for one in fact.inputs
        if (one.start, one.end, one.note_id, one.quote_start, one.quote_end, one.note_date, one.text)
        == (fact.start, fact.end, fact.note_id, fact.quote_start, fact.quote_end, fact.note_date, fact.text)
    )
    return Derived(
        Stamp.of(fact).dumps(),
        anchor,
        _quantity(fact.quantity, 0) if fact.quantity else None,
        _days(fact.time) if fact.time else None,
        fact.formula,
        [number[id(one)] for one in fact.inputs],
    )


def derive(stamp: Stamp, anchor: Fact, row: Sequence[Any], inputs: tuple[Fact, ...]) -> Fact:
    """The fact of a `Derived`; ``row`` is its quantity, time and formula."""
    quantity, time, formula = row
    return Fact(
        stamp.kind, anchor.text, anchor.start, anchor.end, anchor.note_id, stamp.concept,  # type: ignore[arg-type]
        stamp.assertion, stamp.experiencer, None, _quantity_of(quantity, 0) if quantity else None,  # type: ignore[arg-type]
        stamp.result, _interval(time) if time else None, stamp.status, None, stamp.qualifiers, stamp.section,  # type: ignore[arg-type]
        anchor.note_date, anchor.quote_start, anchor.quote_end, formula, inputs, stamp.rule, stamp.source,
    )  # fmt: skip


def _quantity(quantity: Quantity, start: int) -> list[Any]:
    q = quantity
    return [q.low, q.high, q.unit, int(q.low_open), int(q.high_open), q.ref_low, q.ref_high, q.start - start,
            q.end - start]  # fmt: skip


def _quantity_of(row: Sequence[Any], at: int) -> Quantity:
    low, high, unit, low_open, high_open, ref_low, ref_high, start, end = row
    return Quantity(low, high, unit, bool(low_open), bool(high_open), ref_low, ref_high, at + start, at + end)


def _days(interval: Interval | None) -> list[int | None] | None:
    if interval is None:
        return None
    return [day.toordinal() if day is not None else None for day in (interval.start, interval.end)]


def _interval(days: Sequence[int | None] | None) -> Interval | None:
    if days is None:
        return None
    first, last = days
    day = dt.date.fromordinal
    return Interval(day(first) if first is not None else None, day(last) if last is not None else None)


days, interval = _days, _interval


def _pack(values: Iterable[int]) -> bytes:
    numbers = array("i", values)
    if sys.byteorder == "big":
        numbers.byteswap()
    return numbers.tobytes()


def _unpack(data: bytes) -> array[int]:
    numbers = array("i")
    numbers.frombytes(data)
    if sys.byteorder == "big":
        numbers.byteswap()
    return numbers


pack, unpack = _pack, _unpack


def squeeze(text: str) -> bytes:
    """Text as bytes; broken text stays as it is."""
    return zlib.compress(text.encode("utf-8", "surrogatepass"), 6)


def stretch(data: bytes) -> str:
    return zlib.decompress(data).decode("utf-8", "surrogatepass")
