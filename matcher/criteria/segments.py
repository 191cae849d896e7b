"""A protocol's text as criteria: sections, headings, bullets at any depth, wrapped lines and run-on paragraphs.

No clinical meaning is read here. Every character of the criteria sections but blanks and bullets belongs to an item,
to a heading or to ``unread``; offsets are those of the text given.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise

from matcher.criteria import headings
from matcher.criteria.cues import cues
from matcher.criteria.items import Item, Maker, Node
from matcher.criteria.lines import Block, Marker, blocks, scan
from matcher.criteria.nesting import Entry, Section, place, sibling
from matcher.criteria.registry import Field, covered, fields_of
from matcher.criteria.runons import enumerated, sentences, trimmed
from matcher.model import Fragment, Kind, Span

__all__ = ["Item", "Node", "Segmentation", "segment"]


_LABELS = 3
"""So many labels ("Chemotherapy:", "Surgery:") in one entry of a list are a table that lost its lines."""


@dataclass(frozen=True, slots=True)
class Segmentation:
    items: tuple[Item, ...]
    headings: tuple[Span, ...]
    unread: tuple[Fragment, ...]
    fields: tuple[Field, ...] = ()
    """What the registry appended: ages, sex, healthy volunteers, conditions."""
    title: Span | None = None
    unheaded: tuple[str, ...] = ()
    """Ids of criteria under no heading: taken for inclusion criteria."""


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
        self.part: str | None = None
        self.ended = False
        self.controlled = headings.controlled(text)

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

    def _alone(self, found: list[Block], at: int) -> bool:
        """Whether the entry at ``at`` is the only one of its list: "- A subject must meet all of the following:"."""
        before = found[at - 1] if at else None
        above = headings.section(self.text, before.start, before.end) if before is not None else None
        if before is not None and (above is None or above.kind == "exclusion"):
            return False  # an exclusion of who meets all of a list is one criterion
        for block in found[at + 1 : at + _FAR]:
            if headings.section(self.text, block.start, block.end) is not None:
                return True
            if block.column <= found[at].column:
                return not block.markers
        return True

    def _pieces(self, found: list[Block]) -> Iterator[tuple[Block, headings.Heading | None]]:
        """Blocks, cut where a section heading stands inside one."""
        inline = cues().inline
        for at, block in enumerate(found):
            after = found[at + 1] if at + 1 < len(found) else None
            cuts = [block.start]
            cuts += [m.start("head") for m in inline.finditer(self.text, block.start, block.end)]
            cuts.append(block.end)
            for number, (start, stop) in enumerate(pairwise(cuts)):
                start, end = trimmed(self.text, start, stop)
                if start == end:
                    continue
                own = replace(block, start=start, end=end, markers=block.markers if number == 0 else ())
                heading = headings.section(self.text, start, end) or headings.frame(self.text, start, end)
                framed = heading is not None and heading.frame and heading.kind == "inclusion"
                if framed and _above(own, after) and not self._alone(found, at):
                    heading = None  # "- All of the following:" with bullets below it is one criterion
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
        for place_in, (block, heading) in enumerate(pieces[:first]):
            if heading is None and self._part(block, pieces[place_in + 1]):
                continue
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
        if headings.unit(self.text, block.start, block.end) or headings.unit_alone(self.text, block.start, block.end):
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
        premise = heading.qualifier or (self.section.premise if heading.frame else self.part)
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
        if why is not None and not headings.aside(why):
            self._unasked()
            self._leave(block.start, block.end, why)
            return
        if why is not None:
            place(self.section, Entry(block.start, block.end, block.column, (), lead_end=block.end, aside=True), text)
            return
        if block.end - block.start < 16 and (connector := headings.CONNECTOR.match(text, block.start, block.end)):
            self.section.connector = "or" if "or" in connector["word"].lower() else "and"
            self.headings.append(Span(block.start, block.end))
            return
        following = after[0] if after is not None and after[1] is None else None
        if self._table_head(block, following) or self._part(block, after):
            return
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

    def _unasked(self) -> None:
        """Takes "Performance status:" for a heading where "Not specified" is all that stands under it."""
        roots = self.section.roots
        last = roots[-1] if roots else None
        if last is None or last.children or headings.subheading(self.text, last.start, last.end) != "subject":
            return
        self.headings.append(Span(last.start, last.end))
        roots.pop()

    def _table_head(self, block: Block, following: Block | None) -> bool:
        """Takes the first row of a table ("Parameter | Limit") for a heading."""
        text = self.text
        if (
            following is None
            or block.end - block.start > 200
            or (self.section.roots and self._row(self.section.roots[-1]))
        ):
            return False
        row = text[block.start : block.end]
        topic = text[following.start : following.end].strip().lower() in cues().bare
        if not self._row(block) or not (topic or self._row(following)) or re.search(r"[\d<>≥≤=]", row):
            return False
        self.headings.append(Span(block.start, block.end))
        return True

    def _row(self, block: Block | Entry) -> bool:
        return bool(re.search(r"\t| \| ", self.text[block.start : min(block.end, block.start + 400)]))

    def _part(self, block: Block, after: tuple[Block, headings.Heading | None] | None) -> bool:
        """Takes "PART B: EXPANSION" or "Control subjects" above a section heading: it holds for those that follow."""
        if after is None or after[1] is None or block.end - block.start > 120:
            return False
        label = headings.unit(self.text, block.start, block.end) or headings.unit_alone(
            self.text, block.start, block.end
        )
        compared = not block.markers and not after[1].frame and headings.controlled(self.text[block.start : block.end])
        if label is None and not compared:
            return False
        words = label["label"] if label is not None else self.text[block.start : block.end].strip(" :")
        self.part = " ".join(words.split())
        self.headings.append(Span(block.start, block.end))
        return True

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
        over = not block.markers and following is not None and bool(following.markers)
        above = over and following is not None and (following.blank_before or self.controlled)
        found = headings.subheading(text, block.start, block.end, above)
        if not found and above and self.controlled and headings.group(text, block.start, block.end):
            found = "premise"
        colon = text[block.end - 1] == ":"
        if not found and colon and following is not None and self._between(block, following):
            self.headings.append(Span(block.start, block.end))
            words = " ".join(text[block.start : block.end].split()).rstrip(" :-–—.")
            premise = words if len(words.split()) <= _SHORT and cues().premise_words.search(words) else None
            self._open(Section(self.section.kind, self.section.path[:1], premise, self.section.neutral))
            return True
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
        bare = text[block.start : block.end].strip().lower() in cues().bare
        if not block.markers and not colon and not (following.blank_before or nested or bare):
            return False
        if found == "subject":
            return False
        words = " ".join(text[block.start : block.end].split()).rstrip(" :-–—.")
        self.headings.append(Span(block.start, block.end))
        base = self._outer(block.column) if block.markers else self.section
        path = (*base.path[:1], words)
        everyone = found == "premise" and headings.everyone(words)
        premise = None if everyone else words if found == "premise" else (base.premise if len(base.path) <= 1 else None)
        self._open(Section(base.kind, path, premise, base.neutral))
        return True

    def _between(self, block: Block, following: Block) -> bool:
        """Whether a line with a colon stands between two numbers of one list, as "Subject has received any of these:"
        between 1. and 2.; it heads what follows, and no entry of its own."""
        last = self.section.roots[-1] if self.section.roots else None
        if block.markers or not following.markers or last is None or not last.markers:
            return False
        mark, before = following.markers[0], last.markers[0]
        return mark.kind == before.kind == "number" and mark.value == before.value + 1 and mark.value > 1

    def _is_poured(self, block: Block) -> bool:
        plain = not block.markers and (self.section.neutral or self.section.default)
        labels = 0
        for labels, _ in enumerate(cues().labels.finditer(self.text, block.start, block.end), 1):
            if labels >= (2 if plain else _LABELS):
                return True
        if not plain:
            return False
        return self.section.neutral and not re.search(r"\.\s", self.text[block.start : block.end])

    # ------------------------------------------------------------------ items

    def _finish(self) -> Segmentation:
        items: list[Item] = []
        maker = Maker(self.text, self.headings, self.unread)
        unheaded: set[int] = set()
        for section in self.sections:
            found = list(maker.items(section))
            items.extend(found)
            if section.default:
                unheaded.update(item.start for item in found)
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
        bare = tuple(item.id for item in numbered if item.start in unheaded)
        return Segmentation(
            tuple(numbered), tuple(self.headings), tuple(self.unread), tuple(self.fields), self.title, bare
        )


_SHORT = 4
"""Words of a line that names a group ("Female-Specific Criteria:")."""
_FAR = 400
"""Blocks that are looked through for an entry beside one."""


def _above(block: Block, after: Block | None) -> bool:
    """Whether an entry of a list has its own list below it."""
    return bool(block.markers) and after is not None and bool(after.markers) and after.column > block.column
