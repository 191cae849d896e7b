"""The back-ends with a model, and how they are named: ``default``, ``scispacy:MODEL``, ``bert:PATH_OR_ID``.

Importing this module registers them. Each yields the terminology's hits too, merged by `matcher.ner.merge`; heavy
packages are imported when a back-end is made.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, cast

from matcher.model import EntityType, Mention
from matcher.ner.merged import NOTE_TYPES, SEEN, Merged
from matcher.ner.recogniser import Extents, Recogniser, Rules, Side, register
from matcher.ner.tagger import Item, Tagger, term_classes
from matcher.ner.tokens import segments

if TYPE_CHECKING:
    from matcher.terms import Terminology


class Bundled(Merged):
    """The model that ships with the package, for criteria and for notes."""

    def __init__(self, terminology: Terminology, tagger: Tagger | None = None, name: str = "default") -> None:
        super().__init__(terminology)
        if tagger is None:
            tagger = bundled()
        self.tagger = tagger
        self._nested: dict[str, list[Mention]] = {}
        self.name = f"{name}/{tagger.version}"

    def found(
        self, texts: Sequence[str], hits: Sequence[list[Mention]], side: Side, within: Sequence[Extents] | None = None
    ) -> Iterable[list[Mention]]:
        """See `Merged.found`."""
        heads = ["chia", "chia_inner"] if side == "protocol" else ["note"]
        items, owner = [], []
        for i, (text, known) in enumerate(zip(texts, hits, strict=True)):
            kinds = [(m.start, m.end, self._kind(m)) for m in known]
            at = 0
            for tokens in segments(text, None if within is None else within[i]):
                while at < len(kinds) and kinds[at][1] <= tokens[0][0]:
                    at += 1
                items.append(Item(text, tokens, term_classes(kinds[at : at + len(tokens) + 1], tokens)))
                owner.append(i)
        out: list[list[list[Mention]]] = []
        for layer in self.tagger.spans(items, heads):
            out.append([[] for _ in texts])
            for i, item, spans in zip(owner, items, layer, strict=True):
                for first, last, label in spans:
                    if side == "protocol" or label in NOTE_TYPES:
                        start, end = item.tokens[first][0], item.tokens[last - 1][1]
                        out[-1][i].append(
                            Mention(start, end, item.text[start:end], cast(EntityType, label), None, "model")
                        )
        if side == "protocol":
            if len(self._nested) > SEEN:
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
    from matcher import terms

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
    from matcher.ner.spacy_model import Spacy

    return Spacy(rest, terminology)


def _bert(rest: str, terminology: Terminology) -> Recogniser:
    from matcher.ner.bert import Bert

    return Bert(rest, terminology)


register("default", _default)
register("scispacy", _scispacy)
register("bert", _bert)
