"""A protocol's text with one blank for all white space, weeks and days in one number, and its places in the source.

Lines wrapped inside a name or a unit, hard blanks, doubled blanks and soft hyphens change nothing of what is asked;
once a text is divided into criteria they would only part words that belong together.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TypeVar

from matcher.criteria.items import Item, Node
from matcher.criteria.trees import rebuilt
from matcher.model import Criterion, Fragment, Leaf, Logic, Mention, Span
from matcher.offsets import UNSEEN, edited

Quoted = TypeVar("Quoted", Mention, Fragment)

_SPACE = re.compile(
    rf"[\s{UNSEEN}]{{2,}}|[^\S ]|[{UNSEEN}]"
    rf"|(?:(?<=\b[6-9])|(?<=\b[1-4]\d))\s?w(?:ee)?ks?\s(?:and\s|\+\s)?(?P<days>[0-6])\s?d(?:ays?)?\b|(?<=\d)w(?P<d>[0-6])d\b"
    r"|(?-i:(?<=[a-z]{3})(?P<stop>\.)(?=[A-Z][A-Za-z]))",
    re.IGNORECASE,
)
"""Besides blanks "16 weeks 6 days", which is "16+6 weeks" as an age of gestation, and "6 months.Informed consent"."""


def _plain(match: re.Match[str]) -> str:
    if match["stop"]:
        return ". "
    days = match["days"] or match["d"]
    if days is not None:
        return f"+{days} weeks"
    return " " if match[0].strip(UNSEEN) else ""


class Spaced:
    """``text``: the source with single blanks; offsets are turned into those of the source and back."""

    __slots__ = ("_places", "text")

    def __init__(self, source: str) -> None:
        edits = ((m.start(), m.end(), _plain(m)) for m in _SPACE.finditer(source))
        self.text, self._places = edited(source, edits)

    def item(self, item: Item) -> Item:
        """A criterion found in the source, with the offsets of `text`."""
        start, end, lead, children = self._entry(item)
        return replace(item, start=start, end=end, lead=lead, children=children)

    def _node(self, node: Node) -> Node:
        start, end, lead, children = self._entry(node)
        return replace(node, start=start, end=end, lead=lead, children=children)

    def _entry(self, entry: Item | Node) -> tuple[int, int, Span, tuple[Node, ...]]:
        lead = Span(*self._places.back(entry.lead.start, entry.lead.end))
        start, end = self._places.back(entry.start, entry.end)
        return start, end, lead, tuple(map(self._node, entry.children))

    def mention(self, mention: Mention) -> Mention:
        """A mention found in the source, with the offsets of `text`."""
        start, end = self._places.back(mention.start, mention.end)
        return replace(mention, start=start, end=end, text=self.text[start:end])

    def criterion(self, criterion: Criterion, source: str) -> Criterion:
        """A criterion read from `text`, with the offsets and the quotes of the source."""
        start, end = self._places.span(criterion.start, criterion.end)
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
        start, end = self._places.span(part.start, part.end)
        return replace(part, start=start, end=end, text=source[start:end])

    def _tree(self, tree: Logic) -> Logic:
        if isinstance(tree, Leaf):
            start, end = self._places.span(tree.start, tree.end)
            return replace(tree, start=start, end=end)
        return rebuilt(tree, self._tree)
