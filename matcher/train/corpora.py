"""The open corpora that the bundled model learns from, as segments of tokens with tags.

Each corpus keeps its own annotation scheme and gets its own output layer; the encoder is shared. Files are those of
the data folder named by the user: JSON Lines, one document a line, ``text`` and ``entities`` with offsets.
"""

from __future__ import annotations

import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from matcher.ner.tokens import Segment, segments

Labelled = tuple[int, int, str]
"""start, end, label"""


@dataclass(slots=True)
class Row:
    """One segment of one document: tokens with what is annotated on them, per output layer."""

    doc: str
    text: str
    tokens: Segment
    tags: dict[str, list[Labelled]]
    """Output layer -> spans in token indices (end exclusive), non-overlapping."""
    partial: dict[str, tuple[str, ...]] | None = None
    """Output layer -> the labels that this corpus annotates; the other labels may be anywhere. None: all."""
    terms: list[int] | None = None
    """Per token the class of the terminology's hit on it (`matcher.ner.tagger.term_classes`)."""


def layers(spans: Iterable[Labelled]) -> tuple[list[Labelled], list[Labelled]]:
    """Overlapping spans as two flat layers: the longest first, then what is left; a third layer is dropped."""
    out: tuple[list[Labelled], list[Labelled]] = ([], [])
    for span in sorted(set(spans), key=lambda s: (s[0] - s[1], s)):
        for layer in out:
            if all(span[1] <= other[0] or other[1] <= span[0] for other in layer):
                layer.append(span)
                break
    return sorted(out[0]), sorted(out[1])


def to_tokens(spans: Iterable[Labelled], tokens: Segment) -> list[Labelled]:
    """Character spans as token spans; the tokens that they touch where they do not fit; those elsewhere left out."""
    out = []
    first, last = tokens[0][0], tokens[-1][1]
    for start, end, label in spans:
        if end <= first or start >= last:
            continue
        inside = [i for i, (s, e) in enumerate(tokens) if s < end and start < e]
        if inside:
            out.append((inside[0], inside[-1] + 1, label))
    return out


def read(path: Path) -> Iterator[dict[str, Any]]:
    """The documents of a JSON Lines file."""
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            if line.strip():
                yield json.loads(line)


CHIA = ("condition", "drug", "procedure", "measurement", "value", "temporal")
CHIA_MORE = ("observation", "person", "device", "negation", "qualifier", "reference_point", "multiplier", "mood")


def chia(path: Path) -> list[Row]:
    """Criteria in the scheme that the program prints; other labels as a layer that only helps the encoder."""
    rows = []
    for doc in read(path):
        main = [(e["start"], e["end"], e["label"].lower()) for e in doc["entities"] if e["label"].lower() in CHIA]
        more = [(e["start"], e["end"], e["label"].lower()) for e in doc["entities"] if e["label"].lower() in CHIA_MORE]
        for tokens in segments(doc["text"]):
            outer, inner = layers(to_tokens(main, tokens))
            tags = {"chia": outer, "chia_inner": inner, "chia_more": layers(to_tokens(more, tokens))[0]}
            rows.append(Row(doc["id"], doc["text"], tokens, tags))
    return rows


_LCT = {
    "Condition", "Condition-Name", "Eq-Comparison", "Procedure", "Procedure-Name", "Observation", "Drug", "Eq-Value",
    "Eq-Temporal-Period", "Negation", "Age", "Study", "Life-Stage-And-Gender",
}  # fmt: skip


def lct(path: Path) -> list[Row]:
    """Criteria in a finer scheme: full spans as one layer, the names inside them as another."""
    rows = []
    for doc in read(path):
        spans = [(e["start"], e["end"], e["label"].lower()) for e in doc["entities"] if e["label"] in _LCT and e["ok"]]
        names = {"condition-name", "procedure-name", "eq-value", "eq-temporal-period"}
        for tokens in segments(doc["text"]):
            here = to_tokens(spans, tokens)
            if not here:
                continue
            tags = {
                "lct": layers(s for s in here if s[2] not in names)[0],
                "lct_names": layers(s for s in here if s[2] in names)[0],
            }
            rows.append(Row(doc["id"], doc["text"], tokens, tags))
    return rows


def slots(path: Path) -> list[Row]:
    """Criteria lines with the slots of Clinical-Trial-Parser."""
    rows = []
    for doc in read(path):
        spans = [(e["start"], e["end"], e["label"]) for e in doc["entities"]]
        rows += [
            Row(doc["nct_id"], doc["text"], tokens, {"slots": layers(to_tokens(spans, tokens))[0]})
            for tokens in segments(doc["text"])
        ]
    return rows


_MACCROBAT = {
    "Sign_symptom": "condition", "Disease_disorder": "condition", "Medication": "drug",
    "Therapeutic_procedure": "procedure", "Diagnostic_procedure": "procedure", "Lab_value": "value",
    "Date": "temporal", "Duration": "temporal", "Dosage": "value", "Age": "value",
}  # fmt: skip
_DIGIT = re.compile(r"\d")


def maccrobat(path: Path) -> list[Row]:
    """Case reports: a diagnostic procedure with a number beside it is a measurement, here and by its name elsewhere."""
    docs = list(read(path))
    votes: dict[str, Counter[bool]] = defaultdict(Counter)
    for doc in docs:
        values = [e for e in doc["entities"] if e["label"] == "Lab_value" and _DIGIT.search(e["text"])]
        for e in doc["entities"]:
            if e["label"] == "Diagnostic_procedure":
                near = any(0 <= v["start"] - e["end"] < 25 or 0 <= e["start"] - v["end"] < 5 for v in values)
                votes[e["text"].lower()][near] += 1
    rows = []
    for doc in docs:
        spans = []
        for e in doc["entities"]:
            kind = _MACCROBAT.get(e["label"])
            if kind is None:
                continue
            if e["label"] == "Diagnostic_procedure":
                vote = votes[e["text"].lower()]
                kind = "measurement" if vote[True] > vote[False] else "procedure"
            spans.append((e["start"], e["end"], kind))
        rows += [
            Row(doc["id"], doc["text"], tokens, {"note": layers(to_tokens(spans, tokens))[0]})
            for tokens in segments(doc["text"])
        ]
    return rows


def abstracts(path: Path, head: str) -> list[Row]:
    """BC5CDR and NCBI disease: diseases and, in the first, chemicals."""
    kinds = {"Disease": "condition", "Chemical": "drug"}
    rows = []
    for doc in read(path):
        spans = [(e["start"], e["end"], kinds[e["label"]]) for e in doc["entities"]]
        for tokens in segments(doc["text"]):
            flat = layers(to_tokens(spans, tokens))[0]
            annotated = ("condition", "drug") if head == "bc5" else ("condition",)
            rows.append(Row(doc["id"], doc["text"], tokens, {head: flat, "note": flat}, {"note": annotated}))
    return rows


def unmarked(path: Path, field: str) -> list[Row]:
    """Texts without annotations, for a network to mark; empty ones left out. ``field``: which holds the text."""
    return [Row(doc["id"], doc[field], tokens, {}) for doc in read(path) for tokens in segments(doc[field] or "")]
