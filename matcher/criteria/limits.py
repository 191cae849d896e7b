"""A limit or a range as read: the noun of `comparisons`."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import cache

from matcher.criteria.lexicon import lexicon, load
from matcher.dates import MEAN_DAYS, words

_RATE = re.compile(
    r"(?P<what>[a-z][a-z -]{2,40}?)\s*(?P<per>(?:/|per|each|every|an?)\s?(?:\d{1,2}\s?)?(?P<time>[a-z]+))$",
    re.IGNORECASE,
)


@cache
def _units() -> dict[str, str]:
    table = load("time")["units"]
    more = {word: unit for unit, written in table["more"].items() for word in written}
    units = words()[0] | more
    return units | {f"{first} {word}": unit for first in table["before"] for word, unit in units.items()}


def time_unit(written: str | None) -> str | None:
    """The unit of time ("month") that is written ("mos"); None where it is none; "D" is a dioptre."""
    return _units().get(written.lower()) if written is not None and written != "D" else None


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
        if isinstance(self.value, str) or time_unit(self.unit) is None:
            return None
        return f"{self.value:g} {self.unit}"

    @property
    def rate(self) -> tuple[str, str] | None:
        """ "seizures", "per month", where the unit says what is counted in which time."""
        found = _RATE.match(self.unit or "")
        if found is None or time_unit(found["time"]) is None or time_unit(found["what"]) is not None:
            return None
        return found["what"], found["per"]


def happens(found: Comparison) -> bool:
    """Whether a limit says by itself what happens how often ("8 micturitions per day"), and is of no habit."""
    return found.rate is not None and not habit_of(found)


def habit_of(found: Comparison) -> str:
    """The habit that a limit counts by its unit ("drinks per week"); empty where it counts none."""
    inside = lexicon().inside
    return next((habit for habit in ("alcohol", "smoking") if found.unit and inside[habit].search(found.unit)), "")


def scaled(value: float, unit: str, to: str) -> float:
    """A length of time in the unit of the other end of its range ("6 months to 5 years")."""
    scales = [MEAN_DAYS.get(time_unit(name) or "") for name in (unit, to)]
    if scales[0] is None or scales[1] is None or scales[0] == scales[1]:
        return value
    return round(value * scales[0] / scales[1], 3)


def of_person(found: Comparison, first: str) -> bool:
    """Whether a limit that opens with "older" or "younger" is one of age: "older than 65 years" is no lesion."""
    table = load("comparisons")["reading"]
    if first not in table["elder"] or time_unit(found.unit) != "year" or isinstance(found.value, str):
        return False
    return found.value >= table["elder_years"]


def stepped(text: str) -> float | str:
    try:
        return float(text)
    except ValueError:
        return text


SIDE = "worse "


def sharpness(acuity: str) -> float:
    """How much of the normal acuity "20/40" is."""
    feet, _, line = acuity.partition("/")
    return float(feet) / max(float(line), 1.0)


def sided(found: Comparison) -> Comparison:
    """ "worse than grade 2" is above it, "worse than 20/40" below."""
    cmp = found.cmp.removeprefix(SIDE)
    falls = found.value < 0 if isinstance(found.value, float) else "/" in found.value  # "worse than -8 D"
    return replace(found, cmp=cmp.translate(_TURNED) if falls else cmp)


_TURNED = str.maketrans("<>", "><")
