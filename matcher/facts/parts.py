"""What is read at once: a note's plain text, a very long one in parts, so that memory does not grow with it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

from matcher.facts.finish import Found
from matcher.facts.page import Page
from matcher.facts.plain import Cut, plain
from matcher.model import Fact, Note, Span
from matcher.offsets import Places

To = Callable[[int, int], tuple[int, int]]
"""Where a span comes to lie."""

LARGEST = 300_000
"""Characters that are read at once; a real note has a few thousand."""
_SEVERAL = 32


Opened = tuple[Note, Places, Page]


def together(opened: Iterable[Opened]) -> Iterator[list[Opened]]:
    """Pages, as many at once as a model has something to gain of, not more than `LARGEST` holds."""
    at_once: list[Opened] = []
    length = 0
    for row in opened:
        size = len(row[2].text)
        length += size
        if at_once and (length > LARGEST or len(at_once) == _SEVERAL):
            yield at_once
            at_once, length = [], size
        at_once.append(row)
    if at_once:
        yield at_once


def parts(note: Note) -> Iterator[tuple[Places, Note, Cut | None]]:
    """The parts of a note: where their places lie, the part, and how `plain` cut it.

    A note is divided at a blank line, a line end or a space; most are one part.
    """
    text = note.text
    start = 0
    while start < len(text) or not start:
        end = min(start + LARGEST, len(text))
        if end < len(text):
            for mark in ("\n\n", "\n", " "):
                at = text.rfind(mark, start + LARGEST // 2, end)
                if at > start:
                    end = at + len(mark)
                    break
        part, places, cut = plain(text[start:end])
        yield places.moved(start), note if part == text else replace(note, text=part, structured=()), cut
        if end == len(text):
            return
        start = end


def moved(fact: Fact, to: To, text: str) -> Fact:
    """The fact of a part as one of the whole note, or the other way round; ``text``: of where it comes to lie."""
    start, end = to(fact.start, fact.end)
    quote_start, quote_end = to(fact.quote_start, fact.quote_end)
    quantity = fact.quantity
    if quantity is not None:
        low, high = to(quantity.start, quantity.end)
        quantity = replace(quantity, start=low, end=high)
    return replace(
        fact,
        text=text[start:end],
        start=start,
        end=end,
        quote_start=quote_start,
        quote_end=quote_end,
        cue=Span(*to(fact.cue.start, fact.cue.end)) if fact.cue else None,
        quantity=quantity,
    )


def shifted(found: Found, to: To, text: str) -> Found:
    """What was found in a part, as of the whole note, or the other way round."""
    return Found(moved(found.fact, to, text), to(*found.place), to(*found.spoken))
