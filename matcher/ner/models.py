"""The back-ends with a model, and how they are named: ``default``, ``scispacy:MODEL``, ``bert:PATH_OR_ID``.

Importing this module registers them. Each yields the terminology's hits too, merged by `matcher.ner.merge`; heavy
packages are imported when a back-end is made.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from importlib import resources
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, cast

from ..model import Concept, EntityType, Mention
from ..terms import analytes
from .labels import BY_TERMS
from .merge import merge
from .recogniser import Recogniser, Rules, Side, register
from .tagger import Item, Tagger, term_classes
from .tokens import segments

if TYPE_CHECKING:
    from ..terms import Terminology

_SEEN = 2_000
_TEXTS = 32
"""Texts in one go: enough for full batches, little enough to stream."""

_NOTE_TYPES = frozenset({"condition", "drug", "procedure", "measurement"})
"""What a model adds to a note: numbers and times are the grammar's there."""


_TERM_TYPES = frozenset({"condition", "drug", "procedure"})
"""What a model adds to mentions: analytes, scores, numbers and times have a grammar of their own on both sides."""


class Merged:
    """A model's spans merged with the terminology's hits. Back-ends give `found`."""

    name = ""

    def __init__(self, terminology: Terminology) -> None:
        self.terminology = terminology
        self.rules = Rules(terminology)
        self._seen: dict[tuple[Side, str], list[Mention]] = {}
        self._normalise = lru_cache(maxsize=50_000)(self._concept)

    def found(self, texts: Sequence[str], hits: Sequence[list[Mention]], side: Side) -> Iterable[list[Mention]]:
        """For each text the model's own mentions, sorted and non-overlapping, types as `labels.csv` has them."""
        raise NotImplementedError

    def mentions(self, texts: Iterable[str], side: Side = "note") -> Iterator[list[Mention]]:
        """For each text its mentions, sorted by offset, non-overlapping."""
        stream = iter(texts)
        while chunk := list(islice(stream, _TEXTS)):
            hits = list(self.rules.mentions(chunk, side))
            for text_hits, found in zip(hits, self._found(chunk, hits, side), strict=True):
                typed = [m for m in self._typed(found) if m.type in _TERM_TYPES and not self._symbol(m)]
                if side == "protocol":
                    # Logic is made of terms with a meaning; what else the words say is the grammar's to read.
                    typed = [m for m in typed if self._normalise(m.text, m.type)]
                yield merge(text_hits, typed, self._normalise, criteria=side == "protocol")

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
        if len(self._seen) > _SEEN:
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
        if kind not in _NOTE_TYPES and kind not in ("observation", "device", "biomarker", "allergy"):
            return None
        return self.terminology.normalise(words).concept

    def _typed(self, found: Iterable[Mention]) -> list[Mention]:
        """Mentions whose type only the terminology can tell get it, or go."""
        out = []
        for mention in found:
            if cast(str, mention.type) == BY_TERMS:
                concept = self.terminology.normalise(mention.text).concept
                kind = self.terminology.kind(concept.id) if concept else ""
                if kind not in _NOTE_TYPES:
                    continue
                mention = Mention(mention.start, mention.end, mention.text, cast(EntityType, kind), None, "model")
            out.append(mention)
        return out


class Bundled(Merged):
    """The model that ships with the package, for criteria and for notes."""

    def __init__(self, terminology: Terminology, tagger: Tagger | None = None, name: str = "default") -> None:
        super().__init__(terminology)
        if tagger is None:
            tagger = bundled()
        self.tagger = tagger
        self._nested: dict[str, list[Mention]] = {}
        self.name = f"{name}/{tagger.version}"

    def found(self, texts: Sequence[str], hits: Sequence[list[Mention]], side: Side) -> Iterable[list[Mention]]:
        """See `Merged.found`."""
        heads = ["chia", "chia_inner"] if side == "protocol" else ["note"]
        items, owner = [], []
        for i, (text, known) in enumerate(zip(texts, hits, strict=True)):
            kinds = [(m.start, m.end, self._kind(m)) for m in known]
            at = 0
            for tokens in segments(text):
                while at < len(kinds) and kinds[at][1] <= tokens[0][0]:
                    at += 1
                items.append(Item(text, tokens, term_classes(kinds[at : at + len(tokens) + 1], tokens)))
                owner.append(i)
        out: list[list[list[Mention]]] = []
        for layer in self.tagger.spans(items, heads):
            out.append([[] for _ in texts])
            for i, item, spans in zip(owner, items, layer, strict=True):
                for first, last, label in spans:
                    if side == "protocol" or label in _NOTE_TYPES:
                        start, end = item.tokens[first][0], item.tokens[last - 1][1]
                        out[-1][i].append(
                            Mention(start, end, item.text[start:end], cast(EntityType, label), None, "model")
                        )
        if side == "protocol":
            if len(self._nested) > _SEEN:
                self._nested.clear()
            self._nested.update(zip(texts, out[1], strict=True))
        return out[0]

    def annotations(self, texts: Iterable[str], side: Side = "protocol") -> Iterator[list[Mention]]:
        """See `Merged.annotations`; spans inside others ("renal disease" in "hepatic or renal disease") too."""
        for text in texts:
            (outer,) = super().annotations([text], side)
            places = {(m.start, m.end, m.type) for m in outer}
            inner = [m for m in self._nested.get(text, ()) if (m.start, m.end, m.type) not in places]
            yield sorted([*outer, *inner], key=lambda m: (m.start, -m.end)) if side == "protocol" else outer

    def _kind(self, mention: Mention) -> str:
        return self.terminology.kind(mention.concept.id) if mention.concept else ""


def term_hits(text: str) -> list[tuple[int, int, str]]:
    """(start, end, kind) of the terminology's hits: what the bundled model is told of a text."""
    from .. import terms

    terminology = terms.load()
    found = next(Rules(terminology).mentions([text]))
    return [(m.start, m.end, terminology.kind(m.concept.id)) for m in found if m.concept]


@lru_cache(maxsize=1)
def bundled() -> Tagger:
    """The bundled weights, read once."""
    with (resources.files("matcher.resources") / "model" / "tagger" / "weights.safetensors").open("rb") as file:
        return Tagger.load(cast("Path", file))


def _default(rest: str, terminology: Terminology) -> Recogniser:
    if rest:
        return Bundled(terminology, Tagger.load(Path(rest)), f"default:{rest}")
    return Bundled(terminology)


def _scispacy(rest: str, terminology: Terminology) -> Recogniser:
    from .spacy_model import Spacy

    return Spacy(rest, terminology)


def _bert(rest: str, terminology: Terminology) -> Recogniser:
    from .bert import Bert

    return Bert(rest, terminology)


register("default", _default)
register("scispacy", _scispacy)
register("bert", _bert)
