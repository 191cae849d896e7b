"""Word vectors from an encoder: what it makes of a word, averaged over the sentences that the word stands in.

So the small model starts with some of what a large one knows of words, without carrying it.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np

from matcher.ner.features import norm
from matcher.ner.tokens import segments

_BATCH = 32
_LONGEST = 200


def average(
    texts: Iterable[str], encoder: str, enough: int, say: Callable[[str], None]
) -> tuple[list[str], np.ndarray, np.ndarray]:
    """Words, their mean vectors (four layers averaged) and how many places these are averaged over.

    Each distinct sentence is read once, short ones first; those whose every word was met ``enough`` times are not.
    """
    import torch
    from transformers import AutoModel, AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(encoder, local_files_only=True, trust_remote_code=False)
    model = AutoModel.from_pretrained(encoder, local_files_only=True, trust_remote_code=False, use_safetensors=True)
    model.eval()
    seen: set[str] = set()
    sentences: list[list[str]] = []
    for text in texts:
        for tokens in segments(text):
            words = [text[s:e] for s, e in tokens]
            same = " ".join(words).lower()
            if len(words) > 2 and same not in seen:
                seen.add(same)
                sentences.append(words)
    sentences = _telling(sorted(sentences, key=len), enough)
    index: dict[str, int] = {}
    sums: list[np.ndarray] = []
    count: Counter[int] = Counter()
    depth = model.config.num_hidden_layers
    layers = sorted({0, depth // 3, 2 * depth // 3, depth})
    with torch.inference_mode():
        for i in range(0, len(sentences), _BATCH):
            batch = sentences[i : i + _BATCH]
            encoded = tokenizer(
                batch, is_split_into_words=True, truncation=True, max_length=_LONGEST, padding=True, return_tensors="pt"
            )
            states = model(**encoded, output_hidden_states=True).hidden_states
            mean = (sum(states[k] for k in layers) / len(layers)).numpy()
            for r, words in enumerate(batch):
                places = defaultdict(list)
                for j, word in enumerate(encoded.word_ids(r)):
                    if word is not None:
                        places[word].append(j)
                for word, at in places.items():
                    row = index.setdefault(norm(words[word]), len(index))
                    if row == len(sums):
                        sums.append(np.zeros(mean.shape[2], np.float32))
                    sums[row] += mean[r, at].mean(0)
                    count[row] += 1
            if i // _BATCH % 200 == 0:
                say(f"word vectors: {i} of {len(sentences)} sentences")
    counts = np.array([count[i] for i in range(len(index))])
    return list(index), np.stack(sums) / counts[:, None], counts


def _telling(sentences: Iterable[list[str]], enough: int) -> list[list[str]]:
    """Those that hold a word met less than ``enough`` times before."""
    met: Counter[str] = Counter()
    out = []
    for words in sentences:
        seen = [norm(w) for w in words]
        if any(met[w] < enough for w in seen):
            met.update(seen)
            out.append(words)
    return out


def reduce(words: list[str], vectors: np.ndarray, counts: np.ndarray, width: int) -> tuple[list[str], np.ndarray]:
    """Principal components, frequent words weighing more; row 0 is the unknown word."""
    kept = [i for i, w in enumerate(words) if "\n" not in w and len(w) < 40]
    words, vectors, counts = [words[i] for i in kept], vectors[kept], counts[kept]
    weight = np.sqrt(counts)[:, None]
    vectors = vectors - (vectors * weight).sum(0) / weight.sum()
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True) + 1e-6
    share = np.sqrt(np.minimum(counts, 20))[:, None]
    _, _, axes = np.linalg.svd(vectors * share / share.mean(), full_matrices=False)
    reduced = vectors @ axes[:width].T
    reduced /= 2 * reduced.std()
    return ["", *words], np.concatenate([np.zeros((1, width)), reduced]).astype(np.float16)


def save(path: Path, words: list[str], vectors: np.ndarray) -> None:
    """As an archive of plain arrays."""
    np.savez(path, words=np.frombuffer("\n".join(words).encode(), np.uint8), vectors=vectors)


def read(path: Path) -> tuple[list[str], np.ndarray]:
    """What `save` wrote."""
    with np.load(path, allow_pickle=False) as file:
        return bytes(file["words"]).decode().split("\n"), file["vectors"]
