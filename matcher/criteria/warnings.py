"""What looks wrong in a protocol as it was understood: units, limits that contradict, the registry's ages."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from matcher.criteria.limits import time_unit
from matcher.criteria.reading import phrase
from matcher.dates import MEAN_DAYS
from matcher.model import And, AtLeast, Criterion, Except, If, Leaf, Logic, Not, Or, Protocol

if TYPE_CHECKING:
    from matcher.terms.analytes import Analyte

_INF = float("inf")
_AGE = re.compile(r"\s*(\d+(?:\.\d+)?)\s*([A-Za-z]+)?")
_MEASURED = ("age", "measurement", "score")
_JUDGED = ("administrative", "other")
"""Asks of a person, or in words that nothing knows: nothing that could be denied elsewhere."""


@dataclass(frozen=True, slots=True)
class Range:
    """Numbers between ``low`` and ``high``; an open end leaves its limit out."""

    low: float = -_INF
    high: float = _INF
    low_open: bool = True
    high_open: bool = True

    @property
    def empty(self) -> bool:
        return self.low > self.high or (self.low == self.high and (self.low_open or self.high_open))

    def meet(self, other: Range) -> Range:
        low, low_open = max((self.low, self.low_open), (other.low, other.low_open))
        high, high_open = min((self.high, not self.high_open), (other.high, not other.high_open))
        return Range(low, high, low_open, not high_open)


def checked(protocol: Protocol, fields: Mapping[str, str] | None = None) -> Protocol:
    """The protocol with its warnings: each criterion's own, then those of criteria together.

    ``fields`` are the registry's (`source.Source.fields`). Pure; the order is that of the text.
    """
    criteria = tuple(_warned(c, protocol.text) for c in protocol.criteria)
    more = (*_together(criteria, protocol.text), *_states(criteria, protocol.text), *_ages(criteria, fields or {}))
    return replace(protocol, criteria=criteria, warnings=_unique((*protocol.warnings, *more)))


def _warned(criterion: Criterion, text: str) -> Criterion:
    """The criterion with the warnings of its own tree."""
    more = of_tree(criterion.logic, text) if criterion.logic is not None else ()
    return replace(criterion, warnings=_unique((*criterion.warnings, *more))) if more else criterion


def _unique(words: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(words))


def of_tree(tree: Logic, text: str = "") -> tuple[str, ...]:
    """What looks wrong in one tree."""
    found: list[str] = []
    for leaf in leaves(tree):
        found.extend(_unit(leaf, text))
        if leaf.cmp == "between" and _numeric(leaf) and float(leaf.value) > float(leaf.value2):  # type: ignore[arg-type]
            found.append(f"{_name(leaf, text)}: the range runs from the larger to the smaller number: never true")
    found.extend(_always(tree, text))
    return _unique(found)


def leaves(tree: Logic) -> Iterator[Leaf]:
    """The predicates of a tree, in the order of reading."""
    if isinstance(tree, Leaf):
        yield tree
    else:
        for child in _children(tree):
            yield from leaves(child)


def _children(tree: Logic) -> tuple[Logic, ...]:
    if isinstance(tree, And | Or | AtLeast):
        return tree.args
    if isinstance(tree, Not):
        return (tree.arg,)
    if isinstance(tree, Except):
        return (tree.base, *tree.spares)
    if isinstance(tree, If):
        return (tree.premise, tree.then)
    return ()


def _name(leaf: Leaf, text: str) -> str:
    return " ".join((leaf.term or text[leaf.start : leaf.end] or leaf.op).split())


def _numeric(leaf: Leaf) -> bool:
    return isinstance(leaf.value, int | float) and (leaf.cmp != "between" or isinstance(leaf.value2, int | float))


# ---------------------------------------------------------------- units


def _analyte(leaf: Leaf) -> Analyte | None:
    from matcher.terms import analytes

    return analytes.get(leaf.concept.id) if leaf.concept is not None else None


def _unit(leaf: Leaf, text: str) -> Iterator[str]:
    if leaf.op != "measurement" or not _numeric(leaf) or leaf.uln or leaf.lln:
        return
    analyte = _analyte(leaf)
    if analyte is None or not analyte.unit:
        return
    from matcher.terms import units

    if leaf.unit is None:
        if analyte.unit not in ("1", "{ratio}", "{score}"):
            yield f"{_name(leaf, text)}: no unit is written; {units.display(analyte.unit)} is assumed"
        return
    values = [float(v) for v in (leaf.value, leaf.value2) if isinstance(v, int | float)]
    try:
        converted = [units.convert(value, leaf.unit, analyte.unit, analyte) for value in values]
    except units.UnitError:
        if leaf.unit.startswith("%"):
            return  # a share of the predicted or normal value
        yield f"{_name(leaf, text)}: {leaf.unit} is an unusual unit for it; {units.display(analyte.unit)} is usual"
        return
    low = analyte.plausible_low if analyte.plausible_low is not None else -_INF
    high = analyte.plausible_high if analyte.plausible_high is not None else _INF
    for value, usual in zip(values, converted, strict=True):
        if usual != 0 and not low <= usual <= high:
            yield f"{_name(leaf, text)}: {value:g} {leaf.unit} is no plausible value for it; is the unit right?"


# ---------------------------------------------------------------- limits


def _years(unit: str | None) -> float | None:
    """How many years a unit of an age is; years are meant where none is written."""
    said = (unit or "years").lower().rstrip(".")
    days = MEAN_DAYS.get(time_unit(said) or time_unit(said.partition(" ")[0]) or "")
    return None if days is None else days / MEAN_DAYS["year"]


def _key(leaf: Leaf) -> tuple[object, ...] | None:
    """What a limit is on; None where its number cannot be compared with another's."""
    if leaf.op not in _MEASURED or not _numeric(leaf) or leaf.cmp is None or leaf.window is not None or leaf.count:
        return None
    thing = "age" if leaf.op == "age" else leaf.concept.id if leaf.concept else leaf.term.lower()
    return (thing, leaf.uln, leaf.lln, tuple(sorted(leaf.qualifiers))) if thing else None


def _scaled(leaf: Leaf, value: float) -> float | None:
    """The number in the measure's own unit; None where that is unknown."""
    if leaf.op == "age":
        factor = _years(leaf.unit)
        return None if factor is None else value * factor
    analyte = _analyte(leaf)
    if leaf.unit is None or leaf.uln or leaf.lln or analyte is None or not analyte.unit:
        return value
    from matcher.terms import units

    try:
        return units.convert(value, leaf.unit, analyte.unit, analyte)
    except units.UnitError:
        return None


def limits(leaf: Leaf) -> Range | None:
    """The numbers for which a predicate holds, in the measure's usual unit (age: years)."""
    low = _scaled(leaf, float(leaf.value)) if isinstance(leaf.value, int | float) else None
    if low is None or leaf.cmp is None:
        return None
    if leaf.cmp == "between":
        high = _scaled(leaf, float(leaf.value2)) if isinstance(leaf.value2, int | float) else None
        return None if high is None else Range(low, high, False, False)
    return {
        "<": Range(high=low),
        "<=": Range(high=low, high_open=False),
        ">": Range(low=low),
        ">=": Range(low=low, low_open=False),
        "=": Range(low, low, False, False),
    }[leaf.cmp]


def _complement(span: Range) -> list[Range]:
    parts = [Range(high=span.low, high_open=not span.low_open), Range(low=span.high, low_open=not span.high_open)]
    return [part for part in parts if not part.empty and (part.high > -_INF) and (part.low < _INF)]


def _ranges(tree: Logic) -> tuple[tuple[object, ...], list[Range]] | None:
    """The numbers for which a tree on one measure holds; None for any other tree."""
    if isinstance(tree, Leaf):
        key, span = _key(tree), limits(tree)
        return (key, [span]) if key is not None and span is not None else None
    if isinstance(tree, Not):
        inner = _ranges(tree.arg)
        if inner is None:
            return None
        spans = [Range()]
        for part in inner[1]:
            spans = _met(spans, _complement(part))
        return inner[0], spans
    if isinstance(tree, And | Or) and len(tree.args) <= 20:
        known: list[tuple[tuple[object, ...], list[Range]]] = []
        for arg in tree.args:
            held = _ranges(arg)
            if held is None or (known and held[0] != known[0][0]):
                return None
            known.append(held)
        spans = known[0][1]
        for _, more in known[1:]:
            spans = _met(spans, more) if isinstance(tree, And) else spans + more
        return known[0][0], spans
    return None


def _met(a: list[Range], b: list[Range]) -> list[Range]:
    return [span for x in a for y in b if not (span := x.meet(y)).empty]


def _everything(spans: list[Range]) -> bool:
    reach, open_end = -_INF, False
    for span in sorted(spans, key=lambda s: (s.low, s.low_open)):
        if span.low > reach or (span.low == reach and span.low_open and open_end):
            return False
        if (span.high, not span.high_open) > (reach, not open_end):
            reach, open_end = span.high, span.high_open
    return reach == _INF


def _always(tree: Logic, text: str) -> Iterator[str]:
    found = _ranges(tree)
    if found is not None and not isinstance(tree, Leaf):
        if not found[1]:
            yield f"always false: no value can {phrase(tree, text)}"
        elif _everything(found[1]):
            yield f"always true: every value would {phrase(tree, text)}"
        return
    if isinstance(tree, And | Or):
        by_key: dict[tuple[object, ...], list[Logic]] = {}
        for arg in tree.args:
            one = _ranges(arg)
            if one is not None:
                by_key.setdefault(one[0], []).append(arg)
        for args in by_key.values():
            if 1 < len(args) < len(tree.args):
                yield from _always(And(tuple(args)) if isinstance(tree, And) else Or(tuple(args)), text)
        denied = [arg for arg in tree.args if isinstance(arg, Not)]
        plain = {_bare(arg) for arg in tree.args if not isinstance(arg, Not)} if denied else set()
        for arg in denied:
            if _bare(arg.arg) in plain:
                word = "always false: both" if isinstance(tree, And) else "always true: either"
                yield f"{word} “{phrase(arg.arg, text)}” and its opposite"
    for child in _children(tree):
        if not isinstance(child, Leaf):
            yield from _always(child, text)


def _bare(tree: Logic) -> Logic:
    return replace(tree, start=0, end=0) if isinstance(tree, Leaf) else tree


# ---------------------------------------------------------------- criteria together


def _parts(tree: Logic, conjunctive: bool) -> Iterator[Logic]:
    """The parts of which each must hold (or, for an exclusion criterion, none may)."""
    if isinstance(tree, And if conjunctive else Or):
        for arg in tree.args:
            yield from _parts(arg, conjunctive)
    else:
        yield tree


def _together(criteria: tuple[Criterion, ...], text: str) -> Iterator[str]:
    allowed: dict[tuple[object, ...], tuple[list[Range], str, str]] = {}
    for criterion in criteria:
        if criterion.logic is None:
            continue
        for part in _parts(criterion.logic, criterion.kind == "inclusion"):
            found = _ranges(part if criterion.kind == "inclusion" else Not(part))
            if found is None or not found[1]:
                continue
            key, spans = found
            before = allowed.get(key)
            if before is None:
                allowed[key] = (spans, criterion.id, "")
                continue
            met = _met(before[0], spans)
            if not met and before[0]:
                named = next(iter(leaves(part)), None)
                what = _name(named, text) if named else "a limit"
                yield f"{before[1]} and {criterion.id} contradict each other on {what}: nobody can meet both"
            allowed[key] = (met or before[0], before[1] if met else criterion.id, "")


def _states(criteria: tuple[Criterion, ...], text: str) -> Iterator[str]:
    """What one criterion asks to be there and another to be absent: often groups of patients, not all of one."""
    asked: dict[Logic, tuple[bool, str]] = {}
    for criterion in criteria:
        if criterion.logic is None:
            continue
        for part in _parts(criterion.logic, criterion.kind == "inclusion"):
            there = criterion.kind == "inclusion"
            while isinstance(part, Not):
                part, there = part.arg, not there
            if not isinstance(part, Leaf) or part.op in _JUDGED:
                continue
            key = replace(part, start=0, end=0, term="" if part.concept else part.term.lower())
            before, id = asked.setdefault(key, (there, criterion.id))
            if before != there and id != criterion.id:
                yield (
                    f"{id} and {criterion.id} contradict each other on {_name(part, text)}: nobody can meet both; "
                    "groups of patients?"
                )


def _ages(criteria: tuple[Criterion, ...], fields: Mapping[str, str]) -> Iterator[str]:
    """An age limit of the text that is not the registry's."""
    spans: list[tuple[str, list[Range]]] = []
    for criterion in criteria:
        if criterion.logic is None:
            continue
        for part in _parts(criterion.logic, criterion.kind == "inclusion"):
            found = _ranges(part if criterion.kind == "inclusion" else Not(part))
            if found is not None and found[0][0] == "age" and len(found[1]) == 1:
                spans.append((criterion.id, found[1]))
    for name, end in (("minimum_age", "low"), ("maximum_age", "high")):
        match = _AGE.match(fields.get(name, ""))
        factor = _years(match[2]) if match else None
        if match is None or factor is None:
            continue
        wanted = float(match[1]) * factor
        said = [(id, getattr(span, end)) for id, (span,) in spans if abs(getattr(span, end)) != _INF]
        # "under 75" and "at most 75 years" are both the record's 75; a year's rounding is no disagreement.
        if said and all(abs(value - wanted) > (1.01 if wanted >= 2 else 0.1) for _, value in said):
            id, value = said[0]
            yield f"{id}: the age limit {value:g} differs from the record's {name.replace('_', ' ')} {fields[name]}"
