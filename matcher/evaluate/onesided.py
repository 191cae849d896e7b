"""The side of an operation that its own sentence leaves out, where the report speaks of one side alone."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cache, lru_cache

from matcher.evaluate.index import Index
from matcher.evaluate.mentions import todays
from matcher.evaluate.plan import rules
from matcher.model import Fact, Leaf
from matcher.terms import lexical

_WORD = re.compile(r"[A-Za-z]+")
_NEXT = 4
"""Words behind a side in which the part of the body stands."""


def told(leaf: Leaf, fact: Fact, index: Index) -> Fact:
    """The fact with the side that the report has, or as it is."""
    if fact.kind != "procedure" or not todays(fact) or not _sides().isdisjoint(fact.qualifiers):
        return fact
    note = index.notes.get(fact.note_id)
    side = _side(note.text, _parts(leaf.term)) if note is not None else None
    return replace(fact, qualifiers=(*fact.qualifiers, side)) if side is not None else fact


@cache
def _sides() -> frozenset[str]:
    return frozenset(rules()["sides"]["words"]) | frozenset(rules()["sides"]["both"])


def _parts(term: str) -> frozenset[str]:
    """The parts of the body in a term, with what is a part of them; none: any word may follow the side."""
    named = [key for word in _WORD.findall(term) if (key := lexical.stem(word)) in lexical.places()]
    return frozenset(named).union(*(lexical.parts((key,))[0] for key in named))


@lru_cache(maxsize=256)
def _side(text: str, parts: frozenset[str]) -> str | None:
    """The one side of the parts that a text names; None where it names none, or both."""
    table = rules()["sides"]
    found: set[str] = set()
    words = [match.group().lower() for match in _WORD.finditer(text)]
    for at, word in enumerate(words):
        if word not in _sides():
            continue
        behind = words[at + 1 : at + 1 + _NEXT]
        if parts and parts.isdisjoint(map(lexical.stem, behind)):
            continue
        if not parts and not frozenset(table["not_before"]).isdisjoint(behind[:2]):
            continue
        found.add(word)
    return found.pop() if len(found) == 1 and found <= frozenset(table["words"]) else None
