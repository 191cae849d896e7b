"""A protocol's own term as the search of the notes sees it: its words and their weights, its head, its short forms."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING

from matcher.facts import tables
from matcher.facts.asked import Wanted
from matcher.facts.words import WORD, initials, narrower
from matcher.model import Concept, Op
from matcher.terms import lexical
from matcher.terms.lexical import stem

if TYPE_CHECKING:
    from matcher.terms import Terminology

_HEAD_ENDS = re.compile(
    r"\b(?:of|in|with|to|for|due|on|at|by|from|after|before|during|without|requiring|involving|treated|as)\b", re.I
)
_TAIL = 0.4
_IMPLIED = 0.2
_JOINED = 4
"""Letters of each of two words that a hyphen joins in a term."""


@dataclass(frozen=True, slots=True)
class Term:
    """A wanted term as the search sees it."""

    text: str
    concept: Concept
    words: tuple[str, ...]
    """Stems of its content words, in order."""
    weights: tuple[float, ...]
    head: str
    kind: Op
    short: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """Its capitals ("GAF") with the words that they stand for."""
    narrower: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """Its words of which a part or a kind may stand in the note, with these: stems, or "*" with an ending."""
    known: bool = False
    """One word that the terminology finds: only its misspellings are looked for."""


@cache
def _stop() -> frozenset[str]:
    return frozenset(tables.toml("search")["stop"])


@cache
def needed() -> frozenset[str]:
    """Stems that say little, and without which the thing is another one."""
    return frozenset(stem(word) for word in tables.toml("search")["needed"])


@cache
def listing() -> frozenset[str]:
    """Words that may stand in a list of parts of the body."""
    return frozenset(tables.toml("search")["listing"])


@cache
def _context() -> re.Pattern[str]:
    """When or where a thing was there, behind what is looked for."""
    when, which, what = (tables.words(tables.toml("search")["context"][name]) for name in ("when", "which", "what"))
    return re.compile(rf"(?<=\w)\s(?:{when})\s(?:(?:{which})\s)*(?:{what})\s*$", re.IGNORECASE)


@cache
def _modifier() -> frozenset[str]:
    return frozenset(stem(word) for word in tables.toml("search")["modifier"])


@cache
def _prefixes() -> frozenset[str]:
    return frozenset(tables.toml("search")["prefixes"])


@cache
def weak() -> frozenset[str]:
    """Stems that say next to nothing of a term by themselves."""
    return frozenset(stem(word) for word in tables.toml("search")["weak"])


def weight_of(word: str) -> float:
    """How much of a term a stem is."""
    return 0.2 if word in weak() else 0.4 if word in _modifier() else 1.0


def read(item: Wanted | str, terminology: Terminology | None) -> Term | None:
    """A wanted term, or None where it has too little to look for."""
    text = item if isinstance(item, str) else item.term
    kind: Op = "other" if isinstance(item, str) else getattr(item, "op", None) or getattr(item, "kind", None) or "other"
    whole, text = text, _context().sub("", text)
    first = _HEAD_ENDS.split(text, maxsplit=1)[0]
    # "A" at the end is no article: "hemophilia A", "hepatitis A"
    letter = re.search(r"\w\sa\s*$", text, re.IGNORECASE) is not None
    words = [w for w in _words(text) if w.lower() not in _stop() or (letter and w in ("a", "A"))]
    heads = [w for w in _words(first) if w.lower() not in _stop() or (letter and w in ("a", "A"))]
    stems = list(dict.fromkeys(stem(w) for w in words))
    if not stems or len(stems) > 12:
        return None
    inside = {stem(w) for w in heads}
    # What follows the first preposition ("… on chest radiograph") weighs less than the name itself.
    act = _act(kind, first, text, heads, terminology)
    plain = {s for s in stems if s != act and not lexical.implied().get(s, frozenset()).isdisjoint(stems)}
    weights = tuple(
        1.0 if s == act else min(weight_of(s), _IMPLIED if s in plain else 1.0) * (1.0 if s in inside else _TAIL)
        for s in stems
    )
    strong = [s for s in stems if (weight_of(s) == 1.0 and s not in plain) or s == act]
    if not strong:
        # "active disease": too little to look for by its words, unless all of it is there.
        head = stem(heads[-1]) if heads else stems[-1]
    else:
        named = [stem(w) for w in heads if stem(w) in strong]
        head = named[-1] if named else strong[-1]
    if len(head.lstrip("=")) < 3 or head.isdigit():
        return None
    known = terminology is not None and text.isalpha() and bool(terminology.lookup(text))
    return Term(
        whole,
        Concept("PROTOCOL", "PROTOCOL:" + whole, whole),
        tuple(stems),
        weights,
        head,
        kind,
        initials(words, terminology),
        {} if known else narrower(tuple(stems)),
        known,
    )


def _words(text: str) -> list[str]:
    """The words of a term; of two joined by a hyphen ("lower-limb") each, where both are of some length."""
    found: list[str] = []
    for match in WORD.finditer(text):
        joined = match.group().split("-")
        apart = min(map(len, joined)) >= _JOINED and joined[0].lower() not in _prefixes()
        found += joined if apart and weight_of(stem(match.group())) == 1.0 else [match.group()]
    return found


def _act(kind: Op, first: str, text: str, heads: Sequence[str], terminology: Terminology | None) -> str | None:
    """The stem of what is asked for where it is done for something: "therapy for psoriasis" is not the psoriasis, nor
    is "psoriasis therapy"."""
    if kind not in ("medication", "procedure") or not heads:
        return None
    acts = [w for w in heads if w.lower() in tables.toml("search")["acts"]]
    if first != text and all(weight_of(stem(w)) < 1.0 for w in heads):
        return stem(acts[-1]) if acts else None
    if acts[-1:] == heads[-1:] and terminology is not None:
        hits = [h for h in terminology.find(first) if h.ids]
        if hits and all(terminology.kind(h.ids[0]) == "condition" for h in hits):
            return stem(acts[-1])
    return None
