"""Very long notes are read in parts, so that memory does not grow with them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from matcher.facts.finish import Found
from matcher.model import Fact, Note, Span

LARGEST = 300_000
"""Characters that are read at once; a real note has a few thousand."""


def parts(note: Note) -> Iterator[tuple[int, Note]]:
    """(offset, part) of a note, cut at a blank line, a line end or a space; most notes are one part."""
    text = note.text
    if len(text) <= LARGEST:
        yield 0, note
        return
    start = 0
    while start < len(text):
        end = min(start + LARGEST, len(text))
        if end < len(text):
            for mark in ("\n\n", "\n", " "):
                cut = text.rfind(mark, start + LARGEST // 2, end)
                if cut > start:
                    end = cut + len(mark)
                    break
        yield start, replace(note, text=text[start:end], structured=())
        start = end


def moved(fact: Fact, offset: int) -> Fact:
    """The fact of a part as one of the whole note."""
    if not offset:
        return fact
    quantity = fact.quantity
    return replace(
        fact,
        start=fact.start + offset,
        end=fact.end + offset,
        quote_start=fact.quote_start + offset,
        quote_end=fact.quote_end + offset,
        cue=Span(fact.cue.start + offset, fact.cue.end + offset) if fact.cue else None,
        quantity=replace(quantity, start=quantity.start + offset, end=quantity.end + offset) if quantity else None,
    )


def shifted(found: Found, offset: int) -> Found:
    """What was found in a part, as of the whole note, or the other way round."""
    if not offset:
        return found
    (a, b), (c, d) = found.place, found.spoken
    return Found(moved(found.fact, offset), (a + offset, b + offset), (c + offset, d + offset))
