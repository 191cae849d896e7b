"""Quantities in one unit, and the limits of normal that they are held against."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Any

from matcher.evaluate import compare, data
from matcher.evaluate.compare import INF, Range
from matcher.evaluate.demography import sex
from matcher.evaluate.index import Index
from matcher.evaluate.outcome import Outcome
from matcher.evaluate.plan import Setting, rules
from matcher.model import Fact, Leaf, Quantity


def span(quantity: Quantity) -> Range:
    """A quantity as the interval in which the true value lies."""
    return Range(
        -INF if quantity.low is None else quantity.low,
        INF if quantity.high is None else quantity.high,
        quantity.low_open,
        quantity.high_open,
    )


def once(leaf: Leaf, setting: Setting) -> bool:
    """Whether one value of a time is enough ("at least one glucose < 60 mg/dL in the last 4 weeks")."""
    if leaf.window is None or leaf.window.within is None or leaf.cmp is None or setting.protocol is None:
        return False
    text, table = setting.protocol.text, rules()["once"]
    before = text[max(0, leaf.start - 30) : leaf.start].lower().rpartition("\n")[2].split()
    behind = " ".join(text[leaf.end : leaf.end + 60].lower().split())
    said = " " + " ".join(before)
    return said.endswith(tuple(f" {words}" for words in table["before"])) or any(w in behind for w in table["behind"])


def any_value(plan: Any, valued: Sequence[Fact], index: Index) -> Outcome | None:
    """The verdict where one value is enough: another one on the other side refutes nothing."""
    judged: list[Outcome] = [found for fact in reversed(valued) if (found := plan.judge(fact, index)) is not None]
    if not judged:
        return None
    hit = next((found for found in judged if found.truth == "met"), None)
    if hit is not None:
        return hit
    said = f"{judged[0].reason}; another one may"
    rule = f"{plan.leaf.op}.one_of_several"
    return plan.open(said, rule, facts=judged[0].facts, needs=plan.asks())


def convert(value: float, unit: str | None, to: str | None, analyte: str | None) -> float | None:
    """``value`` in another unit, or None where the units cannot be compared. A missing unit is the other's."""
    from matcher.terms import units

    if value in (INF, -INF) or not to or not unit or unit == to:
        return value
    try:
        return units.convert(value, unit, to, analyte)
    except ValueError:
        return None


def comparable(fact: Fact, leaf: Leaf, index: Index | None, unit: str | None = None) -> tuple[Range, str] | None:
    """The fact's value in the leaf's unit (or ``unit``) and the arithmetic in words; None: it cannot be compared."""
    quantity = fact.quantity
    if quantity is None:
        return None
    analyte = leaf.concept.id if leaf.concept is not None else None
    target = unit if unit is not None else leaf.unit or _limit_unit(leaf, analyte)
    numbered = unit is None and leaf.unit is not None and not (leaf.uln or leaf.lln)
    if numbered and isinstance(leaf.value, int | float) and senseless(analyte, leaf.value, leaf.unit):
        return None
    if fact.concept is not None and analyte is not None and fact.concept.id != analyte:
        analyte = fact.concept.id
    if is_multiple(quantity.unit):
        return (span(quantity), "") if unit is None and leaf.uln else None
    own, target, assumed = settle_units(quantity, target, analyte)
    if own is None and target and implausible(analyte, quantity, target):
        return None
    value = span(quantity)
    low, high = convert(value.low, own, target, analyte), convert(value.high, own, target, analyte)
    if low is None or high is None:
        return None
    if low > high:
        low, high = high, low
    text = assumed
    if own and target and own != target:
        text += f"{described(value)} {own} = {described(Range(low, high))} {target}"
    return Range(low, high, value.low_open, value.high_open), text


def _limit_unit(leaf: Leaf, analyte: str | None) -> str | None:
    """The only unit in which a limit without one is plausible: "platelets < 50,000" are counted in /uL."""
    plain = leaf.op == "measurement" and not (leaf.uln or leaf.lln) and isinstance(leaf.value, float | int)
    return plausible_unit(analyte, float(leaf.value)) if plain and leaf.value is not None else None


def settle_units(quantity: Quantity, target: str | None, analyte: str | None) -> tuple[str | None, str | None, str]:
    """Units for both sides where one is not written: by plausibility, said in words."""
    own = quantity.unit
    known = default_unit(analyte)
    assumed = ""
    if not target and known and own:
        target = known if convert(1.0, own, known, analyte) is not None else own
    if not own and target:
        value = quantity.low if quantity.low is not None else quantity.high
        guess = plausible_unit(analyte, value)
        if guess and guess != target:
            own = guess
            assumed = f"no unit is written; taken as {guess}; "
        elif guess is None and known and known != target and _implausible(analyte, value, target):
            own = known
            assumed = f"no unit is written; taken as {known}; "
    return own, target, assumed


def _implausible(analyte: str | None, value: float | None, unit: str) -> bool:
    found = _analyte(analyte)
    low, high = getattr(found, "plausible_low", None), getattr(found, "plausible_high", None)
    home = getattr(found, "unit", None)
    if value is None or low is None or high is None or not home:
        return False
    there = convert(value, unit, home, analyte)
    return there is not None and not low <= there <= high and low <= value <= high


def _analyte(id: str | None) -> Any:
    from matcher.terms import analytes

    return analytes.get(id) if id else None


def default_unit(id: str | None) -> str | None:
    found = _analyte(id)
    return found.unit or None if found is not None else None


def plausible_unit(id: str | None, value: float | None) -> str | None:
    """The unit that makes ``value`` plausible for the analyte, where the terminology offers one."""
    from matcher.terms import analytes

    return analytes.plausible_unit(id, value) if id is not None and value is not None else None


def default_limit(
    id: str | None, upper: bool, sex: str | None, site: Any
) -> tuple[tuple[float, float], str, str | None] | None:
    """The site's limit of normal, else the default with the spread that laboratories show."""
    if id is None:
        return None
    from matcher.terms import analytes

    low, high, source = analytes.reference_range(id, sex, site)
    limit = high if upper else low
    if source == "site settings":
        return None if limit is None else ((limit, limit), "site range", default_unit(id))
    spread = analytes.uln_spread(id, sex) if upper else None
    if spread is not None:
        return spread, "default range", default_unit(id)
    if limit is None:
        return None
    slack = rules()["default_spread"]
    return (limit * (1 - slack), limit * (1 + slack)), "default range", default_unit(id)


def grown(leaf: Leaf, years: float) -> tuple[float, str] | None:
    """The least weight or height of nearly everyone of an age, in the leaf's unit, where that is enough for it."""
    if leaf.concept is None or leaf.cmp not in (">", ">=") or not isinstance(leaf.value, int | float):
        return None
    best: tuple[float, str] | None = None
    for row in data.rows("growth"):
        if row["measurement"] == leaf.concept.id and float(row["age_from"]) <= years:
            least = convert(float(row["at_least"]), row["unit"], leaf.unit or row["unit"], leaf.concept.id)
            if least is not None and least > leaf.value:
                best = (least, row["source"])
    return best


def own_limit(value: float | None, unit: str | None) -> tuple[tuple[float, float], str, str | None] | None:
    return None if value is None else ((value, value), "range in the note", unit)


def sex_of(index: Index) -> str | None:
    found = sex(index)
    return found[0] if found is not None else None


def sign(cmp: str) -> str:
    return {"<=": "≤", ">=": "≥"}.get(cmp, cmp)


def number(value: float) -> str:
    return compare.number(float(value))


def described(value: Range) -> str:
    if value.low == value.high:
        return number(value.low)
    if value.low == -INF:
        return f"{'<' if value.high_open else '≤'} {number(value.high)}"
    if value.high == INF:
        return f"{'>' if value.low_open else '≥'} {number(value.low)}"
    return f"{number(value.low)}–{number(value.high)}"


def is_multiple(unit: str | None) -> bool:
    """Whether a value is written as a multiple of a limit of normal ("4.5 x ULN")."""
    return (unit or "").upper().lstrip("X× ") in ("ULN", "LLN")


_FAR = 2.0
"""So many times beyond what can be measured, a limit is not meant as it is written."""


@lru_cache(maxsize=1024)
def senseless(analyte: str | None, value: float, unit: str | None) -> bool:
    """Whether a limit lies where no patient's value can ("hemoglobin > 9 g/L"): everyone would meet it, or nobody."""
    found = _analyte(analyte)
    low, high = getattr(found, "plausible_low", None), getattr(found, "plausible_high", None)
    if found is None or low is None or high is None or value <= 0:
        return False
    there = convert(value, unit, found.unit, analyte)
    return there is not None and not low / _FAR <= there <= high * _FAR


def shares(leaf: Leaf) -> Leaf:
    """A limit of a percentage that is written as a share: "LVEF ≤ 0.40", "FEV1/FVC < 0.7 %"."""
    value = leaf.value
    if leaf.op != "measurement" or not isinstance(value, float | int) or not 0 < value <= 1 or leaf.concept is None:
        return leaf
    found = _analyte(leaf.concept.id) if leaf.unit in (None, "%") and not (leaf.uln or leaf.lln) else None
    if found is None or found.plausible_low is None or found.plausible_high is None:
        return leaf
    if found.unit == "1" and leaf.unit == "%" and found.plausible_low <= value <= found.plausible_high:
        return replace(leaf, unit=None)
    if found.unit != "%" or not value < found.plausible_low <= value * 100 <= found.plausible_high:
        return leaf
    second = leaf.value2 * 100 if isinstance(leaf.value2, int | float) and leaf.value2 <= 1 else leaf.value2
    return replace(leaf, value=round(value * 100, 4), value2=second, unit="%")


def implausible(analyte: str | None, quantity: Quantity, unit: str) -> bool:
    """A number without a unit that cannot be one of ``unit``: 15 is no glucose in mg/dL."""
    found = _analyte(analyte)
    low, high = getattr(found, "plausible_low", None), getattr(found, "plausible_high", None)
    value = quantity.low if quantity.low is not None else quantity.high
    if found is None or value is None or low is None or high is None:
        return False
    there = convert(value, unit, found.unit, analyte)
    return there is not None and not low <= there <= high


def copies(fact: Fact, analyte: str | None) -> str:
    """What counted copies of a virus say of it: found, or fewer than an assay finds ("HBV DNA <10 IU/mL")."""
    table, quantity = rules()["copies"], fact.quantity
    if quantity is None or analyte not in table["of"]:
        return ""
    if quantity.low:
        return "positive"
    return "negative" if quantity.high is not None and quantity.high <= table["fewest"] else ""
