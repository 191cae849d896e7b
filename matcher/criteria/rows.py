"""Rows of chunks: trimming, searching, cutting."""

from __future__ import annotations

from collections.abc import Callable

from matcher.criteria.chunks import Chunk

_EDGE = frozenset({"comma", "semicolon", "colon", "stop", "mark", "slash", "dash", "conjunction"})


def strip(row: list[Chunk]) -> list[Chunk]:
    """Without marks and connectors at the ends."""
    start, end = 0, len(row)
    while start < end and (row[start].kind in _EDGE):
        start += 1
    while end > start and (row[end - 1].kind in _EDGE):
        end -= 1
    return row[start:end]


def place(row: list[Chunk], *kinds: str) -> int | None:
    """The index of the first chunk of one of these kinds."""
    return next((i for i, c in enumerate(row) if c.kind in kinds), None)


def cut(row: list[Chunk], at: Callable[[Chunk], bool]) -> list[list[Chunk]]:
    """The row in parts, at chunks that ``at`` holds for; those are left out."""
    parts: list[list[Chunk]] = [[]]
    for chunk in row:
        if at(chunk):
            parts.append([])
        else:
            parts[-1].append(chunk)
    return [part for part in parts if part]


def bare(row: list[Chunk]) -> list[Chunk]:
    """The words and terms of a member."""
    return [c for c in row if c.kind in ("term", "word", "number")]
