"""Units that a note leaves out, as its other values have them: "creat 98, bili 11" are both in µmol/L."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cache, lru_cache

from matcher.dates import day_first
from matcher.facts import tables
from matcher.model import Concept, Quantity
from matcher.terms import analytes, units

_SI = re.compile(r"mol/L$|^g/L$")
_MASS = re.compile(r"g/dL$")
_LEAST_POUNDS = 80
"""A weight without a unit from which on it may be one of a grown person in pounds."""


def of(text: str, concept: Concept | None, quantity: Quantity | None) -> Quantity | None:
    """The quantity with its SI unit where none is written, both are plausible and the note writes in SI units."""
    if quantity is None or quantity.unit is not None or concept is None:
        return quantity
    if concept.id in tables.toml("concepts")["inputs"]["weight"]:
        pounds = (quantity.low or 0) >= _LEAST_POUNDS and _in_feet().search(text) and not _in_kilos().search(text)
        return replace(quantity, unit="lb") if pounds else quantity
    analyte = analytes.get(concept.id)
    value = quantity.low if quantity.low is not None else quantity.high
    if analyte is None or not value or not _MASS.search(analyte.unit or ""):
        return quantity
    unit = next((unit for unit in analyte.other_units if _SI.search(unit)), None)
    if unit is None or units.plausible_unit(analyte, value) is not None or not _international(text):
        return quantity
    low, high = analyte.plausible_low, analyte.plausible_high
    try:
        there = units.convert(value, unit, analyte.unit, analyte)
    except units.UnitError:
        return quantity
    return replace(quantity, unit=unit) if (low or 0) <= there <= (high or there) else quantity


@cache
def _in_feet() -> re.Pattern[str]:
    """A height as they give it who weigh in pounds."""
    return re.compile(r"\b(?:height|ht|tall)\b[^.;\n]{0,24}?\b[4-6]\s?(?:feet|foot|ft|['’′])", re.IGNORECASE)


@cache
def _in_kilos() -> re.Pattern[str]:
    return re.compile(r"\d\s?(?:kg|kgs|kilos?|kilograms?)\b", re.IGNORECASE)


@lru_cache(maxsize=1)
def _international(text: str) -> bool:
    """Whether a note writes its values in SI units; asked for each value of it. No text of another note is held."""
    si, conventional, bare, small = _patterns()
    if conventional.search(text) or small.search(text):
        return False
    return si.search(text) is not None or any(pattern.search(text) for pattern in bare) or day_first(text)


@cache
def _patterns() -> tuple[re.Pattern[str], re.Pattern[str], tuple[re.Pattern[str], ...], re.Pattern[str]]:
    data = tables.toml("values")["unit_system"]
    written = (rf"(?<=[\d\s])(?:{tables.words(data[key])})" for key in ("si", "conventional"))
    si, conventional = (re.compile(pattern, re.IGNORECASE) for pattern in written)
    bare = []
    for least, names in data["amount"].items():
        first, second = divmod(int(least), 10)
        number = rf"(?:{first}[{second}-9]|[{first + 1}-9]\d|\d{{3}})(?![\d%/]|[.,]\d|\s?[a-z]+/)"
        bare.append(re.compile(rf"(?:{tables.words(names)})\s?[:=]?\s?{number}", re.IGNORECASE))
    names = tables.words(name for some in data["amount"].values() for name in some)
    small = re.compile(rf"(?:{names})\s?[:=]?\s?\d{{1,2}}\.\d(?![\d/%]|\s?[a-z]+/)", re.IGNORECASE)
    return si, conventional, tuple(bare), small
