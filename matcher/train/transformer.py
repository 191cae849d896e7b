"""Fine-tuning a token classifier from any encoder, on one device.

Words carry the tags, in their first piece; texts go in as runs of whole lines, alone or several together, so that the
model knows single criteria as well as pages. AdamW with linear warm-up and decay, gradient clipping, mixed precision
on CUDA; the best weights by F1 on the validation documents are kept.
"""

from __future__ import annotations

import json
import random
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from matcher.errors import MatchError
from matcher.ner.bert import Classifier, prepare
from matcher.ner.tokens import segments
from matcher.train.documents import Document
from matcher.train.report import Report, compare

IGNORE = -100


@dataclass(frozen=True, slots=True)
class Schedule:
    """How to train. ``rate``: highest learning rate; ``patience``: epochs without a better F1 before it stops."""

    epochs: int = 6
    batch: int = 16
    rate: float = 1e-4
    warmup: float = 0.1
    clip: float = 1.0
    decay: float = 0.01
    patience: int = 2
    length: int = 128
    seed: int = 0
    device: str | None = None


Progress = Callable[[int, int, str], None]
"""Called with steps done, steps in all, what to show."""


def train(
    base: str,
    training: Sequence[Document],
    validation: Sequence[Document],
    output: Path,
    schedule: Schedule | None = None,
    *,
    resume: bool = False,
    progress: Progress | None = None,
) -> Report:
    """Train, save the model that ``--ner bert:OUTPUT`` takes, and report on the validation documents.

    ``output`` gets config.json, model.safetensors, the tokenizer, and while it trains ``checkpoint/``, from which
    ``resume`` goes on. Raises `MatchError` for a base that is no encoder or a checkpoint of other settings.
    """
    schedule = schedule or Schedule()
    labels = sorted({e.label for d in training for e in d.entities})
    run = _Run(base, labels, training, schedule, output)
    state = run.restore(len(training)) if resume else _State()
    total = schedule.epochs * run.steps_per_epoch
    for epoch in range(state.epoch, schedule.epochs):
        began = time.monotonic()
        loss = run.epoch(epoch, total, progress)
        report = compare(validation, run.classifier.tag([d.text for d in validation]))
        better = report.total.f1 > state.best or not (output / "model.safetensors").is_file()
        if better:
            state.best, state.since = report.total.f1, 0
            run.save_model(output)
        else:
            state.since += 1
        state.epoch = epoch + 1
        state.history.append(
            {
                "epoch": epoch + 1,
                "loss": round(loss, 4),
                "f1": round(report.total.f1, 4),
                "s": round(time.monotonic() - began),
            }
        )
        run.checkpoint(state, len(training))
        if progress:
            progress(run.done, total, f"epoch {epoch + 1}: loss {loss:.3f}, F1 {report.total.f1:.3f}")
        if state.since >= schedule.patience:
            break
    run.drop_checkpoint()
    best = Classifier(*_load_saved(output), device=run.classifier.device)
    report = compare(validation, best.tag([d.text for d in validation]))
    card = {"base": base, "schedule": asdict(schedule), "labels": labels, "epochs": state.history, **report.as_dict()}
    (output / "report.json").write_text(json.dumps(card, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return report


def _load_saved(path: Path) -> tuple[Any, Any]:
    from matcher.ner.bert import load

    return load(str(path))


@dataclass(slots=True)
class _State:
    epoch: int = 0
    best: float = -1.0
    since: int = 0
    history: list[dict[str, Any]] = None  # type: ignore[assignment]

    def __post_init__(self) -> None:
        self.history = self.history or []


class _Run:
    """The moving parts: model, tokenizer, optimizer, and the rows that a text becomes."""

    def __init__(self, base: str, labels: list[str], training: Sequence[Document], s: Schedule, output: Path) -> None:
        hub = prepare(base, "--base ")
        import torch
        from transformers import AutoModelForTokenClassification, AutoTokenizer
        from transformers.utils import logging

        logging.set_verbosity_error()
        logging.disable_progress_bar()
        self.torch, self.s, self.folder = torch, s, output / "checkpoint"
        random.seed(s.seed)
        torch.manual_seed(s.seed)
        tags = ["O", *(f"{p}-{label}" for label in labels for p in "BI")]
        options: dict[str, Any] = {"local_files_only": not hub, "trust_remote_code": False}
        try:
            self.tokenizer = AutoTokenizer.from_pretrained(base, use_fast=True, **options)
            self.model = AutoModelForTokenClassification.from_pretrained(
                base,
                num_labels=len(tags),
                id2label=dict(enumerate(tags)),
                label2id={t: i for i, t in enumerate(tags)},
                use_safetensors=True,
                ignore_mismatched_sizes=True,
                **options,
            )
        except (OSError, ValueError, KeyError, ImportError) as error:
            reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
            raise MatchError(f"--base {base} cannot be loaded as an encoder: {reason}") from None
        if not self.tokenizer.is_fast:
            raise MatchError(f"--base {base}: its tokenizer gives no offsets (tokenizer.json is missing)")
        self.classifier = Classifier(self.tokenizer, self.model, s.device)
        self.device = self.classifier.device
        self.index = {t: i for i, t in enumerate(tags)}
        self.lines = [self._lines(d) for d in training]
        self.length = min(s.length, self.classifier.window)
        decayed = [p for n, p in self.model.named_parameters() if p.ndim > 1]
        plain = [p for n, p in self.model.named_parameters() if p.ndim <= 1]
        self.optimizer = torch.optim.AdamW(
            [{"params": decayed, "weight_decay": s.decay}, {"params": plain, "weight_decay": 0.0}], lr=s.rate
        )
        self.half = self.device.startswith("cuda")
        self.kind = torch.bfloat16 if self.half and torch.cuda.is_bf16_supported() else torch.float16
        self.scaler = torch.amp.GradScaler("cuda", enabled=self.half and self.kind == torch.float16)
        self.done = 0
        self.steps_per_epoch = max(1, sum(1 for _ in self._batches(0)))

    def _lines(self, document: Document) -> list[tuple[list[int], list[int]]]:
        """Each segment of the document as pieces and the tag of each (`IGNORE` for what does not begin a word)."""
        out = []
        entities = list(document.entities)
        for tokens in segments(document.text):
            words = [document.text[s:e] for s, e in tokens]
            encoded = self.tokenizer(words, is_split_into_words=True, add_special_tokens=False)
            tags = self._tags(tokens, entities)
            ids, marks, last = list(encoded["input_ids"]), [], None
            for word in encoded.word_ids():
                marks.append(IGNORE if word == last or word is None else tags[word])
                last = word
            out.append((ids, marks))
        return out

    def _tags(self, tokens: Sequence[tuple[int, int]], entities: Sequence[Any]) -> list[int]:
        out, open_entity = [], None
        for start, end in tokens:
            entity = next((e for e in entities if e.start < end and start < e.end), None)
            if entity is None:
                out.append(0)
            else:
                out.append(self.index[f"{'I' if entity is open_entity else 'B'}-{entity.label}"])
            open_entity = entity
        return out

    def _rows(self, rng: random.Random) -> list[tuple[list[int], list[int]]]:
        """The documents as rows of one line or of several, drawn anew each epoch."""
        first = list(self.tokenizer("")["input_ids"])
        begin, end = first[:1], first[-1:] if len(first) > 1 else []
        room = self.length - len(first)
        rows = []
        for lines in self.lines:
            alone = rng.random() < 0.5
            ids: list[int] = []
            marks: list[int] = []
            for line_ids, line_marks in [*lines, ([], [])]:
                if ids and (alone or not line_ids or len(ids) + len(line_ids) > room):
                    for i in range(0, len(ids), room):
                        part, tags = ids[i : i + room], marks[i : i + room]
                        rows.append(([*begin, *part, *end], [IGNORE] * len(begin) + tags + [IGNORE] * len(end)))
                    ids, marks = [], []
                ids, marks = ids + line_ids, marks + line_marks
        return rows

    def _batches(self, epoch: int) -> Iterator[list[tuple[list[int], list[int]]]]:
        rng = random.Random(f"{self.s.seed}:{epoch}")
        rows = self._rows(rng)
        rng.shuffle(rows)
        size = self.s.batch
        pooled = [sorted(rows[i : i + 16 * size], key=lambda r: len(r[0])) for i in range(0, len(rows), 16 * size)]
        batches = [pool[i : i + size] for pool in pooled for i in range(0, len(pool), size)]
        rng.shuffle(batches)
        yield from batches

    def epoch(self, epoch: int, total: int, progress: Progress | None) -> float:
        """One pass over the training rows; the mean loss."""
        torch, s = self.torch, self.s
        self.model.train()
        losses = []
        pad = self.tokenizer.pad_token_id or 0
        for batch in self._batches(epoch):
            longest = max(len(ids) for ids, _ in batch)
            ids = torch.full((len(batch), longest), pad, dtype=torch.long)
            mask = torch.zeros((len(batch), longest), dtype=torch.long)
            gold = torch.full((len(batch), longest), IGNORE, dtype=torch.long)
            for r, (row, tags) in enumerate(batch):
                ids[r, : len(row)] = torch.tensor(row)
                mask[r, : len(row)] = 1
                gold[r, : len(row)] = torch.tensor(tags)
            warm = max(1, int(s.warmup * total))
            share = self.done / warm if self.done < warm else max(0.0, (total - self.done) / max(1, total - warm))
            for group in self.optimizer.param_groups:
                group["lr"] = s.rate * share
            with torch.autocast("cuda", self.kind, enabled=self.half):
                loss = self.model(
                    input_ids=ids.to(self.device), attention_mask=mask.to(self.device), labels=gold.to(self.device)
                ).loss
            self.optimizer.zero_grad(set_to_none=True)
            self.scaler.scale(loss).backward()
            self.scaler.unscale_(self.optimizer)
            torch.nn.utils.clip_grad_norm_(self.model.parameters(), s.clip)
            self.scaler.step(self.optimizer)
            self.scaler.update()
            self.done += 1
            losses.append(float(loss.detach()))
            if progress:
                progress(self.done, total, f"epoch {epoch + 1}")
        self.model.eval()
        return sum(losses) / max(1, len(losses))

    def save_model(self, output: Path) -> None:
        """Weights as model.safetensors, with the tokenizer."""
        output.mkdir(parents=True, exist_ok=True)
        self.model.save_pretrained(output, safe_serialization=True)
        self.tokenizer.save_pretrained(output)

    def _settings(self, documents: int) -> dict[str, Any]:
        return {"schedule": asdict(self.s), "tags": list(self.index), "documents": documents}

    def checkpoint(self, state: _State, documents: int) -> None:
        """All that going on needs, replaced whole."""
        new = self.folder.with_name("checkpoint.new")
        new.mkdir(parents=True, exist_ok=True)
        self.model.save_pretrained(new, safe_serialization=True)
        self.torch.save(
            {
                "optimizer": self.optimizer.state_dict(),
                "scaler": self.scaler.state_dict(),
                "random": self.torch.get_rng_state(),
                "done": self.done,
            },
            new / "state.pt",
        )
        text = json.dumps({**self._settings(documents), "state": asdict(state)})
        (new / "state.json").write_text(text, encoding="utf-8")
        self.drop_checkpoint()
        new.rename(self.folder)

    def restore(self, documents: int) -> _State:
        """Go on from the checkpoint. Raises `MatchError` where there is none, or it is of another training."""
        file = self.folder / "state.json"
        if not file.is_file():
            raise MatchError(f"--resume: no checkpoint in {self.folder}")
        saved = json.loads(file.read_text(encoding="utf-8"))
        if {k: saved.get(k) for k in ("schedule", "tags", "documents")} != self._settings(documents):
            raise MatchError(f"--resume: the checkpoint in {self.folder} was made with other settings or data")
        from safetensors.torch import load_file

        self.model.load_state_dict(load_file(self.folder / "model.safetensors"))
        # weights_only: tensors and plain values, nothing that could run.
        rest = self.torch.load(self.folder / "state.pt", weights_only=True)
        self.optimizer.load_state_dict(rest["optimizer"])
        self.scaler.load_state_dict(rest["scaler"])
        self.torch.set_rng_state(rest["random"])
        self.done = rest["done"]
        return _State(**saved["state"])

    def drop_checkpoint(self) -> None:
        """Remove the checkpoint of this training."""
        import shutil

        if self.folder.is_dir():
            shutil.rmtree(self.folder)
