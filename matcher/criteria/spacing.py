"""A protocol's text with one blank wherever white space stands, and where each of its characters stands in the source.

Lines wrapped inside a name or a unit, hard blanks, doubled blanks and soft hyphens change nothing of what is asked;
once a text is divided into criteria they would only part words that belong together.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

from matcher.criteria.items import Item, Node
from matcher.criteria.trees import rebuilt
from matcher.model import Criterion, Fragment, Leaf, Logic, Mention, Span

Quoted = TypeVar("Quoted", Mention, Fragment)

_UNSEEN = "\u00ad\u200b\u200c\u200d\u2060\ufeff"
"""Signs that are not seen: soft hyphens, blanks of no width."""
_SPACE = re.compile(rf"[\s{_UNSEEN}]{{2,}}|[^\S ]|[{_UNSEEN}]")


class Spaced:
    """``text``: the source with single blanks; offsets are turned into those of the source and back."""

    __slots__ = ("_blank", "_own", "_source", "text")

    def __init__(self, source: str) -> None:
        parts: list[str] = []
        self._own, self._source, self._blank = [0], [0], [0]
        # Where each stretch without a change begins, here and in the source, and the blank before it.
        at = length = 0
        for match in _SPACE.finditer(source):
            blank = " " if match[0].strip(_UNSEEN) else ""
            parts += [source[at : match.start()], blank]
            self._blank.append(length + match.start() - at)
            length += match.start() - at + len(blank)
            at = match.end()
            self._own.append(length)
            self._source.append(at)
        parts.append(source[at:])
        self.text = "".join(parts)

    def item(self, item: Item) -> Item:
        """A criterion found in the source, with the offsets of `text`."""
        start, end, lead, children = self._entry(item)
        return replace(item, start=start, end=end, lead=lead, children=children)

    def _node(self, node: Node) -> Node:
        start, end, lead, children = self._entry(node)
        return replace(node, start=start, end=end, lead=lead, children=children)

    def _entry(self, entry: Item | Node) -> tuple[int, int, Span, tuple[Node, ...]]:
        lead = Span(*_moved(entry.lead.start, entry.lead.end, self._inside))
        start, end = _moved(entry.start, entry.end, self._inside)
        return start, end, lead, tuple(map(self._node, entry.children))

    def mention(self, mention: Mention) -> Mention:
        """A mention found in the source, with the offsets of `text`."""
        start, end = _moved(mention.start, mention.end, self._inside)
        return replace(mention, start=start, end=end, text=self.text[start:end])

    def criterion(self, criterion: Criterion, source: str) -> Criterion:
        """A criterion read from `text`, with the offsets and the quotes of the source."""
        start, end = _moved(criterion.start, criterion.end, self._outside)
        return replace(
            criterion,
            start=start,
            end=end,
            text=source[start:end],
            entities=tuple(self._quoted(m, source) for m in criterion.entities),
            unparsed=tuple(self._quoted(f, source) for f in criterion.unparsed),
            logic=None if criterion.logic is None else self._tree(criterion.logic),
        )

    def _quoted(self, part: Quoted, source: str) -> Quoted:
        start, end = _moved(part.start, part.end, self._outside)
        return replace(part, start=start, end=end, text=source[start:end])

    def _tree(self, tree: Logic) -> Logic:
        if isinstance(tree, Leaf):
            start, end = _moved(tree.start, tree.end, self._outside)
            return replace(tree, start=start, end=end)
        return rebuilt(tree, self._tree)

    def _inside(self, at: int) -> int:
        place = bisect_right(self._source, at) - 1
        own = self._own[place] + at - self._source[place]
        return min(own, self._blank[place + 1]) if place + 1 < len(self._own) else own

    def _outside(self, at: int) -> int:
        place = bisect_right(self._own, at) - 1
        return self._source[place] + at - self._own[place]


def _moved(start: int, end: int, move: Callable[[int], int]) -> tuple[int, int]:
    """A span elsewhere: its last character decides where it ends."""
    first = move(start)
    return first, move(end - 1) + 1 if end > start else first
