"""The entries of a section as criteria: groups, sentences of paragraphs, enumerations inside a line."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

from matcher.criteria import headings
from matcher.criteria.cues import cues
from matcher.criteria.headings import Role
from matcher.criteria.lines import Marker
from matcher.criteria.nesting import Entry, Section, captured, promoted
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
    aside: bool = False
    """A note on the criteria: it asks nothing that a machine can judge."""
    disguised: bool = False
    """Says the opposite of its heading: "patients with X will be excluded" among the inclusion criteria, "must be
    X" among the exclusion criteria. ``kind`` is the heading's; the logic has to be turned."""


class Maker:
    """Makes the items of sections; adds what it finds beside them to ``headings`` and ``unread``."""

    def __init__(self, text: str, headings: list[Span], unread: list[Fragment]) -> None:
        self.text = text
        self.headings = headings
        self.unread = unread

    def items(self, section: Section) -> Iterator[Item]:
        """The criteria of a section, in the order of the text; ids are still to be given."""
        for tree in self._grouped(promoted(captured(section.roots, self.text), self.text), section.kind):
            yield from self._items(tree, section)

    def leave(self, start: int, end: int, why: str) -> None:
        """Lists text that is no criterion."""
        start, end = trimmed(self.text, start, end)
        if end > start:
            self.unread.append(Fragment(start, end, self.text[start:end], why))

    def _grouped(self, roots: list[Entry], kind: Kind) -> Iterator[Entry]:
        """Neighbours that an "or" joins are one criterion with entries (inclusion: any of them will do)."""
        group: list[Entry] = []
        if kind == "inclusion":
            self._groups_of_people(roots)
            self._sexes(roots)
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

    def _groups_of_people(self, roots: list[Entry]) -> None:
        """ "Healthy volunteers" beside "patients with asthma" in one list: nobody is both, so either is meant."""
        known = cues()
        whom = [""] * len(roots)
        for at, tree in enumerate(roots):
            said = self.text[tree.start : tree.end].strip(" .,;:") if tree.marked else ""
            control = known.controls.match(said)
            if control and (control.end() == len(said) or _WITH.match(said, control.end())):
                whom[at] = "controls"
            elif said and not _LIMIT.search(said) and (known.patients.match(said) or tree.children):
                whom[at] = "patients" if known.patients.match(said) else "headed"
        headed = any(who == "controls" and tree.children for who, tree in zip(whom, roots, strict=True))
        whom = [("patients" if headed else "") if who == "headed" else who for who in whom]
        if not {"controls", "patients"} <= set(whom):
            return
        for before, one, two in zip(roots, whom, whom[1:], strict=False):
            if one and two and before.connector is None:
                before.connector = "or"

    def _sexes(self, roots: list[Entry]) -> None:
        """ "Females 8 to 16 years old" beside "Males 9 to 17 years old": nobody is both, so either is meant."""
        short = [t.marked and t.end - t.start < _NAME for t in roots]
        said = [
            cues().of_sex.fullmatch(self.text[t.start : t.end].strip()) if known else None
            for t, known in zip(roots, short, strict=True)
        ]
        for before, one, two in zip(roots, said, said[1:], strict=False):
            if one and two and one.lastgroup != two.lastgroup and before.connector is None:
                before.connector = "or"

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
        plain = not tree.marked or tree.poured
        if not tree.children and plain and not tree.aside and tree.lead_end > tree.start:
            yield from self._paragraph(tree, section)
        else:
            yield self._item(tree, section)

    def _paragraph(self, tree: Entry, section: Section) -> Iterator[Item]:
        text = self.text
        if tree.poured:
            yield from self._labelled(tree, section)
            return
        stop, inner = tree.end, section
        marks = enumerated(text, tree.start, tree.end)
        begin = marks[0][0] if marks else tree.end
        parts = list(sentences(text, tree.start, begin))
        if marks and parts:
            last = parts[-1]
            if found := headings.frame(text, *last):  # "… Patients are not eligible if they have: 1. cancer 2. gout"
                self.headings.append(Span(*last))
                kind: Kind = "exclusion" if found.kind == "exclusion" else "inclusion"
                inner = replace(section, kind=kind, roots=[], stack=[])
                stop = last[0]
            elif headings.role(text, *last):
                yield from self._sentences(parts[:-1], tree, section)
                yield self._item(replace(tree, start=last[0], markers=_INLINE), section)
                return
            elif text[last[1] - 1] in ".;":
                stop = last[1]
            else:
                marks = []  # "… (a) … (b) …" within a sentence
        elif marks:
            stop = tree.start
        yield from self._sentences(list(sentences(text, tree.start, stop)), tree, section)
        for _, start, end in marks:
            if end > start:
                yield self._item(Entry(start, end, tree.column, _INLINE, lead_end=end, premise=tree.premise), inner)

    def _sentences(self, spans: list[tuple[int, int]], tree: Entry, section: Section) -> Iterator[Item]:
        for start, end in spans:
            why = headings.nothing(self.text, start, end)
            aside = tree.aside or headings.aside(why)
            if why is not None and not aside:
                self.leave(start, end, why)
                continue
            yield self._item(Entry(start, end, tree.column, lead_end=end, premise=tree.premise, aside=aside), section)

    def _labelled(self, tree: Entry, section: Section) -> Iterator[Item]:
        """A run-on with labels: "Age: 18 and over Performance status: ECOG 0-1 Hepatic: Bilirubin …"."""
        text, known = self.text, cues()
        cuts = list(known.labels.finditer(text, tree.start, tree.end))
        bounds = [(tree.start, tree.start, "")] if not cuts or cuts[0].start() > tree.start else []
        bounds += [(m.start(), m.end(), " ".join(m[0].rstrip(" :\r\n").lower().split())) for m in cuts]
        stops = [bound[0] for bound in bounds[1:]] + [tree.end]
        for (label, begin, name), stop in zip(bounds, stops, strict=True):
            if headings.nothing(text, *trimmed(text, begin, stop)):
                self.leave(label, stop, "nothing specified")
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
                    self.leave(start, end, why)
                    continue
                yield self._item(Entry(start, end, tree.column, lead_end=end), replace(section, path=path))

    def _item(self, tree: Entry, section: Section) -> Item:
        node = self._node(tree, top=True)
        says = self.text[node.lead.start : min(node.lead.end, node.lead.start + 1000)]
        turned = headings.disguised(says, section.kind)
        return Item(
            section.kind, "", node.start, node.end, node.lead, node.children, node.role,
            tree.premise or section.premise, section.path, None, tree.aside, turned and not tree.aside,
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
            if marks:
                children = tuple(
                    self._node(Entry(start, end, tree.column, (Marker("inline", level + 1),), lead_end=end))
                    for _, start, end in marks
                    if end > start
                )
                lead_end = trimmed(text, tree.start, marks[0][0])[1]
                role = headings.role(text, tree.start, lead_end) if lead_end > tree.start else ""
        children = _led(text, children)
        joins = tree.connector or connector
        last = max(tree.last, children[-1].end if children else 0)
        word: Literal["and", "or"] | None = "or" if joins == "or" else "and" if joins == "and" else None
        return Node(tree.start, last, Span(tree.start, trimmed(text, tree.start, lead_end)[1]), children, word, role)


_NAME = 80
"""Characters of an entry with the ages of one sex, at most."""
_WITH = re.compile(r",? (?:with|without|matched|who|aged)\b", re.I)
_LIMIT = re.compile(r"[<>≥≤%]|\d\s?[-–]\s?\d|\d (?:to|years|yrs)\b")
_LEADING = re.compile(r"(?P<word>or|and|and/or)\b[\s,:]+(?=\S)", re.I)


def _led(text: str, children: tuple[Node, ...]) -> tuple[Node, ...]:
    """Entries that begin with their connector ("- Or an age < 55 years"): it joins them to the entry before."""
    out: list[Node] = []
    for place, child in enumerate(children):
        match = _LEADING.match(text, child.lead.start, child.lead.end) if place else None
        if match is not None and out[-1].connector is None:
            joint: Literal["and", "or"] = "or" if "or" in match["word"].lower() else "and"
            out[-1] = replace(out[-1], connector=joint)
            child = replace(child, lead=Span(match.end(), child.lead.end))
        out.append(child)
    return tuple(out)
