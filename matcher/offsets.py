"""Where the characters of an edited text stand in its source: quotes and offsets are always those of the source."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

UNSEEN = "\u00ad\u200b\u200c\u200d\u200e\u200f\u2060\ufeff"
"""Signs that are not seen: soft hyphens, blanks of no width, marks of direction."""


@dataclass(frozen=True, slots=True)
class Places:
    """Where the places of an edited text lie in its source: runs that are equal in both, by their starts."""

    edited: Sequence[int] = (0,)
    own: Sequence[int] = (0,)

    @property
    def same(self) -> bool:
        """Whether nothing was edited."""
        return self is SAME

    def start(self, offset: int) -> int:
        """Where what begins at ``offset`` of the edited text begins in the source."""
        at = bisect_right(self.edited, offset) - 1
        return self.own[at] + offset - self.edited[at]

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Where ``start:end`` of the edited text lies in the source."""
        first = self.start(start)
        return first, self.start(end - 1) + 1 if end > start else first

    def back(self, start: int, end: int) -> tuple[int, int]:
        """Where ``start:end`` of the source lies in the edited text."""
        first = self._back(start)
        if end <= start:
            return first, first
        at = max(bisect_right(self.own, end - 1) - 1, 0)
        last = self._within(at, end - 1)
        if at + 1 < len(self.edited):
            last = min(last, self.edited[at + 1] - 1)  # a place that was left out ends before what follows it
        return first, last + 1

    def _back(self, offset: int) -> int:
        """The first place that stands for one of the source."""
        at = max(bisect_left(self.own, offset) - 1, 0)
        if at + 1 < len(self.own) and self.own[at + 1] == offset:
            before = self._within(at, offset)
            return before if before < self.edited[at + 1] else self.edited[at + 1]
        return self._within(at, offset)

    def _within(self, at: int, offset: int) -> int:
        there = self.edited[at] + offset - self.own[at]
        return min(there, self.edited[at + 1]) if at + 1 < len(self.edited) else there

    def moved(self, offset: int) -> Places:
        """The same for a text that begins at ``offset`` of the source."""
        return Places(self.edited, [place + offset for place in self.own]) if offset else self

    def over(self, below: Places) -> Places:
        """These places, of a text that was edited before: ``below`` tells where its places lie."""
        if below.same:
            return self
        if self.same:
            return below
        starts = sorted({*self.edited, *map(self._back, below.edited)})
        return Places(starts, [below.start(self.start(start)) for start in starts])


SAME = Places()


def edited(text: str, edits: Iterable[tuple[int, int, str]]) -> tuple[str, Places]:
    """The text after ``edits`` (start, end, what stands for it), with its places."""
    pieces: list[str] = []
    starts, owns = [0], [0]
    done = length = 0

    def mark(own: int) -> None:
        if length == starts[-1]:
            owns[-1] = own
        elif own - owns[-1] != length - starts[-1]:
            starts.append(length)
            owns.append(own)

    for start, end, new in edits:
        pieces += (text[done:start], new)
        length += start - done
        for _ in new:
            mark(start)
            length += 1
        done = end
        mark(done)
    pieces.append(text[done:])
    return "".join(pieces), Places(starts, owns)
