"""One note laid out for extraction: sections, sentences, numbers and drafts of facts."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field

from matcher.model import Assertion, Concept, EntityType, Interval, Mention, Note, Op, Quantity, Span, Status
from matcher.ner import quantities
from matcher.ner.quantities import Number

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
    anchor: int | None = None
    """Where the mention is that the assertion speaks of, when the draft's span is wider."""
    quote: tuple[int, int] | None = None


@dataclass(slots=True)
class Sentence:
    """A sentence or list line of the note with what was found in it."""

    start: int
    end: int
    section: str | None
    mentions: list[Mention] = field(default_factory=list)
    numbers: list[Number] = field(default_factory=list)
    drafts: list[Draft] = field(default_factory=list)


class Page:
    """A note's text with its sentences; only sentences that hold something are worked on."""

    def __init__(self, note: Note, mentions: list[Mention]) -> None:
        from matcher.ner import sentences
        from matcher.notes import sections

        self.parent = sections.parent
        self.note = note
        self.text = note.text
        self.sections = sections.split(self.text)
        self.sex_known = False
        self._section_starts = [section.start for section in self.sections]
        spans = sentences.split(self.text)
        self._starts = [span.start for span in spans]
        self._spans = spans
        self._sentences: dict[int, Sentence] = {}
        for mention in mentions:
            sentence = self.sentence_at(mention.start)
            if sentence is not None:
                sentence.mentions.append(mention)
        for number in quantities.scan(self.text):
            sentence = self.sentence_at(number.start)
            if sentence is not None:
                sentence.numbers.append(number)

    def section_at(self, offset: int) -> str | None:
        """The kind of the section that holds ``offset``."""
        at = bisect_right(self._section_starts, offset) - 1
        if at < 0 or offset >= self.sections[at].end:
            return None
        return self.sections[at].kind

    def sentence_at(self, offset: int) -> Sentence | None:
        """The sentence that holds ``offset``; made when first asked for."""
        at = bisect_right(self._starts, offset) - 1
        if at < 0:
            return None
        known = self._sentences.get(at)
        if known is None:
            span = self._spans[at]
            known = self._sentences[at] = Sentence(span.start, span.end, self.section_at(span.start))
        return known

    def add(self, draft: Draft) -> None:
        """Put a draft into the sentence that holds its start."""
        sentence = self.sentence_at(draft.start)
        if sentence is not None:
            sentence.drafts.append(draft)

    def sentences(self) -> list[Sentence]:
        """The sentences that hold something, in order."""
        return [self._sentences[key] for key in sorted(self._sentences)]
