"""The bundled model from the open corpora: rows, training, figures on what was kept back, the folder that ships."""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import safetensors.numpy as safetensors

from ..ner.models import term_hits
from ..ner.tagger import TERM_CLASSES, Item, Tagger, term_classes
from . import corpora, pretrain, tagger, vectors
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


Vectors = tuple[list[str], np.ndarray]


def make_vectors(data: Path, config: dict[str, Any], encoder: str, cache: Path, say: Say) -> Vectors:
    """Word vectors of the texts that the config names; kept in ``cache``."""
    file = cache / "vectors.npz"
    if not file.is_file():
        found = vectors.average(texts(data, config["vector_texts"]), encoder, say)
        vectors.save(file, *vectors.reduce(*found, config["sizes"]["vectors"]))
    return vectors.read(file)


def options(config: dict[str, Any], heads: dict[str, tuple[str, ...]], **changed: Any) -> tagger.Options:
    """The sizes and schedule of the config for a network with these layers."""
    sizes, schedule = dict(config["sizes"]), dict(config["schedule"])
    sizes.pop("vectors")
    given = {"term_classes": TERM_CLASSES, "weights": config["weights"], **sizes, **schedule, **changed}
    return tagger.Options(heads=heads, **given)


def heads_of(rows: dict[str, list[Row]]) -> dict[str, tuple[str, ...]]:
    """The layers that these rows have, with their labels."""
    labels: dict[str, set[str]] = {}
    for part in rows.values():
        for row in part:
            for head, spans in row.tags.items():
                labels.setdefault(head, set()).update(label for *_, label in spans)
    return {head: tuple(sorted(found)) for head, found in sorted(labels.items())}


def make_encoder(
    data: Path, config: dict[str, Any], encoder: str, table: Vectors, cache: Path, say: Say
) -> dict[str, Any]:
    """The pretrained encoder's state; kept in ``cache``, its targets too, for they take longest."""
    import torch

    file = cache / "encoder.npz"
    if not file.is_file():
        rows = pretrain.sentences(texts(data, config["pretraining"]["texts"]))
        add_terms(rows)
        aims = cache / "targets.npy"
        if not aims.is_file():
            np.save(aims, pretrain.targets(rows, encoder, say))
        state = pretrain.pretrain(
            rows,
            np.load(aims, mmap_mode="r", allow_pickle=False),
            options(config, {}, seed=config["seed"]),
            table[1].astype(np.float32),
            {w: i for i, w in enumerate(table[0])},
            epochs=config["pretraining"]["epochs"],
            say=say,
        )
        np.savez(file, **{n: p.numpy() for n, p in state.items()})
    with np.load(file, allow_pickle=False) as found:
        return {n: torch.tensor(found[n]) for n in found.files}


def build(data: Path, config: dict[str, Any], encoder: str, cache: Path, output: Path, say: Say) -> None:
    """Train every member and write ``output``/weights.safetensors and figures.json."""
    import torch

    torch.set_num_threads(config["threads"])
    for folder in (cache, output):
        folder.mkdir(parents=True, exist_ok=True)
    table = make_vectors(data, config, encoder, cache, say)
    start = make_encoder(data, config, encoder, table, cache, say)
    vocabulary = {w: i for i, w in enumerate(table[0])}
    files = {c["name"]: (data / c["file"], c["held_out"]) for c in config["corpora"]}
    rows = {name: _READ[name](file) for name, (file, _) in files.items()}
    for name, part in rows.items():
        add_terms(part)
        say(f"{name}: {len(part)} segments")
    kept = {name: [r for r in part if held(r.doc, files[name][1])] for name, part in rows.items()}
    shipped = []
    for number, member in enumerate(config["members"], start=1):
        say(f"member {number}: {', '.join(member['corpora'])}, seed {member['seed']}")
        training = {n: [r for r in rows[n] if not held(r.doc, files[n][1])] for n in member["corpora"]}
        model = tagger.fit(
            training,
            options(
                config,
                heads_of({n: rows[n] for n in member["corpora"]}),
                seed=member["seed"],
                **member.get("options", {}),
            ),
            vectors=table[1].astype(np.float32),
            vocabulary=vocabulary,
            start=start if member.get("pretrained", True) else None,
            say=say,
        )
        shipped.append((model, member["heads"]))
        safetensors.save_file(tagger.export(shipped, table[0], config["version"]), output / "weights.safetensors")
    tagger_ = Tagger.load(output / "weights.safetensors")
    figures = {}
    for name, part in kept.items():
        if part and name in ("chia", "note"):
            report = measure(tagger_, part, name)
            say(f"{name}, {report.documents} documents kept back\n{report.table()}")
            figures[name] = report.as_dict() | {"errors": []}
    (output / "figures.json").write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")


def measure(model: Tagger, rows: list[Row], head: str) -> Report:
    """The model alone, without the terminology's own mentions, on rows of one corpus."""
    by_doc: dict[str, tuple[list[Entity], list[tuple[int, int, str]]]] = {}
    items = [Item(r.text, r.tokens, r.terms or [0] * len(r.tokens)) for r in rows]
    for row, spans in zip(rows, model.spans(items, [head])[0], strict=True):
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
