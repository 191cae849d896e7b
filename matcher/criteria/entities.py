"""The spans of a criterion by type, as `match parse` lists them: the recogniser's mentions and the grammar's spans."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING

from matcher.criteria.chunks import Chunk
from matcher.model import Concept, EntityType, Mention

if TYPE_CHECKING:
    from matcher.terms import Terminology

_TYPE: dict[str, EntityType] = {
    "comparison": "value", "window": "temporal", "when": "temporal", "negation": "negation", "exception": "negation",
    "unless": "negation", "sex": "person", "agegroup": "person", "age": "person", "childbearing": "person",
    "behaviour": "observation",
}  # fmt: skip
_LEAF: dict[str, EntityType] = {"pregnancy": "condition", "lactation": "observation", "contraception": "procedure"}
_RESULT = frozenset({"positive", "negative", "normal", "abnormal"})


_MODELLED = frozenset({"condition", "drug", "procedure", "measurement", "value", "temporal"})
"""Types that a model marks; the others are the terminology's and the grammar's beside any model."""


_NAMED = frozenset({"condition", "drug", "procedure", "measurement"})
"""Types whose spans a terminology names."""


def entities(
    text: str,
    rows: Sequence[Sequence[Chunk]],
    mentions: Sequence[Mention],
    annotations: Sequence[Mention] | None = None,
) -> tuple[Mention, ...]:
    """Sorted, non-overlapping; where spans of the same place compete the longer wins, then the recogniser's.

    ``annotations``: a model's spans, which go before all others and alone stand for the types that it marks.
    """
    found = list(mentions)
    for chunk in _flat(rows):
        kind = _TYPE.get(chunk.kind)
        if chunk.kind == "leaf":
            kind = _LEAF.get(chunk.value)
        elif chunk.kind == "result" and chunk.value in _RESULT:
            kind = "value"
        elif chunk.kind == "status" and chunk.value in ("past", "ever", "current", "active", "new"):
            kind = "temporal"
        if kind is not None:
            start, end = _trimmed(text, chunk, kind)
            found.append(Mention(start, end, text[start:end], kind, None, "grammar"))
    found.sort(key=lambda m: (m.start, -(m.end - m.start), m.source != "grammar"))
    out: list[Mention] = []
    if annotations is not None:
        out.extend(_whole(text, annotations))
        found = [m for m in found if m.type not in _MODELLED]
    first = min((m.start for m in (*found, *out)), default=0)
    taken = bytearray(max((m.end for m in (*found, *out)), default=0) - first)
    for mention in out:
        taken[mention.start - first : mention.end - first] = b"\1" * (mention.end - mention.start)
    for mention in sorted(found, key=lambda m: (-(m.end - m.start), m.start, m.source == "grammar")):
        if not any(taken[mention.start - first : mention.end - first]):
            out.append(mention)
            taken[mention.start - first : mention.end - first] = b"\1" * (mention.end - mention.start)
    return tuple(sorted(out, key=lambda m: m.start))


_SHORT = re.compile(r" ?[(\[](?P<short>[A-Za-z][\w+/-]{1,9})[)\]]")


def _whole(text: str, annotations: Sequence[Mention]) -> Iterator[Mention]:
    """A model's spans, a name with its abbreviation as one: "transient ischemic attack (TIA)"."""
    known = {(m.start, m.end): m.type for m in annotations}
    taken: set[tuple[int, int]] = set()
    for mention in sorted(annotations, key=lambda m: m.start):
        if (mention.start, mention.end) in taken:
            continue
        short = _SHORT.match(text, mention.end) if mention.type in _NAMED else None
        if short is not None and sum(c.isupper() for c in short["short"]) > 1:
            kind = known.get(short.span("short"), mention.type)
            if kind == mention.type and not text[mention.start : mention.end].isupper():
                taken.add(short.span("short"))
                yield replace(mention, end=short.end(), text=text[mention.start : short.end()])
                continue
        yield mention


def with_concepts(
    annotations: Sequence[Mention] | None, mentions: Sequence[Mention], terminology: Terminology | None
) -> Sequence[Mention] | None:
    """A model's spans with what they mean: as the terminology found the same span, else as it normalises the words."""
    if annotations is None or terminology is None:
        return annotations
    known = {(m.start, m.end): m.concept for m in mentions}
    return [
        m
        if m.concept is not None or m.type not in _NAMED
        else replace(m, concept=known.get((m.start, m.end)) or _meaning(terminology, m.text))
        for m in annotations
    ]


@lru_cache(maxsize=1 << 15)
def _meaning(terminology: Terminology, words: str) -> Concept | None:
    return terminology.normalise(words).concept


def _trimmed(text: str, chunk: Chunk, kind: EntityType) -> tuple[int, int]:
    """A status without its preposition: "history" of "history of"."""
    start, end = chunk.start, chunk.end
    if chunk.kind == "status":
        for tail in (" of", " for", " with", " a", " an"):
            if text[start:end].lower().endswith(tail):
                end -= len(tail)
    return start, end


def _flat(rows: Iterable[Sequence[Chunk]]) -> Iterator[Chunk]:
    for row in rows:
        for chunk in row:
            yield chunk
            if chunk.inner:
                yield from _flat([chunk.inner])
