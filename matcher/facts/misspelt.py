"""A protocol's terms misspelt in a note: an unknown word a slip of the pen away from a name of what is asked for."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING

from matcher.facts.page import Draft, Page
from matcher.facts.sought import Term
from matcher.terms import keys
from matcher.terms.fold import fold, fold_word

if TYPE_CHECKING:
    from matcher.terms import Terminology

_SHORTEST = 6
"""Letters of the shortest word that is taken for misspelt: shorter ones are too near to each other."""
_MEMBERS = 60
"""A class of more members is not looked for by their names."""
_LEAST = 4


class Misspelt:
    """The one-word names of the terms, and of a class's members, by their first letter and their length."""

    def __init__(self, terms: Sequence[Term], terminology: Terminology | None) -> None:
        self._terminology = terminology
        self._pool: dict[str, dict[int, dict[str, list[Term]]]] = {}
        for term in terms if terminology is not None else ():
            for name in self._names(term):
                of = self._pool.setdefault(name[0], {}).setdefault(len(name), {}).setdefault(name, [])
                if term not in of:
                    of.append(term)

    def __bool__(self) -> bool:
        return bool(self._pool)

    def of(self, word: str) -> tuple[Term, ...]:
        """The terms that a word of a note misspells: none where the word is one of the language or the terminology."""
        if len(word) < _SHORTEST or not word.isalpha() or (word[1:] != word[1:].lower() and not word.isupper()):
            return ()
        low = fold_word(word)
        pool = self._pool.get(low[:1])
        if pool is None:
            return ()
        near: list[tuple[int, str, list[Term]]] = []
        for size in range(len(low) - 2, len(low) + 3):
            for name, terms in pool.get(size, {}).items():
                edits = _edits(low, name, min(_most(len(low), t.kind == "medication") for t in terms))
                if edits:
                    near.append((edits, name, terms))
        if not near or self._known(low):
            return ()
        least = min(edits for edits, _, _ in near)
        best = {term.concept.id: term for edits, _, terms in near if edits == least for term in terms}
        return tuple(best[id] for id in sorted(best))

    def _known(self, low: str) -> bool:
        assert self._terminology is not None
        return low in keys.plain_words() or self._terminology.is_word(low)

    def _names(self, term: Term) -> list[str]:
        """One word each, folded."""
        terminology = self._terminology
        assert terminology is not None
        ids = terminology.lookup(term.text)[:1]
        if ids and terminology.kind(ids[0]) in ("drug", "drug_class"):
            members = terminology.descendants(ids[0])
            ids = (*ids, *sorted(members)) if len(members) <= _MEMBERS else ids
        names = {fold(name) for id in ids for name, _ in terminology.names(id)}
        return sorted(name for name in names if name.isalpha() and len(name) >= _SHORTEST and name not in _fixed())


def drafts(page: Page, at: int, word: str, terms: Sequence[Term]) -> list[Draft]:
    """What a misspelt word of a note says."""
    return [
        Draft(
            term.kind,
            at,
            at + len(word),
            term.concept,
            qualifiers=("coverage:1.00",),
            rule="search.fuzzy",
            source="protocol",
        )
        for term in terms
        if page.span_at(at) is not None
    ]


@cache
def _fixed() -> frozenset[str]:
    from matcher.terms.wording import rules

    return frozenset(rules()["fuzzy"]["fixed"])


@cache
def _most(length: int, drug: bool) -> int:
    """How many letters may be wrong."""
    from matcher.terms.fuzzy import edits_of

    # asked for by name, and no word that is known: one wrong letter is believed of a short name too
    return max(1, edits_of(length, "drug_edits")) if drug else edits_of(length, "edits")


def _edits(word: str, name: str, most: int) -> int:
    """The letters that are wrong in a word; 0: too many, or none. Letters that only changed places count as one."""
    if not most or word == name or abs(len(word) - len(name)) > most:
        return 0
    if word[-1] == name[-1] and sorted(word) == sorted(name):
        return 1
    if len(set(word) & set(name)) < _LEAST:
        return 0
    from rapidfuzz.distance import DamerauLevenshtein

    from matcher.terms.fuzzy import opposed

    edits = int(DamerauLevenshtein.distance(word, name, score_cutoff=most))
    return edits if edits <= most and not opposed(word, name) else 0
