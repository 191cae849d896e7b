"""Where a block stands among bullets and numbers: the tree of a section's entries. Spans only; no clinical meaning."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from matcher.criteria import headings
from matcher.criteria.cues import cues
from matcher.criteria.lines import Block, Marker
from matcher.model import Kind

_MAX_DEPTH = 12
_SHORT = 8
"""Words of an entry that is a name."""


@dataclass(slots=True)
class Entry:
    """A block with the entries under it. ``connector`` joins it to the next."""

    start: int
    end: int
    column: int
    markers: tuple[Marker, ...] = ()
    children: list[Entry] = field(default_factory=list)
    connector: str | None = None
    poured: bool = False
    lead_end: int = 0
    premise: str | None = None
    aside: bool = False
    """A note: for a person to read."""
    label: bool = False
    """The lead names the subject of the children."""

    @property
    def marked(self) -> bool:
        return bool(self.markers)

    @property
    def last(self) -> int:
        return max(self.end, self.children[-1].last) if self.children else self.end


@dataclass(slots=True)
class Section:
    """Criteria under one heading."""

    kind: Kind
    path: tuple[str, ...] = ()
    premise: str | None = None
    neutral: bool = False
    roots: list[Entry] = field(default_factory=list)
    stack: list[Entry] = field(default_factory=list)
    outer: Section | None = None
    """The section to return to when a bullet stands at ``column`` or further left."""
    column: int = -1
    default: bool = False
    connector: str | None = None


def sibling(block: Block, after: Block) -> bool:
    kinds = {marker.kind for marker in block.markers}
    return abs(block.column - after.column) <= 1 and any(marker.kind in kinds for marker in after.markers)


def promoted(roots: list[Entry], text: str) -> list[Entry]:
    """Three and more entries under a statement that introduces none stand beside it: the indentation says nothing."""
    result = []
    for tree in roots:
        result.append(tree)
        if len(tree.children) < 3 or tree.end == tree.start or headings.role(text, tree.start, tree.end):
            continue
        if not _kinds(tree, text):
            result.extend(tree.children)
            tree.children = []
    return result


def _kinds(tree: Entry, text: str) -> bool:
    """ "Malignant glioma" over "glioblastoma", "anaplastic astrocytoma": bare names of kinds of a tumor or disease."""
    known = cues()
    if not known.ill.search(text[tree.start : tree.end]):
        return False
    names = (text[child.start : child.end].strip(" .,;") for child in tree.children if not child.children)
    bare = [name for name in names if len(name.split()) <= _SHORT and known.bare_name.fullmatch(name)]
    return len(bare) == len(tree.children) and sum(known.ill.search(name) is not None for name in bare) * 2 > len(bare)


def captured(roots: list[Entry], text: str) -> list[Entry]:
    """Gives an introducing line the entries that follow it at its own level."""
    result: list[Entry] = []
    position = 0
    while position < len(roots):
        tree = roots[position]
        position += 1
        result.append(tree)
        if tree.children:
            tree.children = captured(tree.children, text)
            continue
        if tree.end == tree.start or headings.role(text, tree.start, tree.end) not in ("list", "subject"):
            continue
        taken = _alternatives(roots[position:], tree, text)
        tree.children = roots[position : position + taken]
        position += taken
    return result


_PUNCTUATED = re.compile(r"(?:[;,]|\b(?:or|and))\s*\Z", re.I)


def _alternatives(following: list[Entry], tree: Entry, text: str) -> int:
    """How many of the next entries belong to a list whose introduction has the same level."""
    rest = [t for t in following if t.marked == tree.marked or not tree.marked]
    if not rest or rest[0] is not following[0]:
        return 0
    if any(t.connector for t in following[:-1]):
        taken = 0
        while taken + 1 < len(following) and following[taken].connector:
            taken += 1
        return taken + 1 if taken else 1
    if text[tree.end - 1] != ":":
        # "Minor criteria (at least 2 of the following)": up to the next such line, where there is one.
        stops = (i for i, t in enumerate(following) if headings.role(text, t.start, t.end) == "list")
        stop = next(stops, 0)
        if stop:
            return stop
    first = text[following[0].start : following[0].end]
    if _PUNCTUATED.search(first[-6:]):
        taken = 0
        while taken + 1 < len(following) and _PUNCTUATED.search(text[following[taken].end - 6 : following[taken].end]):
            taken += 1
        return taken + 1
    taken = 0
    for entry in following:
        words = text[entry.start : entry.end]
        if (
            len(words) > max(60, 2 * len(first))
            or words[0].islower() != first[0].islower()
            or bool(_LIMITS.search(words)) != bool(_LIMITS.search(first))
            or entry.children
            or words.endswith(":")
            or (cues().ends.search(words) and not cues().ends.search(first))
        ):
            break
        taken += 1
    return max(taken, 1)


_LIMITS = re.compile(r"\d|[<>≥≤=]|\b[IVX]{2,}\b")


def place(section: Section, tree: Entry, text: str) -> None:
    """Puts a block where its bullet, number and column say."""
    stack = section.stack
    if section.connector:
        if stack:
            _mate(stack, tree).connector = section.connector
        section.connector = None
    depth = _depth(stack, tree, text)
    if depth < 0:  # goes on with the entry above it
        stack[-1].end = tree.end
        stack[-1].lead_end = tree.end
        return
    del stack[depth:]
    (stack[-1].children if stack else section.roots).append(tree)
    stack.append(tree)


def _mate(stack: list[Entry], tree: Entry) -> Entry:
    return next((t for t in reversed(stack) if abs(t.column - tree.column) <= 1), stack[-1])


def _depth(stack: list[Entry], tree: Entry, text: str) -> int:
    """How many of the open entries stay open around this one; -1 where it goes on with the innermost."""
    if not stack:
        return 0
    top = stack[-1]
    if not tree.marked:
        if top.marked and tree.column >= top.column - 1 and top.column > 0 and tree.column > stack[0].column - 2:
            return -1 if text[top.end - 1] != ":" and not top.children and len(stack) < 3 else _inside(stack, tree)
        return 0
    for depth in range(len(stack) - 1, -1, -1):
        if _same_list(stack[depth], tree):
            return depth
    dotted = next((m.value for m in tree.markers if m.kind == "dotted"), None)
    if dotted is not None:
        for depth in range(len(stack) - 1, -1, -1):
            if any(m.kind == "number" or (m.kind == "dotted" and m.value < dotted) for m in stack[depth].markers):
                return min(depth + 1, _MAX_DEPTH)
        return 0
    depth = len(stack)
    while depth and stack[depth - 1].marked and stack[depth - 1].column > tree.column + 1:
        depth -= 1
    if depth == 0:
        return 0
    above = stack[depth - 1]
    if not above.marked:
        colon = text[above.end - 1] == ":"
        return depth if colon and headings.role(text, above.start, above.end) else depth - 1
    if above.column < tree.column - 1:
        return min(depth, _MAX_DEPTH)
    opens = any(m.value in (0, 1) for m in tree.markers)
    order = min((_ORDER.get(m.kind[:6], 9) for m in tree.markers), default=9)
    inner = order > min((_ORDER.get(m.kind[:6], 9) for m in above.markers), default=9)
    if opens and (text[above.end - 1] == ":" or inner):
        return min(depth, _MAX_DEPTH)
    return depth - 1


_ORDER = {"code": 0, "dotted": 1, "number": 1, "LETTER": 1, "ROMAN": 1, "letter": 2, "roman": 2, "bullet": 3}


def _inside(stack: list[Entry], tree: Entry) -> int:
    depth = len(stack)
    while depth > 1 and stack[depth - 1].column > tree.column + 1:
        depth -= 1
    return min(depth, _MAX_DEPTH)


def _same_list(entry: Entry, tree: Entry) -> bool:
    apart = abs(entry.column - tree.column)
    for marker in tree.markers:
        for known in entry.markers:
            if marker.kind != known.kind:
                continue
            if marker.kind == "dotted":
                if marker.value == known.value:
                    return True
            elif marker.value == 0:
                if apart <= 1:
                    return True
            elif (apart <= 3 and marker.value == known.value + 1) or (apart <= 1 and marker.value > known.value):
                return True
    return False
