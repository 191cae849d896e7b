"""A model's spans and the terminology's hits as one list: what every back-end with a model is made of."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import islice
from typing import TYPE_CHECKING, cast

from matcher.model import Concept, EntityType, Mention
from matcher.ner import defined
from matcher.ner.labels import BY_TERMS
from matcher.ner.merge import merge
from matcher.ner.recogniser import Extents, Rules, Side
from matcher.terms import analytes

if TYPE_CHECKING:
    from matcher.terms import Hit, Terminology

SEEN = 2_000
"""Texts whose mentions are remembered."""
_TEXTS = 32
"""Texts in one go: enough for full batches, little enough to stream."""

NOTE_TYPES = frozenset({"condition", "drug", "procedure", "measurement"})
"""What a model adds to a note: numbers and times are the grammar's there."""
_TERM_TYPES = frozenset({"condition", "drug", "procedure"})
"""What a model adds to mentions: analytes, scores, numbers and times have a grammar of their own on both sides."""


class Merged:
    """A model's spans merged with the terminology's hits. Back-ends give `found`."""

    name = ""

    def __init__(self, terminology: Terminology) -> None:
        self.terminology = terminology
        self._rules = Rules(terminology)
        self._seen: dict[tuple[Side, str], list[Mention]] = {}
        self._normalise = lru_cache(maxsize=50_000)(self._concept)

    @property
    def rules(self) -> Rules:
        """See `Recogniser.rules`."""
        return self._rules

    def found(
        self, texts: Sequence[str], hits: Sequence[list[Mention]], side: Side, within: Sequence[Extents] | None = None
    ) -> Iterable[list[Mention]]:
        """For each text the model's own mentions, sorted and non-overlapping, types as `labels.csv` has them.

        ``within``: for each text the extents that are asked for, in order; a back-end may leave out what is outside.
        """
        raise NotImplementedError

    def mentions(self, texts: Iterable[str], side: Side = "note") -> Iterator[list[Mention]]:
        """For each text its mentions, sorted by offset, non-overlapping."""
        stream = iter(texts)
        while chunk := list(islice(stream, _TEXTS)):
            hits = list(self.rules.mentions(chunk, side))
            yield from self._merged(chunk, hits, self._found(chunk, hits, side), side)

    def among(
        self, texts: Sequence[str], hits: Sequence[list[Hit]], within: Sequence[Extents]
    ) -> Iterator[list[Mention]]:
        """See `Recogniser.among`."""
        known = list(map(self.rules.read, texts, hits))
        return self._merged(texts, known, self.found(texts, known, "note", within), "note")

    def _merged(
        self, texts: Sequence[str], hits: Sequence[list[Mention]], found: Iterable[Iterable[Mention]], side: Side
    ) -> Iterator[list[Mention]]:
        for text, known, own in zip(texts, hits, found, strict=True):
            told = defined.names(text)
            typed = [m for m in self._typed(own) if m.type in _TERM_TYPES and not self._symbol(m)]
            typed = [m for m in typed if m.text not in told]  # the text says what it means, or that no table has it
            if side == "note":
                # Letters that the words around them gave no meaning have none.
                typed = [m for m in typed if not self.terminology.senses(m.text) or _met(m, known)]
            if side == "protocol":
                # Logic is made of terms with a meaning; what else the words say is the grammar's to read.
                typed = [m for m in typed if self._normalise(m.text, m.type)]
            yield merge(known, typed, self._normalise, criteria=side == "protocol")

    def annotations(self, texts: Iterable[str], side: Side = "protocol") -> Iterator[list[Mention]]:
        """For each text the model's own spans, as the annotators of its training data would mark them; no concepts."""
        stream = iter(texts)
        while chunk := list(islice(stream, _TEXTS)):
            hits = list(self.rules.mentions(chunk, side))
            for found in self._found(chunk, hits, side):
                yield self._typed(found)

    def _found(self, texts: Sequence[str], hits: Sequence[list[Mention]], side: Side) -> list[list[Mention]]:
        """`found`, remembered: criteria are asked for twice, as mentions and as annotations."""
        missing = [i for i, text in enumerate(texts) if (side, text) not in self._seen]
        if len(self._seen) > SEEN:
            self._seen.clear()
            missing = list(range(len(texts)))
        fresh = self.found([texts[i] for i in missing], [hits[i] for i in missing], side)
        new = {texts[i]: list(found) for i, found in zip(missing, fresh, strict=True)}
        out = [new[text] if text in new else self._seen[side, text] for text in texts]
        if side == "protocol":
            self._seen.update({(side, text): found for text, found in new.items()})
        return out

    def _symbol(self, mention: Mention) -> bool:
        """A letter or two, or a symbol of an analyte, that no term knows: "K 4.4", "Ht 170" are the grammar's."""
        text = mention.text
        if len(text) > 2 and analytes.by_symbol(text) is None:
            return False
        return len(text) == 1 or self._normalise(text, mention.type) is None

    def _concept(self, words: str, kind: str) -> Concept | None:
        if kind not in NOTE_TYPES and kind not in ("observation", "device", "biomarker", "allergy"):
            return None
        found = self.terminology.normalise(words)
        if found.concept is None or found.how != "fuzzy":
            return found.concept
        # An "allergist" is no misspelt brand.
        drug = self.terminology.kind(found.concept.id) == "drug"
        return found.concept if drug == (kind == "drug") else None

    def _typed(self, found: Iterable[Mention]) -> list[Mention]:
        """Mentions whose type only the terminology can tell get it, or go."""
        out = []
        for mention in found:
            if cast(str, mention.type) == BY_TERMS:
                concept = self.terminology.normalise(mention.text).concept
                kind = self.terminology.kind(concept.id) if concept else ""
                if kind not in NOTE_TYPES:
                    continue
                mention = Mention(mention.start, mention.end, mention.text, cast(EntityType, kind), None, "model")
            out.append(mention)
        return out


def _met(mention: Mention, hits: Iterable[Mention]) -> bool:
    """Whether one of the terminology's hits covers a part of a mention."""
    return any(hit.start < mention.end and mention.start < hit.end for hit in hits)
