"""One pass over raw text: every term of the tables, leftmost-longest, on whole words.

The text's words are folded one by one (a cache holds those seen before) and joined by their gaps; at each word that can
begin a term the trie gives all terms that begin there. Places are kept by word, so folding never shifts an offset.
"""

from __future__ import annotations

from typing import NamedTuple

from matcher.terms import keys
from matcher.terms.fold import SOFT, WORD, fold_gap, fold_word
from matcher.terms.overlay import Overlay

_DETACHED = frozenset({"non", "anti", "pre", "pseudo", "quasi"})
_CACHE = 200_000


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
        self._words: dict[str, _Word] = {}
        self._gaps: dict[str, str] = {}
        self._ids: dict[int, tuple[str, ...]] = {}

    def find(self, text: str) -> list[Hit]:
        words: list[_Word] = []
        starts: list[int] = []
        ends: list[int] = []
        places: list[int] = []  # of each word in the folded text
        pieces: list[str] = []
        known, gaps = self._words, self._gaps
        last = size = 0
        gap = ""
        for match in WORD.finditer(text):
            start, end = match.span()
            raw = text[start:end]
            word = known.get(raw)
            if word is None:
                word = self._word(raw)
            if not gap or gap == SOFT:
                between = text[last:start]
                gap = gaps.get(between) or self._gap(between)
            last = end
            if not word.folded:
                continue
            if words:
                pieces.append(gap)
                size += len(gap)
            places.append(size)
            pieces.append(word.folded)
            size += len(word.folded)
            words.append(word)
            starts.append(start)
            ends.append(end)
            gap = ""
        folded = "".join(pieces)
        return self._hits(text, folded, words, starts, ends, places)

    def _hits(
        self, text: str, folded: str, words: list[_Word], starts: list[int], ends: list[int], places: list[int]
    ) -> list[Hit]:
        hits: list[Hit] = []
        ending = {
            place + len(word.folded): index for index, (place, word) in enumerate(zip(places, words, strict=True))
        }
        index, count = 0, len(words)
        while index < count:
            word = words[index]
            if not (word.built or word.added or word.capitals):
                index += 1
                continue
            place = places[index]
            piece = folded[place : place + 110]
            stop, ids = self._longest(word, piece, place, ending)
            if stop == index + 1 and _is_value(text, ends[index], starts, stop, words, ids, starts[index]):
                stop, ids = self._longest(word, word.folded, place, ending)
            if word.capitals and stop <= index and not (word.plain and _shouted(index, starts, ends, text)):
                stop, ids = index, word.capitals
            if stop < 0 or not ids or self._refused(text, index, stop, starts, ends, words):
                index += 1
                continue
            hits.append(Hit(starts[index], ends[stop], ids))
            index = stop + 1
        return hits

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

    def _gap(self, between: str) -> str:
        gap = fold_gap(between)
        if len(between) < 8:
            self._gaps[between] = gap
        return gap

    def _word(self, raw: str) -> _Word:
        folded = fold_word(raw)
        built = added = False
        capitals: tuple[str, ...] = ()
        if folded:
            built = _begins(self._store.terms, folded)
            added = _begins(self.overlay.trie, folded)
            capitals = self.capitals(raw)
        word = _Word(folded, built, added, capitals, bool(capitals) and raw.lower() in keys.plain_words())
        if len(self._words) >= _CACHE:
            self._words.clear()
        self._words[raw] = word
        return word

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
