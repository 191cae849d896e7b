"""The narrower disease that a qualifier makes of the one that was found, where the tables have it under another name.

"hip osteoarthrosis" is found as osteoarthrosis, qualified by "hip"; osteoarthrosis is osteoarthritis, and "hip
osteoarthritis" a disease of its own. Only what the tables call a kind of the disease that was found is taken for it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from matcher.terms import keys
from matcher.terms.fold import SMALL, fold
from matcher.terms.wording import fold_all, rules, variants

if TYPE_CHECKING:
    from matcher.terms.normalise import Normalised
    from matcher.terms.terminology import Terminology

_NAMES = 24
_WORDS = 4
_SIGNS = "+-"
_WORD = re.compile(r"[^\W_]+")
_JOINED = re.compile(r"/|\b(?:and|or)\b", re.I)


def found(meaning: Normalised, text: str, terminology: Terminology) -> Normalised:
    """The meaning of a term, by the narrower concept of one of its qualifiers where the tables have one."""
    concept = meaning.concept
    if concept is None or not meaning.qualifiers or _JOINED.search(text) or terminology.kind(concept.id) != "condition":
        return meaning
    names = _names(concept.id, terminology)
    best = ""
    for said in meaning.qualifiers:
        if said[-1:] in _SIGNS:
            continue  # the sign is no part of a folded name: "HER2-" is not "HER2+"
        for id in _kinds(said, names, terminology):
            if id != concept.id and terminology.is_a(id, best or concept.id) and not _says_more(id, text, terminology):
                best, used = id, said
                break
    if not best:
        return meaning
    left = tuple(said for said in meaning.qualifiers if said != used)
    return replace(meaning, concept=terminology.concept(best), qualifiers=left)


def _names(id: str, terminology: Terminology) -> list[str]:
    folded = dict.fromkeys(fold(name) for name, _ in terminology.names(id) if not keys.is_acronym(name))
    short = [name for name in folded if len(name.split()) <= _WORDS and "," not in name]
    return sorted(short, key=lambda name: (len(name), name))[:_NAMES]


def _kinds(said: str, names: list[str], terminology: Terminology) -> Iterator[str]:
    """Conditions that the tables call by a qualifier and one of the names."""
    for at, qualifier in enumerate(_qualifiers(said)):
        for name in names:
            behind = () if at else (f"{name} {qualifier}", f"{name},{qualifier}")
            for form in (f"{qualifier} {name}", f"{name} of {qualifier}", *behind):
                for id in terminology.lookup_folded(form):
                    if terminology.kind(id) == "condition":
                        yield id


def _says_more(id: str, text: str, terminology: Terminology) -> bool:
    """Whether the name of a concept tells a side, a heredity or a number that the term does not."""
    said = frozenset(_WORD.findall(fold(text)))
    more = frozenset(_WORD.findall(fold(terminology.concept(id).name))) - said
    return any(word.isdigit() or word in fold_all("narrower", "unsaid") for word in more)


def _qualifiers(said: str) -> Iterator[str]:
    """A qualifier, what may be said for it, and the part of the body of "in the hip"."""
    words = fold(said).split()
    while words and words[0] in SMALL:
        words = words[1:]
    if words and words[-1] in rules()["compounds"]["empty"]:
        words = words[:-1]
    if not words or len(words) > _WORDS or " ".join(words) in fold_all("narrower", "not_by"):
        return
    plain = " ".join(words)
    yield plain
    yield from variants(wider=True).get(plain, ())
    if len(words) > 1 and words[-1] in rules()["compounds"]["cause"]:
        yield " ".join(words[:-1])  # "transthyretin-mediated"
