"""Annotated documents for `match train`: spaCy ``DocBin``, CoNLL/BIO, JSON Lines with offsets, brat.

Whatever the format, a document that cannot be right is refused with its file and line: spans that overlap, offsets that
do not fit the text, labels that the program cannot use, a set with nothing in it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path

from matcher.errors import MatchError
from matcher.ner.labels import IGNORED, label_map
from matcher.text import decode

SUFFIXES = {
    ".jsonl": "JSON Lines: text, entities: [{start, end, label}]",
    ".spacy": "spaCy DocBin",
    ".conll": "CoNLL/BIO: a token and its tag a line, blank line between sentences",
    ".bio": "as .conll",
    ".iob": "as .conll",
    ".ann": "brat: with the .txt beside it",
}


@dataclass(frozen=True, slots=True)
class Entity:
    """One annotation: character offsets, its label as annotated, and where the file says so (``file:line``)."""

    start: int
    end: int
    label: str
    where: str


@dataclass(frozen=True, slots=True)
class Document:
    """One annotated text; ``id`` is unique in the set."""

    id: str
    text: str
    entities: tuple[Entity, ...]
    where: str


def read(paths: Sequence[Path], own_labels: Path | None = None, overlaps: str = "error") -> list[Document]:
    """The documents of these files and folders, checked; labels that the tables ignore are left out.

    ``overlaps``: ``error``, or ``longest`` to keep the longest of overlapping spans. Raises `MatchError`.
    """
    documents = [document for path in paths for file in _files(path) for document in _READERS[file.suffix](file)]
    names = ", ".join(str(p) for p in paths)
    if not documents:
        raise MatchError(f"{names}: no documents")
    labels: dict[str, str] = {}
    for document in documents:
        for entity in document.entities:
            labels.setdefault(entity.label, entity.where)
    if not labels:
        raise MatchError(f"{names}: {len(documents)} documents, none with an annotation")
    meaning: dict[str, str] = {}
    for label, where in labels.items():
        meaning |= label_map([label], where + ":", own_labels)
    checked = []
    seen: dict[str, int] = {}
    for document in documents:
        kept = [e for e in document.entities if meaning[e.label] != IGNORED]
        number = seen[document.id] = seen.get(document.id, 0) + 1
        name = document.id if number == 1 else f"{document.id}#{number}"
        checked.append(replace(document, id=name, entities=_flat(document, kept, overlaps)))
    if not any(d.entities for d in checked):
        raise MatchError(f"{names}: every label is one that the table of labels ignores: {', '.join(sorted(labels))}")
    return checked


def _files(path: Path) -> list[Path]:
    if path.is_dir():
        found = sorted(p for p in path.rglob("*") if p.suffix in SUFFIXES and p.is_file())
        if not found:
            raise MatchError(f"{path}: no training data in the folder ({'; '.join(sorted(SUFFIXES))})")
        return found
    if not path.is_file():
        raise MatchError(f"{path}: no such file")
    if path.suffix not in SUFFIXES:
        formats = "; ".join(f"{k} ({v})" for k, v in SUFFIXES.items())
        raise MatchError(f"{path}: what format is it? Known: {formats}")
    return [path]


def _flat(document: Document, entities: Iterable[Entity], overlaps: str) -> tuple[Entity, ...]:
    """Sorted entities, none overlapping, each within the text and neither empty nor blank."""
    for e in entities:
        if not 0 <= e.start < e.end <= len(document.text):
            raise MatchError(
                f"{e.where}: offsets {e.start}-{e.end} do not fit a text of {len(document.text)} characters"
            )
        if not document.text[e.start : e.end].strip():
            raise MatchError(f"{e.where}: offsets {e.start}-{e.end} hold only blanks")
    if overlaps == "longest":
        kept: list[Entity] = []
        for e in sorted(entities, key=lambda e: (e.start - e.end, e.start)):
            if all(e.end <= k.start or k.end <= e.start for k in kept):
                kept.append(e)
        return tuple(sorted(kept, key=lambda e: e.start))
    out = sorted(entities, key=lambda e: (e.start, e.end))
    for a, b in pairwise(out):
        if b.start < a.end:
            raise MatchError(
                f"{b.where}: {b.label} {b.start}-{b.end} overlaps {a.label} {a.start}-{a.end} ({a.where});"
                " correct it, or keep the longest: --overlaps longest"
            )
    return tuple(out)


def _text(path: Path) -> str:
    return decode(path.read_bytes())[0]


def _jsonl(path: Path) -> Iterator[Document]:
    for number, line in enumerate(_text(path).split("\n"), start=1):
        if not line.strip():
            continue
        where = f"{path}:{number}"
        try:
            row = json.loads(line)
            text = row["text"]
            entities = row.get("entities", row.get("spans", row.get("label", [])))
            name = str(row.get("id", f"{path.stem}:{number}"))
            out = []
            for e in entities:
                start, end, label = (e["start"], e["end"], e["label"]) if isinstance(e, dict) else e[:3]
                if type(start) is not int or type(end) is not int:
                    raise TypeError("offsets that are no integers")
                out.append(Entity(start, end, str(label), where))
        except (ValueError, KeyError, TypeError, AttributeError, IndexError) as error:
            raise MatchError(
                f'{where}: not {{"text": …, "entities": [{{"start": 0, "end": 4, "label": "drug"}}]}} ({error!r})'
            ) from None
        for e, raw in zip(out, entities, strict=True):
            said = raw.get("text") if isinstance(raw, dict) and len(raw.get("spans", [1])) < 2 else None
            if (
                said is not None
                and text[e.start : e.end] != said
                and "".join(said.split()) != "".join(text[e.start : e.end].split())
            ):
                raise MatchError(f"{where}: offsets {e.start}-{e.end} do not hold the text that the annotation names")
        yield Document(name, text, tuple(out), where)


def _brat(path: Path) -> Iterator[Document]:
    source = path.with_suffix(".txt")
    if not source.is_file():
        raise MatchError(f"{path}: {source.name} is not beside it")
    text = _text(source)
    entities = []
    for number, line in enumerate(_text(path).splitlines(), start=1):
        if not line.startswith("T"):
            continue  # relations, events, attributes, notes
        where = f"{path}:{number}"
        try:
            _, middle, *_ = line.split("\t")
            label, offsets = middle.split(" ", 1)
            numbers = [int(n) for piece in offsets.split(";") for n in piece.split()]
            if len(numbers) < 2 or len(numbers) % 2:
                raise ValueError
        except ValueError:
            raise MatchError(f"{where}: not a brat span (T1<tab>label start end<tab>text)") from None
        # A span in several pieces counts as its envelope.
        entities.append(Entity(min(numbers), max(numbers), label, where))
    yield Document(path.stem, text, tuple(entities), str(path))


def _docbin(path: Path) -> Iterator[Document]:
    import spacy
    from spacy.tokens import DocBin

    vocabulary = spacy.blank("en").vocab
    try:
        documents = list(DocBin().from_disk(path).get_docs(vocabulary))
    except Exception as error:  # a damaged archive fails in zlib, msgpack or spaCy, each with its own class
        raise MatchError(f"{path}: no DocBin of spaCy ({type(error).__name__})") from None
    for number, doc in enumerate(documents, start=1):
        where = f"{path}: document {number}"
        entities = tuple(Entity(e.start_char, e.end_char, e.label_, where) for e in doc.ents)
        yield Document(f"{path.stem}:{number}", doc.text, entities, where)


def _conll(path: Path) -> Iterator[Document]:
    """``-DOCSTART-`` or ``# doc`` lines part documents; without any, the file is one document."""
    text: list[str] = []
    entities: list[Entity] = []
    length, count, open_label, began = 0, 0, "", path
    where = f"{path}:1"
    fresh = True
    for number, line in enumerate([*_text(path).splitlines(), "-DOCSTART-"], start=1):
        here = f"{path}:{number}"
        if line.startswith("-DOCSTART-") or line.lower().startswith("# doc"):
            if text:
                count += 1
                yield Document(f"{began.stem}:{count}", "".join(text), tuple(entities), where)
            text, entities, length, open_label, fresh, where = [], [], 0, "", True, here
            continue
        if not line.strip():
            if not fresh:
                text.append("\n")
                length += 1
            fresh, open_label = True, ""
            continue
        if line.startswith("#"):
            continue
        fields = line.split("\t") if "\t" in line else line.split()
        tag = fields[-1].strip()
        part, _, label = tag.partition("-")
        if len(fields) < 2 or (tag != "O" and (part not in ("B", "I", "L", "U", "E", "S", "M") or not label)):
            raise MatchError(f"{here}: not a token and its tag (O, B-label, I-label …)")
        if not fresh:
            text.append(" ")
            length += 1
        start, length = length, length + len(fields[0])
        text.append(fields[0])
        fresh = False
        if tag == "O":
            open_label = ""
        elif part in ("I", "L", "E", "M") and label == open_label:
            entities[-1] = replace(entities[-1], end=length)
        elif part in ("B", "U", "S"):
            entities.append(Entity(start, length, label, here))
            open_label = label
        else:
            raise MatchError(f"{here}: {tag} follows no B-{label}")
        if part in ("L", "E", "U", "S"):
            open_label = ""


_READERS = {
    ".jsonl": _jsonl,
    ".spacy": _docbin,
    ".conll": _conll,
    ".bio": _conll,
    ".iob": _conll,
    ".ann": _brat,
}


def split(documents: Sequence[Document], share: float, seed: int) -> tuple[list[Document], list[Document]]:
    """Training and validation documents, no document in both; the same for the same ids, share and seed.

    Raises `MatchError` where there are too few documents to keep one back.
    """
    import random

    if len(documents) < 2:
        raise MatchError(f"{documents[0].where}: one document cannot be split; give the validation data with --dev")
    order = sorted(range(len(documents)), key=lambda i: documents[i].id)
    random.Random(seed).shuffle(order)
    size = min(len(documents) - 1, max(1, round(share * len(documents))))
    held = set(order[:size])
    return (
        [d for i, d in enumerate(documents) if i not in held],
        [d for i, d in enumerate(documents) if i in held],
    )
