"""The side of an operation that its own sentence leaves out, where the report speaks of one side alone."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cache, lru_cache
from typing import TYPE_CHECKING

from matcher.evaluate.index import Index, dated
from matcher.evaluate.mentions import todays
from matcher.evaluate.plan import Setting, rules
from matcher.model import Fact, Leaf
from matcher.patterns import alternatives
from matcher.terms import lexical

if TYPE_CHECKING:
    from matcher.evaluate.event import EventPlan
    from matcher.evaluate.outcome import Outcome

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


def named(leaf: Leaf) -> Leaf:
    """ "Left-sided effusion", of a name that goes without the place: the side is asked of the disease."""
    words = leaf.term.lower().replace("-", " ").split()
    side = words[0] if words and leaf.op in ("condition", "procedure") and leaf.concept is not None else ""
    if side not in _sides() or words[1:2] not in (["sided"], ["side"]):
        return leaf
    asked = {word for q in leaf.qualifiers for word in q.lower().replace("-", " ").split()}
    return leaf if asked & _sides() else replace(leaf, qualifiers=(*leaf.qualifiers, f"{side} sided"))


def without_verb(leaf: Leaf, setting: Setting) -> Leaf:
    """ "A catheter left after surgery": what was left is on no side."""
    if "left" not in leaf.qualifiers or setting.protocol is None:
        return leaf
    text = setting.protocol.text
    around = text[leaf.start : leaf.end + 40].partition("\n")[0]
    if _left().search(around) is None or len(re.findall(r"\bleft\b", around, re.IGNORECASE)) != 1:
        return leaf
    return replace(leaf, qualifiers=tuple(q for q in leaf.qualifiers if q != "left"))


@cache
def _left() -> re.Pattern[str]:
    return re.compile(rf"\bleft\s(?:{alternatives(rules()['sides']['stays'])})\b", re.IGNORECASE)


@cache
def _sides() -> frozenset[str]:
    return frozenset(rules()["sides"]["words"]) | frozenset(rules()["sides"]["both"])


def _parts(term: str) -> frozenset[str]:
    """The parts of the body in a term, with what is a part of them; none: any word may follow the side."""
    named = [key for word in _WORD.findall(term) if (key := lexical.stem(word)) in lexical.places()]
    return frozenset(named).union(*(lexical.parts((key,))[0] for key in named))


Sided = tuple[frozenset[str], frozenset[str]]
NONE: Sided = frozenset(), frozenset()


def asked(leaf: Leaf) -> Sided:
    """The one side that a leaf asks for, and the parts of the body that it names; two empty sets otherwise."""
    said = {word.lower() for name in (leaf.term, *leaf.qualifiers) for word in _WORD.findall(name)}
    side = said.intersection(rules()["sides"]["words"])
    parts = _parts(leaf.term).difference(map(lexical.stem, rules()["sides"]["no_parts"]))
    if len(side) != 1 or not parts or not said.isdisjoint(rules()["sides"]["both"]):
        return NONE
    return frozenset(side), parts


def other_side(sided: Sided, index: Index) -> Fact | None:
    """The words by which the notes speak of the part that a leaf names on the other side alone ("left shoulder")."""
    own, parts = sided
    found = {id: side for id in sorted(index.notes) if (side := _side(index.notes[id].text, parts)) is not None}
    if len(set(found.values())) != 1 or not own.isdisjoint(found.values()):
        return None
    for id, side in found.items():
        text = index.notes[id].text
        for match in _WORD.finditer(text):
            behind = _WORD.findall(text, match.end(), match.end() + 60)[:_NEXT]
            if match.group().lower() == side and not parts.isdisjoint(map(lexical.stem, behind)):
                low = max(text.rfind("\n", 0, match.start()), text.rfind(". ", 0, match.start()) + 1, 0)
                ends = [at for mark in ("\n", ". ") if (at := text.find(mark, match.end())) > 0]
                stop = match.end() + len(behind[0]) + 1
                quote = (low + len(text[low:]) - len(text[low:].lstrip()), min(ends, default=len(text)))
                said_there = text[match.start() : stop]
                return Fact("other", said_there, match.start(), stop, id, quote_start=quote[0], quote_end=quote[1])
    return None


def outcome(plan: EventPlan, index: Index) -> Outcome | None:
    """Nothing of it is said, and the part that it names is spoken of on the other side alone.

    Only of a record that holds something that bears: of the others the outcome is one for all patients.
    """
    if plan.one_side is NONE or plan.silent.truth != "unknown" or plan.reached.isdisjoint(index.ids):
        return None
    other = other_side(plan.one_side, index)
    if other is None:
        return None
    told = f"only “{other.text}” is spoken of{dated(other)}"
    return plan.told("not_met", told, f"{plan.leaf.op}.other_side", facts=(other,))


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
