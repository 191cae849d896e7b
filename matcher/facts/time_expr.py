"""The noun of `time`."""

from __future__ import annotations

from dataclasses import dataclass

from matcher.model import Interval


@dataclass(frozen=True, slots=True)
class TimeExpr:
    """``text[start:end]`` names a time.

    ``kind``: ``date`` (day, month or year), ``range``, ``relative`` ("ago"), ``since`` (open end), ``until`` (open
    start), ``duration`` ("for 20 years": up to the note), ``after`` ("POD #6", "8 months postpartum": when the event
    was), ``now``, ``future``, ``age`` (``age`` in years; `age_interval` needs a birth date), ``gestation`` (no
    interval). ``interval`` is None where it needs an anchor that was not given.
    """

    interval: Interval | None
    start: int
    end: int
    kind: str
    age: tuple[float, float] | None = None
    days: tuple[float, float] | None = None
    """How long a duration is."""
    counted: bool = False
    """The interval is counted from a day that stands for the note's own, which is not known."""
