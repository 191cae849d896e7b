"""One note laid out for extraction: sections, sentences, numbers and drafts of facts."""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from matcher.facts import lookalikes, tables
from matcher.facts.phrases import Phrases, lowered, whole_words
from matcher.model import Assertion, Concept, EntityType, Interval, Mention, Note, Op, Quantity, Span, Status
from matcher.ner import quantities, sentences
from matcher.ner.quantities import Number
from matcher.notes import sections
from matcher.notes.sections import Section

if TYPE_CHECKING:
    from matcher.facts.look import Look
    from matcher.facts.plain import Cut

KIND_OF_TYPE: dict[str, Op] = {
    "condition": "condition",
    "drug": "medication",
    "procedure": "procedure",
    "device": "procedure",
    "measurement": "measurement",
    "observation": "other",
    "biomarker": "biomarker",
    "allergy": "allergy",
    "behaviour": "behaviour",
    "score": "score",
    "stage": "stage",
}
TYPE_OF_KIND: dict[str, EntityType] = {
    "condition": "condition",
    "medication": "drug",
    "procedure": "procedure",
    "measurement": "measurement",
    "score": "measurement",
    "stage": "measurement",
    "biomarker": "biomarker",
    "allergy": "allergy",
    "age": "person",
    "sex": "person",
}


@dataclass(slots=True)
class Draft:
    """A fact in the making; what is None is filled in by assertion and time."""

    kind: Op
    start: int
    end: int
    concept: Concept | None = None
    quantity: Quantity | None = None
    result: str | None = None
    assertion: Assertion | None = None
    experiencer: str | None = None
    cue: Span | None = None
    time: Interval | None = None
    status: Status | None = None
    changed: Interval | None = None
    qualifiers: tuple[str, ...] = ()
    rule: str = ""
    source: str = "terms"
    type: EntityType | None = None
    anchor: tuple[int, int] | None = None
    """The mention that the assertion speaks of, when the draft's span is another."""
    ago: tuple[int | None, int | None] | None = None
    said_at: tuple[int, int] | None = None
    """The verb that a date beside it would date ("was stopped 3 months ago")."""
    quote: tuple[int, int] | None = None


class Taken:
    """Places that are spoken for; asking and adding cost a bisection."""

    def __init__(self, spans: Iterable[tuple[int, int]] = ()) -> None:
        self._spans = sorted(spans)

    def holds(self, start: int, end: int) -> bool:
        """Whether ``start:end`` overlaps a place taken."""
        at = bisect_left(self._spans, (start, start))
        if at < len(self._spans) and self._spans[at][0] < end:
            return True
        return at > 0 and self._spans[at - 1][1] > start

    def take(self, start: int, end: int) -> bool:
        """Take a place; False where it overlaps one that is taken."""
        if self.holds(start, end):
            return False
        insort(self._spans, (start, end))
        return True


@dataclass(slots=True)
class Sentence:
    """A sentence or list line of the note with what was found in it."""

    start: int
    end: int
    section: str | None
    area: Section | None = None
    mentions: list[Mention] = field(default_factory=list)
    numbers: list[Number] = field(default_factory=list)
    drafts: list[Draft] = field(default_factory=list)


MAX_SENTENCE = 2000
"""Longer ones are no sentences: they are read in pieces, so that the work grows with the note's length alone."""


def pieces(text: str, span: Span) -> list[Span]:
    """The parts of a sentence that is none for its length."""
    if span.end - span.start <= MAX_SENTENCE:
        return [span]
    found, start = [], span.start
    while span.end - start > MAX_SENTENCE:
        cut = max(text.rfind(mark, start + MAX_SENTENCE // 2, start + MAX_SENTENCE) for mark in ("\n", "; ", ", ", " "))
        end = cut + 1 if cut > start else start + MAX_SENTENCE
        found.append(Span(start, end))
        start = end
    found.append(Span(start, span.end))
    return found


class Page:
    """A note's text with its sentences; only sentences that hold something are worked on."""

    def __init__(self, note: Note, cut: Cut | None = None) -> None:
        self.note = note
        self._cut = cut
        self.text = note.text
        self.sex_known = False
        self.listed = ":\n" in self.text
        """Whether a line may lead a list in."""
        self.age: float | None = None
        """The patient's age in years, as the note states it first."""
        self.last_value: tuple[Sentence, Draft] | None = None
        """The last value that was read, with its sentence."""
        self._near: dict[int, Phrases] = {}
        self._sentences: dict[int, Sentence] = {}
        self._read: list[int] | None = None
        """The sentences that are read, where not all are."""
        self._places: frozenset[int] = frozenset()

    def look(self, look: Look, asked: Iterable[int], words: set[str]) -> None:
        """Leave out the sentences that need not be read; ``asked``: where something that is asked for is mentioned;
        ``words``: those of the text that tell something."""
        places = look.sentences(self.text, self._spans, self.sections, asked, words)
        if len(places) < len(self._spans):
            self._read, self._places = places, frozenset(places)

    def reads(self, offset: int) -> bool:
        """Whether the sentence of an offset is read."""
        return self._read is None or bisect_right(self._starts, offset) - 1 in self._places

    @property
    def extents(self) -> list[Span]:
        """Where the sentences that are read begin and end."""
        return self._spans if self._read is None else [self._spans[at] for at in self._read]

    def fill(self, mentions: Iterable[Mention]) -> None:
        """Put mentions and numbers into their sentences."""
        general = tables.general()
        for found in mentions:
            if found.concept is None and found.text.lower() in general:
                continue
            mention = lookalikes.read(self.text, found)
            sentence = self.sentence_at(found.start)
            if mention is not None and sentence is not None and not self._heading(sentence, mention):
                sentence.mentions.append(lookalikes.level(self.text, mention))
        for number in quantities.scan(self.text, places=self.phrases.numbers):
            sentence = self.sentence_at(number.start)
            if sentence is not None:
                sentence.numbers.append(number)

    @cached_property
    def phrases(self) -> Phrases:
        """The phrases of the fact tables in the note."""
        spans = self._spans if self._read is None else [self._spans[at] for at in self._read]
        return Phrases(self.text, [(span.start, span.end) for span in spans])

    @cached_property
    def low(self) -> str:
        """The text in small letters, each at its place."""
        return lowered(self.text)

    @cached_property
    def words(self) -> list[str]:
        """All words of the note, in small letters, whether or not their sentences are read."""
        return self.phrases.words if self._read is None else whole_words(self.low)

    @cached_property
    def sections(self) -> list[Section]:
        return self._cut.sections if self._cut is not None else sections.split(self.text)

    @cached_property
    def _section_starts(self) -> list[int]:
        return [section.start for section in self.sections]

    @cached_property
    def _spans(self) -> list[Span]:
        found = self._cut.sentences if self._cut is not None else sentences.split(self.text)
        if all(span.end - span.start <= MAX_SENTENCE for span in found):
            return found
        return [piece for span in found for piece in pieces(self.text, span)]

    @cached_property
    def _starts(self) -> list[int]:
        return [span.start for span in self._spans]

    def _heading(self, sentence: Sentence, mention: Mention) -> bool:
        """Whether a mention is but the heading of its section ("ALLERGIES:")."""
        area = self.area_at(mention.start)
        if area is None or area.kind in ("other", "preamble") or mention.type == "measurement":
            return False
        return area.heading.start <= mention.start and mention.end <= area.heading.end

    def near(self, sentence: Sentence | Span) -> Phrases:
        """The phrases of one sentence, read by itself."""
        known = self._near.get(sentence.start)
        if known is None:
            known = self._near[sentence.start] = Phrases(self.text, ((sentence.start, sentence.end),))
        return known

    def area_at(self, offset: int) -> Section | None:
        """The section that holds ``offset``."""
        at = bisect_right(self._section_starts, offset) - 1
        if at < 0 or offset >= self.sections[at].end:
            return None
        return self.sections[at]

    def section_at(self, offset: int) -> str | None:
        """The kind of the section that holds ``offset``."""
        area = self.area_at(offset)
        return area.kind if area else None

    def span_at(self, offset: int) -> Span | None:
        """Where the sentence that holds ``offset`` begins and ends."""
        at = bisect_right(self._starts, offset) - 1
        return self._spans[at] if at >= 0 else None

    def sentence_at(self, offset: int) -> Sentence | None:
        """The sentence that holds ``offset``; made when first asked for."""
        at = bisect_right(self._starts, offset) - 1
        if at < 0:
            return None
        known = self._sentences.get(at)
        if known is None:
            span = self._spans[at]
            area = self.area_at(span.start)
            known = self._sentences[at] = Sentence(span.start, span.end, area.kind if area else None, area)
        return known

    def sentence_end(self, offset: int) -> int:
        """Where the sentence of ``offset`` ends."""
        sentence = self.sentence_at(offset)
        return sentence.end if sentence else len(self.text)

    def add(self, draft: Draft) -> None:
        """Put a draft into the sentence that holds its start."""
        sentence = self.sentence_at(draft.start)
        if sentence is not None:
            sentence.drafts.append(draft)

    def sentences(self) -> list[Sentence]:
        """The sentences that hold something, in order."""
        return [self._sentences[key] for key in sorted(self._sentences)]
