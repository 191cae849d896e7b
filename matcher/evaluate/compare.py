"""Comparing intervals with limits: certain yes, certain no, or straddling."""

from __future__ import annotations

import math

from matcher.model import Truth

INF = math.inf


class Range:
    """Where a true value lies: ``low``–``high``, each end open or closed."""

    __slots__ = ("high", "high_open", "low", "low_open")

    def __init__(self, low: float, high: float, low_open: bool = False, high_open: bool = False) -> None:
        self.low = low
        self.high = high
        self.low_open = low_open
        self.high_open = high_open

    def above(self, limit: float, *, strict: bool) -> Truth:
        """Is the value > ``limit`` (``strict``) or >= it?"""
        low, high = self.low, self.high
        if low > limit or (low == limit and (not strict or self.low_open)):
            return "met"
        if high < limit or (high == limit and (strict or self.high_open)):
            return "not_met"
        return "unknown"

    def below(self, limit: float, *, strict: bool) -> Truth:
        """Is the value < ``limit`` (``strict``) or <= it?"""
        above = self.above(limit, strict=not strict)
        return "not_met" if above == "met" else "met" if above == "not_met" else "unknown"


def both(a: Truth, b: Truth) -> Truth:
    if a == "not_met" or b == "not_met":
        return "not_met"
    return "met" if a == b == "met" else "unknown"


def compare(value: Range, cmp: str, low: Range, high: Range | None = None) -> Truth:
    """``value cmp limit``; limits are ranges too, where the limit itself is not known exactly (a ULN, a stage).

    A limit that spans several ranks (stage III = IIIA–IIIC) counts as a whole: ``> III`` is above its top,
    ``>= III`` at or above its bottom.
    """
    if cmp == "between" and high is not None:
        return both(value.above(low.low, strict=False), value.below(high.high, strict=False))
    if cmp == ">":
        return value.above(low.high, strict=True)
    if cmp == ">=":
        return value.above(low.low, strict=False)
    if cmp == "<":
        return value.below(low.low, strict=True)
    if cmp == "<=":
        return value.below(low.high, strict=False)
    return both(value.above(low.low, strict=False), value.below(low.high, strict=False))


def uncertain(value: Range, cmp: str, limits: tuple[float, float], second: tuple[float, float] | None = None) -> Truth:
    """``value cmp limit`` where the limit itself lies somewhere in ``limits``: decided only if every limit agrees."""
    results = set()
    for limit in limits:
        for other in second or (limit,):
            results.add(compare(value, cmp, Range(limit, limit), Range(other, other)))
    return results.pop() if len(results) == 1 else "unknown"


def words(cmp: str | None, value: object, value2: object = None, unit: str = "") -> str:
    """``>= 50 mL/min`` as a reader sees it."""
    shown = {"<=": "≤", ">=": "≥"}.get(cmp or "", cmp or "")
    tail = f" {unit}" if unit else ""
    if cmp == "between":
        return f"between {number(value)} and {number(value2)}{tail}"
    return f"{shown} {number(value)}{tail}".strip()


def number(value: object) -> str:
    """A number without needless digits."""
    if isinstance(value, float):
        return f"{value:.4g}" if abs(value) < 1e4 else f"{value:.0f}"
    return str(value)
