"""One pass over raw text: every term of the tables, leftmost-longest, on whole words.

The text's words are folded one by one (a cache holds those seen before) and joined by their gaps; at each word that can
begin a term the trie gives all terms that begin there. Places are kept by word, so folding never shifts an offset.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import accumulate
from typing import NamedTuple, TypeVar

from matcher.terms import keys
from matcher.terms.fold import SOFT, WORD, fold_gap, fold_word
from matcher.terms.overlay import Overlay

_DETACHED = frozenset({"non", "anti", "pre", "pseudo", "quasi"})
_CACHE = 200_000
_LONGEST = 60
"""Characters of what is kept: hostile text must not fill the memory."""
_SPLIT = re.compile(f"({WORD.pattern})")

T = TypeVar("T")


class Hit(NamedTuple):
    """A term in a text: ``text[start:end]``; ``ids`` best first, several where it is ambiguous."""

    start: int
    end: int
    ids: tuple[str, ...]


class _Word(NamedTuple):
    folded: str
    built: bool
    """A term of the built tables begins with it."""
    added: bool
    """A term of the overlay begins with it."""
    capitals: tuple[str, ...]
    """Ids of the abbreviation that it is."""
    plain: bool
    """Capitals that in lower case are a common word."""
    begins: bool
    """A term may begin with it."""


class _Cache(dict[str, T]):
    """What `make` gives for a piece of text, kept for the next one; emptied when it is full."""

    def __init__(self, make: Callable[[str], T]) -> None:
        super().__init__()
        self._make = make

    def __missing__(self, raw: str) -> T:
        made = self._make(raw)
        if len(raw) <= _LONGEST:
            if len(self) >= _CACHE:
                self.clear()
            self[raw] = made
        return made


_CODE_LETTERS = 4
"""Letters that a research code has before its number ("CPT-11"); longer words are names."""


def _is_value(
    text: str, end: int, starts: list[int], stop: int, words: list[_Word], ids: tuple[str, ...], start: int
) -> bool:
    """Whether what looks like a research code is a value: "BP 179", "Cr 57" (a code is written "BP-179")."""
    return (
        end - start <= _CODE_LETTERS
        and words[stop].folded.isdigit()
        and starts[stop] > end
        and "-" not in text[end : starts[stop]]
        and all(id.startswith("UNII:") for id in ids)
    )


class Finder:
    def __init__(self, overlay: Overlay) -> None:
        self.overlay = overlay
        self._store = overlay.store
        self._words = _Cache(self._word)
        self._gaps = _Cache(fold_gap)
        self._pairs = _Cache(self._pair)
        self._alone = _Cache(self._single)
        self._ids: dict[int, tuple[str, ...]] = {}

    def find(self, text: str) -> list[Hit]:
        parts = _SPLIT.split(text)  # gap, word, gap, word … gap
        if len(parts) < 3:
            return []
        offsets = [0, *accumulate(map(len, parts))]
        starts, ends = offsets[1:-1:2], offsets[2::2]
        words = list(map(self._words.__getitem__, parts[1::2]))
        gaps = list(map(self._gaps.__getitem__, parts[0:-1:2]))
        folded = [word.folded for word in words]
        if "" in folded:
            # A word that is dropped leaves one gap: the harder of the two beside it.
            kept = []
            last = len(folded) - 1
            for index, word in enumerate(folded):
                if word:
                    kept.append(index)
                elif index < last and gaps[index] not in ("", SOFT):
                    gaps[index + 1] = gaps[index]
            if not kept:
                return []
            words = [words[index] for index in kept]
            starts = [starts[index] for index in kept]
            ends = [ends[index] for index in kept]
            gaps = [gaps[index] for index in kept]
            folded = [folded[index] for index in kept]
        gaps[0] = ""
        pieces = [piece for pair in zip(gaps, folded, strict=True) for piece in pair]
        bounds = list(accumulate(map(len, pieces)))  # of each gap and word in the folded text
        return self._hits(text, "".join(pieces), words, starts, ends, bounds[::2], bounds[1::2])

    def _hits(
        self,
        text: str,
        folded: str,
        words: list[_Word],
        starts: list[int],
        ends: list[int],
        places: list[int],
        endings: list[int],
    ) -> list[Hit]:
        hits: list[Hit] = []
        ending = dict(zip(endings, range(len(endings)), strict=True))
        free, last = 0, len(words) - 1
        for index in [at for at, word in enumerate(words) if word.begins]:
            if index < free:
                continue
            word = words[index]
            place = places[index]
            if index < last and self._pairs[folded[place : endings[index + 1]]]:
                stop, ids = self._longest(word, folded[place : place + 110], place, ending)
            else:
                ids = self._alone[word.folded]
                stop = index if ids else -1
            if stop == index + 1 and _is_value(text, ends[index], starts, stop, words, ids, starts[index]):
                stop, ids = self._longest(word, word.folded, place, ending)
            if word.capitals and stop <= index and not (word.plain and _shouted(index, starts, ends, text)):
                stop, ids = index, word.capitals
            if stop < 0 or not ids or self._refused(text, index, stop, starts, ends, words):
                continue
            hits.append(Hit(starts[index], ends[stop], ids))
            free = stop + 1
        return hits

    def _pair(self, folded: str) -> bool:
        """Whether a term begins with two words; most words of a text stand before one that no term goes on with."""
        return any(next(trie.iterkeys(folded), None) is not None for trie in (self._store.terms, self.overlay.trie))

    def _single(self, folded: str) -> tuple[str, ...]:
        """Ids of the term that a word is by itself."""
        word = _Word(folded, True, True, (), False, True)
        return self._longest(word, folded, 0, {len(folded): 0})[1]

    def _longest(self, word: _Word, piece: str, place: int, ending: dict[int, int]) -> tuple[int, tuple[str, ...]]:
        """The last word of the longest term that ``piece`` begins with, and the term's ids; -1: none."""
        stop = -1
        ids: tuple[str, ...] = ()
        if word.added:
            added_keys = self.overlay.keys
            for key, _ in self.overlay.trie.iter_prefixes_with_ids(piece):
                at = ending.get(place + len(key))
                if at is not None and at >= stop:
                    stop, ids = at, added_keys[key]
        if word.built:
            number = -1
            at_built = -1
            for key, key_number in self._store.terms.iter_prefixes_with_ids(piece):
                at = ending.get(place + len(key))
                if at is not None:
                    at_built, number = at, key_number
            if at_built > stop:
                stop, ids = at_built, self._built_ids(number)
            elif at_built == stop and number >= 0:
                ids = tuple(dict.fromkeys(ids + self._built_ids(number)))
        return stop, ids

    def _refused(
        self, text: str, index: int, stop: int, starts: list[int], ends: list[int], words: list[_Word]
    ) -> bool:
        """A term that a prefix turns round ("non-squamous"), or a single letter that no value follows."""
        if index and words[index - 1].folded in _DETACHED and starts[index] - ends[index - 1] == 1:
            return text[ends[index - 1]] not in "/\n"
        if ends[stop] - starts[index] == 1:
            after = text[ends[stop] : ends[stop] + 3].lstrip(" :=")
            before = text[max(0, starts[index] - 2) : starts[index]]
            return not after[:1].isdigit() or any(c.isdigit() for c in before)
        return False

    def _built_ids(self, number: int) -> tuple[str, ...]:
        ids = self._ids.get(number)
        if ids is None:
            ids = tuple(dict.fromkeys(self.overlay.id_of(n) for n in self._store.values(number)))
            self._ids[number] = ids
        return ids

    def _word(self, raw: str) -> _Word:
        folded = fold_word(raw)
        built = added = False
        capitals: tuple[str, ...] = ()
        if folded:
            built = _begins(self._store.terms, folded)
            added = _begins(self.overlay.trie, folded)
            capitals = self.capitals(raw)
        plain = bool(capitals) and raw.lower() in keys.plain_words()
        return _Word(folded, built, added, capitals, plain, built or added or bool(capitals))

    def capitals(self, raw: str) -> tuple[str, ...]:
        """Ids of the abbreviation ``raw``, also in its plural ("MIs")."""
        if raw[-1:] == "s" and raw[:-1].isupper():
            raw = raw[:-1]
        if raw.islower() or not keys.cased(raw):
            return ()
        key = keys.ABBREVIATION + raw
        if raw in self.overlay.senses:
            return self.overlay.keys.get(key, ())
        return self.overlay.lookup(key)


def _begins(trie, folded: str) -> bool:  # type: ignore[no-untyped-def]
    return folded in trie or any(next(trie.iterkeys(folded + mark), None) for mark in (SOFT, ",", "."))


def _shouted(index: int, starts: list[int], ends: list[int], text: str) -> bool:
    """Both neighbours are in capitals too: "ALL PATIENTS" is no leukaemia."""
    around = [i for i in (index - 1, index + 1) if 0 <= i < len(starts)]
    near = [text[starts[i] : ends[i]] for i in around]
    near = [word for word in near if len(word) > 1 and not word.isdigit()]
    return bool(near) and all(word.isupper() for word in near)
