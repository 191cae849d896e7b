"""Classes of drugs by what they act on: "anti-IL-5 biologics", "IL-5 receptor blockers" and "IL-5 inhibitor" are one.

A wording is read as the direction in which a drug acts (against a target, for it, not said), and the target. The words
are data: ``[targets]`` of ``resources/terms/normalise.toml``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Literal

from matcher.terms.fold import fold
from matcher.terms.wording import rules

Direction = Literal["against", "for", "open"]

_BOTH = re.compile(r"(?<=[A-Za-z])1/2\b")
""" "MEK1/2": both of them, the family."""
_RECEPTOR = re.compile(r"(?<=\d)r(?:alpha)?\Z")
""" "IL-4R", "IL-4Rα": the receptor."""
_PLAIN = re.compile(r"[^a-z0-9]")
_MOST_WORDS = 8


@cache
def _directions() -> dict[str, Direction]:
    table = rules()["targets"]
    return {fold(word): way for way in ("against", "for", "open") for word in table[way]}


@cache
def _said() -> tuple[frozenset[str], frozenset[str], tuple[tuple[str, str], ...]]:
    """Words that say nothing of the target, words for antibodies, and (longer, shorter) names of targets."""
    table = rules()["targets"]
    same = sorted(((fold(long), fold(short)) for long, short in table["same"]), key=lambda pair: -len(pair[0]))
    return frozenset(map(fold, table["filling"])), frozenset(map(fold, table["antibody"])), tuple(same)


def read(text: str) -> tuple[Direction, str, bool] | None:
    """The direction, the target in one word, and whether antibodies are spoken of; None where no word says a direction.

    >>> read("anti-IL-5 biologics"), read("interleukin 5 blockers")
    (('against', 'il5', False), ('against', 'il5', False))
    """
    folded = fold(text)
    words = folded.split(" ")
    ways = _directions()
    if not 2 <= len(words) <= _MOST_WORDS or ways.keys().isdisjoint(words):
        return None
    filling, antibodies, same = _said()
    folded = f" {folded} "
    for long, short in same:
        folded = folded.replace(f" {long} ", f" {short} ")
    words = folded.split()
    found: list[Direction] = [ways[word] for word in words if word in ways]
    if not found:
        return None
    way = next((way for way in found if way != "open"), found[0])
    target = "".join(word for word in words if word not in ways and word not in filling)
    spoken = any(word in antibodies for word in words)
    return (way, _PLAIN.sub("", target), spoken) if len(target) > 1 else None


def _wider(target: str) -> Iterator[str]:
    """The target, then without what tells its receptor or its chain from it."""
    yield target
    for ending in ("receptor", "alpha"):
        if target.endswith(ending):
            yield target.removesuffix(ending)
    if (short := _RECEPTOR.sub("", target)) != target:
        yield short


class Targets:
    """Classes of drugs by direction and target."""

    def __init__(self, classes: Mapping[str, tuple[str, ...]]) -> None:
        found: dict[tuple[Direction, str], dict[str, bool]] = {}
        for id, names in classes.items():
            for name in names:
                if key := read(name):
                    owners = found.setdefault(key[:2], {})
                    owners[id] = owners.get(id, False) or name == names[0]
        self._classes = {key: _one(owners) for key, owners in found.items()}

    def find(self, text: str) -> tuple[str, bool] | None:
        """The class that a wording means, and whether the wording speaks of antibodies; None for none, or several."""
        asked = read(_BOTH.sub("", text))
        if asked is None:
            return None
        way, target, spoken = asked
        ways: tuple[Direction, ...] = (way,) if way != "open" else ("open", "against", "for")
        for form in _wider(target):
            for either in ways:
                if id := self._classes.get((either, form)):
                    return id, spoken
        return None


def _one(owners: dict[str, bool]) -> str | None:
    """The one class of a target: where several have it, the one that is called so."""
    if len(owners) == 1:
        return next(iter(owners))
    called = [id for id, is_name in owners.items() if is_name]
    return called[0] if len(called) == 1 else None
