"""A page of which a few sentences are asked for: what lies in other paragraphs is not cut into sentences."""

from __future__ import annotations

from functools import cached_property

from matcher.facts.page import Page, Sentence, pieces
from matcher.model import Span
from matcher.ner.sentences import Paragraphs


class Glimpse(Page):
    """As `Page`, for a note whose mentions and numbers are not asked for."""

    @cached_property
    def _paragraphs(self) -> Paragraphs:
        return Paragraphs(self.text)

    def span_at(self, offset: int) -> Span | None:
        """Where the sentence that holds ``offset`` begins and ends."""
        if self._cut is not None:
            return super().span_at(offset)
        for spans in self._paragraphs.upto(offset):
            for whole in reversed(spans):
                if whole.start <= offset:
                    return next(piece for piece in reversed(pieces(self.text, whole)) if piece.start <= offset)
        return None

    def sentence_at(self, offset: int) -> Sentence | None:
        """The sentence that holds ``offset``; made when first asked for."""
        span = self.span_at(offset)
        if span is None:
            return None
        known = self._sentences.get(span.start)
        if known is None:
            area = self.area_at(span.start)
            kind = area.kind if area else None
            known = self._sentences[span.start] = Sentence(span.start, span.end, kind, area)
        return known
