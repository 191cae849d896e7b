"""One pass over raw text: every term of the tables, leftmost-longest, on whole words.

The text's words are folded one by one (a cache holds those seen before) and joined by their gaps; at each word that can
begin a term the trie gives all terms that begin there. Places are kept by word, so folding never shifts an offset.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import cached_property
from itertools import accumulate, compress
from typing import NamedTuple, TypeVar

from matcher.terms import keys, pairs
from matcher.terms.fold import BEFORE_DROPPED, HARD, PREFIXES, SOFT, fold_gap, fold_word, pieces
from matcher.terms.overlay import Overlay

_TURNING = frozenset(PREFIXES["turning"])
_CACHE = 30_000
"""Words of texts that are kept: a thousand notes hold about as many."""
_LONGEST = 60
"""Characters of what is kept: hostile text must not fill the memory."""
_LISTED = re.compile(r"[,;]")

T = TypeVar("T")


class Hit(NamedTuple):
    """A term in a text: ``text[start:end]``; ``ids`` best first, several where it is ambiguous."""

    start: int
    end: int
    ids: tuple[str, ...]
    sure: bool = False
    """Whether the text itself says what it means."""


class _Known(NamedTuple):
    """What the terms say of a word."""

    alone: tuple[str, ...]
    """Ids of the term that it is by itself."""
    capitals: tuple[str, ...]
    """Ids of the abbreviation that it is."""
    plain: bool
    """Capitals that in lower case are a common word."""
    added: pairs.After
    """The words with which a term of the overlay goes on."""


_UNKNOWN = _Known((), (), False, {})


class _Word(NamedTuple):
    folded: str
    number: int
    """See `pairs`."""
    after: pairs.After
    """The words that go on with it."""
    lone: bool
    """A term, or an abbreviation, by itself."""
    known: _Known


_LAST = _Word("", 0, {}, False, _UNKNOWN)
"""Stands behind the last word of a text."""


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


class _Folded(NamedTuple):
    """A text cut into words. Those that are not dropped are kept: by their place among them go terms."""

    text: str
    parts: Sequence[str]
    """Gap, word, gap, word … gap."""
    words: Sequence[_Word]
    """What is known of each kept word."""
    kept: Sequence[int]
    """The number of each kept word among all."""
    starts: Sequence[int]
    """Of each word."""
    ends: Sequence[int]


def _is_value(read: _Folded, at: int, ids: tuple[str, ...]) -> bool:
    """Whether what looks like a research code is a value: "BP 179", "Cr 57" (a code is written "BP-179")."""
    index, following = read.kept[at], read.kept[at + 1]
    end = read.ends[index]
    return (
        end - read.starts[index] <= _CODE_LETTERS
        and read.words[at + 1].folded.isdigit()
        and read.starts[following] > end
        and "-" not in read.text[end : read.starts[following]]
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
    def _added(self) -> dict[int, dict[int, int]]:
        """The pairs of words that begin a term of the overlay."""
        return pairs.gathered(self.overlay.keys)

    @cached_property
    def _pairs(self) -> pairs.Pairs:
        """The pairs of words that begin a built term."""
        return pairs.built(self._store)

    def find(self, text: str) -> list[Hit]:
        """The terms in a text, in order."""
        parts = pieces(text)
        if len(parts) < 3:
            return []
        words = list(map(self._words.__getitem__, parts[1::2]))
        kept: Sequence[int] = range(len(words))
        some = list(filter(None, words))
        if len(some) < len(words):
            kept = list(compress(kept, words))
        # Most words that can begin a term stand before one that no term goes on with.
        candidates = [
            index
            for index, (word, following) in enumerate(zip(some, (*some[1:], _LAST)))  # noqa: B905 - as long, and quicker
            if word[3] or following[1] in word[2]
        ]
        if not candidates:
            return []
        offsets = list(accumulate(map(len, parts)))
        return self._hits(_Folded(text, parts, some, kept, offsets[0:-1:2], offsets[1::2]), candidates)

    def _hits(self, read: _Folded, candidates: Sequence[int]) -> list[Hit]:
        """The hits that begin at some of the kept words."""
        hits: list[Hit] = []
        kept, starts, ends = read.kept, read.starts, read.ends
        last = len(kept) - 1
        free = 0
        for at in candidates:
            if at < free:
                continue
            index = kept[at]
            word = read.words[at]
            known = word.known
            stop, ids = (at, known.alone) if known.alone else (-1, ())
            second = read.words[at + 1].number if at < last else 0
            if second in word.after:
                end, added = at + word.after[second], second in known.added
                longer, more = self._longest(read, at, end, added)
                if longer > at and (lent := self._lent(read, at, longer)):
                    longer, more = self._longest(read, at, min(end, lent), added)
                if longer >= 0 and not (longer == at + 1 and _is_value(read, at, more)):
                    stop, ids = longer, more
            if known.capitals and stop <= at and not (known.plain and _shouted(read, at)):
                stop, ids = at, known.capitals
            if stop < 0 or not ids or self._refused(read, at, stop):
                continue
            hits.append(Hit(starts[index], ends[kept[stop]], ids))
            free = stop + 1
        return hits

    def _lent(self, read: _Folded, at: int, stop: int) -> int:
        """The word after the comma of an inverted term that begins the next thing of a list, 0 if none does: "renal
        failure, chronic bronchitis" is two diseases, "renal failure, chronic" one."""
        kept = read.kept
        if "," not in read.text[read.ends[kept[at]] : read.starts[kept[stop]]]:
            return 0
        for begin in range(at + 1, min(stop + 1, len(kept) - 1)):
            if "," in read.text[read.ends[kept[begin - 1]] : read.starts[kept[begin]]]:
                second = read.words[begin + 1].number
                end = begin + read.words[begin].after.get(second, 0)
                if self._longest(read, begin, end, True)[0] > stop:
                    return begin
        return 0

    def _longest(self, read: _Folded, at: int, end: int, added: bool) -> tuple[int, tuple[str, ...]]:
        """The last word of the longest term of several words that begins at a kept word and stops before ``end``, and
        its ids; -1: none. ``added``: the overlay may have one, too."""
        words, kept, parts, gaps = read.words, read.kept, read.parts, self._gaps
        built, overlay = self._store.terms.get, self.overlay.keys
        stop = -1
        ids: tuple[str, ...] = ()
        before = kept[at]
        key = words[at].folded
        for more in range(at + 1, min(end, len(kept))):
            index = kept[more]
            gap = gaps[parts[2 * index]] if index == before + 1 else self._gap(read, words[more - 1], before, index)
            if gap == HARD:
                break
            key += gap + words[more].folded
            number = built(key)
            own = overlay.get(key) if added else None
            if number is not None or own is not None:
                found = self._built_ids(number) if number is not None else ()
                stop, ids = more, tuple(dict.fromkeys((*own, *found))) if own else found
            before = index
        return stop, ids

    def _gap(self, read: _Folded, word: _Word, before: int, index: int) -> str:
        """What stands between two kept words, folded. Words dropped between them leave one gap: the hardest of all."""
        if word.folded not in BEFORE_DROPPED:
            return HARD
        gap = SOFT
        for dropped in range(before + 1, index + 1):
            if gap == SOFT:
                gap = self._gaps[read.parts[2 * dropped]]
        return gap

    def _refused(self, read: _Folded, at: int, stop: int) -> bool:
        """A term that a prefix turns round ("non-squamous"), or a single letter that no value follows."""
        text, start, end = read.text, read.starts[read.kept[at]], read.ends[read.kept[stop]]
        if at and read.words[at - 1].folded in _TURNING:
            before = read.ends[read.kept[at - 1]]
            if start - before == 1:
                return text[before] not in "/\n"
        if end - start == 1:
            after = text[end : end + 3].lstrip(" :=")
            return not after[:1].isdigit() or any(c.isdigit() for c in text[max(0, start - 2) : start])
        return False

    def _built_ids(self, number: int) -> tuple[str, ...]:
        ids = self._ids.get(number)
        if ids is None:
            ids = tuple(dict.fromkeys(self.overlay.id_of(n) for n in self._store.values(number)))
            self._ids[number] = ids
        return ids

    def _word(self, raw: str) -> _Word | None:
        """What is known of a word; None for one that is dropped."""
        folded = fold_word(raw)
        if not folded:
            return None
        key = self._store.terms.get(folded)
        built = self._built_ids(key) if key is not None else ()
        added = self.overlay.keys.get(folded, ())
        alone = tuple(dict.fromkeys(added + built)) if added and built else added or built
        capitals = self.capitals(raw)
        plain = bool(capitals) and raw.lower() in keys.plain_words()
        number = pairs.number(folded)
        more, own = self._pairs.after(number), self._added.get(number, {})
        if own:
            more = {**more, **{second: max(most, more.get(second, 0)) for second, most in own.items()}}
        known = _Known(alone, capitals, plain, own) if alone or capitals or own else _UNKNOWN
        return _Word(folded, number, more, bool(alone or capitals), known)

    def capitals(self, raw: str) -> tuple[str, ...]:
        """Ids of the abbreviation ``raw``, also in its plural ("MIs")."""
        if raw.islower():
            return ()
        if raw[-1:] == "s" and raw[:-1].isupper():
            raw = raw[:-1]
        if not keys.cased(raw):
            return ()
        key = keys.ABBREVIATION + raw
        if raw in self.overlay.senses:
            return self.overlay.keys.get(key, ())
        return self.overlay.lookup(key)


_LONG = 4
"""Letters of capitals that a number behind them tells from a common word."""


def _shouted(read: _Folded, at: int) -> bool:
    """Both neighbours are in capitals too: "ALL PATIENTS" is no leukaemia ("AS, HLA-B27 positive" is a disease)."""
    text, starts, ends = read.text, read.starts, read.ends
    index = read.kept[at]
    word = text[starts[index] : ends[index]]
    if not word.isupper():
        return False  # "mRS" is written as no common word is
    after = text[starts[read.kept[at + 1]] : ends[read.kept[at + 1]]] if at + 1 < len(read.kept) else ""
    if len(word) > _LONG and after.isdigit():
        return False  # "no ICH. ASPECTS 7"
    around = [read.kept[i] for i in (at - 1, at + 1) if 0 <= i < len(read.kept)]
    around = [i for i in around if not _LISTED.search(text, ends[min(i, index)], starts[max(i, index)])]
    near = [text[starts[i] : ends[i]] for i in around]
    near = [word for word in near if len(word) > 1 and not word.isdigit()]
    return bool(near) and all(word.isupper() for word in near)
