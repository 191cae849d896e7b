"""``scispacy:MODEL``: an installed spaCy or scispaCy pipeline, or a folder that holds one."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Iterable, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any, cast

from matcher.errors import MatchError
from matcher.model import EntityType, Mention
from matcher.ner.labels import IGNORED, label_map
from matcher.ner.merged import Merged
from matcher.ner.recogniser import Extents, Side

if TYPE_CHECKING:
    from matcher.terms import Terminology

_UNUSED = ("tagger", "parser", "attribute_ruler", "lemmatizer", "morphologizer", "senter", "textcat")


def import_spacy(torch: bool) -> ModuleType:
    """spaCy, without the seconds that it spends on importing torch where nothing in the pipeline runs on it.

    Thinc asks for torch when it is imported and does without where there is none.
    """
    if torch or "torch" in sys.modules or "spacy" in sys.modules:
        import spacy

        return spacy
    sys.modules["torch"] = None  # type: ignore[assignment]
    try:
        import spacy
    finally:
        del sys.modules["torch"]
    return spacy


def _needs_torch(name: str) -> bool:
    """Whether the config of a folder or an installed package speaks of transformers or torch; True where unknown."""
    folder = Path(name)
    if not folder.is_dir():
        spec = importlib.util.find_spec(name) if name.isidentifier() else None
        if spec is None or not spec.submodule_search_locations:
            return True
        folder = Path(spec.submodule_search_locations[0])
    configs = [folder / "config.cfg", *folder.glob("*/config.cfg")]
    texts = [c.read_text(encoding="utf-8").lower() for c in configs if c.is_file()]
    return not texts or any("transformer" in t or "torch" in t for t in texts)


def load(name: str) -> Any:
    """The pipeline of that package name or folder, with what entities do not need left out."""
    if not name:
        raise MatchError(
            "scispacy: names no model; give an installed package or a folder, as in scispacy:en_ner_bc5cdr_md"
        )
    path = Path(name)
    if not path.exists():
        try:
            version(name)
        except (PackageNotFoundError, ValueError):
            raise MatchError(
                f"scispacy:{name}: neither an installed spaCy model nor a folder;"
                " scispaCy models: pip install the archive from https://allenai.github.io/scispacy/"
            ) from None
    elif not (path / "config.cfg").is_file():
        raise MatchError(f"scispacy:{name}: the folder has no config.cfg, so it is no spaCy pipeline")
    spacy = import_spacy(_needs_torch(name))
    try:
        nlp = spacy.load(name, exclude=list(_UNUSED))
    except (OSError, ValueError, ImportError) as error:
        reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        raise MatchError(f"scispacy:{name} cannot be loaded: {reason}") from None
    return nlp


def labels_of(nlp: Any) -> list[str]:
    """The entity labels that a pipeline can give."""
    out: set[str] = set()
    for pipe in ("ner", "entity_ruler", "matcher_tagger"):
        if nlp.has_pipe(pipe):
            out.update(nlp.get_pipe(pipe).labels)
    return sorted(out)


class Spacy(Merged):
    """A spaCy pipeline's entities, merged with the terminology."""

    def __init__(self, name: str, terminology: Terminology) -> None:
        super().__init__(terminology)
        model, _, own = name.partition("@")
        self.nlp = load(model)
        labels = labels_of(self.nlp)
        if not labels:
            raise MatchError(
                f"scispacy:{model} has no entity recogniser; it has: {', '.join(self.nlp.pipe_names) or 'nothing'}"
            )
        self.map = label_map(labels, f"scispacy:{model}", Path(own) if own else None)
        meta = self.nlp.meta
        self.name = f"scispacy:{meta.get('lang')}_{meta.get('name')}/{meta.get('version')}"

    def found(
        self, texts: Sequence[str], hits: Sequence[list[Mention]], side: Side, within: Sequence[Extents] | None = None
    ) -> Iterable[list[Mention]]:
        """See `Merged.found`."""
        self.nlp.max_length = max([self.nlp.max_length, *map(len, texts)])
        for text, doc in zip(texts, self.nlp.pipe(texts, batch_size=16), strict=True):
            out = []
            for entity in doc.ents:
                kind = self.map.get(entity.label_, IGNORED)
                if kind != IGNORED and text[entity.start_char : entity.end_char].strip():
                    out.append(
                        Mention(entity.start_char, entity.end_char, entity.text, cast(EntityType, kind), None, "model")
                    )
            yield out
