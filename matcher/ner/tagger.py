"""The bundled model at run time: NumPy only, so that it loads in a few hundredths of a second.

word pieces (hashed, 8-bit) + word vectors + shape + terminology class → BiLSTM → linear-chain CRF per scheme.
`matcher.train.tagger` trains it; ``weights.safetensors`` holds it (arrays only: nothing in it can run).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, BinaryIO, cast

import numpy as np
import numpy.typing as npt
import safetensors.numpy as safetensors
from safetensors import SafetensorError

from matcher.errors import MatchError
from matcher.ner.decode import Chain, Span, chosen, likely
from matcher.ner.features import norm, pieces
from matcher.ner.tokens import Segment, shape

F = npt.NDArray[np.float32]
Places = npt.NDArray[np.int64]

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


@dataclass(slots=True)
class _Layer:
    """One layer of the encoder, both directions."""

    weight: F
    recurrent: F
    bias: F


class _Member:
    """One trained network: encoder and output layers. ``vectors`` and ``row`` are shared by all members."""

    def __init__(
        self, config: dict[str, Any], arrays: dict[str, npt.NDArray[Any]], vectors: F | None, row: dict[str, int]
    ) -> None:
        self._table = arrays["pieces"]
        self._scale = arrays["pieces_scale"].astype(np.float32)
        shape_table, terms = (arrays[name].astype(np.float32) for name in ("shape", "terms"))
        self._vectors, self._row = vectors, row
        first, *self._deeper = [
            _Layer(*(arrays[f"lstm{d}_{n}"].astype(np.float32) for n in ("in", "rec", "bias")))
            for d in range(int(config["depth"]))
        ]
        # What a word, its shape and its class add to the gates of the first layer is worked out apart.
        sizes = [first.weight.shape[0] - shape_table.shape[1] - terms.shape[1] * bool(len(terms)), shape_table.shape[1]]
        of_word, of_shape, of_terms = np.split(first.weight, np.cumsum(sizes))
        self._of_word = _directions(of_word)
        self._of_shape = _directions(shape_table @ of_shape + first.bias)
        self._of_terms = _directions(terms @ of_terms) if len(terms) else None
        self._recurrent = first.recurrent
        self.heads = {}
        for name, labels in config["heads"].items():
            weight, bias, *chain = (
                arrays[f"{name}_{n}"].astype(np.float32) for n in ("weight", "bias", "pair", "begin", "end")
            )
            self.heads[name] = _Head(weight, bias, Chain(tuple(labels), *chain))
        self._known: dict[str, F] = {}

    def _word(self, word: str, low: str) -> F:
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
        """Outputs of the encoder, tokens × 2·hidden, item after item. ``items``: longest first."""
        lengths = np.array([len(i.tokens) for i in items])
        flat = [w for item in items for w in item.words()]
        lows = list(map(norm, flat))
        known = dict(zip(lows, flat, strict=True))
        place = dict(zip(known, range(len(known)), strict=True))
        # Most words stand more than once: each goes through the matrix once.
        of_word = np.matmul(np.stack([self._word(word, low) for low, word in known.items()]), self._of_word)
        words, shapes = np.array([place[low] for low in lows]), np.array(list(map(shape, flat)))
        classes = None if self._of_terms is None else np.array([c for item in items for c in item.terms])

        def projected(direction: int, tokens: Places) -> F:
            found = of_word[direction].take(words[tokens], 0)
            found += self._of_shape[direction].take(shapes[tokens], 0)
            if self._of_terms is not None and classes is not None:
                found += self._of_terms[direction].take(classes[tokens], 0)
            return cast(F, found)

        x = _both_ways(projected, lengths, self._recurrent)
        for layer in self._deeper:
            gates = _directions(x @ layer.weight + layer.bias)
            x = _both_ways(lambda d, tokens, gates=gates: gates[d].take(tokens, 0), lengths, layer.recurrent)  # type: ignore[misc]
        return x


def _directions(columns: F) -> F:
    """Columns of the forward gates and those of the backward ones, apart."""
    return cast(F, np.stack(np.split(columns, 2, axis=1)))


def _both_ways(projected: Callable[[int, Places], F], lengths: Places, recurrent: F) -> F:
    """One bidirectional layer: the outputs of all tokens, item after item, × 2·hidden.

    ``projected(direction, tokens)``: what the layer's input adds to the gates of some tokens, forward (0) or backward
    (1). ``lengths``: longest first.
    """
    hidden = recurrent.shape[1]
    live = np.array([int((lengths > t).sum()) for t in range(int(lengths[0]))])
    until = np.cumsum(live)
    # Step after step, the tokens of the items that are that long: forward, and from each item's end.
    step = np.repeat(np.arange(len(live)), live)
    item = np.arange(len(step)) - np.repeat(until - live, live)
    first = np.cumsum(lengths) - lengths
    ahead = first[item] + step
    back = first[item] + lengths[item] - 1 - step
    gates = np.stack([projected(0, ahead), projected(1, back)])
    h = np.zeros((2, len(lengths), hidden), np.float32)
    c = np.zeros((2, len(lengths), hidden), np.float32)
    out = np.empty((2, len(step), hidden), np.float32)
    for end, n in zip(until.tolist(), live.tolist(), strict=True):
        g = gates[:, end - n : end]
        g += np.matmul(h[:, :n], recurrent)
        # Order of gates: input, forget, output, candidate; a sigmoid is a stretched tanh, halved in the weights.
        np.tanh(g, out=g)
        s = g[:, :, : 3 * hidden]
        s *= 0.5
        s += 0.5
        c = s[:, :, hidden : 2 * hidden] * c[:, :n]
        c += s[:, :, :hidden] * g[:, :, 3 * hidden :]
        h = np.multiply(s[:, :, 2 * hidden :], np.tanh(c), out=out[:, end - n : end])
    y = np.empty((len(step), 2 * hidden), np.float32)
    y[ahead, :hidden] = out[0]
    y[back, hidden:] = out[1]
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
            inside = np.arange(int(lengths[0])) < lengths[:, None]
            scores: dict[str, list[F]] = {name: [] for name in heads}
            for member in self._members:
                known = [name for name in heads if name in member.heads]
                if known:
                    y = member.encode(batch)
                    for name in known:
                        scores[name].append(y @ member.heads[name].weight + member.heads[name].bias)
            for k, name in enumerate(heads):
                mean = np.zeros((*inside.shape, len(self._heads[name].bias)), np.float32)
                mean[inside] = scores[name][0] if len(scores[name]) == 1 else np.mean(scores[name], axis=0)
                for i, spans in zip(part, likely(mean, lengths, self._heads[name].chain), strict=True):
                    out[k][i] = chosen(spans, items[i].words(), fill=not name.endswith(INNER))
        return out
