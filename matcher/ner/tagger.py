"""The bundled model at run time: NumPy only, so that it loads in a few hundredths of a second.

word pieces (hashed, 8-bit) + word vectors + shape + terminology class → BiLSTM → linear-chain CRF per scheme.
`matcher.train.tagger` trains it; ``weights.safetensors`` holds it (arrays only: nothing in it can run).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, BinaryIO, cast

import numpy as np
import numpy.typing as npt
import safetensors.numpy as safetensors
from safetensors import SafetensorError

from ..errors import MatchError
from .decode import Chain, Span, chosen, likely
from .features import norm, pieces
from .tokens import Segment, shape

F = npt.NDArray[np.float32]

KINDS = (
    "condition", "drug", "procedure", "measurement", "device", "observation", "behaviour", "biomarker", "score",
    "stage",
)  # fmt: skip
TERM_CLASSES = 1 + 2 * (len(KINDS) + 1)
"""No hit; first token and further tokens of a hit of each kind, and of any other."""
_FIRST = {kind: 1 + 2 * i for i, kind in enumerate(KINDS)}
_OTHER = 1 + 2 * len(KINDS)
_CACHE = 30_000
_BATCH = 64


def term_classes(hits: Sequence[tuple[int, int, str]], tokens: Segment) -> list[int]:
    """Per token the class of the hit that covers it. ``hits``: (start, end, kind), sorted, over the whole text."""
    out = [0] * len(tokens)
    if not hits:
        return out
    h, began = 0, False
    for i, (start, end) in enumerate(tokens):
        while h < len(hits) and hits[h][1] <= start:
            h, began = h + 1, False
        if h == len(hits):
            break
        if hits[h][0] < end:
            out[i] = _FIRST.get(hits[h][2], _OTHER) + began
            began = True
    return out


@dataclass(slots=True)
class Item:
    """One segment to tag: its text, its tokens, and the terminology classes of them."""

    text: str
    tokens: Segment
    terms: Sequence[int]

    def words(self) -> list[str]:
        """The tokens as they stand in the text."""
        return [self.text[s:e] for s, e in self.tokens]


INNER = "_inner"
"""How the names of layers end that hold spans inside others."""


@dataclass(slots=True)
class _Head:
    """An output layer."""

    weight: F
    bias: F
    chain: Chain


class _Member:
    """One trained network: encoder and output layers. ``vectors`` and ``row`` are shared by all members."""

    def __init__(
        self, config: dict[str, Any], arrays: dict[str, npt.NDArray[Any]], vectors: F | None, row: dict[str, int]
    ) -> None:
        self._table = arrays["pieces"]
        self._scale = arrays["pieces_scale"].astype(np.float32)
        self._shape = arrays["shape"].astype(np.float32)
        self._terms = arrays["terms"].astype(np.float32)
        self._vectors, self._row = vectors, row
        self._lstm = [
            tuple(arrays[f"lstm{d}_{n}"].astype(np.float32) for n in ("in", "rec", "bias"))
            for d in range(int(config["depth"]))
        ]
        self.heads = {}
        for name, labels in config["heads"].items():
            weight, bias, *chain = (
                arrays[f"{name}_{n}"].astype(np.float32) for n in ("weight", "bias", "pair", "begin", "end")
            )
            self.heads[name] = _Head(weight, bias, Chain(tuple(labels), *chain))
        self._known: dict[str, F] = {}

    def _word(self, word: str) -> F:
        low = norm(word)
        vector = self._known.get(low)
        if vector is None:
            rows = np.array(pieces(word, len(self._table)))
            parts = [(self._table[rows] * self._scale[rows, None]).mean(0)]
            if self._vectors is not None:
                parts.append(self._vectors[self._row.get(low, 0)])
            vector = cast(F, np.concatenate(parts).astype(np.float32))
            if len(self._known) > _CACHE:
                self._known.clear()
            self._known[low] = vector
        return vector

    def encode(self, items: Sequence[Item]) -> F:
        """Outputs of the encoder: batch × time × 2·hidden. ``items``: longest first."""
        lengths = np.array([len(i.tokens) for i in items])
        longest = int(lengths[0])
        surface = [item.words() for item in items]
        flat = [w for line in surface for w in line]
        parts = [
            np.stack([self._word(w) for w in flat]),
            self._shape[[shape(w) for w in flat]],
        ]
        if len(self._terms):
            parts.append(self._terms[[c for item in items for c in item.terms]])
        x: F = np.concatenate(parts, 1)
        mask = np.arange(longest) < lengths[:, None]
        for weight, recurrent, bias in self._lstm:
            x = self._layer(x, mask, lengths, weight, recurrent, bias)
        y = np.zeros((len(items), longest, x.shape[1]), np.float32)
        y[mask] = x
        return y

    @staticmethod
    def _layer(x: F, mask: npt.NDArray[np.bool_], lengths: npt.NDArray[np.int64], weight: F, rec: F, bias: F) -> F:
        """One bidirectional layer over packed tokens: tokens × in → tokens × 2·hidden."""
        hidden = rec.shape[1]
        count, longest = mask.shape
        projected = x @ weight + bias  # tokens × 8·hidden: forward gates, then backward gates
        gates = np.zeros((2, longest, count, 4 * hidden), np.float32)
        first = np.concatenate([[0], np.cumsum(lengths)[:-1]])
        for b, (n, f) in enumerate(zip(lengths, first, strict=True)):
            gates[0, :n, b] = projected[f : f + n, : 4 * hidden]
            gates[1, :n, b] = projected[f : f + n, 4 * hidden :][::-1]
        h = np.zeros((2, count, hidden), np.float32)
        c = np.zeros((2, count, hidden), np.float32)
        out = np.empty((2, longest, count, hidden), np.float32)
        live = np.array([(lengths > t).sum() for t in range(longest)])
        for t in range(longest):
            n = int(live[t])
            g = gates[:, t, :n] + np.matmul(h[:, :n], rec)
            # Order of gates: input, forget, output, candidate; a sigmoid is a stretched tanh, halved in the weights.
            np.tanh(g, out=g)
            s = g[:, :, : 3 * hidden]
            s *= 0.5
            s += 0.5
            cell = s[:, :, hidden : 2 * hidden] * c[:, :n] + s[:, :, :hidden] * g[:, :, 3 * hidden :]
            c = cell
            h = s[:, :, 2 * hidden :] * np.tanh(cell)
            out[:, t, :n] = h
        y = np.empty((len(x), 2 * hidden), np.float32)
        for b, (n, f) in enumerate(zip(lengths, first, strict=True)):
            y[f : f + n, :hidden] = out[0, :n, b]
            y[f : f + n, hidden:] = out[1, :n, b][::-1]
        return y


class Tagger:
    """Weights in memory. Several networks may know one layer: their scores are averaged.

    Not for several threads at once: words met are remembered.
    """

    def __init__(self, config: dict[str, Any], arrays: dict[str, npt.NDArray[Any]]) -> None:
        self.version = str(config["version"])
        vectors = None
        if "vectors" in arrays:
            vectors = cast(F, arrays["vectors"].astype(np.float32) * arrays["vectors_scale"][:, None])
        words = bytes(arrays["words"]).decode().split("\n") if "words" in arrays else []
        row = {w: i for i, w in enumerate(words)}
        self._members = []
        for number, part in enumerate(config["members"]):
            own = f"{number}."
            mine = {n.removeprefix(own): array for n, array in arrays.items() if n.startswith(own)}
            self._members.append(_Member(part, mine, vectors, row))
        self._heads = {name: self._mean(name) for member in self._members for name in member.heads}

    @classmethod
    def load(cls, source: Path | BinaryIO) -> Tagger:
        """Read ``weights.safetensors``. Raises `MatchError` for a file that is not one of ours."""
        try:
            data = source.read_bytes() if isinstance(source, Path) else source.read()
            arrays = safetensors.load(data)
            config = json.loads(bytes(arrays.pop("config")).decode())
            return cls(config, arrays)
        except (OSError, ValueError, KeyError, EOFError, AttributeError, SafetensorError) as error:
            raise MatchError(f"{source} is not a model of matcher: {error}") from None

    def labels(self, head: str) -> tuple[str, ...]:
        """The labels of an output layer."""
        return self._heads[head].chain.labels

    def _mean(self, name: str) -> _Head:
        """The output layer of that name with the mean of its members' transitions."""
        found = [m.heads[name] for m in self._members if name in m.heads]
        if len({h.chain.labels for h in found}) > 1:
            raise ValueError(f"layer {name}: its members have different labels")
        first = found[0]
        pair = cast(F, np.mean([h.chain.pair for h in found], axis=0, dtype=np.float32))
        return _Head(first.weight, first.bias, replace(first.chain, pair=pair))

    def spans(self, items: Iterable[Item], heads: Sequence[str]) -> list[list[list[Span]]]:
        """For each head, for each item in order, its spans (token indices, end exclusive)."""
        items = list(items)
        out: list[list[list[Span]]] = [[[] for _ in items] for _ in heads]
        order = sorted((i for i in range(len(items)) if items[i].tokens), key=lambda i: -len(items[i].tokens))
        for at in range(0, len(order), _BATCH):
            part = order[at : at + _BATCH]
            batch = [items[i] for i in part]
            lengths = np.array([len(i.tokens) for i in batch])
            scores: dict[str, list[F]] = {name: [] for name in heads}
            for member in self._members:
                known = [name for name in heads if name in member.heads]
                if known:
                    y = member.encode(batch)
                    for name in known:
                        scores[name].append(y @ member.heads[name].weight + member.heads[name].bias)
            for k, name in enumerate(heads):
                mean = scores[name][0] if len(scores[name]) == 1 else np.mean(scores[name], axis=0)
                for i, spans in zip(part, likely(mean, lengths, self._heads[name].chain), strict=True):
                    out[k][i] = chosen(spans, items[i].words(), fill=not name.endswith(INNER))
        return out
