"""Misspelt words: an unknown word becomes the known word that lies nearest, never one known word another.

That rule alone keeps hydroxyzine from hydralazine and "small cell" from "non-small cell"; the rest of the guards
(numbers, opposites such as hyper-/hypo-, fixed words, limits by length, a margin to the next candidate) is data.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import TYPE_CHECKING

from matcher.terms import curated, keys
from matcher.terms.wording import qualifiers, rules

if TYPE_CHECKING:
    from matcher.terms.terminology import Terminology


def similarity(one: str, other: str) -> float:
    """0-1, of two folded terms."""
    from rapidfuzz.distance import DamerauLevenshtein

    return float(DamerauLevenshtein.normalized_similarity(one, other))


def edits_of(length: int, table: str) -> int:
    """How many letters of a word of this length may be wrong."""
    return max((edits for shortest, edits in rules()["fuzzy"][table] if length >= shortest), default=0)


def allowed(folded: str, corrected: str, edits: int, kind: str) -> bool:
    """Whether a correction may stand for a concept of this kind: drug names are held to tighter limits."""
    if kind != "drug":
        return True
    before, after = folded.split(" "), corrected.split(" ")
    changed = [word for word in before if word not in after]
    return bool(changed) and edits <= max(edits_of(len(word), "drug_edits") for word in changed)


def likely_name(text: str, corrected: str, edits: int, name: str, kind: str) -> bool:
    """Whether a single word is rather a name that the tables lack than a misspelt one of theirs.

    ``name`` is the folded preferred name of what the corrected word means.
    """
    if " " in text:
        return False
    generic = corrected in re.split(r"[ /-]", name)
    if kind == "drug" and not generic and name.startswith(corrected):
        return True  # a name cut short ("clonaz") is not spelt in full
    if kind == "drug":
        stem = max((s for s in _stems() if text.lower().endswith(s) and corrected.endswith(s)), key=len, default="")
        if stem and len(text) - len(stem) < rules()["fuzzy"]["stem_own"]:
            return True
    if not text[:1].isupper() or text.isupper():
        return False
    if kind == "drug" and generic:
        return False
    return edits > edits_of(len(text), "capital_brand_edits" if kind == "drug" else "capital_edits")


@lru_cache(maxsize=1)
def _stems() -> frozenset[str]:
    return frozenset(stem.ending for stem in curated.stems())


@lru_cache(maxsize=1)
def _qualifying() -> frozenset[str]:
    return frozenset(word for phrase in qualifiers() for word in phrase.split())


def opposed(word: str, other: str) -> bool:
    """The two words begin with different members of a group of opposites (hyper-/hypo-) or stems (nephro-/neuro-)."""
    for group in rules()["fuzzy"]["opposites"]:
        one, two = _beginning(word, group), _beginning(other, group)
        if one and two and one != two:
            return True
        if len(two) > 3 and not one and sorted(word[: len(two)]) != sorted(two):
            return True  # "hyptension" may be either; "hypretension" can only be hyper-
    return any(
        one and two and one != two
        for group in rules()["fuzzy"]["stems"]
        for one, two in [(_beginning(word, group), _beginning(other, group))]
    )


def _beginning(word: str, group: list[str]) -> str:
    """The longest of a group of beginnings that the word has."""
    return max((p for p in group if word.startswith(p)), key=len, default="")


def corrections(folded: str, terminology: Terminology) -> Iterator[tuple[str, int]]:
    """(corrected folded term, edits) for every way to make all its words known; nothing if they are known already."""
    words = folded.split(" ")
    if len(words) > 8:
        return
    choices: list[tuple[tuple[str, int], ...]] = []
    unknown = 0
    for word in words:
        if len(word) < 4 or not word.isalpha() or terminology.is_word(word) or word in _qualifying():
            choices.append(((word, 0),))
            continue
        unknown += 1
        near = _near(word, terminology)
        if not near or unknown > 2:
            return
        choices.append(near)
    if not unknown:
        return
    forms: list[tuple[list[str], int]] = [([], 0)]
    for options in choices:
        forms = [([*form, word], total + edits) for form, total in forms for word, edits in options]
        if len(forms) > 200:
            return
    for form, total in forms:
        yield " ".join(form), total


@lru_cache(maxsize=256)
def _pool(letter: str, terminology: Terminology) -> dict[int, list[str]]:
    """The words of the tables that may be meant, by their first letter and then by their length."""
    fixed = frozenset(rules()["fuzzy"]["fixed"])
    out: dict[int, list[str]] = {}
    for other in terminology.words_like(letter):
        if other not in fixed:
            out.setdefault(len(other), []).append(other)
    return out


@lru_cache(maxsize=20_000)
def _near(word: str, terminology: Terminology) -> tuple[tuple[str, int], ...]:
    from rapidfuzz import process
    from rapidfuzz.distance import DamerauLevenshtein, Levenshtein

    limit = edits_of(len(word), "edits")
    if not limit or word in keys.plain_words() or word in rules()["fuzzy"]["fixed"]:
        return ()
    pool = _pool(word[0], terminology)
    alike = [other for size in range(len(word) - limit, len(word) + limit + 1) for other in pool.get(size, ())]
    # Two words that lie n edits apart with exchanges lie 2n apart without, and that is counted much faster.
    close = process.extract(word, alike, scorer=Levenshtein.distance, score_cutoff=2 * limit, limit=None)
    found = [(other, DamerauLevenshtein.distance(word, other, score_cutoff=limit)) for other, _, _ in close]
    out = [(other, int(distance)) for other, distance in found if distance <= limit and not opposed(word, other)]
    return tuple(sorted(out, key=lambda pair: (pair[1], pair[0]))[:12])
