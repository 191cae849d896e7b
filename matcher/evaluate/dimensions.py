"""How large a finding is, where a criterion and a note have other words for it ("lung lesion ≥ 3 cm", "4 cm mass")."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cache, lru_cache
from typing import Any

from matcher.evaluate.compare import INF
from matcher.evaluate.index import Index
from matcher.evaluate.limits import convert, span
from matcher.evaluate.plan import Setting, rules
from matcher.model import Fact, Leaf, Quantity
from matcher.terms import lexical

_WORD = re.compile(r"[A-Za-z]+")
_UNIT = r"(?:cm|mm|centimet(?:er|re)s?|millimet(?:er|re)s?|inch(?:es)?)\b"
_SIDES = re.compile(
    rf"(?P<a>\d+(?:\.\d+)?)\s?-?(?P<unit_a>{_UNIT})?\s?(?:x|×|by)\s?(?P<b>\d+(?:\.\d+)?)\s?(?P<unit_b>{_UNIT})?"
    rf"(?:\s?(?:x|×|by)\s?\d+(?:\.\d+)?\s?(?P<unit_c>{_UNIT})?)?",
    re.IGNORECASE,
)


@cache
def _groups() -> tuple[frozenset[str], ...]:
    return tuple(frozenset(map(lexical.stem, names)) for names in rules()["dimensions"]["groups"])


def _stems(text: str) -> list[str]:
    return [lexical.stem(word) for word in _WORD.findall(text)]


class Dimensions:
    """The sizes that may settle a leaf: of findings called alike, in the place that it names."""

    def __init__(self, leaf: Leaf, setting: Setting) -> None:
        table: dict[str, Any] = rules()["dimensions"]
        self.side: str | None = table["areas"].get(leaf.unit or "")
        """Of an area ("at least 20 cm²"), the unit of its sides."""
        asked = leaf.op == "measurement" and leaf.cmp is not None
        asked = asked and (self.side is not None or (leaf.unit or "") in table["units"])
        own = _stems(leaf.term) if asked and isinstance(leaf.value, int | float) else []
        self.names = frozenset().union(*(group for group in _groups() if not group.isdisjoint(own)))
        places = lexical.places() - frozenset(map(lexical.stem, table["no_places"]))
        said = [word for word in _WORD.findall(leaf.term) if lexical.stem(word) in places] if self.names else []
        self.places = tuple(said)
        self.ids = (
            _named(" ".join(said), tuple(sorted(self.names.intersection(own))), setting.terminology)
            if self.names
            else _NONE
        )

    def facts(self, index: Index) -> list[Fact]:
        """The largest that is there."""
        sized = [fact for fact in index.by_kind.get("condition", ()) if self._fits(fact, index)]
        if self.side is not None:
            sized = [area for fact in sized if (area := self._area(fact, index)) is not None]
        return [max(sized, key=_length)] if sized else []

    def _area(self, fact: Fact, index: Index) -> Fact | None:
        """ "9 x 5 cm" as what its sides come to; a third side is the depth."""
        note, found = index.notes.get(fact.note_id), fact.quantity
        sides = _SIDES.match(note.text, found.start) if note is not None and found is not None else None
        if sides is None or self.side is None or found is None:
            return None
        unit = sides["unit_b"] or sides["unit_c"] or found.unit
        first = convert(float(sides["a"]), sides["unit_a"] or unit, self.side, None)
        second = convert(float(sides["b"]), unit, self.side, None)
        if first is None or second is None:
            return None
        area = first * second
        return replace(
            fact,
            kind="measurement",
            quantity=Quantity(area, area, f"{self.side}2", start=found.start, end=found.end),
            formula=f"{sides[0].strip()} = {area:g} {self.side}²",
        )

    def _fits(self, fact: Fact, index: Index) -> bool:
        if fact.quantity is None or fact.assertion != "present" or (fact.quantity.unit or "") not in _units():
            return False
        if fact.concept is not None and fact.concept.id not in self.ids:
            return False
        name = fact.concept.name if fact.concept is not None else ""
        if self.names.isdisjoint(_stems(f"{fact.text} {name}")):
            return False
        quote = index.quote(fact)
        if not self.places or lexical.told(self.places, f"{quote} {name}"):
            return True
        # a sentence that names no place speaks of the one that the note is about
        note = index.notes.get(fact.note_id)
        return lexical.places().isdisjoint(_stems(quote)) and note is not None and lexical.told(self.places, note.text)


_NONE: frozenset[str] = frozenset()


@cache
def _units() -> frozenset[str]:
    return frozenset(rules()["dimensions"]["units"])


def _length(fact: Fact) -> float:
    """In millimetres."""
    quantity = fact.quantity
    if quantity is None:
        return -INF
    value = span(quantity)
    if fact.kind == "measurement":
        return value.high  # an area
    found = convert(value.low if value.high == INF else value.high, quantity.unit, "mm", None)
    return -INF if found is None else found


@lru_cache(maxsize=256)
def _named(place: str, own: tuple[str, ...], terminology: Any) -> frozenset[str]:
    """The concepts that the names have, alone and of the place ("breast mass")."""
    found: set[str] = set()
    groups = [names for names in rules()["dimensions"]["groups"] if not set(map(lexical.stem, names)).isdisjoint(own)]
    for name in dict.fromkeys(name for names in groups for name in names):
        of_places = [f"{part} {name}" for part in (place, *rules()["dimensions"]["of_places"]) if part]
        for term in (name, *of_places):
            for id in terminology.lookup(term):
                if terminology.kind(id) == "condition":
                    found.add(id)
    return frozenset(found).union(*map(terminology.descendants, sorted(found)))
