"""One pass over raw text: every term of the tables, leftmost-longest, on whole words.

The text's words are folded one by one (a cache holds those seen before) and joined by their gaps; at each word that can
begin a term the trie gives all terms that begin there. Places are kept by word, so folding never shifts an offset.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from itertools import accumulate
from typing import NamedTuple, TypeVar

from matcher.terms import keys
from matcher.terms.fold import BEFORE_DROPPED, HARD, SOFT, WORD, fold_gap, fold_word
from matcher.terms.overlay import Overlay

_DETACHED = frozenset({"non", "anti", "pre", "pseudo", "quasi"})
_CACHE = 200_000
_LONGEST = 60
"""Characters of what is kept: hostile text must not fill the memory."""
_LISTED = re.compile(r"[,;]")
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
    alone: tuple[str, ...] = ()
    """Ids of the term that it is by itself."""


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
        self._ids: dict[int, tuple[str, ...]] = {}

    def find(self, text: str) -> list[Hit]:
        parts = _SPLIT.split(text)  # gap, word, gap, word … gap
        if len(parts) < 3:
            return []
        offsets = list(accumulate(map(len, parts)))
        starts, ends = offsets[0:-1:2], offsets[1::2]
        words = list(map(self._words.__getitem__, parts[1::2]))
        parts[0:-1:2] = map(self._gaps.__getitem__, parts[0:-1:2])
        parts[1::2] = folded = [word.folded for word in words]
        dropped = [index for index, word in enumerate(folded) if not word] if "" in folded else []
        last = len(folded) - 1
        for index in dropped:
            # A word that is dropped leaves one gap: the harder of the two beside it.
            if index < last and parts[2 * index] not in ("", SOFT):
                parts[2 * index + 2] = parts[2 * index]
            if 0 < index < last and folded[index - 1] and folded[index - 1] not in BEFORE_DROPPED:
                parts[2 * index + 2] = HARD
        del parts[-1]
        if dropped:
            parts, words = _without(dropped, parts, 2), _without(dropped, words)
            starts, ends = _without(dropped, starts), _without(dropped, ends)
            if not words:
                return []
        parts[0] = ""
        bounds = list(accumulate(map(len, parts)))  # of each gap and word in the folded text
        return self._hits(text, "".join(parts), words, starts, ends, bounds[::2], bounds[1::2])

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
        pairs, free = self._pairs, 0
        # Most words that can begin a term stand before one that no term goes on with.
        following = [*endings[1:], endings[-1]]
        candidates = [
            (index, longer)
            for index, (word, place, end) in enumerate(zip(words, places, following, strict=True))
            if word.begins and ((longer := pairs[folded[place:end]]) or word.alone or word.capitals)
        ]
        for index, longer in candidates:
            if index < free:
                continue
            word = words[index]
            if longer:
                place = places[index]
                stop, ids = self._longest(word, folded[place : place + 110], place, ending)
            else:
                ids = word.alone
                stop = index if ids else -1
            if stop == index + 1 and _is_value(text, ends[index], starts, stop, words, ids, starts[index]):
                stop, ids = (index if word.alone else -1), word.alone
            if word.capitals and stop <= index and not (word.plain and _shouted(index, starts, ends, text)):
                stop, ids = index, word.capitals
            if stop < 0 or not ids or self._refused(text, index, stop, starts, ends, words):
                continue
            hits.append(Hit(starts[index], ends[stop], ids))
            free = stop + 1
        return hits

    def _pair(self, folded: str) -> bool:
        """Whether a term begins with two words."""
        return _goes_on(self._store.terms, folded) or _goes_on(self.overlay.trie, folded)

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
        word = _Word(folded, built, added, capitals, plain, built or added or bool(capitals))
        return word._replace(alone=self._longest(word, folded, 0, {len(folded): 0})[1]) if built or added else word

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


def _without(places: Sequence[int], items: list[T], each: int = 1) -> list[T]:
    """The items but for those of some places; ``each`` items have a place together."""
    kept: list[T] = []
    at = 0
    for place in places:
        kept += items[at : place * each]
        at = (place + 1) * each
    return kept + items[at:]


def _begins(trie, folded: str) -> bool:  # type: ignore[no-untyped-def]
    if folded in trie or _goes_on(trie, folded + SOFT):
        return True
    return _goes_on(trie, folded + ",") or _goes_on(trie, folded + ".")


def _goes_on(trie, folded: str) -> bool:  # type: ignore[no-untyped-def]
    """Whether a term begins so."""
    return next(trie.iterkeys(folded), None) is not None


def _shouted(index: int, starts: list[int], ends: list[int], text: str) -> bool:
    """Both neighbours are in capitals too: "ALL PATIENTS" is no leukaemia ("AS, HLA-B27 positive" is a disease)."""
    around = [i for i in (index - 1, index + 1) if 0 <= i < len(starts)]
    around = [i for i in around if not _LISTED.search(text, ends[min(i, index)], starts[max(i, index)])]
    near = [text[starts[i] : ends[i]] for i in around]
    near = [word for word in near if len(word) > 1 and not word.isdigit()]
    return bool(near) and all(word.isupper() for word in near)
