"""T, N and M as a criterion writes them: "T1-T2 N0 M0", "cT3/T4 or N+", "≥ pT2", "node-positive"."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import Any

from matcher.criteria.lexicon import load
from matcher.patterns import alternatives

_MAYBE = re.compile(r"[TNM](?:[0-4xX+]|is\b|any)|[Nn]od(?:e|al)")
_CMP = {"≥": ">=", ">=": ">=", ">": ">", "≤": "<=", "<=": "<=", "<": "<"}
_BLANK, _HYPHEN = r"\s+", r"[\s-]"
_BETWEEN = 3
"""Characters between the steps of one formula ("T2, N0, M0")."""


@dataclass(frozen=True, slots=True)
class Step:
    """One letter's step or range of steps, and where its words stand."""

    start: int
    end: int
    scale: str
    cmp: str
    low: str
    high: str | None
    sure: bool = True
    """It is a step by its own letters, and not by what stands beside it."""
    of: bool = False
    """What it is of is said behind it ("N2 disease")."""


def formulas(text: str, start: int, end: int) -> dict[int, list[Step]]:
    """The formulas of ``text[start:end]`` by their first character: steps with nothing but a comma between them."""
    if _MAYBE.search(text, start, end) is None:
        return {}
    steps = [_step(match) for match in _pattern().finditer(text, start, end)]
    if not any(step.sure for step in steps) and len({step.scale for step in steps}) < 2:
        steps = [step for step in steps if step.of or _of_tumour(text, step.end, end)]
    found: dict[int, list[Step]] = {}
    last: list[Step] = []
    for step in steps:
        apart = text[last[-1].end : step.start] if last else ""
        if last and len(apart) < _BETWEEN and not apart.strip(" ,") and last[-1].scale != step.scale:
            last.append(step)
        else:
            last = found.setdefault(step.start, [step])
    return found


def _words() -> dict[str, Any]:
    words: dict[str, Any] = load("comparisons")["tnm"]
    return words


@cache
def _tumour() -> re.Pattern[str]:
    return re.compile(rf"[\s-]{{1,2}}(?:{alternatives(_words()['tumours'])})\b", re.IGNORECASE)


def _of_tumour(text: str, at: int, end: int) -> bool:
    return _tumour().match(text, at, end) is not None


_GLUED = r"(?=[cp]?[NM][0-3+])"


def _one(letter: str, digits: str) -> str:
    """A step of a letter, or a range of them: "cT1c-T2a", "N0-1", "T3 or T4"."""
    low = letter.lower()
    to = rf"(?:\s?[-–—/]\s?(?:[cpyru]{{0,3}}{letter})?|\s(?:to|or|and|through)\s[cpyru]{{0,3}}{letter})"
    return rf"(?P<p{low}>[cpyru]{{0,3}}){letter}(?P<{low}>{digits})(?:{to}(?P<{low}2>{digits}))*(?:{_GLUED}|(?![\w+]))"


@cache
def _pattern() -> re.Pattern[str]:
    words = _words()
    lead = rf"(?:\b(?i:(?P<lead>(?:(?:{alternatives(words['lead'])})[\s:]{{1,2}}){{1,3}})))?"
    after = rf"(?:,?\s(?:(?P<above>{alternatives(words['above'])})|(?P<below>{alternatives(words['below'])}))\b)?"
    steps = "|".join((_one("T", "[0-4][a-d]?|is"), _one("N", "[0-3][a-c]?"), _one("M", "[01][a-d]?")))
    nodes = "|".join(
        rf"(?i:(?P<{name}>{alternatives(words[name]).replace(_BLANK, _HYPHEN)}))(?!\w)"
        for name in ("positive", "negative")
    )
    return re.compile(
        rf"(?:(?<![\w-])|(?<=[0-4a-ds]){_GLUED}){lead}(?:(?P<cmp>{'|'.join(_CMP)})\s?|(?i:(?P<least>{alternatives(words['least'])}))\s)?"
        r"(?:(?:[cpyru]{0,3}Tany|[Aa]ny\sT)[\s,]{0,2}(?=[cp]?N))?"
        rf"(?:(?:{steps}){after}|[cp]?N\s?(?P<plus>\+|positive)(?!\w)|{nodes})"
        rf"(?:[\s,]{{0,2}}(?:Nany|[Aa]ny\sN)(?!\w))?(?P<of>[\s-](?:{alternatives(words['generic'])})\b)?"
    )


def _step(match: re.Match[str]) -> Step:
    start, end = match.span()
    if match["plus"] or match["positive"]:
        return Step(start, end, "N stage", ">=", "N1", None)
    if match["negative"]:
        return Step(start, end, "N stage", "=", "N0", None)
    letter = next(letter for letter in "tnm" if match[letter] is not None)
    capital = letter.upper()
    low, high = capital + match[letter], match[f"{letter}2"]
    cmp = _CMP.get(match["cmp"] or "") or (
        ">=" if match["above"] or match["least"] else "<=" if match["below"] else "="
    )
    sure = bool(match[f"p{letter}"] or match["lead"])
    if high is not None:
        return Step(start, end, f"{capital} stage", "between", low, capital + high, sure, bool(match["of"]))
    return Step(start, end, f"{capital} stage", cmp, low, None, sure, bool(match["of"]))
