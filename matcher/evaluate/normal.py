"""What is normal: the limit that a value is held against, a result in words as a range, a value as a word."""

from __future__ import annotations

from math import nextafter
from typing import TYPE_CHECKING

from matcher.evaluate import compare
from matcher.evaluate.compare import INF, Range
from matcher.evaluate.index import Index, when
from matcher.evaluate.limits import comparable, convert, default_limit, is_multiple, number, own_limit, sex_of, span
from matcher.evaluate.plan import rules
from matcher.model import Fact, Truth

if TYPE_CHECKING:
    from matcher.evaluate.measure import MeasurePlan

Limit = tuple[tuple[float, float], str, str | None]
"""A limit of normal as (lowest, highest plausible), where it comes from, and its unit."""


def limits(plan: MeasurePlan, fact: Fact, index: Index) -> Limit | None:
    """The limit of normal as (lowest, highest plausible), where it comes from, and its unit."""
    upper = plan.leaf.uln
    quantity = fact.quantity
    if quantity is not None and is_multiple(quantity.unit):
        return (1.0, 1.0), "multiple as written", None
    if plan.stated is not None:
        return (plan.stated[0], plan.stated[0]), "stated in the criterion", plan.stated[1]
    if quantity is not None:
        own = quantity.ref_high if upper else quantity.ref_low
        if own is not None:
            return (own, own), "range in the note", quantity.unit
    for other in reversed(index.of(plan.ids)):
        if other.quantity is not None:
            own = other.quantity.ref_high if upper else other.quantity.ref_low
            if own is not None:
                return (own, own), f"range of {when(other) or 'another note'}", other.quantity.unit
    limit = default_limit(plan.analyte, upper, sex_of(index), plan.setting.site)
    return limit if limit is None or quantity is None or not fact.result else _by_flag(plan, fact, index, limit)


def _by_flag(plan: MeasurePlan, fact: Fact, index: Index, limit: Limit) -> Limit:
    """A limit that is known by its spread, held to what the laboratory's flag says of it: "180 (L)" lies below it."""
    (low, high), source, unit = limit
    kind = rules()["results"]["ranges"].get(fact.result)
    value = comparable(fact, plan.leaf, index, unit) if kind is not None else None
    if value is None:
        return limit
    beyond = "above" if plan.leaf.uln else "below"
    if plan.leaf.uln:
        bound = nextafter(value[0].low, -INF) if kind == beyond else value[0].high
    else:
        bound = nextafter(value[0].high, INF) if kind == beyond else value[0].low
    if (kind == beyond) is plan.leaf.uln:
        high = min(high, bound)
        low = min(low, high)
    else:
        low = max(low, bound)
        high = max(low, high)
    return (low, high), f"{source}, flag", unit


def from_words(plan: MeasurePlan, fact: Fact, index: Index) -> tuple[Range, str] | None:
    """ "normal", "elevated", "undetectable" as the range in which the value then lies."""
    result = fact.result
    kind = rules()["results"]["ranges"].get(result)
    if kind is None:
        return None
    leaf = plan.leaf
    if leaf.uln or leaf.lln:
        limit = plan.limits(fact, index)
        if limit is None:
            return None
        low, high = limit[0]
        if leaf.uln:
            value = {"within": Range(-INF, low), "above": Range(high, INF, True), "below": Range(-INF, low)}[kind]
        else:
            value = {"within": Range(high, INF), "above": Range(high, INF), "below": Range(-INF, low, False, True)}[
                kind
            ]
        return value, f"“{fact.text}” is {result}"
    unit = leaf.unit
    upper = default_limit(plan.analyte, True, sex_of(index), plan.setting.site)
    lower = default_limit(plan.analyte, False, sex_of(index), plan.setting.site)
    if kind == "above" and upper is not None:
        bound = convert(upper[0][0], upper[2], unit, plan.analyte)
        return None if bound is None else (Range(bound, INF, True), f"{result}: above {number(bound)} {unit or ''}")
    if kind == "below" and lower is not None:
        bound = convert(lower[0][1], lower[2], unit, plan.analyte)
        return None if bound is None else (Range(-INF, bound, False, True), f"{result}: below {number(bound)}")
    if kind == "within" and (upper is not None or lower is not None):
        top = convert(upper[0][1], upper[2], unit, plan.analyte) if upper is not None else INF
        bottom = convert(lower[0][0], lower[2], unit, plan.analyte) if lower is not None else -INF
        if top is None or bottom is None:
            return None
        return Range(bottom, top), f"{result}: {number(bottom)}–{number(top)} {unit or ''} by the default range"
    return None


def against_range(plan: MeasurePlan, fact: Fact, index: Index, asked: str) -> Truth | None:
    quantity = fact.quantity
    assert quantity is not None
    value = span(quantity)
    upper = own_limit(quantity.ref_high, quantity.unit) or default_limit(
        plan.analyte, True, sex_of(index), plan.setting.site
    )
    lower = own_limit(quantity.ref_low, quantity.unit) or default_limit(
        plan.analyte, False, sex_of(index), plan.setting.site
    )
    above: Truth = "unknown"
    below: Truth = "unknown"
    for limit, over in ((upper, True), (lower, False)):
        if limit is None:
            continue
        low, high = (convert(b, limit[2], quantity.unit, plan.analyte) for b in limit[0])
        if low is None or high is None:
            continue
        truth = compare.uncertain(value, ">" if over else "<", (low, high))
        if over:
            above = truth
        else:
            below = truth
    if upper is None and lower is None:
        return None
    if upper is None:
        above = "not_met" if below == "met" else above
    if lower is None:
        below = "not_met"
    if asked == "elevated":
        return above
    if asked == "low":
        return below
    out: Truth = "met" if "met" in (above, below) else "not_met" if above == below == "not_met" else "unknown"
    if asked == "abnormal":
        return out
    return "not_met" if out == "met" else "met" if out == "not_met" else "unknown"
