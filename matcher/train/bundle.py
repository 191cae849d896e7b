"""The bundled model from the open corpora: rows, training, figures on what was kept back, the folder that ships."""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import safetensors.numpy as safetensors

from matcher.ner.models import term_hits
from matcher.ner.tagger import TERM_CLASSES, Item, Tagger, term_classes
from matcher.train import corpora, tagger, vectors
from matcher.train.corpora import Row
from matcher.train.documents import Document, Entity
from matcher.train.report import Report, compare

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
        found = vectors.average(texts(data, config["vector_texts"]), encoder, config["vectors"]["enough"], say)
        vectors.save(file, *vectors.reduce(*found, config["vectors"]["width"]))
    return vectors.read(file)


def options(config: dict[str, Any], heads: dict[str, tuple[str, ...]], **changed: Any) -> tagger.Options:
    """The sizes and schedule of the config for a network with these layers."""
    given = (
        {"term_classes": TERM_CLASSES, "weights": config["weights"]} | config["sizes"] | config["schedule"] | changed
    )
    return tagger.Options(heads=heads, **given)


def heads_of(rows: dict[str, list[Row]]) -> dict[str, tuple[str, ...]]:
    """The layers that these rows have, with their labels."""
    labels: dict[str, set[str]] = {}
    for part in rows.values():
        for row in part:
            for head, spans in row.tags.items():
                labels.setdefault(head, set()).update(label for *_, label in spans)
    return {head: tuple(sorted(found)) for head, found in sorted(labels.items())}


def make_member(
    number: int, given: tagger.Options, data: dict[str, list[Row]], table: Vectors, cache: Path, say: Say
) -> tagger.Model:
    """One network, trained; its weights are kept in ``cache``, for a run that is broken off."""
    import torch

    file = cache / f"member{number}-{zlib.crc32(repr(given).encode()):08x}.npz"
    vocabulary = {w: i for i, w in enumerate(table[0])}
    vectors_ = table[1].astype(np.float32)
    if not file.is_file():
        model = tagger.fit(data, given, vectors=vectors_, vocabulary=vocabulary, say=say)
        np.savez(file, **{n: p.numpy() for n, p in model.state_dict().items()})
    model = tagger.Model(given, vectors_)
    with np.load(file, allow_pickle=False) as found:
        model.load_state_dict({n: torch.tensor(found[n]) for n in found.files})
    return model.eval()


def build(
    data: Path,
    config: dict[str, Any],
    encoder: str,
    cache: Path,
    output: Path,
    say: Say,
    kept: Path | None = None,
) -> None:
    """Train every member and write ``output``/weights.safetensors and figures.json.

    ``kept``: weights that have shipped; the members that are there, and the word vectors, stay as they are.
    """
    import torch

    torch.set_num_threads(config["threads"])
    for folder in (cache, output):
        folder.mkdir(parents=True, exist_ok=True)
    parts: list[tagger.Part] = []
    if kept is None:
        table = make_vectors(data, config, encoder, cache, say)
        shared = tagger.table(table[0], table[1].astype(np.float32))
    else:
        parts, shared = tagger.shipped(kept)
        words = bytes(shared["words"]).decode().split("\n")
        table = words, shared["vectors"].astype(np.float32) * shared["vectors_scale"][:, None]
    used = {c["name"]: c for c in [*config["corpora"], *config.get("unmarked", ())]}
    unmarked = {c["name"] for c in config.get("unmarked", ())}
    rows = read_rows(data, config)
    for name, part in rows.items():
        add_terms(part)
        say(f"{name}: {len(part)} segments")

    def weights() -> Tagger:
        path = output / "weights.safetensors"
        safetensors.save_file(tagger.export(parts, shared, config["version"]), path)
        return Tagger.load(path)

    for number, member in enumerate(config["members"], start=1):
        if number <= len(parts):
            say(f"member {number}: as it shipped")
            continue
        names = member["corpora"]
        say(f"member {number}: {', '.join(names)}, seed {member['seed']}")
        for name in unmarked.intersection(names):
            mark(rows[name], weights(), member["taught"])
        own = {n: rows[n] for n in names}
        given = options(config, heads_of(own), seed=member["seed"], **member.get("options", {}))
        training = {n: [r for r in part if not held(r.doc, used[n]["held_out"])] for n, part in own.items()}
        heads = {name: member.get("ships", {}).get(name, name) for name in member["heads"]}
        parts.append(tagger.part(make_member(number, given, training, table, cache, say), heads))
    model = weights()
    figures = {}
    for name, head, part in measured(data, config, rows):
        report = measure(model, part, head)
        say(f"{name}, {report.documents} documents\n{report.table()}")
        figures[name] = report.as_dict() | {"errors": []}
    (output / "figures.json").write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")


def read_rows(data: Path, config: dict[str, Any]) -> dict[str, list[Row]]:
    """The corpora of the config, and the texts without annotations."""
    rows = {c["name"]: _READ[c["name"]](data / c["file"]) for c in config["corpora"]}
    for c in config.get("unmarked", ()):
        rows[c["name"]] = corpora.unmarked(data / c["file"], c["field"])
    return rows


def mark(rows: Sequence[Row], model: Tagger, taught: dict[str, str]) -> None:
    """Give rows as annotations what a finished network makes of them. ``taught``: layer -> the network's layer."""
    items = [Item(r.text, r.tokens, r.terms or [0] * len(r.tokens)) for r in rows]
    for row, *marked in zip(rows, *model.spans(items, list(taught.values())), strict=True):
        row.tags = dict(zip(taught, marked, strict=True))


def measured(data: Path, config: dict[str, Any], rows: dict[str, list[Row]]) -> Iterator[tuple[str, str, list[Row]]]:
    """(name, layer, rows) of what the finished model is measured on: documents kept back, or a file of its own."""
    for corpus in config["corpora"]:
        name = corpus["name"]
        if "measured" in corpus:
            part = _READ[name](data / corpus["measured"])
            add_terms(part)
        else:
            part = [r for r in rows[name] if held(r.doc, corpus["held_out"])]
        if part:
            yield name, "chia" if name == "chia" else "note", part
    for texts in config.get("unmarked", ()):  # how well it agrees with its teacher
        part = [r for r in rows[texts["name"]] if r.tags and held(r.doc, texts["held_out"])]
        if part:
            yield texts["name"], next(iter(part[0].tags)), part


def measure(model: Tagger, rows: list[Row], head: str) -> Report:
    """The model alone, without the terminology's own mentions, on rows of one corpus, for the labels it annotates."""
    by_doc: dict[str, tuple[list[Entity], list[tuple[int, int, str]]]] = {}
    items = [Item(r.text, r.tokens, r.terms or [0] * len(r.tokens)) for r in rows]
    for row, spans in zip(rows, model.spans(items, [head])[0], strict=True):
        gold, found = by_doc.setdefault(row.doc, ([], []))
        gold += [Entity(row.tokens[b][0], row.tokens[e - 1][1], label, row.doc) for b, e, label in row.tags[head]]
        known = (row.partial or {}).get(head)
        found += [
            (row.tokens[b][0], row.tokens[e - 1][1], label) for b, e, label in spans if known is None or label in known
        ]
    documents = [Document(d, "", tuple(gold), d) for d, (gold, _) in by_doc.items()]
    return compare(documents, [found for _, found in by_doc.values()], examples=0)


def write_pipeline(weights: Path, folder: Path, meta: dict[str, Any]) -> None:
    """The folder that ships: a spaCy pipeline around the weights."""
    import spacy

    from matcher.ner import spacy_component

    nlp = spacy.blank("en", config={"nlp": {"tokenizer": {"@tokenizers": "matcher.Tokens.v1"}}})
    component = nlp.add_pipe("matcher_tagger", name="tagger")
    assert isinstance(component, spacy_component.Component)
    component.from_disk(weights.parent)
    nlp.meta.update(meta)
    nlp.to_disk(folder)
