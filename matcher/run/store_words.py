"""The words of a store's notes: each kept once under a number, and a note's as numbers.

A screening looks through the store's words once; which of them a note holds is then asked of its numbers.
"""

from __future__ import annotations

import sqlite3
import sys
from array import array
from collections.abc import Container, Iterable, Iterator
from itertools import islice

from matcher.facts.search import Search

STEM = " "
"""Before a word of the score; the others are as the search cuts them. No word holds a space."""
_NARROW = 1 << 16
_MOST = 200_000
"""Words whose numbers are remembered while a store is filled."""
_AT_ONCE = 10_000


def words_of(text: str) -> str:
    """The words of a note as the search for a protocol's own terms and the score want them, one a line."""
    from matcher.evaluate.relevance import stems
    from matcher.facts.plain import plain
    from matcher.facts.words import words

    return "\n".join([*sorted(words(plain(text)[0])), *(STEM + stem for stem in sorted(stems(text)))])


class Numbers:
    """Numbers words while a store is filled."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db
        self._known: dict[str, int] = {}

    def of(self, words: str) -> bytes:
        """The words of `words_of` as a note keeps them."""
        if len(self._known) > _MOST:
            self._known.clear()
        known = self._known
        some = words.split("\n") if words else []
        for word in some:
            if word not in known:
                known[word] = self._number(word)
        return pack([known[word] for word in some])

    def _number(self, word: str) -> int:
        found = self._db.execute("select id from word where data = ?", (word.encode("utf-8", "surrogatepass"),))
        row = found.fetchone()
        if row is not None:
            return int(row[0])
        added = self._db.execute("insert into word (data) values (?)", (word.encode("utf-8", "surrogatepass"),))
        return added.lastrowid or 0


def forget(db: sqlite3.Connection) -> None:
    """Take out the words that no note holds any longer."""
    held: set[int] = set()
    for (data,) in db.execute("select words from note"):
        for numbers in unpack(data):
            held.update(numbers)
    every = [number for (number,) in db.execute("select id from word order by id") if number not in held]
    db.executemany("delete from word where id = ?", ((number,) for number in every))


class Asked:
    """Of a store's words those that a run asks for, by number."""

    def __init__(self, db: sqlite3.Connection, search: Search, scored: Container[str]) -> None:
        """``scored``: the words of the score."""
        self.terms: dict[int, str] = {}
        """May be a word of one of the protocols' own terms."""
        self.scored: dict[int, str] = {}
        for some in _chunks(db):
            own = {word: number for number, word in some if word[0] != STEM}
            self.terms.update((own[word], word) for word in search.bearing_in(" ".join(own)))
            self.scored.update((number, word[1:]) for number, word in some if word[0] == STEM and word[1:] in scored)
        self._every = frozenset(self.terms) | frozenset(self.scored)

    def among(self, data: bytes) -> tuple[set[str], set[str]]:
        """The words asked for that a note holds: of terms, and of the score."""
        met = [number for numbers in unpack(data) for number in self._every.intersection(numbers)]
        terms, scored = self.terms, self.scored
        return {terms[n] for n in met if n in terms}, {scored[n] for n in met if n in scored}


def _chunks(db: sqlite3.Connection) -> Iterator[list[tuple[int, str]]]:
    rows = db.execute("select id, data from word order by id")
    while some := [(int(number), word.decode("utf-8", "surrogatepass")) for number, word in islice(rows, _AT_ONCE)]:
        yield some


def pack(numbers: Iterable[int]) -> bytes:
    """Numbers in two bytes each where they are small, after how many these are; the larger ones in four."""
    ordered = sorted(numbers)
    small = [number for number in ordered if number < _NARROW]
    parts = array("i", [len(small)]), array("H", small), array("i", ordered[len(small) :])
    return b"".join(_ordered(part).tobytes() for part in parts)


def unpack(data: bytes) -> tuple[array[int], array[int]]:
    """The small and the larger numbers of `pack`."""
    head, small, large = array("i"), array("H"), array("i")
    head.frombytes(data[:4])
    end = 4 + 2 * _ordered(head)[0]
    small.frombytes(data[4:end])
    large.frombytes(data[end:])
    return _ordered(small), _ordered(large)


def _ordered(part: array[int]) -> array[int]:
    if sys.byteorder == "big":
        part.byteswap()
    return part
