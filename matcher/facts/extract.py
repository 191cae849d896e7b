"""Notes to facts: sections, mentions, sentences, values, assertion and time, in one pass."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import groupby
from typing import TYPE_CHECKING

from matcher.facts import (
    adjectives,
    allergies,
    behaviour,
    courses,
    demographics,
    drugs,
    grid,
    lists,
    pain,
    qualifiers,
    rates,
    sizes,
    staged,
    tables,
)
from matcher.facts.asked import Asked, Bears, Wanted
from matcher.facts.complications import Complications
from matcher.facts.examined import Examined
from matcher.facts.finish import Around, Found, Listed, finish, in_order, offset
from matcher.facts.glimpse import Glimpse
from matcher.facts.look import Look
from matcher.facts.operations import Operations
from matcher.facts.page import KIND_OF_TYPE, Draft, Page, Sentence
from matcher.facts.parts import Opened, moved, parts, shifted, together
from matcher.facts.search import Search
from matcher.facts.stretches import Stretches
from matcher.facts.told import Told
from matcher.facts.values import Values
from matcher.model import Fact, Note, Op
from matcher.offsets import Places

if TYPE_CHECKING:
    from matcher.ner import Recogniser
    from matcher.terms import Terminology


_GRADE = re.compile(r"\s?(?:(?:I{1,3}|IV|[0-4])[A-D]?[0-3]?\s)?")
"""A stage between a word and the disease that both are of."""
_EYE = re.compile(r"[\s\-*•]*(?P<side>OS|OD|OU|left eye|right eye|left|right)\s?:", re.IGNORECASE)


Terms = dict[tuple[int, str], tuple[Sentence, list[Draft]]]
"""The protocols' own terms on a page, by the sentence's start and the term."""


Sought = tuple[Asked, Look, Stretches]
"""What bears on the protocols of a run, the look for it, and which words of a note tell it."""


class Extractor:
    """Facts of notes. Built once for a recogniser, a terminology and the protocols' own terms."""

    def __init__(self, recogniser: Recogniser, terminology: Terminology, wanted: Iterable[Wanted | str] = ()) -> None:
        self.recogniser = recogniser
        self.terminology = terminology
        self.values = Values(terminology)
        self.examined = Examined(terminology)
        self.operations = Operations(terminology)
        self.told = Told(terminology)
        self.complications = Complications(terminology)
        self.search = Search(wanted, terminology)
        self._looks: tuple[Bears, Asked, Look, Stretches] | None = None
        self.not_findings: frozenset[str] = frozenset(tables.toml("concepts")["not_findings"])

    def facts(self, notes: Sequence[Note], bears: Bears | None = None) -> tuple[Fact, ...]:
        """All facts of the notes, in note order, then offset order; structured facts follow their note's text.

        ``bears``: whether a fact of a concept and of one of some kinds may be asked for. A sentence that holds none,
        and nothing that another fact may be worked out from, is not read to its end.
        """
        facts: list[Fact] = []
        for note, read in self._read(notes, bears):
            for places, page, found, terms in read:
                own = self._own(page, Listed(found), terms) if terms else []
                said = [one.fact for one in found]
                if own:
                    said = sorted(said + own, key=offset)
                facts += said if places.same else [moved(fact, places.span, note.text) for fact in said]
            facts += note.structured
        return tuple(facts)

    def found(self, notes: Sequence[Note]) -> Iterator[list[Found]]:
        """What each note's text says, the protocols' own terms apart: what a store keeps."""
        for note, read in self._read(notes):
            yield [
                one if places.same else shifted(one, places.span, note.text)
                for places, _, found, _ in read
                for one in found
            ]

    def own(self, note: Note, around: Around, words: Collection[str]) -> list[Fact]:
        """The protocols' own terms in a note, of which the rest (`found`) is known, and its `words`."""
        facts: list[Fact] = []
        for places, part, cut in parts(note):
            rest = around
            if not places.same or len(part.text) < len(note.text):
                within = around.within(*places.span(0, len(part.text)))
                rest = Listed([shifted(one, places.back, part.text) for one in within])
            page = Glimpse(part, cut)
            terms = self._terms(page, words)
            if terms:
                stated = rest.first("age.stated")
                page.age = demographics.years(stated.quantity) if stated and stated.quantity else None
                own = self._own(page, rest, terms)
                facts += own if places.same else [moved(fact, places.span, note.text) for fact in own]
        return facts

    def _read(
        self, notes: Sequence[Note], bears: Bears | None = None
    ) -> Iterator[tuple[Note, list[tuple[Places, Page, list[Found], Terms]]]]:
        """Each note with its parts: where the places of a part lie, its page, what it says."""
        sought = self._looked_for(bears) if bears is not None else None
        opened = ((note, places, Page(part, cut)) for note in notes for places, part, cut in parts(note))
        for _, some in groupby(self._pages(opened, sought), key=lambda row: id(row[0])):
            filled = list(some)
            read: list[tuple[Places, Page, list[Found], Terms]] = []
            for _, places, page, (words, own) in filled:
                self._draft(page)
                terms = self._terms(page, words) if self.search.terms and own else {}
                read.append((places, page, self._said(page, sought and sought[0], terms), terms))
            yield filled[0][0], read

    def _pages(
        self, opened: Iterable[Opened], sought: Sought | None
    ) -> Iterator[tuple[Note, Places, Page, tuple[set[str] | None, bool]]]:
        """Pages with the mentions on them; see `_searched`."""
        for some in together(opened):
            pages = [page for _, _, page in some]
            filled = self._filled(pages) if sought is None else self._searched(pages, sought)
            for row, said in zip(some, filled, strict=True):
                yield *row, said

    def _filled(self, pages: Sequence[Page]) -> Iterator[tuple[set[str] | None, bool]]:
        """Put all mentions on the pages; see `_searched`."""
        for page, some in zip(pages, self.recogniser.mentions(page.text for page in pages), strict=True):
            page.fill(some)
            yield None, True

    def _searched(self, pages: Sequence[Page], sought: Sought) -> Iterator[tuple[set[str] | None, bool]]:
        """Put on the pages the mentions of the sentences that may say something asked for. For each, the words of the
        protocols' own terms (None: not known), and whether there may be such terms."""
        _, look, telling = sought
        rules = self.recogniser.rules
        known, rest = [], []
        for page in pages:
            told, met = telling.of(page.text)
            words = met if self.search.terms else None
            own = words is None or self.search.possible(words)
            hits = rules.hits(page.text)
            named = [hit.start for hit in hits if look.hit(hit, page.text, rules)]
            likely = self.search.heads(page.text, words) if words is not None and own else ()
            page.look(look, [*likely, *named], told)
            known.append(hits)
            rest.append((words, own))
        found = self.recogniser.among([page.text for page in pages], known, [page.extents for page in pages])
        for page, mentions, said in zip(pages, found, rest, strict=True):
            page.fill(one for one in mentions if page.reads(one.start))
            yield said

    def _looked_for(self, bears: Bears) -> Sought:
        """What bears on the protocols, and the look for it: made once for a run."""
        if self._looks is None or self._looks[0] != bears:
            asked = Asked(bears, self.complications.parts(bears))
            look = Look(asked, self.values.fit, self.examined, self.operations, self.told)
            self._looks = bears, asked, look, Stretches(look.telling_in, self.search.bearing_in)
        return self._looks[1:]

    def _draft(self, page: Page) -> None:
        """Everything the page says, before assertion and time."""
        demographics.read(page)
        behaviour.read(page)
        lists.read(page)
        courses.read(page)
        adjectives.read(page)
        drugs.touch(page)
        self.values.stages(page)
        self.examined.read(page)
        self.operations.read(page)
        self.told.read(page)
        for sentence in page.sentences():
            if page.reads(sentence.start):
                self._sentence(page, sentence)
        grid.read(page, self.values)

    def _said(self, page: Page, asked: Asked | None, terms: Terms) -> list[Found]:
        # Beside a protocol's own term everything is read: it decides how the term is read.
        around = {start for start, _ in terms}
        found: list[Found] = []
        for sentence in page.sentences():
            drafts = sentence.drafts
            if asked is None or sentence.start in around:
                found += finish(page, sentence, drafts) if drafts else ()
            elif any(map(asked.draft, drafts)):
                found += finish(page, sentence, drafts, asked=asked.draft)
        return in_order(found)

    def _terms(self, page: Page, words: Collection[str] | None = None) -> Terms:
        drafts: Terms = {}
        for term in self.search.find(page, words):
            if self._borrows(page, term):
                continue
            for draft in self.values.of_term(page, term) or (term,):
                sentence = page.sentence_at(draft.start)
                if sentence is not None and draft.concept is not None:
                    drafts.setdefault((sentence.start, draft.concept.id), (sentence, []))[1].append(draft)
        return drafts

    def _borrows(self, page: Page, term: Draft) -> bool:
        """Whether what follows a comma belongs to the next thing of a list ("renal failure, chronic bronchitis")."""
        comma = page.text.rfind(",", term.start, term.end)
        if comma < 0:
            return False
        rest = page.text[comma + 1 : page.sentence_end(term.start)]
        lead = len(rest) - len(rest.lstrip())
        first = next(iter(self.terminology.find(rest)), None)
        return first is not None and first.start == lead and comma + 1 + first.end > term.end

    def _own(self, page: Page, around: Around, terms: Terms) -> list[Fact]:
        """Each term is read by itself, so that no protocol changes what another one finds."""
        own: list[Found] = []
        for sentence, some in terms.values():
            own += finish(page, sentence, some, around.within(sentence.start, sentence.end), alone=True)
        return [one.fact for one in in_order(own)]

    def _begin(self, page: Page, sentence: Sentence, at: int) -> int:
        """Where the words before a mention begin that may qualify it: a stage between belongs to it, too."""
        while at:
            before = sentence.mentions[at - 1]
            between = page.text[before.end : sentence.mentions[at].start]
            if not (self.values.fit.is_measure(before) and _GRADE.fullmatch(between)):
                return before.end
            at -= 1  # "metastatic | stage IV | melanoma"
        return sentence.start

    def _sentence(self, page: Page, sentence: Sentence) -> None:
        """Drafts of the mentions of one sentence."""
        if sentence.section == "allergies" and _another_matter(page, sentence):
            sentence.section = "other"
        medications = [m for m in sentence.mentions if m.type == "drug"]
        if medications:
            drugs.read(page, sentence, medications)
            for hit in page.phrases.of("lines.naive", sentence.start, sentence.end):
                for draft in sentence.drafts:
                    if draft.kind == "medication" and hit.start <= draft.start and draft.end <= hit.end:
                        draft.assertion = "absent"  # "chemo-naive"
        else:
            allergies.only(page, sentence)
        self.values.read(page, sentence)
        findings: list[Draft] = []
        named: list[Draft] = []
        for at, mention in enumerate(sentence.mentions):
            if mention.type == "drug" or (mention.concept is None and mention.text.lower() in self.not_findings):
                continue
            if self.values.fit.is_measure(mention):
                implied = self.values.fit.implied(mention.concept, mention.text)
                if implied is not None:
                    own = Draft("condition", mention.start, mention.end, implied, rule="mention.implied")
                    named.append(own)
                    page.add(own)
                continue
            if sentence.section == "allergies" and mention.type == "condition" and "allerg" not in mention.text.lower():
                # What the allergen did, not what the patient has.
                continue
            kind: Op = KIND_OF_TYPE.get(mention.type, "other")
            if self.values.fit.kind(mention.concept) == "behaviour":
                kind = "behaviour"
                if any(d.kind == "behaviour" for d in sentence.drafts) or behaviour.other(page, mention):
                    continue
            low = self._begin(page, sentence, at)
            high = sentence.mentions[at + 1].start if at + 1 < len(sentence.mentions) else sentence.end
            finding = Draft(
                kind,
                mention.start,
                mention.end,
                mention.concept,
                rule="mention",
                source=mention.source,
                type=mention.type,
                qualifiers=qualifiers.of(page.text, page.phrases, low, mention.start, mention.end, high),
            )
            findings.append(finding)
            named.append(finding)
            page.add(finding)
            staged.read(page, sentence, mention)
        if findings and (label := _EYE.match(page.text, sentence.start, sentence.end)):
            # "OS: 3+ nuclear sclerotic cataract"
            side = tables.sides()[label["side"].lower()]
            for finding in findings:
                if finding.start > label.end() - 1 and not tables.SIDES.intersection(finding.qualifiers):
                    finding.qualifiers = (*finding.qualifiers, side)
        if findings and page.text.find(":", sentence.start, findings[-1].start) >= 0:
            for finding in findings:
                heads = qualifiers.headed(page.text, page.phrases, sentence.start, finding.start)
                if heads is not None and not tables.SIDES.intersection(finding.qualifiers):
                    finding.qualifiers = (*finding.qualifiers, heads)
        if sentence.numbers:
            self.operations.dosed(page, sentence)
        self.complications.read(page, sentence, named)
        rates.read(page, sentence, findings)
        if sentence.numbers and findings:
            sizes.read(page, sentence, findings)
            pain.read(self.values.fit, page, sentence, findings)


def _another_matter(page: Page, sentence: Sentence) -> bool:
    """ "Allergies: penicillin. | Asthma on fluticasone.": a later sentence that opens with a disease and goes on."""
    area, mentions = sentence.area, sentence.mentions
    if area is None or len(mentions) < 2 or not page.text[area.heading.end : sentence.start].strip():
        return False
    return mentions[0].type == "condition" and mentions[0].start == sentence.start and mentions[1].type == "drug"
