"""Units of measurement by dimension: conversion by arithmetic, and what a number without a unit may be in.

A unit has a dimension, a scale and (temperatures) an offset. Mass, amount of substance and charge meet only through an
analyte's molar mass and valence. What is not known is a `UnitError`.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import replace
from itertools import product
from typing import TYPE_CHECKING

from matcher.terms.unit_spelling import Dims, Unit, canonical, display, parse, readings
from matcher.terms.unit_text import COMPOUND_PATTERN, UNIT_PATTERN, read_compound

if TYPE_CHECKING:
    from matcher.terms.analytes import Analyte

__all__ = [
    "COMPOUND_PATTERN", "UNIT_PATTERN", "Unit", "UnitError", "allowed", "canonical", "caveat", "convert", "display",
    "parse", "plausible_unit", "read_compound", "readings",
]  # fmt: skip


class UnitError(ValueError):
    """A unit that is unknown, missing, or of another dimension than the one it is compared with."""

    def __init__(self, found: str | None, allowed: Iterable[str] = ()):
        self.found = found
        self.allowed = tuple(allowed)
        hint = f"; allowed: {', '.join(self.allowed)}" if self.allowed else ""
        super().__init__(f"unit {found!r} is not known here{hint}" if found else f"no unit{hint}")


def _analyte(analyte: Analyte | str | None) -> Analyte | None:
    if isinstance(analyte, str):
        from matcher.terms import analytes

        return analytes.get(analyte)
    return analyte


def convert(value: float, unit: str | None, to: str | None, analyte: Analyte | str | None = None) -> float:
    """``value`` of ``unit`` in ``to``. Mass, amount and charge need the ``analyte`` (an `Analyte` or its id).

    Raises `UnitError` for a unit that is unknown or missing, and for one of another dimension.
    """
    of = _analyte(analyte)
    sources, targets = readings(unit or ""), readings(to or "")
    if not sources:
        raise UnitError(unit, allowed(of, to))
    if not targets:
        raise UnitError(to, allowed(of, unit))
    for route in (_direct, _by_analyte):
        for source, target in product(sources, targets):
            result = route(value, source, target, of)
            if result is not None:
                return result
    raise UnitError(unit, allowed(of, to))


def _direct(value: float, source: Unit, target: Unit, analyte: Analyte | None) -> float | None:
    if source.code == target.code:
        return value
    if source.dimension != target.dimension:
        return None
    # A plain factor first: (x * 1e-3) / 1e-3 should give x back.
    if not (source.offset or target.offset or source.log or target.log):
        return value * (source.scale / target.scale)
    return target.from_base(source.to_base(value))


_PARTICLES = ("mass", "amount", "charge")


def _by_analyte(value: float, source: Unit, target: Unit, analyte: Analyte | None) -> float | None:
    if _normalised(source) == _normalised(target) and source.dimension != target.dimension:
        return target.from_base(source.to_base(value))
    if analyte is None:
        return None
    for rule in analyte.conversions:
        if (result := _by_rule(value, source, target, rule.unit, rule.to, rule.factor, rule.offset)) is not None:
            return result
        inverse = (1 / rule.factor, -rule.offset / rule.factor)
        if (result := _by_rule(value, source, target, rule.to, rule.unit, *inverse)) is not None:
            return result
    return _by_particles(value, source, target, analyte)


def _by_rule(
    value: float, source: Unit, target: Unit, unit: str, to: str, factor: float, offset: float
) -> float | None:
    """``to = factor * unit + offset``, each side in any unit of its dimension."""
    for left, right in product(readings(unit), readings(to)):
        if source.dimension == left.dimension and target.dimension == right.dimension:
            return target.from_base(right.to_base(factor * left.from_base(source.to_base(value)) + offset))
    return None


def _particle(unit: Unit) -> tuple[str, Unit] | None:
    """Mass, amount or charge in the numerator, and the unit without it."""
    kinds = [name for name, power in unit.over if name in _PARTICLES and power == 1]
    if len(kinds) != 1:
        return None
    return kinds[0], replace(unit, over=tuple(item for item in unit.over if item[0] != kinds[0]))


def _by_particles(value: float, source: Unit, target: Unit, analyte: Analyte) -> float | None:
    left, right = _particle(source), _particle(target)
    if left is None or right is None or left[1].dimension != right[1].dimension:
        return None
    moles = {
        "amount": 1.0,
        "mass": 1 / analyte.molar_mass if analyte.molar_mass else None,
        "charge": 1 / analyte.valence if analyte.valence else None,
    }
    over, under = moles[left[0]], moles[right[0]]
    if over is None or under is None:
        return None
    return target.from_base(source.to_base(value) * over / under)


def _normalised(unit: Unit) -> tuple[Dims, Dims]:
    return unit.over, tuple(item for item in unit.under if item[0] != "normalised_area")


def caveat(unit: str | None, to: str | None) -> str | None:
    """What a reader must know of the comparison of two units, for the explanation; None where there is nothing."""
    source, target = parse(unit), parse(to)
    if source and target and source.dimension != target.dimension and _normalised(source) == _normalised(target):
        return "a clearance per 1.73 m² and an absolute one are compared as if the body surface were 1.73 m²"
    return None


def allowed(analyte: Analyte | str | None, like: str | None = None) -> tuple[str, ...]:
    """The units that an analyte is usually given in; without one, the unit that was wanted."""
    of = _analyte(analyte)
    if of is None or not of.unit:
        return (like,) if like else ()
    return (of.unit, *of.other_units)


def plausible_unit(analyte: Analyte | str | None, value: float) -> str | None:
    """The one unit in which a number without a unit is plausible; None where none is, or more than one.

    The caller states the assumption: a unit that is not written is never taken silently.
    """
    of = _analyte(analyte)
    if of is None or not of.unit or of.plausible_low is None or of.plausible_high is None:
        return None
    fits: dict[str, float] = {}
    for unit in (of.unit, *of.other_units):
        try:
            in_unit = convert(value, unit, of.unit, of)
        except UnitError:
            continue
        if of.plausible_low <= in_unit <= of.plausible_high or (value == in_unit == 0 and _may_be_zero(of)):
            fits[unit] = in_unit
    # Two spellings of one size ("mg/L", "ug/mL") are no doubt about the value.
    values = sorted(fits.values())
    return next(iter(fits)) if values and math.isclose(values[0], values[-1], rel_tol=1e-9) else None


def _may_be_zero(analyte: Analyte) -> bool:
    """A count may be none at all, and what is normally near nothing may be nothing: 0 is then 0 in every unit."""
    unit = parse(analyte.unit)
    counted = unit is not None and not unit.over and unit.under == (("length", 3),)
    return counted or analyte.ref_male[0] in (0, None)
