"""Which two words begin a term: the look before a search, two numbers and a set.

A word has two numbers, one as the first of a pair and one as the second; a pair's number is both joined. Numbers may
collide: then a term is looked for in vain. ``built/pairs.bin`` holds the pairs of the built terms, which take a second
to gather; those of the curated and site terms are gathered at the start.
"""

from __future__ import annotations

import re
import sys
from array import array
from collections.abc import Iterable
from zlib import crc32

from matcher.terms.store import Store

_FILE = "pairs.bin"
_PAIR = re.compile(r"([^\W_]+)[\W_]+([^\W_]+)")
_BITS = 0xFFFFFFFF


def numbers(word: str) -> tuple[int, int]:
    """A folded word's number as the first of a pair, and as the second."""
    number = crc32(word.encode("utf-8", "surrogatepass"))
    return number, (number << 1 | number >> 31) & _BITS


def of(terms: Iterable[str]) -> set[int]:
    """The pairs that begin the terms of several words."""
    found: set[int] = set()
    for term in terms:
        match = _PAIR.match(term)
        if match is not None:
            found.add(numbers(match[1])[0] ^ numbers(match[2])[1])
    return found


def built(store: Store) -> frozenset[int]:
    """The pairs of the built terms."""
    path = store.folder / _FILE
    packed = path.read_bytes() if path.is_file() else b""
    mark, _, content = packed.partition(b"\n")
    if mark.decode("ascii", "replace") != store.meta["build"]:
        return frozenset(of(store.terms.iterkeys()))
    pairs = array("I")
    pairs.frombytes(content)
    if sys.byteorder == "big":
        pairs.byteswap()
    return frozenset(pairs)


def write(store: Store) -> None:
    """Gather the pairs of the built terms into their file."""
    pairs = array("I", sorted(of(store.terms.iterkeys())))
    if sys.byteorder == "big":
        pairs.byteswap()
    (store.folder / _FILE).write_bytes(store.meta["build"].encode("ascii") + b"\n" + pairs.tobytes())
