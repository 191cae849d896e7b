"""One pass over raw text: every term of the tables, leftmost-longest, on whole words.

The text's words are folded one by one (a cache holds those seen before) and joined by their gaps; at each word that can
begin a term the trie gives all terms that begin there. Places are kept by word, so folding never shifts an offset.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cached_property
from itertools import accumulate, compress
from typing import NamedTuple, TypeVar

from matcher.terms import keys, pairs
from matcher.terms.fold import BEFORE_DROPPED, HARD, SOFT, WORD, fold_gap, fold_word
from matcher.terms.overlay import Overlay

_DETACHED = frozenset({"non", "anti", "pre", "pseudo", "quasi"})
_CACHE = 30_000
"""Words of texts that are kept: a thousand notes hold about as many."""
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
    number: int
    """See `pairs`."""
    after: frozenset[int]
    """The numbers of the words that go on with it."""
    lone: bool
    """A term, or an abbreviation, by itself."""
    alone: tuple[str, ...]
    """Ids of the term that it is by itself."""
    capitals: tuple[str, ...]
    """Ids of the abbreviation that it is."""
    plain: bool
    """Capitals that in lower case are a common word."""
    added: frozenset[int]
    """Of ``after``, the words with which a term of the overlay goes on."""


_DROPPED = _Word("", 0, frozenset(), False, (), (), False, frozenset())


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


class _Places(NamedTuple):
    """A text and its folded words."""

    folded: str
    folded_at: list[int]
    """Where each word begins in the folded text."""
    ending: dict[int, int]
    """The word that ends at a place of the folded text."""
    starts: list[int]
    ends: list[int]


_TERM = 110
"""Folded characters that a term may have."""
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
        self._ids: dict[int, tuple[str, ...]] = {}

    @cached_property
    def _added(self) -> pairs.Pairs:
        """The pairs of words that begin a term of the overlay."""
        return pairs.of(self.overlay.keys)

    @cached_property
    def _pairs(self) -> pairs.Pairs:
        """The pairs of words that begin a built term."""
        return pairs.built(self._store)

    def find(self, text: str) -> list[Hit]:
        parts = _SPLIT.split(text)  # gap, word, gap, word … gap
        if len(parts) < 3:
            return []
        offsets = list(accumulate(map(len, parts)))
        starts, ends = offsets[0:-1:2], offsets[1::2]
        words = list(map(self._words.__getitem__, parts[1::2]))
        gaps = list(map(self._gaps.__getitem__, parts[0:-1:2]))  # before each word
        folded = [word[0] for word in words]
        if "" in folded:
            _drop(folded, gaps)
            words, gaps = list(compress(words, folded)), list(compress(gaps, folded))
            starts, ends = list(compress(starts, folded)), list(compress(ends, folded))
            if not words:
                return []
        gaps[0] = ""
        return self._hits(text, gaps, words, starts, ends)

    def _hits(self, text: str, gaps: list[str], words: list[_Word], starts: list[int], ends: list[int]) -> list[Hit]:
        """The hits among folded words; ``gaps``: what stands before each."""
        hits: list[Hit] = []
        own: tuple[str, ...]
        own, numbers, after, alone, *_ = zip(*words, strict=True)
        following = (*numbers[1:], 0)
        # Most words that can begin a term stand before one that no term goes on with.
        candidates = [
            index
            for index, (single, more, number) in enumerate(zip(alone, after, following, strict=True))
            if single or number in more
        ]
        if not candidates:
            return hits
        parts: list[str] = [""] * (2 * len(words))
        parts[::2], parts[1::2] = gaps, own
        bounds = list(accumulate(map(len, parts)))  # of each gap and word in the folded text
        folded, places, endings = "".join(parts), bounds[::2], bounds[1::2]
        ending = dict(zip(endings, range(len(endings)), strict=True))
        free = 0
        for index in candidates:
            if index < free:
                continue
            word = words[index]
            if following[index] in word.after:
                place = places[index]
                stop, ids = self._longest(folded[place : place + _TERM], place, ending, following[index] in word.added)
                if stop <= index and word.alone:
                    stop, ids = index, word.alone
            else:
                ids = word.alone
                stop = index if ids else -1
            if stop > index and "," in text[ends[index] : starts[stop]]:
                lent = self._lent(text, index, stop, _Places(folded, places, ending, starts, ends))
                if lent:
                    piece = folded[place : places[lent] - 1]
                    stop, ids = self._longest(piece, place, ending, following[index] in word.added)
                    if stop <= index:
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

    def _lent(self, text: str, index: int, stop: int, place_of: _Places) -> int:
        """The word after the comma of an inverted term that begins the next thing of a list, 0 if none does: "renal
        failure, chronic bronchitis" is two diseases, "renal failure, chronic" one."""
        for at in range(index + 1, stop + 1):
            if "," in text[place_of.ends[at - 1] : place_of.starts[at]]:
                place = place_of.folded_at[at]
                piece = place_of.folded[place : place + _TERM]
                if self._longest(piece, place, place_of.ending, True)[0] > stop:
                    return at
        return 0

    def _longest(self, piece: str, place: int, ending: dict[int, int], added: bool) -> tuple[int, tuple[str, ...]]:
        """The last word of the longest term of several words that ``piece`` begins with, and the term's ids; -1: none.

        ``added``: the overlay may have one, too.
        """
        stop = -1
        ids: tuple[str, ...] = ()
        if added:
            added_keys = self.overlay.keys
            for key, _ in self.overlay.trie.iter_prefixes_with_ids(piece):
                at = ending.get(place + len(key))
                if at is not None and at >= stop:
                    stop, ids = at, added_keys[key]
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
        if not folded:
            return _DROPPED
        key = self._store.terms.get(folded)
        built = self._built_ids(key) if key is not None else ()
        added = self.overlay.keys.get(folded, ())
        alone = tuple(dict.fromkeys(added + built)) if added and built else added or built
        capitals = self.capitals(raw)
        plain = bool(capitals) and raw.lower() in keys.plain_words()
        number = pairs.number(folded)
        more, own = self._pairs.after(number), self._added.after(number)
        return _Word(folded, number, more | own if own else more, bool(alone or capitals), alone, capitals, plain, own)

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


def _drop(folded: list[str], gaps: list[str]) -> None:
    """A word that is dropped leaves one gap: the harder of the two beside it."""
    last = len(folded) - 1
    index = -1
    for _ in range(folded.count("")):
        index = folded.index("", index + 1)
        if index == last:
            break
        if gaps[index] not in ("", SOFT):
            gaps[index + 1] = gaps[index]
        if index and folded[index - 1] and folded[index - 1] not in BEFORE_DROPPED:
            gaps[index + 1] = HARD


def _shouted(index: int, starts: list[int], ends: list[int], text: str) -> bool:
    """Both neighbours are in capitals too: "ALL PATIENTS" is no leukaemia ("AS, HLA-B27 positive" is a disease)."""
    around = [i for i in (index - 1, index + 1) if 0 <= i < len(starts)]
    around = [i for i in around if not _LISTED.search(text, ends[min(i, index)], starts[max(i, index)])]
    near = [text[starts[i] : ends[i]] for i in around]
    near = [word for word in near if len(word) > 1 and not word.isdigit()]
    return bool(near) and all(word.isupper() for word in near)
