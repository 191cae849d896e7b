"""The bundled model from the open corpora: rows, training, figures on what was kept back, the folder that ships."""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from ..ner.models import term_hits
from ..ner.tagger import TERM_CLASSES, term_classes
from . import corpora, tagger, vectors
from .corpora import Row
from .documents import Document, Entity
from .report import Report, compare

Say = Callable[[str], None]

_READ: dict[str, Callable[[Path], list[Row]]] = {
    "chia": corpora.chia,
    "lct": corpora.lct,
    "slots": corpora.slots,
    "note": corpora.maccrobat,
    "bc5": lambda path: corpora.abstracts(path, "bc5"),
    "ncbi": lambda path: corpora.abstracts(path, "ncbi"),
}
SHIPPED = ("chia", "chia_inner", "note")


def held(document: str, share: int) -> bool:
    """Whether a document is kept back: by its trial or article, so that both halves of a trial fall together."""
    return zlib.crc32(document.split("_")[0].encode()) % 100 < share


def add_terms(rows: Iterable[Row]) -> None:
    """Tell each row what the terminology finds in it."""
    known: dict[str, list[tuple[int, int, str]]] = {}
    for row in rows:
        if row.text not in known:
            known[row.text] = term_hits(row.text)
        row.terms = term_classes(known[row.text], row.tokens)


def texts(data: Path, fields: dict[str, str]) -> Iterator[str]:
    """The texts that word vectors are averaged over."""
    for file, field in fields.items():
        for row in corpora.read(data / file):
            yield row[field] or ""


def make_vectors(data: Path, config: dict[str, Any], encoder: str, say: Say) -> tuple[list[str], np.ndarray]:
    """Word vectors of the texts that the config names."""
    found = vectors.average(texts(data, config["vector_texts"]), encoder, say)
    return vectors.reduce(*found, config["sizes"]["vectors"])


def options(config: dict[str, Any], rows: dict[str, list[Row]]) -> tagger.Options:
    """The sizes and schedule of the config, with the layers that the rows have."""
    labels: dict[str, set[str]] = {}
    for part in rows.values():
        for row in part:
            for head, spans in row.tags.items():
                labels.setdefault(head, set()).update(label for *_, label in spans)
    sizes, schedule = dict(config["sizes"]), dict(config["schedule"])
    sizes.pop("vectors")
    return tagger.Options(
        heads={head: tuple(sorted(found)) for head, found in sorted(labels.items())},
        term_classes=TERM_CLASSES,
        seed=config["seed"],
        weights=config["weights"],
        **sizes,
        **schedule,
    )


def build(
    data: Path, config: dict[str, Any], given: tuple[list[str], np.ndarray] | None, output: Path, say: Say
) -> None:
    """Train and write ``output``/weights.npz and figures.json. ``given``: word vectors."""
    import torch

    torch.set_num_threads(config["threads"])
    rows = {c["name"]: _READ[c["name"]](data / c["file"]) for c in config["corpora"]}
    for name, part in rows.items():
        add_terms(part)
        say(f"{name}: {len(part)} segments")
    share = config["held_out"]
    kept = {n: [r for r in part if held(r.doc, share)] for n, part in rows.items() if n in ("chia", "note")}
    training = {n: [r for r in part if n not in kept or not held(r.doc, share)] for n, part in rows.items()}
    words, table = given if given is not None else ([""], np.zeros((1, 1), np.float16))
    vocabulary = {w: i for i, w in enumerate(words)}
    model = tagger.fit(
        training,
        options(config, rows),
        vectors=table.astype(np.float32) if given is not None else None,
        vocabulary=vocabulary,
        say=say,
    )
    output.mkdir(parents=True, exist_ok=True)
    np.savez(output / "weights.npz", **tagger.export([(model, SHIPPED)], words, config["version"]))
    figures = {}
    for name, part in kept.items():
        if part:
            report = measure(model, part, name, vocabulary)
            say(f"{name}, {report.documents} documents kept back\n{report.table()}")
            figures[name] = report.as_dict() | {"errors": []}
    (output / "figures.json").write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")


def measure(model: tagger.Model, rows: list[Row], head: str, vocabulary: dict[str, int]) -> Report:
    """The model alone, without the terminology's own mentions, on rows of one corpus."""
    by_doc: dict[str, tuple[list[Entity], list[tuple[int, int, str]]]] = {}
    for row, spans in zip(rows, tagger.predict(model, rows, head, vocabulary), strict=True):
        gold, found = by_doc.setdefault(row.doc, ([], []))
        gold += [Entity(row.tokens[b][0], row.tokens[e - 1][1], label, row.doc) for b, e, label in row.tags[head]]
        found += [(row.tokens[b][0], row.tokens[e - 1][1], label) for b, e, label in spans]
    documents = [Document(d, "", tuple(gold), d) for d, (gold, _) in by_doc.items()]
    return compare(documents, [found for _, found in by_doc.values()], examples=0)


def write_pipeline(weights: Path, folder: Path, meta: dict[str, Any]) -> None:
    """The folder that ships: a spaCy pipeline around the weights."""
    import spacy

    from ..ner import spacy_component

    nlp = spacy.blank("en", config={"nlp": {"tokenizer": {"@tokenizers": "matcher.Tokens.v1"}}})
    component = nlp.add_pipe("matcher_tagger", name="tagger")
    assert isinstance(component, spacy_component.Component)
    component.from_disk(weights.parent)
    nlp.meta.update(meta)
    nlp.to_disk(folder)
