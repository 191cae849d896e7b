"""Training a spaCy pipeline's entity recogniser: a pipeline goes on learning, or a blank one starts."""

from __future__ import annotations

import json
import random
import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from matcher.errors import MatchError
from matcher.train.documents import Document
from matcher.train.report import Report, compare
from matcher.train.transformer import Progress, Schedule

BLANK = "spacy:blank"


def train(
    base: str,
    training: Sequence[Document],
    validation: Sequence[Document],
    output: Path,
    schedule: Schedule,
    *,
    progress: Progress | None = None,
) -> Report:
    """Train, save the pipeline that ``--ner scispacy:OUTPUT`` takes, and report on the validation documents."""
    import spacy
    from spacy.util import compounding, fix_random_seed, minibatch

    from matcher.ner.spacy_model import load

    fix_random_seed(schedule.seed)
    rng = random.Random(schedule.seed)
    labels = sorted({e.label for d in training for e in d.entities})
    nlp = spacy.blank("en") if base == BLANK else load(base.removeprefix("spacy:"))
    fresh = not nlp.has_pipe("ner")
    ner: Any = nlp.add_pipe("ner") if fresh else nlp.get_pipe("ner")
    for label in labels:
        ner.add_label(label)
    examples, lost = _examples(nlp, training)
    if lost:
        raise MatchError(f"{lost}: begins or ends inside a word of the base's tokenizer; correct the offsets")
    with nlp.select_pipes(enable=[p for p in nlp.pipe_names if p in ("ner", "tok2vec")]):
        optimizer = nlp.initialize(lambda: examples) if base == BLANK else nlp.resume_training()
        optimizer.grad_clip = schedule.clip
        best, since, history = -1.0, 0, []
        for epoch in range(schedule.epochs):
            began = time.monotonic()
            rng.shuffle(examples)
            losses: dict[str, float] = {}
            done = 0
            for batch in minibatch(examples, compounding(4.0, 32.0, 1.01)):
                nlp.update(batch, sgd=optimizer, drop=0.25, losses=losses)
                done += len(batch)
                if progress:
                    progress(epoch * len(examples) + done, schedule.epochs * len(examples), f"epoch {epoch + 1}")
            with nlp.use_params(optimizer.averages):
                report = _evaluate(nlp, validation)
                f1 = report.total.f1
                history.append({"epoch": epoch + 1, "f1": round(f1, 4), "s": round(time.monotonic() - began)})
                if f1 > best:
                    best, since = f1, 0
                    nlp.to_disk(output)
                else:
                    since += 1
            if since >= schedule.patience:
                break
    report = _evaluate(spacy.load(output), validation)
    card = {"base": base, "schedule": asdict(schedule), "labels": labels, "epochs": history, **report.as_dict()}
    (output / "report.json").write_text(json.dumps(card, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return report


def _evaluate(nlp: Any, documents: Sequence[Document]) -> Report:
    found = [[(e.start_char, e.end_char, e.label_) for e in doc.ents] for doc in nlp.pipe([d.text for d in documents])]
    return compare(documents, found)


def _examples(nlp: Any, documents: Sequence[Document]) -> tuple[list[Any], str]:
    """Examples, and where the annotation is that fits no token (empty: none). Ends inside a token move outward."""
    from spacy.training import Example

    out, lost = [], ""
    for document in documents:
        doc = nlp.make_doc(document.text)
        spans: list[Any] = []
        for e in document.entities:
            span = doc.char_span(e.start, e.end, label=e.label, alignment_mode="expand")
            if span is None or (spans and span.start < spans[-1].end):
                lost = lost or ("" if span is not None else e.where)
                continue
            spans.append(span)
        gold = nlp.make_doc(document.text)
        gold.ents = [gold.char_span(s.start_char, s.end_char, label=s.label_) for s in spans]
        out.append(Example(doc, gold))
    return out, lost
