"""A protocol's text as criteria: sections, headings, bullets at any depth, wrapped lines and run-on paragraphs.

No clinical meaning is read here. Every character of the criteria sections but blanks and bullets belongs to an item,
to a heading or to ``unread``; offsets are those of the text given.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Literal

from matcher.criteria import headings
from matcher.criteria.cues import cues
from matcher.criteria.headings import Role
from matcher.criteria.lines import Block, Marker, blocks, scan
from matcher.criteria.nesting import Entry, Section, captured, place, promoted, sibling
from matcher.criteria.registry import Field, covered, fields_of
from matcher.criteria.runons import enumerated, poured, sentences, trimmed
from matcher.model import Fragment, Kind, Span

_INLINE = (Marker("inline", 1),)
_INLINE_DEPTH = 3


@dataclass(frozen=True, slots=True)
class Node:
    """One entry of a list under a criterion."""

    start: int
    end: int
    lead: Span
    """Its own words, without bullet, trailing connector and children."""
    children: tuple[Node, ...] = ()
    connector: Literal["and", "or"] | None = None
    """What joins it to the next entry, where the text says so."""
    role: Role = ""
    """What the lead is to the children (`headings.role`); "" where it is a statement of its own."""


@dataclass(frozen=True, slots=True)
class Item:
    """One criterion as written. ``text[start:end]`` is the quote, bullets of its entries included."""

    kind: Kind
    id: str
    start: int
    end: int
    lead: Span
    """The introducing line, or all of the criterion. Empty (at ``start``) where an "or" joins entries without one."""
    children: tuple[Node, ...] = ()
    role: Role = ""
    premise: str | None = None
    """To whom it applies, from a sub-heading ("COPD patients", "Cohort B")."""
    path: tuple[str, ...] = ()
    """The headings above, outermost first."""
    field: str | None = None
    """A registry field that is a criterion: minimum_age, maximum_age, ages, sex."""
    disguised: bool = False
    """Says the opposite of its heading: "patients with X will be excluded" among the inclusion criteria, "must be
    X" among the exclusion criteria. ``kind`` is the heading's; the logic has to be turned."""


@dataclass(frozen=True, slots=True)
class Segmentation:
    items: tuple[Item, ...]
    headings: tuple[Span, ...]
    unread: tuple[Fragment, ...]
    fields: tuple[Field, ...] = ()
    """What the registry appended: ages, sex, healthy volunteers, conditions."""
    title: Span | None = None


def segment(text: str, conditions: tuple[str, ...] | list[str] = ()) -> Segmentation:
    """The criteria of a protocol text, in order; ids I1, I2 … and E1, E2 …

    ``conditions`` (the index diseases) is accepted for symmetry with `source.Source`; it decides nothing yet.
    Linear in the length of the text.
    """
    return _Segmenter(text).run()


class _Segmenter:
    def __init__(self, text: str) -> None:
        self.text = text
        self.sections: list[Section] = []
        self.headings: list[Span] = []
        self.unread: list[Fragment] = []
        self.fields: list[Field] = []
        self.title: Span | None = None
        self.section = Section("inclusion", default=True)
        self.active = False
        self.ended = False

    # ------------------------------------------------------------------ reading the blocks

    def run(self) -> Segmentation:
        lines = scan(self.text)
        self.trailer = fields_of(self.text, lines)
        field_lines = {f.start for f in self.trailer}
        found = blocks(self.text, [line for line in lines if line.start not in field_lines], self._breaks)
        pieces = list(self._pieces(found))
        first = next((i for i, (_, h) in enumerate(pieces) if h is not None and h.kind != "other"), None)
        pieces = self._preamble(pieces, first)
        self.sections.append(self.section)
        for position, (block, heading) in enumerate(pieces):
            after = pieces[position + 1] if position + 1 < len(pieces) else None
            if heading is not None:
                self._heading(block, heading, after)
            elif not self.ended:
                self._block(block, after)
        return self._finish()

    def _breaks(self, start: int, end: int) -> bool:
        """Whether a line begins something new whatever stands before it."""
        if self.text[start].islower():
            return False
        found = headings.section(self.text, start, end)
        return found is not None and found.kind != "other"

    def _pieces(self, found: list[Block]) -> Iterator[tuple[Block, headings.Heading | None]]:
        """Blocks, cut where a section heading stands inside one."""
        inline = cues().inline
        for block in found:
            cuts = [block.start]
            cuts += [m.start("head") for m in inline.finditer(self.text, block.start, block.end)]
            cuts.append(block.end)
            for number, (start, stop) in enumerate(pairwise(cuts)):
                start, end = trimmed(self.text, start, stop)
                if start == end:
                    continue
                own = replace(block, start=start, end=end, markers=block.markers if number == 0 else ())
                heading = headings.section(self.text, start, end) or headings.frame(self.text, start, end)
                if heading is not None and heading.end < end and not heading.frame:
                    local = bool(own.markers)
                    yield replace(own, end=trimmed(self.text, start, heading.end)[1]), heading
                    rest, _ = trimmed(self.text, heading.end, end)
                    yield replace(own, start=rest, markers=own.markers if local else (), blank_before=True), None
                else:
                    yield own, heading

    def _preamble(
        self, pieces: list[tuple[Block, headings.Heading | None]], first: int | None
    ) -> list[tuple[Block, headings.Heading | None]]:
        """Takes off the title, and what stands before the criteria where they have a heading."""
        head = pieces[0][0] if pieces else None
        if head is not None and pieces[0][1] is None and self._is_title(pieces, first):
            self.title = Span(head.start, head.end)
            pieces = pieces[1:]
            first = first - 1 if first is not None else None
        if not first:
            return pieces
        kinds = {h.kind for _, h in pieces if h is not None}
        listed = sum(bool(block.markers) for block, heading in pieces[:first] if heading is None)
        if listed > 1 or ("inclusion" not in kinds and "neutral" not in kinds):
            return pieces  # a list, or what stands before a lone "Exclusion Criteria:", is what includes
        for block, heading in pieces[:first]:
            if heading is None:
                self._leave(block.start, block.end, "stands before the criteria")
            else:
                self.headings.append(Span(block.start, block.end))
        return pieces[first:]

    def _is_title(self, pieces: list[tuple[Block, headings.Heading | None]], first: int | None) -> bool:
        block = pieces[0][0]
        line = self.text[block.start : min(block.end, block.start + 400)]
        if block.markers or block.end - block.start > 350 or len(pieces) < 2:
            return False
        if first == 1 and pieces[1][0].blank_before and len(list(sentences(self.text, block.start, block.end))) == 1:
            return True
        if line.rstrip()[-1] in ".;,:":
            return False
        if not pieces[1][0].blank_before or headings.nothing(self.text, block.start, block.end):
            return False
        words = [w for w in re.findall(r"[^\W\d_][\w-]*", line) if len(w) > 3]
        capital = sum(w[0].isupper() for w in words)
        return len(words) >= 2 and capital >= 0.6 * len(words) and not re.search(r"[<>≥≤=]", line)

    def _leave(self, start: int, end: int, why: str) -> None:
        start, end = trimmed(self.text, start, end)
        if end > start:
            self.unread.append(Fragment(start, end, self.text[start:end], why))

    def _open(self, section: Section) -> None:
        self.section = section
        self.sections.append(section)
        self.ended = False

    # ------------------------------------------------------------------ headings and scopes

    def _heading(
        self, block: Block, heading: headings.Heading, after: tuple[Block, headings.Heading | None] | None
    ) -> None:
        self.headings.append(Span(block.start, block.end))
        if heading.kind == "other":
            self.ended = True
            return
        words = " ".join(self.text[block.start : block.end].split()).rstrip(" :-–—.")[:200]
        kind: Kind = "exclusion" if heading.kind == "exclusion" else "inclusion"
        before = self.section
        if before.kind == "exclusion" and not before.roots and not before.default and "inclusion" not in words.lower():
            kind = "exclusion"  # "EXCLUSION CRITERIA:" / "SELECTION CRITERIA: PATHWAY A:"
        deeper = after is not None and after[1] is None and bool(after[0].markers)
        if block.markers and deeper and after is not None and heading.end < block.end + 3 and not heading.frame:
            # "Exclusion: pregnant women" as one bullet among others: for this bullet alone.
            local = after[0].blank_before and after[0].column == block.column and after[0].start <= heading.end + 2
        else:
            local = False
        outer = None
        column = -1
        if (
            heading.frame and block.markers and deeper and after is not None and after[0].column > block.column + 1
        ) or local:
            outer, column = self._outer(block.column), block.column
        path = (*outer.path, words) if outer else ((*self.section.path[:1], words) if heading.frame else (words,))
        premise = heading.qualifier or (self.section.premise if heading.frame else None)
        self._open(Section(kind, path, premise, heading.kind == "neutral", outer=outer, column=column))

    def _outer(self, column: int) -> Section:
        section = self.section
        while section.outer is not None and section.column >= column:
            section = section.outer
        return section

    def _leave_scope(self, block: Block) -> None:
        """Back to the section around a local one, where a bullet stands no deeper than the line that opened it."""
        section = self.section
        if section.outer is None or not section.roots:
            return
        if block.column <= section.column + 1 or not block.markers:
            outer = section.outer
            while outer.outer is not None and (block.column <= outer.column + 1 or not block.markers):
                outer = outer.outer
            again = Section(
                outer.kind, outer.path, outer.premise, outer.neutral, outer=outer.outer, column=outer.column
            )
            self._open(again)

    # ------------------------------------------------------------------ criteria

    def _block(self, block: Block, after: tuple[Block, headings.Heading | None] | None) -> None:
        text = self.text
        self._leave_scope(block)
        why = headings.nothing(text, block.start, block.end)
        if why is not None:
            self._leave(block.start, block.end, why)
            return
        if block.end - block.start < 16 and (connector := headings.CONNECTOR.match(text, block.start, block.end)):
            self.section.connector = "or" if "or" in connector["word"].lower() else "and"
            self.headings.append(Span(block.start, block.end))
            return
        following = after[0] if after is not None and after[1] is None else None
        nested = (
            following is not None
            and bool(following.markers)
            and (not block.markers or following.column > block.column + 1)
        )
        if self._subheading(block, following, nested):
            return
        if self._run_in(block, nested):
            return
        tree = Entry(block.start, block.end, block.column, block.markers, lead_end=block.end)
        if (label := headings.unit(text, block.start, block.end)) and label.end() < block.end and not nested:
            self.headings.append(Span(block.start, trimmed(text, block.start, label.end())[1]))
            tree.start, tree.premise = label.end(), " ".join(label["label"].split())
        tree.poured = self._is_poured(block)
        place(self.section, tree, text)

    def _run_in(self, block: Block, nested: bool) -> bool:
        """Takes "1) … 2) … 3) …" in one line for the list that it is."""
        marker = next((m for m in block.markers if m.kind in ("number", "letter", "LETTER") and m.value == 1), None)
        if marker is None or nested:
            return False
        marks = enumerated(self.text, block.start, block.end, after=1)
        if not marks:
            return False
        first = trimmed(self.text, block.start, marks[0][0])
        spans = [first, *((start, end) for _, start, end in marks)]
        for number, (start, end) in enumerate(spans, 1):
            if end > start:
                entry = Entry(start, end, block.column, (Marker(marker.kind, number),), lead_end=end)
                place(self.section, entry, self.text)
        return True

    def _subheading(self, block: Block, following: Block | None, nested: bool) -> bool:
        """Takes a line that stands above criteria of its own level as a heading."""
        if block.end - block.start > 160:
            return False
        text = self.text
        found = headings.subheading(text, block.start, block.end)
        colon = text[block.end - 1] == ":"
        if not found or (block.markers and nested):
            return False
        if following is None:
            if found not in ("topic", "premise") or not colon:
                return False
            self.headings.append(Span(block.start, block.end))
            if found == "premise":
                words = " ".join(text[block.start : block.end].split()).rstrip(" :-–—.")
                section = self.section
                self._open(Section(section.kind, (*section.path[:1], words), words, section.neutral))
            return True
        if block.markers and not (colon and sibling(block, following)):
            return False
        if not block.markers and not colon and not (following.blank_before or nested):
            return False
        if found == "subject":
            return False
        words = " ".join(text[block.start : block.end].split()).rstrip(" :-–—.")
        self.headings.append(Span(block.start, block.end))
        base = self._outer(block.column) if block.markers else self.section
        path = (*base.path[:1], words)
        premise = words if found == "premise" else (base.premise if len(base.path) <= 1 else None)
        self._open(Section(base.kind, path, premise, base.neutral))
        return True

    def _is_poured(self, block: Block) -> bool:
        if block.markers or not (self.section.neutral or self.section.default):
            return False
        labels = 0
        for labels, _ in enumerate(cues().labels.finditer(self.text, block.start, block.end), 1):
            if labels >= 2:
                return True
        return self.section.neutral and not re.search(r"\.\s", self.text[block.start : block.end])

    # ------------------------------------------------------------------ items

    def _finish(self) -> Segmentation:
        items: list[Item] = []
        for section in self.sections:
            for tree in self._grouped(promoted(captured(section.roots, self.text), self.text), section.kind):
                items.extend(self._items(tree, section))
        items.sort(key=lambda item: item.start)
        for entry in self.trailer:
            is_item = entry.name in ("minimum_age", "maximum_age", "ages", "sex")
            used = is_item and not covered(self.text, entry, items)
            self.fields.append(replace(entry, used=used))
            if used:
                lead = Span(entry.start, entry.end)
                items.append(Item("inclusion", "", entry.start, entry.end, lead, field=entry.name))
            else:
                self.headings.append(Span(entry.start, entry.end))
        items.sort(key=lambda item: item.start)
        counts = {"inclusion": 0, "exclusion": 0}
        numbered = []
        for item in items:
            counts[item.kind] += 1
            numbered.append(replace(item, id=f"{item.kind[0].upper()}{counts[item.kind]}"))
        self.headings.sort()
        self.unread.sort(key=lambda fragment: fragment.start)
        return Segmentation(tuple(numbered), tuple(self.headings), tuple(self.unread), tuple(self.fields), self.title)

    def _grouped(self, roots: list[Entry], kind: Kind) -> Iterator[Entry]:
        """Neighbours that an "or" joins are one criterion with entries (inclusion: any of them will do)."""
        group: list[Entry] = []
        for tree in roots:
            if tree.connector is None:
                tree.connector = self._trailing(tree)[1]
            group.append(tree)
            wanted = "or" if kind == "inclusion" else "and"
            if tree.connector == wanted and (kind == "inclusion" or self._loud(tree)):
                continue
            yield from self._group(group)
            group = []
        yield from self._group(group)

    def _group(self, group: list[Entry]) -> Iterator[Entry]:
        if len(group) < 2:
            for tree in group:
                tree.connector = None
            yield from group
            return
        start = group[0].start
        yield Entry(start, start, group[0].column, group[0].markers, group, lead_end=start)

    def _loud(self, tree: Entry) -> bool:
        return self.text[max(tree.start, tree.end - 8) : tree.end].rstrip(" ,;:.").endswith("AND")

    def _trailing(self, tree: Entry) -> tuple[int, str | None]:
        """Where the lead ends before a trailing "; or", and that word."""
        begin = max(tree.start, tree.end - 24)
        match = headings.TRAILING.search(self.text, begin, tree.end)
        if match is None or match.start() <= tree.start:
            return tree.end, None
        return match.start(), "or" if "or" in match["word"].lower() else "and"

    def _items(self, tree: Entry, section: Section) -> Iterator[Item]:
        if not tree.children and not tree.marked and tree.lead_end > tree.start:
            yield from self._paragraph(tree, section)
        else:
            yield self._item(tree, section)

    def _paragraph(self, tree: Entry, section: Section) -> Iterator[Item]:
        text = self.text
        if tree.poured:
            yield from self._labelled(tree, section)
            return
        stop = tree.end
        marks = enumerated(text, tree.start, tree.end)
        if marks:
            before = trimmed(text, tree.start, marks[0][0])
            empty = before[0] == before[1]
            if not empty and headings.frame(text, *before):
                self.headings.append(Span(*before))
            elif not empty and headings.role(text, *before):
                yield self._item(replace(tree, markers=_INLINE), section)
                return
            elif not empty and text[before[1] - 1] not in ".;":
                marks = []  # "… (a) … (b) …" within a sentence
            if marks:
                stop = tree.start if empty or headings.frame(text, *before) else before[1]
        for start, end in list(sentences(text, tree.start, stop)):
            why = headings.nothing(text, start, end)
            if why is not None:
                self._leave(start, end, why)
                continue
            yield self._item(Entry(start, end, tree.column, lead_end=end, premise=tree.premise), section)
        for _, start, end in marks:
            if end > start:
                yield self._item(Entry(start, end, tree.column, _INLINE, lead_end=end, premise=tree.premise), section)

    def _labelled(self, tree: Entry, section: Section) -> Iterator[Item]:
        """A run-on with labels: "Age: 18 and over Performance status: ECOG 0-1 Hepatic: Bilirubin …"."""
        text, known = self.text, cues()
        cuts = list(known.labels.finditer(text, tree.start, tree.end))
        bounds = [(tree.start, tree.start, "")] if not cuts or cuts[0].start() > tree.start else []
        bounds += [(m.start(), m.end(), " ".join(m[0].rstrip(" :\r\n").lower().split())) for m in cuts]
        stops = [bound[0] for bound in bounds[1:]] + [tree.end]
        for (label, begin, name), stop in zip(bounds, stops, strict=True):
            if headings.nothing(text, *trimmed(text, begin, stop)):
                self._leave(label, stop, "nothing specified")
                continue
            path = section.path
            if name and name not in known.subjects:
                self.headings.append(Span(*trimmed(text, label, begin)))
                path = (*path[:1], text[label:begin].strip(" :\r\n"))
            parts = list(poured(text, begin, stop))
            for number, (start, end) in enumerate(parts):
                if number == 0 and name in known.subjects:
                    start = label
                if why := headings.nothing(text, start, end):
                    self._leave(start, end, why)
                    continue
                yield self._item(Entry(start, end, tree.column, lead_end=end), replace(section, path=path))

    def _item(self, tree: Entry, section: Section) -> Item:
        node = self._node(tree, top=True)
        says = self.text[node.lead.start : min(node.lead.end, node.lead.start + 1000)]
        turned = headings.disguised(says, section.kind)
        return Item(
            section.kind, "", node.start, node.end, node.lead, node.children, node.role,
            tree.premise or section.premise, section.path, None, turned,
        )  # fmt: skip

    def _node(self, tree: Entry, top: bool = False) -> Node:
        text = self.text
        lead_end, connector = self._trailing(tree) if tree.end > tree.start else (tree.end, None)
        if tree.children and connector and not top:
            lead_end = tree.end  # "…, and" before a list belongs to the list
        children = tuple(self._node(child) for child in tree.children)
        role = headings.role(text, tree.start, tree.end) if children and tree.end > tree.start else ""
        level = max((m.value for m in tree.markers if m.kind == "inline"), default=0)
        if not children and tree.marked and level < _INLINE_DEPTH:
            marks = enumerated(text, tree.start, lead_end)
            if marks and marks[0][0] > tree.start:
                children = tuple(
                    self._node(Entry(start, end, tree.column, (Marker("inline", level + 1),), lead_end=end))
                    for _, start, end in marks
                    if end > start
                )
                lead_end = trimmed(text, tree.start, marks[0][0])[1]
                role = headings.role(text, tree.start, lead_end)
        joins = tree.connector or connector
        last = max(tree.last, children[-1].end if children else 0)
        word: Literal["and", "or"] | None = "or" if joins == "or" else "and" if joins == "and" else None
        return Node(tree.start, last, Span(tree.start, trimmed(text, tree.start, lead_end)[1]), children, word, role)
