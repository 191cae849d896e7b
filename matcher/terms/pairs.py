"""Which two words begin a term: the look before a search.

Words go by a number, their checksum; should two share one, a term is looked for in vain. ``built/pairs.bin`` holds, for
each word that begins built terms of several words, the words that follow it; it takes a second to gather. Those of the
curated and site terms are gathered at the start.
"""

from __future__ import annotations

import re
import sys
from array import array
from bisect import bisect_left
from collections.abc import Iterable, Mapping
from zlib import crc32

from matcher.terms.store import Store

_FILE = "pairs.bin"
_PAIR = re.compile(r"([^\W_]+)[\W_]+([^\W_]+)")
_NONE: frozenset[int] = frozenset()


def number(word: str) -> int:
    """The number of a folded word."""
    return crc32(word.encode("utf-8", "surrogatepass"))


class Pairs:
    """The words that follow the first one in terms of several words, by number."""

    def __init__(self, after: Mapping[int, Iterable[int]]) -> None:
        self._first = array("I", sorted(after))
        self._place = array("I", [0])
        self._second = array("I")
        for first in self._first:
            self._second.extend(sorted(after[first]))
            self._place.append(len(self._second))

    def after(self, first: int) -> frozenset[int]:
        """The second words of the terms that begin so."""
        at = bisect_left(self._first, first)
        if at == len(self._first) or self._first[at] != first:
            return _NONE
        return frozenset(self._second[self._place[at] : self._place[at + 1]])

    def dumps(self) -> bytes:
        """As bytes, little end first."""
        parts = [array("I", [len(self._first)]), self._first, self._place, self._second]
        return b"".join(_little(part).tobytes() for part in parts)

    @classmethod
    def loads(cls, packed: bytes) -> Pairs:
        """From `dumps`."""
        every = array("I")
        every.frombytes(packed)
        every = _little(every)
        size = every[0]
        made = cls({})
        made._first, made._place = every[1 : size + 1], every[size + 1 : 2 * size + 2]
        made._second = every[2 * size + 2 :]
        return made


def _little(numbers: array[int]) -> array[int]:
    if sys.byteorder == "big":
        numbers = array("I", numbers)
        numbers.byteswap()
    return numbers


def of(terms: Iterable[str]) -> Pairs:
    """The pairs that begin the terms of several words."""
    found: dict[int, set[int]] = {}
    for term in terms:
        match = _PAIR.match(term)
        if match is not None:
            found.setdefault(number(match[1]), set()).add(number(match[2]))
    return Pairs(found)


def built(store: Store) -> Pairs:
    """The pairs of the built terms."""
    path = store.folder / _FILE
    packed = path.read_bytes() if path.is_file() else b""
    mark, _, content = packed.partition(b"\n")
    if mark.decode("ascii", "replace") != store.meta["build"]:
        return of(store.terms.iterkeys())
    return Pairs.loads(content)


def write(store: Store) -> None:
    """Gather the pairs of the built terms into their file."""
    packed = of(store.terms.iterkeys()).dumps()
    (store.folder / _FILE).write_bytes(store.meta["build"].encode("ascii") + b"\n" + packed)
