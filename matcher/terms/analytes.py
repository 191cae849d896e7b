"""Laboratory analytes, vital signs and other measurements: ``matcher/resources/terms/analytes.csv``.

Limits and plausible values are in the analyte's own unit. Sexes are "male" and "female"; anything else is not known.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

from matcher.errors import MatchError
from matcher.terms import curated

COLUMNS = (
    "id", "kind", "name", "synonyms", "parents", "xrefs", "source", "unit", "other_units", "molar_mass", "valence",
    "conversions", "ref_low_m", "ref_high_m", "ref_low_f", "ref_high_f", "uln_low", "uln_high", "plausible_low",
    "plausible_high", "variants", "symbols", "notes",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Conversion:
    """``to = factor * unit + offset``, for this analyte only."""

    unit: str
    to: str
    factor: float
    offset: float = 0.0


@dataclass(frozen=True, slots=True)
class Analyte:
    """One thing that is measured; ``unit`` is UCUM, ``molar_mass`` in g/mol."""

    id: str
    name: str
    unit: str = ""
    other_units: tuple[str, ...] = ()
    """Units that it is also given in, so that a number without a unit may be in any of them."""
    molar_mass: float | None = None
    valence: int | None = None
    conversions: tuple[Conversion, ...] = ()
    plausible_low: float | None = None
    plausible_high: float | None = None
    ref_male: tuple[float | None, float | None] = (None, None)
    """Limits of normal of adults, in ``unit``."""
    ref_female: tuple[float | None, float | None] = (None, None)
    uln: tuple[float, float] | None = None
    """The lowest and the highest upper limit of normal that laboratories use, in ``unit``."""
    variants: tuple[str, ...] = ()
    """Ids of what the same word means with a unit of another kind ("FEV1 45 %" is per cent predicted)."""
    symbols: tuple[str, ...] = ()
    """Short forms that count only beside a number ("K 4.2"), in this case of letters."""
    synonyms: tuple[str, ...] = ()
    source: str = ""


_NUMBER = r"-?\d+(?:\.\d+)?(?:e-?\d+)?"
_CONVERSION = re.compile(
    rf"(?P<to>\S+)\s*=\s*(?P<factor>{_NUMBER})\s*\*\s*(?P<unit>\S+)(?:\s*(?P<sign>[+-])\s*(?P<offset>\d+(?:\.\d+)?))?"
)


def _conversion(text: str, id: str) -> Conversion:
    match = _CONVERSION.fullmatch(text)
    if match is None:
        raise MatchError(f"analytes.csv, {id}: conversion {text!r} is not of the form 'mmol/mol = 10.929 * % - 23.5'")
    offset = float(match["offset"] or 0) * (-1 if match["sign"] == "-" else 1)
    return Conversion(match["unit"], match["to"], float(match["factor"]), offset)


def _row(row: Mapping[str, str]) -> Analyte:
    id = row["id"].strip()

    def number(column: str) -> float | None:
        cell = (row[column] or "").strip()
        try:
            return float(cell) if cell else None
        except ValueError:
            raise MatchError(f"analytes.csv, {id}: {column} {cell!r} is no number") from None

    low, high, valence = number("uln_low"), number("uln_high"), number("valence")
    return Analyte(
        id,
        row["name"].strip(),
        row["unit"].strip(),
        curated.split(row["other_units"]),
        number("molar_mass"),
        None if valence is None else int(valence),
        tuple(_conversion(text, id) for text in curated.split(row["conversions"])),
        number("plausible_low"),
        number("plausible_high"),
        (number("ref_low_m"), number("ref_high_m")),
        (number("ref_low_f"), number("ref_high_f")),
        None if low is None or high is None else (low, high),
        curated.split(row["variants"]),
        curated.split(row["symbols"]),
        curated.split(row["synonyms"]),
        (row["source"] or "").strip(),
    )


@cache
def table() -> dict[str, Analyte]:
    """Id to analyte, in the order of the table.

    Raises:
        MatchError: a column is missing or a cell cannot be read.
    """
    found = (_row(row) for row in curated.rows("analytes", COLUMNS))
    return {analyte.id: analyte for analyte in found}


def get(id: str) -> Analyte | None:
    """The analyte of a LOINC code or ``MEAS:`` id; None where the table has none."""
    return table().get(id)


def all() -> tuple[Analyte, ...]:
    """Every analyte, in the order of the table."""
    return tuple(table().values())


@cache
def _symbols() -> dict[str, Analyte]:
    found: dict[str, Analyte] = {}
    for analyte in table().values():
        for symbol in analyte.symbols:
            found.setdefault(symbol, analyte)
    return found


def by_symbol(symbol: str) -> Analyte | None:
    """The analyte that a short form means beside a number: ``by_symbol("K")`` is potassium. Case matters."""
    return _symbols().get(symbol)


def for_unit(id: str, unit: str | None) -> str | None:
    """The id that a word for ``id`` means beside a unit: FEV1 in per cent is FEV1 per cent predicted.

    ``id`` itself where the unit fits it, is not written, or where nothing is known of the analyte; None where the unit
    fits neither the analyte nor a variant of it.
    """
    of = get(id)
    if of is None or not of.unit or not unit:
        return id
    for candidate in (of, *filter(None, map(get, of.variants))):
        if _fits(candidate, unit):
            return candidate.id
    return None


def for_value(id: str, value: float, unit: str | None) -> str:
    """The id that a word for ``id`` means beside a value: as `for_unit`; without a unit, where the value is plausible.

    "Eos 210" is no percentage, "FEV1 42" no volume. ``id`` itself where nothing else fits, or several things do.
    """
    of = get(id)
    if of is None or not of.variants:
        return id
    if unit:
        return for_unit(id, unit) or id
    if _plausible(of, value):
        return id
    fitting = [variant for variant in of.variants if (known := get(variant)) and _plausible(known, value)]
    return fitting[0] if len(fitting) == 1 else id


def takes(id: str, value: float, unit: str | None) -> bool:
    """Whether the number may be a value of the measure, or of a variant of it."""
    of = get(for_value(id, value, unit))
    return of is not None and (_fits(of, unit) if unit else _plausible(of, value))


def _plausible(analyte: Analyte, value: float) -> bool:
    from matcher.terms import units

    low, high = analyte.plausible_low, analyte.plausible_high
    if low is None or high is None:
        return True
    return low <= value <= high or units.plausible_unit(analyte, value) is not None


@lru_cache(maxsize=4096)
def _fits(analyte: Analyte, unit: str) -> bool:
    from matcher.terms import units

    try:
        units.convert(1.0, unit, analyte.unit, analyte)
    except units.UnitError:
        return False
    return True


Limits = tuple[float | None, float | None]


def reference(analyte: Analyte | str, sex: str | None = None) -> Limits | None:
    """The default limits of normal (low, high) in the analyte's unit; None where the table has none.

    Where the sex is not known and the sexes differ, the wider range: what lies outside it is abnormal for both.
    """
    of = get(analyte) if isinstance(analyte, str) else analyte
    if of is None:
        return None
    sides = {"male": [of.ref_male], "female": [of.ref_female]}.get(sex or "", [of.ref_male, of.ref_female])
    # A limit that one sex lacks is none for an unknown sex.
    lows, highs = [low for low, _ in sides if low is not None], [high for _, high in sides if high is not None]
    low = min(lows) if len(lows) == len(sides) else None
    high = max(highs) if len(highs) == len(sides) else None
    return None if low is None and high is None else (low, high)


def reference_range(
    analyte: Analyte | str, sex: str | None = None, site: Mapping[str, Any] | None = None
) -> tuple[float | None, float | None, str]:
    """The limits of normal (low, high, where they come from), in the analyte's unit.

    The site's own go first (``[ranges."1742-6"]``: ``low``, ``high``, ``unit``, or ``high_male`` …). Both limits are
    None, with an empty source, where nothing is known.

    Raises:
        matcher.terms.units.UnitError: the site's unit cannot be converted to the analyte's.
    """
    of = get(analyte) if isinstance(analyte, str) else analyte
    if of is None:
        return None, None, ""
    own = (site or {}).get("ranges", {}).get(of.id)
    if own:
        limits = [own.get(f"{key}_{sex}", own.get(key)) for key in ("low", "high")]
        if any(limit is not None for limit in limits):
            low, high = (_in_unit(limit, own.get("unit"), of) for limit in limits)
            return low, high, "site settings"
    found = reference(of, sex)
    return (None, None, "") if found is None else (*found, of.source)


def _in_unit(value: float | None, unit: str | None, analyte: Analyte) -> float | None:
    from matcher.terms import units

    if value is None or not unit or not analyte.unit:
        return value
    return units.convert(float(value), unit, analyte.unit, analyte)


def uln_spread(analyte: Analyte | str, sex: str | None = None) -> tuple[float, float] | None:
    """The lowest and highest upper limit of normal that laboratories use, in the analyte's unit.

    A verdict that differs between the two ends needs the laboratory's own limit. With the sex known, no limit beyond
    the other sex's default is expected.
    """
    of = get(analyte) if isinstance(analyte, str) else analyte
    if of is None or of.uln is None:
        return None
    low, high = of.uln
    male, female = of.ref_male[1], of.ref_female[1]
    if male is not None and female is not None and male != female and sex in ("male", "female"):
        own, other = (male, female) if sex == "male" else (female, male)
        if own > other:
            low = min(max(low, other), own)
        else:
            high = max(min(high, other), own)
    return low, high


def plausible_unit(analyte: Analyte | str | None, value: float) -> str | None:
    """The one unit in which a number without a unit is plausible; None where none is, or more than one differs."""
    from matcher.terms import units

    return units.plausible_unit(analyte, value)
