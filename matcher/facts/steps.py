"""Steps of scores and stages that are no plain numbers: "class II-III", "stage IIIB", "Child-Pugh A5", "T2N0M0"."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from matcher.facts import tables
from matcher.model import Concept, Quantity

_STEP = re.compile(
    r"(?:A[0-3][\s/,-]?(?=F[0-4]))?(?P<v>(?:(?:IV|III|II|I|VI|V)(?![e-z]|[a-d][a-z])|[FG]?[0-5](?!\d|,\d|\.\d))(?:\s?-?[ABCDabcd](?![a-z]))?\d?"
    r"(?:\s?(?:-|–|/|\bto\b|\bor\b)\s?(?:(?:IV|III|II|I|VI|V)|[FG]?[0-5])(?:[ABCDabcd](?![a-z]))?\d?)?|[A-D](?:[5-9]|1[0-5])?(?![\w'’]))"
    r"(?P<plus>\s?\+(?!\s?\d))?(?![\w%]|\s?/\s?(?:\d|VI|IV)|\.\d|\s?\+\s?\d|\s?(?:mg|mm|cm|days?|weeks?|months?|years?|hours?)\b)"
)
_BETWEEN = re.compile(
    r"[\s:=(\[,-]*(?:(?:is|was|of|at|(?-i:an?)|as|her|his|the|currently|now|score|scores|scale|class|stage|grade|type|category|level|status|functional|group|"
    r"patient|classification|clinical|pathologic|estimated|approximately|about|sub|early|late|with|diagnosed|to)\b[\s:=(\[,-]*)*",
    re.IGNORECASE,
)
_TNM = re.compile(
    r"(?<![\w-])[cpyra]{0,3}T(?P<t>[0-4][a-d]?|is|x|X)(?:\((?:m|\d)\))?[\s,]{0,2}[cpyra]{0,2}N(?P<n>[0-3][a-c]?|x|X|\+)(?:\(.{1,6}\))?"
    r"(?:[\s,]{0,2}[cpyra]{0,2}M(?P<m>[01][a-c]?|x|X))?(?!\w)"
    r"|(?<![\w-])(?:(?:y?[cp]|[Ss]tage[\s:]{1,2})T(?P<t1>[0-4][a-d]?|is)|y?[cp]N(?P<n1>[0-3][a-c]?|\+)|y?[cp]M(?P<m1>[01][a-c]?))(?!\w)"
)
"""A whole formula, or one step with the letter of how it was found ("cT3a", "pN0")."""


@dataclass(frozen=True, slots=True)
class Step:
    """A step as written, where it ends, and its place in the scale's order."""

    start: int
    end: int
    text: str
    quantity: Quantity | None


def read(text: str, at: int, stop: int, concept: Concept | None, bare: bool = False) -> Step | None:
    """The step that follows a scale's name at ``at``; None where none does. ``bare``: it stands there itself."""
    from matcher.terms import scales

    between = _BETWEEN.match(text, at, min(stop, at + 60))
    start = between.end() if between else at
    match = _STEP.match(text, start, stop)
    if match is None or (not bare and start == at and text[at : at + 1].isalnum()):
        return None
    written = match["v"]
    try:
        low, high = scales.rank(concept.id if concept else None, written)
    except (ValueError, KeyError):
        return None
    name = " ".join(written.split()).upper() + ("+" if match["plus"] else "")
    scale = scales.get(concept.id) if concept else None
    quantity = None
    if scale is None or scale.kind == "score":
        quantity = Quantity(low, high, start=match.start(), end=match.end())
    return Step(match.start(), match.end(), name, quantity)


@cache
def _owners() -> list[tuple[re.Pattern[str], str | None]]:
    return [
        (re.compile(tables.words(row["words"]), re.IGNORECASE), row.get("scale"))
        for row in tables.toml("concepts")["stage_of"]
    ]


def owner(text: str, start: int, end: int, low: int, high: int) -> tuple[bool, str | None]:
    """Which scale a bare "stage" belongs to by the words around it: (decided, scale id or None for no scale)."""
    for pattern, scale in _owners():
        if pattern.search(text, max(low, start - 40), min(high, end + 45)):
            return True, scale
    return False, None


_FORMULA = re.compile(
    r"T(?:[0-4][a-d]?|is|x|X)(?:\((?:m|\d)\))?[\s,]{0,2}[cpyra]{0,2}N|[cp](?:T[0-4i]|N[0-3+]|M[01])|[Ss]tage[\s:]{1,2}T[0-4i]"
)


def formulas(text: str) -> Iterator[re.Match[str]]:
    """Where a TNM formula may stand."""
    return _FORMULA.finditer(text)


def tnm(text: str) -> list[tuple[int, int, str, str]]:
    """T, N and M of each "pT2N0M0" or "cT3a" as (start, end, scale, step)."""
    return [
        (*match.span(), f"SCALE:{group[0]}-stage", group[0].upper() + _POSITIVE.get(match[group], match[group].lower()))
        for match in _TNM.finditer(text)
        for group in ("t", "n", "m", "t1", "n1", "m1")
        if match[group]
    ]


_POSITIVE = {"+": "1-3"}
"""Nodes that are affected, and not how many."""
