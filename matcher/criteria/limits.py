"""A limit or a range as read: the noun of `comparisons`."""

from __future__ import annotations

import re
from dataclasses import dataclass

TIME = re.compile(
    r"(?:calendar |consecutive |completed |full )?"
    r"(year|yr|month|mo|week|wk|day|hour|hr|h|d|y|minute|min|år|jahre|jahren|an|años|anos|año|ano|anni|anno|jaar)s?$",
    re.IGNORECASE,
)


YEARS = re.compile(r"y|år|jahre|an(?:s|n[io])?$|a[nñ]os?$|jaar", re.IGNORECASE)
"""A unit of years, also as registries of other countries leave it; a number with it and no more is an age."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """A limit or a range; ``start``/``end`` span its words, ``first``/``last`` are the token indexes.

    ``cmp`` is empty for a number that no word compares. ``open`` says which ends of a range are exclusive.
    """

    start: int
    end: int
    first: int
    last: int
    cmp: str
    value: float | str
    value2: float | str | None = None
    unit: str | None = None
    uln: bool = False
    lln: bool = False
    low_open: bool = False
    high_open: bool = False
    scale: str = ""
    """"grade", "class", "stage" where the number is a step of a scale."""
    age: bool = False
    """"of age" or "old" stands with the number."""
    word: bool = False
    """The number is a word ("two")."""

    @property
    def duration(self) -> str | None:
        """ "6 months", where the number is a length of time."""
        if self.unit is None or not TIME.match(self.unit) or isinstance(self.value, str):
            return None
        return f"{self.value:g} {self.unit}"


_DAYS = {"y": 365.25, "mo": 30.4375, "w": 7.0, "d": 1.0, "h": 1 / 24}


def scaled(value: float, unit: str, to: str) -> float:
    """A length of time in the unit of the other end of its range ("6 months to 5 years")."""
    scales = [next((d for u, d in _DAYS.items() if name.lower().startswith(u)), None) for name in (unit, to)]
    if scales[0] is None or scales[1] is None or scales[0] == scales[1]:
        return value
    return round(value * scales[0] / scales[1], 3)


def stepped(text: str) -> float | str:
    try:
        return float(text)
    except ValueError:
        return text
