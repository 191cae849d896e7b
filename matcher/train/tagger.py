"""Training of the bundled model: word pieces → BiLSTM → one CRF for each annotation scheme.

The encoder is shared by all corpora, each with its own output layer, so that a scheme that differs still teaches the
encoder. Runs on torch; `matcher.ner.tagger` runs the result on NumPy.
"""

from __future__ import annotations

import json
import math
import random
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import numpy as np
import safetensors.numpy as safetensors
import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from matcher.ner.decode import Chain, chosen, lattice, likely
from matcher.ner.features import SHAPES, norm, pieces
from matcher.ner.tagger import INNER
from matcher.ner.tokens import shape
from matcher.train.corpora import Row


@dataclass(slots=True)
class Options:
    """Sizes and the schedule; ``heads`` maps an output layer to its labels."""

    heads: dict[str, tuple[str, ...]]
    rows: int = 1 << 15
    width: int = 100
    hidden: int = 128
    depth: int = 1
    term_classes: int = 0
    dropout: float = 0.45
    epochs: int = 20
    batch: int = 24
    rate: float = 2.5e-3
    seed: int = 0
    weights: dict[str, float] = field(default_factory=dict)
    plain: tuple[str, ...] = ("chia_more",)
    """Layers that only teach the encoder: each token by itself, which costs a fraction of a CRF."""
    decay: float = 1e-2
    average: float = 0.998
    word_dropout: float = 0.03
    static_dropout: float = 0.1


def tags_of(labels: Sequence[str]) -> list[str]:
    """``O`` and, for each label, begin, inside, last and unit."""
    return ["O"] + [f"{p}-{label}" for label in labels for p in "BILU"]


def allowed(tags: Sequence[str]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Which tags may begin, follow one another, and end a segment."""
    k = len(tags)
    begin, end, pair = np.zeros(k, bool), np.zeros(k, bool), np.zeros((k, k), bool)
    for i, a in enumerate(tags):
        begin[i] = a[0] in "OBU"
        end[i] = a[0] in "OLU"
        for j, b in enumerate(tags):
            pair[i, j] = (b[0] in "IL" and b[1:] == a[1:]) if a[0] in "BI" else b[0] in "OBU"
    return begin, pair, end


class _Total(torch.autograd.Function):
    """The sum over all paths of a CRF, by `matcher.ner.decode`: a fraction of what torch takes for it step by step."""

    @staticmethod
    def forward(ctx: Any, e: Tensor, pair: Tensor, lengths: Tensor, begin: Tensor, end: Tensor) -> Tensor:
        chain = Chain((), pair.numpy(), begin.numpy(), end.numpy())
        sums = lattice(e.numpy(), lengths.numpy(), chain)
        tags = len(sums.pair)
        into = (sums.weight * sums.back / sums.scale[:, :, None])[1:].reshape(-1, tags)
        pairs = sums.pair * (sums.ahead[:-1].reshape(-1, tags).T @ into)
        each = (sums.ahead * sums.back).transpose(1, 0, 2)
        ctx.save_for_backward(torch.tensor(each.astype(np.float32)), torch.tensor(pairs.astype(np.float32)))
        return torch.tensor(sums.total.sum(), dtype=torch.float32)

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> Any:
        each, pairs = ctx.saved_tensors
        return grad * each, grad * pairs, None, None, None


class Crf(nn.Module):
    """Linear chain over the tags of one scheme; forbidden steps cost what no path can pay."""

    no_begin: Tensor
    no_pair: Tensor
    no_end: Tensor

    def __init__(self, labels: Sequence[str], width: int) -> None:
        super().__init__()
        self.tags = tags_of(labels)
        self.emit = nn.Linear(width, len(self.tags))
        self.steps = nn.Parameter(torch.zeros(len(self.tags), len(self.tags)))
        begin, pair, end = allowed(self.tags)
        self.register_buffer("no_begin", torch.tensor(~begin) * -1e4)
        self.register_buffer("no_pair", torch.tensor(~pair) * -1e4)
        self.register_buffer("no_end", torch.tensor(~end) * -1e4)

    def total(self, e: Tensor, lengths: Tensor) -> Tensor:
        """log Z, summed over the batch. ``e``: batch × time × tags."""
        return cast(Tensor, _Total.apply(e, self.steps + self.no_pair, lengths, self.no_begin, self.no_end))

    def loss(self, e: Tensor, lengths: Tensor, gold: Tensor, mask: Tensor) -> Tensor:
        """Negative log likelihood, summed. ``gold``: batch × time."""
        score = (e.gather(2, gold.unsqueeze(2)).squeeze(2) * mask).sum()
        step = self.steps[gold[:, :-1], gold[:, 1:]] * mask[:, 1:]
        return self.total(e, lengths) - score - step.sum()

    def soft_loss(self, e: Tensor, lengths: Tensor, limit: Tensor) -> Tensor:
        """As `loss`, where ``limit`` (batch × time × tags, 0 or -1e4) leaves more than one path open."""
        return self.total(e, lengths) - self.total(e + limit, lengths)

    @torch.no_grad()
    def chain(self) -> Chain:
        """The transitions as `matcher.ner.decode` takes them."""
        return Chain(
            tuple(t[2:] for t in self.tags[1::4]),
            (self.steps + self.no_pair).numpy(),
            self.no_begin.numpy(),
            self.no_end.numpy(),
        )


class Encoder(nn.Module):
    """Word pieces, shape, given word vectors and terminology classes → BiLSTM."""

    def __init__(self, options: Options, vectors: np.ndarray | None) -> None:
        super().__init__()
        o = options
        self.o = o
        self.pieces = nn.EmbeddingBag(o.rows, o.width, mode="mean")
        nn.init.uniform_(self.pieces.weight, -0.3, 0.3)
        self.shape = nn.Embedding(SHAPES, 16)
        size = o.width + 16
        self.vectors: Tensor | None = None
        if vectors is not None:
            self.vectors = torch.tensor(vectors)
            size += vectors.shape[1]
        if o.term_classes:
            self.terms = nn.Embedding(o.term_classes, 24)
            size += 24
        self.drop = nn.Dropout(o.dropout)
        self.lstm = nn.LSTM(
            size, o.hidden, o.depth, batch_first=True, bidirectional=True, dropout=o.dropout if o.depth > 1 else 0
        )
        for name, p in self.lstm.named_parameters():
            if "bias" in name:
                nn.init.zeros_(p)
                if "bias_ih" in name:
                    p.data[o.hidden : 2 * o.hidden] = 1.0

    def forward(self, batch: Batch) -> Tensor:
        w = self.pieces(batch.ids, batch.offsets)
        parts = [w]
        if self.vectors is not None:
            v = self.vectors[batch.static]
            if self.training and self.o.static_dropout:
                v = v * (torch.rand(len(v), 1) > self.o.static_dropout)
            parts.append(v)
        x = torch.cat(parts, 1)
        if self.training and self.o.word_dropout:
            x = x * (torch.rand(len(x), 1) > self.o.word_dropout)
        features = [x[batch.words], self.shape(batch.shapes)]
        if self.o.term_classes:
            features.append(self.terms(batch.terms))
        y = self.drop(torch.cat(features, 2))
        packed = pack_padded_sequence(y, batch.lengths, batch_first=True)
        return self.drop(pad_packed_sequence(self.lstm(packed)[0], batch_first=True)[0])


class Model(nn.Module):
    """The encoder with all its output layers."""

    def __init__(self, options: Options, vectors: np.ndarray | None = None) -> None:
        super().__init__()
        self.encoder = Encoder(options, vectors)
        self.heads = nn.ModuleDict({n: Crf(labels, 2 * options.hidden) for n, labels in options.heads.items()})

    def head(self, name: str) -> Crf:
        """The output layer of that name."""
        return cast(Crf, self.heads[name])


@dataclass(slots=True)
class Batch:
    """Rows as tensors, longest first."""

    rows: list[Row]
    ids: Tensor
    offsets: Tensor
    static: Tensor
    words: Tensor
    shapes: Tensor
    terms: Tensor
    lengths: Tensor
    mask: Tensor


def collate(rows: Sequence[Row], options: Options, vocabulary: dict[str, int], flatten: float = 0.0) -> Batch:
    """``flatten``: the share of rows that are read in one case, to be ready for text in capitals."""
    rows = sorted(rows, key=lambda r: -len(r.tokens))
    longest = len(rows[0].tokens)
    seen: dict[str, int] = {}
    ids: list[int] = []
    offsets: list[int] = []
    static: list[int] = []
    words = torch.zeros(len(rows), longest, dtype=torch.long)
    shapes = torch.zeros(len(rows), longest, dtype=torch.long)
    terms = torch.zeros(len(rows), longest, dtype=torch.long)
    for r, row in enumerate(rows):
        surface = [row.text[s:e] for s, e in row.tokens]
        if flatten and random.random() < flatten:
            surface = [w.upper() for w in surface] if random.random() < 0.5 else [w.lower() for w in surface]
        line = []
        for w in surface:
            n = norm(w)
            if n not in seen:
                seen[n] = len(seen)
                offsets.append(len(ids))
                ids.extend(pieces(w, options.rows))
                static.append(vocabulary.get(n, 0))
            line.append(seen[n])
        words[r, : len(line)] = torch.tensor(line)
        shapes[r, : len(line)] = torch.tensor([shape(w) for w in surface])
        if options.term_classes and row.terms is not None and not (flatten and random.random() < 0.1):
            terms[r, : len(line)] = torch.tensor(row.terms)
    lengths = torch.tensor([len(r.tokens) for r in rows])
    mask = torch.arange(longest).unsqueeze(0) < lengths.unsqueeze(1)
    return Batch(
        rows, torch.tensor(ids), torch.tensor(offsets), torch.tensor(static), words, shapes, terms, lengths, mask
    )


def gold_of(batch: Batch, head: str, crf: Crf) -> Tensor:
    """The tags of a batch as indices."""
    index = {t: i for i, t in enumerate(crf.tags)}
    gold = torch.zeros(batch.mask.shape, dtype=torch.long)
    for r, row in enumerate(batch.rows):
        for s, e, label in row.tags[head]:
            if e - s == 1:
                gold[r, s] = index[f"U-{label}"]
            else:
                gold[r, s + 1 : e - 1] = index[f"I-{label}"]
                gold[r, s] = index[f"B-{label}"]
                gold[r, e - 1] = index[f"L-{label}"]
    return gold


def limits(gold: Tensor, tags: Sequence[str], known: Sequence[str]) -> Tensor:
    """For `Crf.soft_loss`: annotated tokens keep their tag; the others may have any tag of an unknown label."""
    free = torch.tensor([0.0 if t == "O" or t[2:] not in known else -1e4 for t in tags])
    fixed = torch.full((*gold.shape, len(tags)), -1e4).scatter_(2, gold.unsqueeze(2), 0.0)
    return torch.where((gold > 0).unsqueeze(2), fixed, free)


def fit(
    data: dict[str, list[Row]],
    options: Options,
    *,
    vectors: np.ndarray | None = None,
    vocabulary: dict[str, int] | None = None,
    check: Callable[[Model, int], str] | None = None,
    say: Callable[[str], None] = print,
) -> Model:
    """Train on all corpora at once. ``data``: a name → rows; each row trains the layers that it has tags for."""
    torch.manual_seed(options.seed)
    random.seed(options.seed)
    model = Model(options, vectors)
    average = torch.optim.swa_utils.AveragedModel(
        model, multi_avg_fn=torch.optim.swa_utils.get_ema_multi_avg_fn(options.average)
    )
    vocabulary = vocabulary or {}
    optimizer = torch.optim.AdamW(
        model.parameters(), lr=options.rate, weight_decay=options.decay, betas=(0.9, 0.99), fused=True
    )
    count = {n: math.ceil(len(rows) / options.batch) for n, rows in data.items()}
    total = options.epochs * sum(count.values())
    step = 0
    for epoch in range(options.epochs):
        plan: list[list[Row]] = []
        for name in sorted(data):
            rows = data[name][:]
            random.shuffle(rows)
            # Rows of like length go together: less padding, and the LSTM runs fewer steps.
            size = options.batch * 8
            for i in range(0, len(rows), size):
                pool = sorted(rows[i : i + size], key=lambda r: len(r.tokens))
                plan.extend(pool[j : j + options.batch] for j in range(0, len(pool), options.batch))
        random.shuffle(plan)
        began, busy, loss_sum, seen = time.time(), time.process_time(), 0.0, 0
        model.train()
        for rows in plan:
            rate = options.rate * min(1.0, (step + 1) / 200) * (0.5 + 0.5 * math.cos(math.pi * step / total)) + 1e-5
            for g in optimizer.param_groups:
                g["lr"] = rate
            batch = collate(rows, options, vocabulary, flatten=0.06)
            y = model.encoder(batch)
            loss = torch.zeros(())
            for head in rows[0].tags:
                crf = model.head(head)
                known = (rows[0].partial or {}).get(head)
                gold = gold_of(batch, head, crf)
                if head in options.plain:
                    part = nn.functional.cross_entropy(crf.emit(y)[batch.mask], gold[batch.mask], reduction="sum")
                elif known is None:
                    part = crf.loss(crf.emit(y), batch.lengths, gold, batch.mask)
                else:
                    part = crf.soft_loss(crf.emit(y), batch.lengths, limits(gold, crf.tags, known))
                loss = loss + part * options.weights.get(head, 1.0)
            loss = loss / batch.mask.sum()
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), 2.0)
            optimizer.step()
            average.update_parameters(model)
            step += 1
            loss_sum += float(loss.detach()) * len(rows)
            seen += len(rows)
        took = f"{time.time() - began:.0f} s ({time.process_time() - busy:.0f} s busy)"
        line = f"epoch {epoch + 1} loss {loss_sum / seen:.4f} {took}"
        if check is not None:
            average.module.eval()
            line += " " + check(cast(Model, average.module), epoch)
        say(line)
    best = cast(Model, average.module)
    best.eval()
    return best


@torch.no_grad()
def predict(
    model: Model, rows: Sequence[Row], head: str, vocabulary: dict[str, int]
) -> list[list[tuple[int, int, str]]]:
    """Token spans of each row, in the order given."""
    out: list[list[tuple[int, int, str]]] = [[] for _ in rows]
    order = sorted(range(len(rows)), key=lambda i: -len(rows[i].tokens))
    crf = model.head(head)
    for i in range(0, len(order), 64):
        part = order[i : i + 64]
        batch = collate([rows[j] for j in part], model.encoder.o, vocabulary)
        spans = likely(crf.emit(model.encoder(batch)).numpy(), batch.lengths.numpy(), crf.chain())
        for j, found in zip(part, spans, strict=True):
            words = [rows[j].text[s:e] for s, e in rows[j].tokens]
            out[j] = chosen(found, words, fill=not head.endswith(INNER))
    return out


@dataclass(frozen=True, slots=True)
class Part:
    """One network as it ships: its arrays by name, and what the config says of it."""

    arrays: dict[str, np.ndarray]
    config: dict[str, Any]


def part(model: Model, heads: Mapping[str, str]) -> Part:
    """A network with the layers to keep, tables in 8 bits, the rest in 16. ``heads``: layer -> its name as shipped."""
    o = model.encoder.o
    config = {"depth": o.depth, "heads": {shipped: list(o.heads[name]) for name, shipped in heads.items()}}
    return Part(_arrays(model, heads), config)


def table(words: Sequence[str], vectors: np.ndarray) -> dict[str, np.ndarray]:
    """The arrays of the word vectors, which all networks share."""
    small, scale = _small(vectors)
    return {"vectors": small, "vectors_scale": scale, "words": np.frombuffer("\n".join(words).encode(), np.uint8)}


def export(parts: Sequence[Part], shared: Mapping[str, np.ndarray], version: str) -> dict[str, np.ndarray]:
    """The arrays of ``weights.safetensors``. ``shared``: what `table` gives, or nothing."""
    out = {f"{number}.{name}": array for number, part in enumerate(parts) for name, array in part.arrays.items()}
    config = {"version": version, "members": [part.config for part in parts]}
    out |= shared
    out["config"] = np.frombuffer(json.dumps(config).encode(), np.uint8)
    return {name: np.asarray(array, order="C") for name, array in out.items()}  # safetensors takes no other order


def shipped(path: Path) -> tuple[list[Part], dict[str, np.ndarray]]:
    """What `export` made ``weights.safetensors`` of: its networks, and the word vectors."""
    arrays = safetensors.load(path.read_bytes())
    members = json.loads(bytes(arrays.pop("config")).decode())["members"]
    parts = []
    for number, config in enumerate(members):
        own = f"{number}."
        names = [name for name in arrays if name.startswith(own)]
        parts.append(Part({name.removeprefix(own): arrays.pop(name) for name in names}, config))
    return parts, arrays


def _small(table: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """A table in 8 bits, and what each row is to be multiplied by."""
    scale = np.abs(table).max(1) / 127 + 1e-12
    return np.round(table / scale[:, None]).astype(np.int8), scale.astype(np.float32)


def _arrays(model: Model, heads: Mapping[str, str]) -> dict[str, np.ndarray]:
    o = model.encoder.o
    half = np.float16
    state = {n: p.detach().cpu().numpy() for n, p in model.state_dict().items()}
    table, scale = _small(state["encoder.pieces.weight"])
    out: dict[str, np.ndarray] = {
        "pieces": table,
        "pieces_scale": scale,
        "shape": state["encoder.shape.weight"].astype(half),
        "terms": state["encoder.terms.weight"].astype(half) if o.term_classes else np.zeros((0, 24), half),
    }
    # torch orders the gates input, forget, candidate, output; sigmoids are run as tanh of half the sum.
    h = o.hidden
    order = np.concatenate([np.arange(0, 2 * h), np.arange(3 * h, 4 * h), np.arange(2 * h, 3 * h)])
    factor = np.concatenate([np.full(3 * h, 0.5), np.ones(h)]).astype(np.float32)
    for d in range(o.depth):
        parts = {"in": [], "rec": [], "bias": []}  # type: dict[str, list[np.ndarray]]
        for suffix in ("", "_reverse"):
            k = f"encoder.lstm.{{}}_l{d}{suffix}"
            parts["in"].append((state[k.format("weight_ih")][order] * factor[:, None]).T)
            parts["rec"].append((state[k.format("weight_hh")][order] * factor[:, None]).T)
            parts["bias"].append((state[k.format("bias_ih")] + state[k.format("bias_hh")])[order] * factor)
        out[f"lstm{d}_in"] = np.concatenate(parts["in"], 1).astype(half)
        out[f"lstm{d}_rec"] = np.stack(parts["rec"]).astype(half)
        out[f"lstm{d}_bias"] = np.concatenate(parts["bias"]).astype(half)
    for layer, name in heads.items():
        k = f"heads.{layer}."
        out[f"{name}_weight"] = state[k + "emit.weight"].T.astype(half)
        out[f"{name}_bias"] = state[k + "emit.bias"].astype(half)
        out[f"{name}_pair"] = (state[k + "steps"] + state[k + "no_pair"]).astype(half)
        out[f"{name}_begin"] = state[k + "no_begin"].astype(half)
        out[f"{name}_end"] = state[k + "no_end"].astype(half)
    return out
