"""The bundled model as a spaCy pipeline: ``spacy.load`` of its folder works wherever this package is installed.

The program itself reads the same weights without spaCy (`matcher.ner.tagger`), which starts ten times faster.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from spacy.language import Language
from spacy.tokens import Doc
from spacy.util import registry
from spacy.vocab import Vocab

from matcher.ner.tagger import Item, Tagger, term_classes
from matcher.ner.tokens import TOKEN, segments

_FILE = "weights.safetensors"


class Tokens:
    """The model's tokens as a spaCy tokenizer; blanks longer than one space become tokens, as spaCy has it."""

    def __init__(self, vocab: Vocab) -> None:
        self.vocab = vocab

    def __call__(self, text: str) -> Doc:
        words: list[str] = []
        spaces: list[bool] = []
        at = 0
        for m in TOKEN.finditer(text):
            gap = text[at : m.start()]
            if gap.startswith(" ") and words:
                spaces[-1] = True
                gap = gap[1:]
            if gap:
                words.append(gap)
                spaces.append(False)
            words.append(m.group())
            spaces.append(False)
            at = m.end()
        if at < len(text):
            gap = text[at:]
            if gap.startswith(" ") and words:
                spaces[-1] = True
                gap = gap[1:]
            if gap:
                words.append(gap)
                spaces.append(False)
        return Doc(self.vocab, words=words, spaces=spaces)

    def to_bytes(self, **_: Any) -> bytes:
        """Nothing to keep."""
        return b""

    def from_bytes(self, _data: bytes, **_: Any) -> Tokens:
        """Nothing to restore."""
        return self

    def to_disk(self, _path: str | Path, **_: Any) -> None:
        """Nothing to keep."""

    def from_disk(self, _path: str | Path, **_: Any) -> Tokens:
        """Nothing to restore."""
        return self


@registry.tokenizers("matcher.Tokens.v1")
def create_tokens() -> Callable[[Language], Tokens]:
    """For ``[nlp.tokenizer]`` of a pipeline's config."""
    return lambda nlp: Tokens(nlp.vocab)


@Language.factory("matcher_tagger", default_config={"head": "note"}, assigns=["doc.ents"])
def create_tagger(nlp: Language, name: str, head: str) -> Component:
    """``head``: ``note`` or ``chia`` (criteria)."""
    return Component(head)


class Component:
    """Sets ``doc.ents`` to the model's spans, with the terminology's hits as a feature."""

    def __init__(self, head: str) -> None:
        self.head = head
        self.tagger: Tagger | None = None
        self.data = b""

    @property
    def labels(self) -> tuple[str, ...]:
        """The entity labels."""
        return self.tagger.labels(self.head) if self.tagger else ()

    def __call__(self, doc: Doc) -> Doc:
        from matcher.ner.models import term_hits

        if self.tagger is None:
            raise ValueError("matcher_tagger has no weights: load the pipeline from its folder")
        text = doc.text
        hits = term_hits(text)
        items = [Item(text, tokens, term_classes(hits, tokens)) for tokens in segments(text)]
        found = []
        for item, spans in zip(items, self.tagger.spans(items, [self.head])[0], strict=True):
            for first, last, label in spans:
                span = doc.char_span(item.tokens[first][0], item.tokens[last - 1][1], label=label)
                if span is not None:
                    found.append(span)
        doc.ents = found
        return doc

    def to_disk(self, path: str | Path, **_: Any) -> None:
        """The weights as they were read."""
        folder = Path(path)
        folder.mkdir(parents=True, exist_ok=True)
        (folder / _FILE).write_bytes(self.data)

    def from_disk(self, path: str | Path, **_: Any) -> Component:
        """Read the weights of a saved pipeline."""
        file = Path(path) / _FILE
        self.data = file.read_bytes()
        self.tagger = Tagger.load(file)
        return self
