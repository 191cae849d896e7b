"""Which two words begin a term: the look before a search.

Words go by a number, their checksum; should two share one, a term is looked for in vain. ``built/pairs.bin`` holds, for
each word that begins built terms of several words, the words that follow it, and of how many words the longest term is
that begins so; it takes a second to gather. Those of the curated and site terms are gathered at the start.
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
_WORD = re.compile(r"[^\W_]+")
_MOST = 255
"""Words of a term that are counted."""

After = Mapping[int, int]
"""The words that go on with a first one, by number, with the most words that a term has that begins so."""
_NONE: After = {}


def number(word: str) -> int:
    """The number of a folded word."""
    return crc32(word.encode("utf-8", "surrogatepass"))


class Pairs:
    """The words that follow the first one in terms of several words, by number, and how far such terms run."""

    def __init__(self, after: Mapping[int, After]) -> None:
        self._first = array("I", sorted(after))
        self._place = array("I", [0])
        self._second = array("I")
        self._most = array("B")
        for first in self._first:
            seconds = sorted(after[first])
            self._second.extend(seconds)
            self._most.extend([after[first][second] for second in seconds])
            self._place.append(len(self._second))

    def after(self, first: int) -> After:
        """The second words of the terms that begin so."""
        at = bisect_left(self._first, first)
        if at == len(self._first) or self._first[at] != first:
            return _NONE
        start, end = self._place[at], self._place[at + 1]
        return dict(zip(self._second[start:end], self._most[start:end], strict=True))

    def dumps(self) -> bytes:
        """As bytes, little end first."""
        parts = [array("I", [len(self._first)]), self._first, self._place, self._second]
        return b"".join(_little(part).tobytes() for part in parts) + self._most.tobytes()

    @classmethod
    def loads(cls, packed: bytes) -> Pairs:
        """From `dumps`."""
        made = cls({})
        size, at = _ints(packed, 0, 1)[0], 4
        made._first = _ints(packed, at, size)
        made._place = _ints(packed, at + 4 * size, size + 1)
        at += 4 * (2 * size + 1)
        made._second = _ints(packed, at, made._place[-1])
        made._most = array("B", packed[at + 4 * made._place[-1] :])
        return made


def _ints(packed: bytes, at: int, count: int) -> array[int]:
    found = array("I")
    found.frombytes(packed[at : at + 4 * count])
    return _little(found)


def _little(numbers: array[int]) -> array[int]:
    if sys.byteorder == "big":
        numbers = array("I", numbers)
        numbers.byteswap()
    return numbers


def of(terms: Iterable[str]) -> Pairs:
    """The pairs that begin the terms of several words."""
    return Pairs(gathered(terms))


def gathered(terms: Iterable[str]) -> dict[int, dict[int, int]]:
    """The same, for terms so few that the words after each one are kept at hand."""
    found: dict[int, dict[int, int]] = {}
    for term in terms:
        words = _WORD.findall(term)
        if len(words) > 1:
            after = found.setdefault(number(words[0]), {})
            second = number(words[1])
            after[second] = min(max(after.get(second, 0), len(words)), _MOST)
    return found


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
