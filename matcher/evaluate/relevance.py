"""How well a patient's documented diseases fit what a trial is about: `Diseases`, a part of the score."""

from __future__ import annotations

import math
import re
from collections.abc import Container, Iterable
from functools import cache, lru_cache
from typing import Any

from matcher.evaluate import data
from matcher.evaluate.index import Index, once
from matcher.evaluate.plan import PROTOCOL_TERM
from matcher.model import Concept, Protocol

_WORD = re.compile(r"[a-z0-9]{3,}")
_FROM = re.compile(r"(?<![a-z0-9])[a-z0-9]{3,}")
_STEM = 6
_NAME = 200
"""Characters: names come again and are remembered; a longer text is a note, which does not and would fill memory."""


_HAIR = 1e-9
"""More than rounding may change."""
_Alike = tuple[tuple[float, ...], float]
"""The similarity of a concept to every condition, and to the title."""
_UNLIKE: _Alike = ((), 0.0)


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
        self._terminology = terminology
        self._sizes = _Sizes(terminology, table["similarity"]["concepts"])
        self._half: float = table["similarity"]["named"]
        self._title = tuple(dict.fromkeys(_diseases(protocol.title, terminology)))
        self._groups = tuple(_ids(name, terminology) for name in protocol.conditions)
        self._words = tuple(_wordings(name, terminology) for name in protocol.conditions or (protocol.title,))
        self.all_words: frozenset[str] = frozenset().union(*(words for forms in self._words for words in forms))
        self._known: dict[str, _Alike] = {}
        every = {id for group in (*self._groups, self._title) for id in group}
        self._around = frozenset().union(*(self._sizes.above(id) for id in every))
        """What is above the diseases that the trial is about, and these: who shares none of it is unlike all."""

    def match(self, index: Index) -> float:
        """0–1. Parts of which the protocol says nothing are left out; with none at all, ``unnamed``."""
        found = self.parts(index)
        total = weighed = 0.0
        for name, value in found.items():
            total += self._weights[name]
            weighed += self._weights[name] * value
        return weighed / total if total else self._weights["unnamed"]

    def parts(self, index: Index) -> dict[str, float]:
        """0–1 each. ``words``: share of the conditions' words in the notes; ``best`` and ``mean``, over the conditions:
        similarity of the patient's nearest fact, or less where a condition's words were all found but not the disease;
        ``title``: similarity of the nearest fact to a disease in the title."""
        parts: dict[str, float] = {}
        best = [0.0] * len(self._groups)
        if self.all_words:
            told = _said(index).of(self.all_words)
            shares = [max([len(told & words) / len(words) for words in forms], default=0.0) for forms in self._words]
            parts["words"] = sum(shares) / len(shares)
            if best:
                best = [self._half if share == 1.0 else 0.0 for share in shares]
        title = 0.0
        for id, facts in index.by_id.items():
            alike = self._known.get(id) or self._compare(id)
            if alike is _UNLIKE:
                continue
            near, named = alike
            sure = max([self._assertion.get(f.assertion, 0.0) for f in facts])
            best = [max(b, sure * n) for b, n in zip(best, near, strict=True)]
            title = max(title, sure * named)
        if best:
            parts["best"] = max(best)
            parts["mean"] = sum(best) / len(best)
        if self._title:
            parts["title"] = title
        return parts

    def bears(self, concept: Concept) -> bool:
        """Whether a fact of this concept may change `match`."""
        if (self._known.get(concept.id) or self._compare(concept.id)) is not _UNLIKE:
            return True
        return not self.all_words.isdisjoint(stems(concept.name))

    def _compare(self, id: str) -> _Alike:
        """The similarity of one concept to every condition and to the title; kept, for concepts recur."""
        if id not in self._around and self._around.isdisjoint(self._terminology.ancestor_ids(id)):
            self._known[id] = _UNLIKE
            return _UNLIKE
        near = tuple(max((self._near(own, id) for own in group), default=0.0) for group in self._groups)
        named = max((self._near(own, id) for own in self._title), default=0.0)
        found = self._known[id] = (near, named) if named or any(near) else _UNLIKE
        return found

    def _near(self, own: str, other: str) -> float:
        value = self._sizes.similarity(own, other, self._least)
        return value if value >= self._least else 0.0


class _Sizes:
    """Similarity of concepts from where they stand in the terminology."""

    def __init__(self, terminology: Any, concepts: int) -> None:
        self._terminology = terminology
        self._whole = math.log(concepts)
        self._content: dict[str, float] = {}
        self._above: dict[str, frozenset[str]] = {}

    def content(self, id: str) -> float:
        """How specific a concept is: 1 with nothing below it, towards 0 the more there is (Seco et al. 2004)."""
        value = self._content.get(id)
        if value is None:
            below = len(self._terminology.descendants(id) | {id})
            value = self._content[id] = max(0.0, 1 - math.log(below) / self._whole)
        return value

    def above(self, id: str) -> frozenset[str]:
        """A wanted concept and what is above it."""
        found = self._above.get(id)
        if found is None:
            found = self._above[id] = self._terminology.ancestor_ids(id) | {id}
        return found

    def similarity(self, wanted: str, had: str, least: float) -> float:
        """1 where the patient's concept is the wanted one or narrower; else what they share (Lin 1998): the content
        of their most specific common ancestor over the mean of their own. 0 where it is below ``least`` at a glance."""
        above_had = self._terminology.ancestor_ids(had)
        if wanted == had or wanted in above_had:
            return 1.0
        above_wanted = self.above(wanted)
        shared = above_had & above_wanted
        if had in above_wanted:
            shared |= {had}
        if not shared:
            return 0.0
        own, common = self.content(wanted), max(map(self.content, shared))
        if 2 * common < (least - _HAIR) * (own + common):
            return 0.0  # a concept tells no less than what is above it, so its own content need not be counted
        own += self.content(had)
        return 2 * common / own if own else 0.0


def _ids(name: str, terminology: Any) -> tuple[str, ...]:
    found = terminology.normalise(name)
    if found.concept is not None:
        return (found.concept.id,)
    return tuple(dict.fromkeys(_diseases(name, terminology)))


def _diseases(text: str, terminology: Any) -> list[str]:
    return [h.ids[0] for h in terminology.find(text) if h.ids and terminology.kind(h.ids[0]) == "condition"]


def stems(text: str) -> frozenset[str]:
    """The words of a text that tell one trial from another, cut so that "appendix" meets "appendicitis"."""
    return _stems_of_name(text) if len(text) <= _NAME else _stems(text)


@lru_cache(maxsize=32768)
def _stems_of_name(text: str) -> frozenset[str]:
    return _stems(text)


def _stems(text: str) -> frozenset[str]:
    plain = _plain()
    return frozenset(_stem(word) for word in _WORD.findall(text.lower()) if word not in plain)


def fingerprint() -> str:
    """What `stems` depends on beside the text: two of one fingerprint agree."""
    return f"{_WORD.pattern} {_STEM} {sorted(_plain())}"


@cache
def _plain() -> frozenset[str]:
    return frozenset(data.table("score")["words"]["plain"].split())


def _stem(word: str) -> str:
    if len(word) > _STEM:
        return word[:_STEM]
    return word[:-1] if len(word) > 4 and word.endswith("s") else word


def _wordings(name: str, terminology: Any) -> tuple[frozenset[str], ...]:
    """The words of a condition: as the protocol names it, and as the terminology does ("BPH")."""
    found = terminology.normalise(name)
    names = (name, found.concept.name) if found.concept is not None else (name,)
    forms = map(stems, names)
    return tuple(dict.fromkeys(form for form in forms if form))


class _Told:
    """`stems` of texts, looked for one by one: a protocol asks for few of them."""

    __slots__ = ("_known", "_texts")

    def __init__(self, texts: Iterable[str]) -> None:
        self._texts = [text.lower() for text in texts]
        self._known: dict[object, bool] = {}

    def __contains__(self, stem: object) -> bool:
        known = self._known.get(stem)
        if known is None:
            known = self._known[stem] = isinstance(stem, str) and any(_stands(stem, text) for text in self._texts)
        return known


def _stands(stem: str, text: str) -> bool:
    """Whether a word of a text in small letters has this stem."""
    at = text.find(stem) if stem else -1
    while at >= 0:
        found = _FROM.match(text, at)
        if found is not None and _stem(found[0]) == stem and found[0] not in _plain():
            return True
        at = text.find(stem, at + 1)
    return False


class _Said:
    """Words, of which some are asked for where they are kept."""

    __slots__ = ("_kept", "_words")

    def __init__(self, words: set[str], kept: Container[str]) -> None:
        self._words = words
        self._kept = kept

    def of(self, words: frozenset[str]) -> frozenset[str]:
        """Those of some words that are among them."""
        known = words & self._words
        kept = [word for word in words - known if word in self._kept]
        return known.union(kept) if kept else known


@once
def _said(index: Index) -> _Said:
    """The words of the notes, and of the concepts that the patient has or, for a treatment, is offered."""
    table = data.table("score")
    had, offered = table["assertion"], frozenset(table["words"]["offered"])
    words: set[str] = set()
    for id, facts in index.by_id.items():
        concept = facts[0].concept
        if concept is None or id.startswith(PROTOCOL_TERM):
            continue
        # an offered treatment names what is treated ("flu shot": influenza vaccine)
        for fact in facts:
            if fact.assertion in had or (fact.kind != "condition" and fact.assertion in offered):
                words.update(stems(concept.name))
                break
    if index.words is not None:
        return _Said(words, index.words)
    return _Said(words, _Told({note.text for note in index.notes.values()}))
