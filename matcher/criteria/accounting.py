"""Nothing is dropped in silence: every word of a criterion is in a leaf, in a cue, or listed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from matcher.criteria.chunks import Chunk
from matcher.model import Fragment, Leaf


def unaccounted(
    text: str,
    start: int,
    end: int,
    rows: Sequence[Sequence[Chunk]],
    found: Sequence[Leaf],
    used: Iterable[tuple[int, int]],
) -> tuple[Fragment, ...]:
    """The words of ``text[start:end]`` that no leaf, limit or cue accounts for, as fragments in order."""
    covered = bytearray(end - start)
    for a, b in [*((leaf.start, leaf.end) for leaf in found), *used]:
        a, b = max(a, start), min(b, end)
        if a < b:
            covered[a - start : b - start] = b"\1" * (b - a)
    kept = " ".join(q for leaf in found for q in leaf.qualifiers)
    left: list[Chunk] = []
    for chunk in _flat(rows):
        if chunk.kind not in ("word", "term", "number", "comparison"):
            continue
        if not chunk.low[:1].isalnum() and not any(c.isalnum() for c in chunk.low):
            continue
        if chunk.start < start or chunk.end > end or all(covered[chunk.start - start : chunk.end - start]):
            continue
        if chunk.low not in kept:
            left.append(chunk)
    left.sort(key=lambda c: c.start)
    groups: list[list[Chunk]] = []
    for chunk in left:
        if (
            groups
            and chunk.start - groups[-1][-1].end <= 8
            and not any(covered[groups[-1][-1].end - start : chunk.start - start])
        ):
            groups[-1].append(chunk)
        else:
            groups.append([chunk])
    return tuple(Fragment(g[0].start, g[-1].end, text[g[0].start : g[-1].end], "no predicate") for g in groups)


def _flat(rows: Iterable[Sequence[Chunk]]) -> Iterator[Chunk]:
    for row in rows:
        for chunk in row:
            yield chunk
            if chunk.inner:
                yield from _flat([chunk.inner])
