"""What derived facts are worked out from: the latest value of each measure, age and sex."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from functools import cache

from matcher.facts import tables
from matcher.model import Fact
from matcher.terms import analytes, units

_MASS = "g/dL"


class Known:
    """The latest usable fact of each measure; who the patient is."""

    def __init__(self, facts: Iterable[Fact]) -> None:
        facts = list(facts)
        self.denied = [f for f in facts if f.experiencer == "patient" and f.assertion == "absent"]
        self.facts = [f for f in facts if f.experiencer == "patient" and f.assertion in ("present", "historical")]
        names = _names()
        self.by_name: dict[str, list[Fact]] = {}
        self.by_id: dict[str, list[Fact]] = {}
        self._mass: frozenset[str] | None = None
        for fact in self.facts:
            name = names.get(fact.concept.id) if fact.concept else None
            if fact.concept is None or fact.quantity is None or fact.assertion != "present":
                continue
            self.by_id.setdefault(fact.concept.id, []).append(fact)
            if name:
                self.by_name.setdefault(name, []).append(fact)
        for found in [*self.by_name.values(), *self.by_id.values()]:
            found.sort(key=when)

    def value(self, name: str, unit: str) -> tuple[float, Fact] | None:
        """The latest exact value of a measure that something is worked out from."""
        return self._value(self.by_name.get(name, ()), unit)

    def measured(self, id: str, unit: str) -> tuple[float, Fact] | None:
        """The latest exact value of a measure by its concept's id."""
        return self._value(self.by_id.get(id, ()), unit)

    def _value(self, facts: Sequence[Fact], unit: str) -> tuple[float, Fact] | None:
        """The latest exact one in ``unit``; a number without a unit is taken only where one unit is plausible, or the
        note's other values are all in such units."""
        for fact in reversed(facts):
            quantity = fact.quantity
            assert quantity is not None and fact.concept is not None
            if quantity.low is None or quantity.low != quantity.high:
                continue
            analyte = analytes.get(fact.concept.id)
            given = quantity.unit or (units.plausible_unit(analyte, quantity.low) if analyte else None)
            if given is None and analyte is not None and self._usual(fact, analyte):
                given = analyte.unit
            if given is None:
                continue
            try:
                value = units.convert(quantity.low, given, unit, analyte)
            except units.UnitError:
                continue
            if value > 0:
                return value, fact
        return None

    def _usual(self, fact: Fact, analyte: analytes.Analyte) -> bool:
        """Whether a value without a unit is in the unit that its note uses: enzymes in units, others by mass."""
        value = fact.quantity.low if fact.quantity is not None else None
        if value is None or not (analyte.plausible_low or 0) <= value <= (analyte.plausible_high or value):
            return False
        return analyte.unit == "U/L" or (fact.note_id in self._by_mass() and analyte.unit.endswith(_MASS))

    def _by_mass(self) -> frozenset[str]:
        """The notes whose values are by mass ("albumin 4.0" can be nothing else), and none of them by amount."""
        if self._mass is None:
            mass: set[str] = set()
            amount: set[str] = set()
            for some in self.by_id.values():
                for fact in some:
                    analyte = analytes.get(fact.concept.id) if fact.concept else None
                    quantity = fact.quantity
                    if analyte is None or quantity is None or not analyte.unit.endswith(_MASS) or not quantity.low:
                        continue
                    unit = quantity.unit or units.plausible_unit(analyte, quantity.low)
                    if unit is not None:
                        (mass if unit.endswith(_MASS) else amount).add(fact.note_id)
            self._mass = frozenset(mass - amount)
        return self._mass

    def plain(self, name: str) -> tuple[float, Fact] | None:
        """The latest value of a measure that has no unit."""
        for fact in reversed(self.by_name.get(name, ())):
            quantity = fact.quantity
            if quantity is not None and quantity.low is not None and quantity.low == quantity.high:
                return quantity.low, fact
        return None

    def age(self) -> tuple[float, float, Fact] | None:
        """Completed years of age at the notes' date (low, high)."""
        for fact in sorted((f for f in self.facts if f.kind == "age" and f.quantity), key=when, reverse=True):
            quantity = fact.quantity
            assert quantity is not None
            if quantity.unit == "years" and quantity.low is not None and quantity.high is not None:
                return quantity.low, quantity.high, fact
        return None

    def sex(self) -> tuple[str, Fact] | None:
        said = [f for f in self.facts if f.kind == "sex" and f.result in ("male", "female")]
        if not said or len({f.result for f in said}) > 1:
            return None
        return str(said[-1].result), said[-1]


@cache
def _names() -> dict[str, str]:
    """The concept of a measure that something is worked out from, to the measure's name."""
    inputs: dict[str, list[str]] = tables.toml("concepts")["inputs"]
    return {id: name for name, ids in reversed(inputs.items()) for id in ids}


def when(fact: Fact) -> dt.date:
    """The day that a fact is of; the first of all days where none is known."""
    for interval in (fact.time, fact.note_date):
        if interval is not None and (interval.end or interval.start):
            return interval.end or interval.start or dt.date.min
    return dt.date.min
