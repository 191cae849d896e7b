"""spaCy components: sections, sentences and assertion in anyone's pipeline.

>>> import spacy
>>> from matcher.ner import components
>>> nlp = spacy.blank("en")
>>> nlp.add_pipe("entity_ruler").add_patterns([{"label": "DISEASE", "pattern": "pneumonia"}])
>>> _ = nlp.add_pipe("matcher_assertion")
>>> ent = nlp("No evidence of pneumonia.").ents[0]
>>> ent._.assertion, ent._.assertion_cue.text
('absent', 'No evidence of')

Importing this module registers the factories ``matcher_sentences``, ``matcher_sections`` and ``matcher_assertion``; the
package's entry points do so for a pipeline that is loaded from disk. spaCy is imported here, so import it only where a
pipeline is wanted.
"""

from __future__ import annotations

from bisect import bisect_right
from typing import Any

from spacy.language import Language
from spacy.tokens import Doc, Span, Token

from matcher.model import Span as Place
from matcher.ner import assertion, sentences
from matcher.notes import sections as note_sections

ASSERTION_ATTRIBUTES = (
    "assertion",
    "experiencer",
    "assertion_cue",
    "assertion_rule",
    "status",
    "is_historical",
    "is_allergy",
)


def _extend(owner: Any, name: str, default: Any = None) -> None:
    if not owner.has_extension(name):
        owner.set_extension(name, default=default)


@Language.factory("matcher_sentences", assigns=["token.is_sent_start"], default_config={})
def sentences_factory(nlp: Language, name: str) -> Sentences:
    return Sentences()


class Sentences:
    """Sets ``token.is_sent_start`` by `sentences.split`: list lines and headings begin a sentence."""

    def __call__(self, doc: Doc) -> Doc:
        starts = {span.start for span in sentences.split(doc.text)}
        for token in doc:
            token.is_sent_start = token.i == 0 or token.idx in starts
        return doc


@Language.factory("matcher_sections", assigns=["doc._.sections", "token._.section"], default_config={})
def sections_factory(nlp: Language, name: str) -> Sections:
    return Sections()


class Sections:
    """Sets ``doc._.sections`` (list of `notes.sections.Section`) and ``token._.section`` (its kind)."""

    def __init__(self) -> None:
        _extend(Doc, "sections")
        _extend(Token, "section")

    def __call__(self, doc: Doc) -> Doc:
        found = note_sections.split(doc.text)
        doc._.sections = found
        starts = [section.start for section in found]
        for token in doc:
            token._.section = found[max(bisect_right(starts, token.idx) - 1, 0)].kind
        return doc


@Language.factory(
    "matcher_assertion",
    assigns=[f"span._.{name}" for name in ASSERTION_ATTRIBUTES],
    requires=["doc.ents"],
    default_config={"span_group": None, "kinds": {}},
)
def assertion_factory(nlp: Language, name: str, span_group: str | None, kinds: dict[str, str]) -> Asserter:
    return Asserter(span_group, kinds)


class Asserter:
    """Sets the assertion of every entity (or of the spans of ``doc.spans[span_group]``).

    ``kinds`` says what the labels are (``{"CHEMICAL": "drug"}``), which some rules need; a label that is not in it is
    any kind. Section and sentence come from the raw text, whatever other components set.
    """

    def __init__(self, span_group: str | None = None, kinds: dict[str, str] | None = None) -> None:
        self.span_group = span_group
        self.kinds = kinds or {}
        for name in ASSERTION_ATTRIBUTES:
            _extend(Span, name)

    def __call__(self, doc: Doc) -> Doc:
        spans = list(doc.spans.get(self.span_group, ()) if self.span_group else doc.ents)
        if not spans:
            return doc
        text = doc.text
        areas = note_sections.split(text)
        area_starts = [area.start for area in areas]
        parts = sentences.split(text)
        part_starts = [part.start for part in parts]
        groups: dict[tuple[int, int], list[Span]] = {}
        for span in spans:
            part = max(bisect_right(part_starts, span.start_char) - 1, 0)
            area = max(bisect_right(area_starts, span.start_char) - 1, 0)
            groups.setdefault((part, area), []).append(span)
        for (part, area), group in groups.items():
            end = max(parts[part].end, max(span.end_char for span in group))
            sentence = Place(parts[part].start, end)
            places = [(span.start_char, span.end_char) for span in group]
            kinds = [self.kinds.get(span.label_) for span in group]
            for span, context in zip(group, assertion.assess(text, sentence, places, areas[area], kinds), strict=True):
                self._set(doc, span, context)
        return doc

    @staticmethod
    def _set(doc: Doc, span: Span, context: assertion.Context) -> None:
        span._.assertion = context.assertion
        span._.experiencer = context.experiencer
        span._.assertion_rule = context.rule
        span._.status = context.status
        span._.is_historical = context.historical
        span._.is_allergy = context.allergy
        if context.cue is not None:
            span._.assertion_cue = doc.char_span(context.cue.start, context.cue.end, alignment_mode="expand")
