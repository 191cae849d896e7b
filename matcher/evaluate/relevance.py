"""How well a patient's documented diseases fit what a trial is about: `Diseases`, a part of the score."""

from __future__ import annotations

import math
import re
from functools import cache
from typing import Any

from matcher.evaluate import data
from matcher.evaluate.index import Index
from matcher.model import Protocol

_WORD = re.compile(r"[a-z0-9]{3,}")
_STEM = 6


class Diseases:
    """What a protocol is about: its registered conditions, the diseases in its title, and the words of its conditions.

    `parts` compares them with a patient's facts; `match` is their weighted mean (weights and cut-offs:
    ``resources/evaluate/score.toml``, sections match, assertion, similarity).
    """

    def __init__(self, protocol: Protocol, terminology: Any) -> None:
        table = data.table("score")
        self._weights: dict[str, float] = table["match"]
        self._assertion: dict[str, float] = table["assertion"]
        self._least: float = table["similarity"]["least"]
        self._sizes = _Sizes(terminology, table["similarity"]["concepts"])
        titled = tuple(dict.fromkeys(_diseases(protocol.title, terminology)))
        groups = [_ids(name, terminology) for name in protocol.conditions]
        self._groups: tuple[tuple[str, ...], ...] = tuple(groups) if any(groups) else ()
        self._title = titled
        stems = [s for s in (_stems(name) for name in protocol.conditions or (protocol.title,)) if s]
        self._words = tuple(tuple(sorted(s)) for s in stems)
        self._known: dict[str, tuple[tuple[float, ...], float]] = {}

    def match(self, index: Index) -> float:
        """0–1. Parts of which the protocol says nothing are left out; with none at all, ``unnamed``."""
        found = self.parts(index)
        total = sum(self._weights[name] for name in found)
        if not total:
            return self._weights["unnamed"]
        return sum(self._weights[name] * value for name, value in found.items()) / total

    def parts(self, index: Index) -> dict[str, float]:
        """0–1 each. ``best`` and ``mean``: similarity of the patient's nearest fact over the registered conditions;
        ``title``: the same for the diseases in the title; ``words``: share of the conditions' words in the notes."""
        best = [0.0] * len(self._groups)
        title = 0.0
        for id, facts in index.by_id.items():
            near, named = self._known.get(id) or self._compare(id)
            if not named and not any(near):
                continue
            sure = max(self._assertion.get(f.assertion, 0.0) for f in facts)
            best = [max(b, sure * n) for b, n in zip(best, near, strict=True)]
            title = max(title, sure * named)
        parts: dict[str, float] = {}
        if best:
            parts["best"] = max(best)
            parts["mean"] = sum(best) / len(best)
        if self._title:
            parts["title"] = title
        if self._words:
            said = _said(index)
            parts["words"] = sum(sum(w in said for w in words) / len(words) for words in self._words) / len(self._words)
        return parts

    def _compare(self, id: str) -> tuple[tuple[float, ...], float]:
        """The similarity of one concept to every condition and to the title; kept, for concepts recur."""
        near = tuple(max((self._near(own, id) for own in group), default=0.0) for group in self._groups)
        found = self._known[id] = (near, max((self._near(own, id) for own in self._title), default=0.0))
        return found

    def _near(self, own: str, other: str) -> float:
        value = self._sizes.similarity(own, other)
        return value if value >= self._least else 0.0


class _Sizes:
    """Similarity of concepts from where they stand in the terminology."""

    def __init__(self, terminology: Any, concepts: int) -> None:
        self._terminology = terminology
        self._whole = math.log(concepts)
        self._content: dict[str, float] = {}

    def content(self, id: str) -> float:
        """How specific a concept is: 1 with nothing below it, towards 0 the more there is (Seco et al. 2004)."""
        value = self._content.get(id)
        if value is None:
            below = len(self._terminology.descendants(id) | {id})
            value = self._content[id] = max(0.0, 1 - math.log(below) / self._whole)
        return value

    def similarity(self, wanted: str, had: str) -> float:
        """1 where the patient's concept is the wanted one or narrower; else what they share (Lin 1998): the content
        of their most specific common ancestor over the mean of their own."""
        above_had = {had, *(c.id for c in self._terminology.ancestors(had))}
        if wanted in above_had:
            return 1.0
        shared = above_had & {wanted, *(c.id for c in self._terminology.ancestors(wanted))}
        if not shared:
            return 0.0
        own = self.content(wanted) + self.content(had)
        return 2 * max(self.content(id) for id in sorted(shared)) / own if own else 0.0


def _ids(name: str, terminology: Any) -> tuple[str, ...]:
    found = terminology.normalise(name)
    if found.concept is not None:
        return (found.concept.id,)
    return tuple(dict.fromkeys(_diseases(name, terminology)))


def _diseases(text: str, terminology: Any) -> list[str]:
    return [h.ids[0] for h in terminology.find(text) if h.ids and terminology.kind(h.ids[0]) == "condition"]


def _stems(text: str) -> frozenset[str]:
    """The words of a text that tell one trial from another, cut so that "appendix" meets "appendicitis"."""
    plain = _plain()
    return frozenset(_stem(word) for word in _WORD.findall(text.lower()) if word not in plain)


@cache
def _plain() -> frozenset[str]:
    return frozenset(data.table("score")["words"]["plain"].split())


def _stem(word: str) -> str:
    if len(word) > _STEM:
        return word[:_STEM]
    return word[:-1] if len(word) > 4 and word.endswith("s") else word


def _said(index: Index) -> frozenset[str]:
    said = index.cache.get("score.words")
    if not isinstance(said, frozenset):
        said = frozenset().union(*(_stems(note.text) for note in index.notes.values()))
        index.cache["score.words"] = said
    return said
