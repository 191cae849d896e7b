"""What the bundled model sees of a word: hashed pieces of its spelling and its shape."""

from __future__ import annotations

import unicodedata
import zlib
from functools import lru_cache

from matcher.ner.tokens import shape

ROWS = 1 << 15
"""Rows of the table that pieces are hashed to."""
SHAPES = 12


@lru_cache(maxsize=200_000)
def norm(word: str) -> str:
    """Lower case, without accents and with digits as 0 (numbers keep their length)."""
    low = unicodedata.normalize("NFKC", word).lower()
    return "".join("0" if c.isdigit() else c for c in low) or word


@lru_cache(maxsize=100_000)
def pieces(word: str, rows: int = ROWS) -> tuple[int, ...]:
    """Rows of the word itself, its beginning and end, and its n-grams of 3 to 5 signs."""
    low = norm(word)
    out = [f"w{low}", f"p{low[:3]}", f"s{low[-3:]}", f"t{low[-4:]}"]
    if len(low) > 3:
        marked = f"<{low[:40]}>"
        out += [f"{n}{marked[i : i + n]}" for n in (3, 4, 5) for i in range(len(marked) - n + 1)]
    return tuple(zlib.crc32(piece.encode()) % rows for piece in out)


def key(word: str) -> tuple[str, int]:
    """Two words with the same key look the same to the model."""
    return norm(word), shape(word)
