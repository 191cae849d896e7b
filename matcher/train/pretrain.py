"""Before the annotations: the small encoder learns to say of each word what a large one makes of it in its sentence."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterable, Sequence

import numpy as np
import torch
from torch import nn

from ..ner.tokens import segments
from .corpora import Row
from .tagger import Model, Options, collate

WIDTH = 160
"""Principal components of the large encoder's states that are to be predicted."""
_BATCH = 32
_LONGEST = 200


def sentences(texts: Iterable[str]) -> list[Row]:
    """The distinct segments of four words and more, shortest first."""
    seen: set[str] = set()
    out = []
    for text in texts:
        for tokens in segments(text):
            same = " ".join(text[s:e] for s, e in tokens).lower()
            if len(tokens) > 3 and same not in seen:
                seen.add(same)
                out.append(Row("", text, tokens, {}))
    out.sort(key=lambda r: len(r.tokens))
    return out


def targets(rows: Sequence[Row], encoder: str, say: Callable[[str], None], seed: int = 0) -> np.ndarray:
    """What the encoder's middle layers make of every token: all tokens of the rows × `WIDTH`, half precision."""
    from transformers import AutoModel, AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(encoder, local_files_only=True, trust_remote_code=False)
    model = AutoModel.from_pretrained(encoder, local_files_only=True, trust_remote_code=False, use_safetensors=True)
    model.eval()
    half = model.config.num_hidden_layers // 2

    def states(part: Sequence[Row]) -> np.ndarray:
        words = [[r.text[s:e] for s, e in r.tokens] for r in part]
        encoded = tokenizer(
            words, is_split_into_words=True, truncation=True, max_length=_LONGEST, padding=True, return_tensors="pt"
        )
        with torch.inference_mode():
            hidden = model(**encoded, output_hidden_states=True).hidden_states
        mean = (sum(hidden[half : half + 3]) / 3).numpy()
        out = []
        for r, line in enumerate(words):
            total, count = np.zeros((len(line), mean.shape[2]), np.float32), np.zeros(len(line))
            for j, word in enumerate(encoded.word_ids(r)):
                if word is not None:
                    total[word] += mean[r, j]
                    count[word] += 1
            out.append(total / np.maximum(count, 1)[:, None])
        return np.concatenate(out)

    rng = random.Random(seed)
    sample = states(rng.sample(list(rows), min(800, len(rows))))
    centre = sample.mean(0)
    _, size, axes = np.linalg.svd(sample - centre, full_matrices=False)
    # Small components are raised, though not to the height of the large ones.
    basis = axes[:WIDTH].T / (size[:WIDTH] / math.sqrt(len(sample))) ** 0.7
    out = np.zeros((sum(len(r.tokens) for r in rows), WIDTH), np.float16)
    at = 0
    for i in range(0, len(rows), _BATCH):
        found = (states(rows[i : i + _BATCH]) - centre) @ basis
        out[at : at + len(found)] = found
        at += len(found)
        if i // _BATCH % 100 == 0:
            say(f"targets: {at} of {len(out)} words")
    return out


def pretrain(
    rows: Sequence[Row],
    table: np.ndarray,
    options: Options,
    vectors: np.ndarray | None,
    vocabulary: dict[str, int],
    *,
    epochs: int,
    say: Callable[[str], None],
    rate: float = 2e-3,
    batch: int = 48,
) -> dict[str, torch.Tensor]:
    """The state of an encoder that predicts ``table`` (see `targets`; same rows, same order)."""
    torch.manual_seed(options.seed)
    random.seed(options.seed)
    model = Model(options, vectors)
    model.encoder.drop.p = 0.15
    head = nn.Linear(2 * options.hidden, table.shape[1])
    parameters = [*model.encoder.parameters(), *head.parameters()]
    optimizer = torch.optim.AdamW(parameters, lr=rate, weight_decay=1e-3, betas=(0.9, 0.99), fused=True)
    starts = np.concatenate([[0], np.cumsum([len(r.tokens) for r in rows])])
    place = {id(r): int(s) for r, s in zip(rows, starts[:-1], strict=True)}
    plan = [list(rows[i : i + batch]) for i in range(0, len(rows), batch)]
    total, step = epochs * len(plan), 0
    model.train()
    for epoch in range(epochs):
        random.shuffle(plan)
        losses = []
        for part in plan:
            for group in optimizer.param_groups:
                group["lr"] = rate * min(1.0, (step + 1) / 200) * (0.5 + 0.5 * math.cos(math.pi * step / total)) + 1e-5
            packed = collate(part, options, vocabulary, flatten=0.05)
            wanted = np.concatenate([table[place[id(r)] : place[id(r)] + len(r.tokens)] for r in packed.rows])
            said = head(model.encoder(packed))[packed.mask]
            loss = nn.functional.mse_loss(said, torch.tensor(wanted.astype(np.float32)))
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            nn.utils.clip_grad_norm_(parameters, 2.0)
            optimizer.step()
            step += 1
            losses.append(float(loss.detach()))
            if step % 200 == 0:
                say(f"pretraining: step {step} of {total}, loss {np.mean(losses[-200:]):.4f}")
        spread = float(np.var(table[:100000].astype(np.float32)))
        say(f"pretraining: epoch {epoch + 1}, loss {np.mean(losses):.4f} of a variance of {spread:.4f}")
    return {n: p.detach().clone() for n, p in model.state_dict().items() if n.startswith("encoder.")}
