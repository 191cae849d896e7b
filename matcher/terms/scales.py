"""Scores, grades and stages: their order, and where a written step stands in it.

A step is an interval: stage III is [3, 3.99], since IIIA to IIIC lie inside it; IIIB is [3.25, 3.49]; a score of
points is a point. So "stage IIIA" lies within "stage III", and "stage III" may or may not be "≥ IIIB".
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import Literal

from matcher import resources
from matcher.numerals import NUMERALS
from matcher.patterns import alternatives
from matcher.terms.wording import rules

Direction = Literal["higher_worse", "higher_better", "neutral"]

_ROMAN = {"0": 0, "i": 1, "ii": 2, "iii": 3, "iv": 4, "v": 5, "vi": 6}
_STEP = re.compile(r"^([tnmgf](?=\d))?(iv|iii|ii|i|vi|v|\d+(?:\.\d+)?)(?:\s*-?\s*([a-d])\s*(\d)?)?\+?$")
_GLEASON = re.compile(r"^(\d)\s*\+\s*(\d)(?:\s*=\s*(\d+))?$")
_CLASS_POINTS = re.compile(r"^[abc]\s*\(?(\d{1,2})\)?$")
"""Child-Pugh "A5", "B (8)"."""
_OF = re.compile(r"^(-?\d+(?:\.\d+)?)\s*(?:/|of|out of)\s*\d+$")
_RANGE = re.compile(r"\s*(?:-|–|—|\bto\b|/|\bor\b|\band\b)\s*")
_LETTER = 0.25
_DIGIT = 0.05
_INSIDE = 0.99


@cache
def _prefix() -> re.Pattern[str]:
    """The words before a step: "NYHA functional class"."""
    steps = alternatives(rules()["numbered"]["steps"])
    return re.compile(rf"^(?:[a-z][a-z&'-]*\s+)*?(?:{steps})(?:s|es)?\s*[:=]?\s*")


@dataclass(frozen=True, slots=True)
class Scale:
    """``low``/``high``: its first and last step; ``forms``: written steps that are no plain numbers, as intervals."""

    id: str
    kind: Literal["score", "stage"]
    name: str
    low: float
    high: float
    step: float | None
    direction: Direction
    forms: dict[str, tuple[float, float]]


@cache
def table() -> dict[str, Scale]:
    """All scales by id."""
    return {row["id"]: _scale(row) for row in resources.rows("terms/scales")}


@cache
def of_word() -> dict[str, Scale]:
    """The scale that one word with a capital names ("GOLD", "Rutherford"), by the word as it is written."""
    found: dict[str, Scale] = {}
    for row in resources.rows("terms/scales"):
        for name in (row["name"], *row["synonyms"].split("|")):
            if name.isalpha() and name[0].isupper():
                found.setdefault(name, table()[row["id"]])
    return found


def get(id: str) -> Scale | None:
    return table().get(id)


def rank(scale_id: str | None, text: str) -> tuple[float, float]:
    """Where ``text`` ("IIIB", "class II-III", "22/30", "3+4=7", "ECOG one") stands: an interval of the scale's order.

    Without a scale the text is read as a stage. Raises ValueError for what is no step.

    >>> rank("SCALE:ajcc", "IIIB")
    (3.25, 3.49)
    >>> rank("SCALE:nyha", "class II")
    (2.0, 2.0)
    """
    scale = table().get(scale_id) if scale_id else None
    words = " ".join(text.lower().replace("₁", "1").replace("₂", "2").split()).rstrip(".,;")
    for candidate in (words, _prefix().sub("", words)):
        if scale and candidate in scale.forms:
            return scale.forms[candidate]
        found = _step(scale, candidate)
        if found:
            return found
    parts = [part for part in _RANGE.split(_prefix().sub("", words)) if part]
    if len(parts) == 2:
        low, high = rank(scale_id, parts[0]), rank(scale_id, parts[1])
        return min(low[0], high[0]), max(low[1], high[1])
    raise ValueError(f"no step of {scale_id or 'a stage'}")


def to_ecog(kps: float) -> tuple[int, int]:
    """ECOG steps that a Karnofsky status corresponds to (Oken 1982): 100 → 0, 80–90 → 1, 60–70 → 2, 40–50 → 3,
    10–30 → 4, 0 → 5. An interval, since some sources set the borders one step apart."""
    for floor, step in ((100, 0), (80, 1), (60, 2), (40, 3), (10, 4)):
        if kps >= floor:
            return step, step
    return 5, 5


def _step(scale: Scale | None, text: str) -> tuple[float, float] | None:
    if text in NUMERALS:
        return _points(scale, NUMERALS[text])
    if found := _GLEASON.match(text):
        return _points(scale, float(found[3] or int(found[1]) + int(found[2])))
    if found := _CLASS_POINTS.match(text):
        return _points(scale, float(found[1]))
    if found := _OF.match(text):
        return _points(scale, float(found[1]))
    if re.fullmatch(r"-?\d+(?:\.\d+)?\s*%?", text):
        return _points(scale, float(text.rstrip("% ")))
    if found := _STEP.match(text):
        number = float(_ROMAN.get(found[2], -1)) if found[2] in _ROMAN else float(found[2])
        if not found[3]:
            return _points(scale, number)
        low = number + _LETTER * "abcd".index(found[3])
        if not found[4]:
            return low, round(low + _LETTER - 0.01, 4)
        low = round(low + _DIGIT * int(found[4]), 4)
        return low, low
    return None


def _points(scale: Scale | None, number: float) -> tuple[float, float]:
    """A bare number: a point of a score, a whole stage of a stage scale with sub-stages."""
    whole = (scale is None or (scale.kind == "stage" and scale.step is None)) and number == int(number)
    return (number, number + _INSIDE) if whole else (number, number)


def _scale(row: dict[str, str]) -> Scale:
    forms = {}
    for form in filter(None, row["forms"].split("|")):
        text, _, place = form.partition("=")
        low, _, high = place.partition("-")
        forms[text.lower()] = (float(low), float(high or low))
    step = float(row["step"]) if row["step"] else None
    kind: Literal["score", "stage"] = "stage" if row["kind"] == "stage" else "score"
    direction: Direction = row["direction"]  # type: ignore[assignment]
    return Scale(row["id"], kind, row["name"], float(row["low"]), float(row["high"]), step, direction, forms)
