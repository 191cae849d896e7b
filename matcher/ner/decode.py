"""From scores of tags to spans: those that are worth listing, by their probability.

Annotators differ on where a mention begins and ends, so the likeliest path of tags often holds spans that are unlikely
each, and leaves out others that are as likely as not. A span pays for its place in F1 when it is right more often than
half of F1; that is what is asked of it here.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

F = npt.NDArray[np.floating[Any]]
Span = tuple[int, int, str]
Likely = tuple[int, int, str, float]

LISTED = 0.35
"""Probability from which a span is listed for its own sake: half of the F1 that such data allow."""
PRESENT = 0.45
"""Together, spans of one type that overlap: something of that type is here, though where it ends is open …"""
LEAST = 0.2
"""… then the likeliest of them is listed, if it is this likely."""
FLOOR = 0.03
"""Spans less likely than this are not looked at."""
_OPEN = {"(": ")", "[": "]"}
_CLOSE = frozenset(_OPEN.values())


@dataclass(frozen=True, slots=True)
class Chain:
    """The transitions of one output layer: tags are O, then B I L U of each label."""

    labels: tuple[str, ...]
    pair: F
    begin: F
    end: F


@dataclass(frozen=True, slots=True)
class Lattice:
    """Forward and backward weights of every tag, time × batch × tags; what lies behind an item's end is 0.

    ``ahead * back`` are the probabilities of tags. ``pair`` and ``weight`` (time × batch × tags) are no logarithms.
    """

    pair: F
    weight: F
    ahead: F
    back: F
    scale: F
    total: F
    """Logarithm of the sum over all paths, for each item."""


def lattice(e: F, lengths: npt.NDArray[np.int64], chain: Chain) -> Lattice:
    """Sums over all paths. ``e``: batch × time × tags, longest first."""
    count, longest, tags = e.shape
    scores = e.astype(np.float64).transpose(1, 0, 2)
    # Scores less the best of their token: no overflow, and the probabilities are the same.
    best = scores.max(2)
    weight = np.exp(scores - best[:, :, None])
    pair, begin, end = np.exp(chain.pair), np.exp(chain.begin), np.exp(chain.end)
    live = [int((lengths > t).sum()) for t in range(longest)] + [0]
    ahead, back = np.zeros((2, longest, count, tags))
    scale = np.ones((longest, count))
    final = np.ones(count)
    for t, n in enumerate(live[:-1]):
        a = weight[t, :n] * (ahead[t - 1, :n] @ pair if t else begin)
        scale[t, :n] = a.sum(1)
        ahead[t, :n] = a / scale[t, :n, None]
        if live[t + 1] < n:
            final[live[t + 1] : n] = ahead[t, live[t + 1] : n] @ end
    for t in range(longest - 1, -1, -1):
        n, more = live[t], live[t + 1]
        if more:
            back[t, :more] = (weight[t + 1, :more] * back[t + 1, :more]) @ pair.T / scale[t + 1, :more, None]
        if more < n:
            # Divided by what the whole item sums to, so that products with ``ahead`` are probabilities.
            back[t, more:n] = end / final[more:n, None]
    inside = np.arange(longest)[:, None] < lengths
    total = ((np.log(scale) + best) * inside).sum(0) + np.log(final)
    return Lattice(pair, weight, ahead, back, scale, total)


def likely(e: F, lengths: npt.NDArray[np.int64], chain: Chain) -> list[list[Likely]]:
    """For each item its spans with their probabilities. ``e``: batch × time × tags, longest first."""
    sums = lattice(e, lengths, chain)
    pair, weight, ahead, back, scale = sums.pair, sums.weight, sums.ahead, sums.back, sums.scale
    count = len(e)
    single = ahead * back
    out: list[list[Likely]] = [[] for _ in range(count)]
    for k, label in enumerate(chain.labels):
        b, i, last, unit = range(1 + 4 * k, 5 + 4 * k)
        for t, r in zip(*np.nonzero(single[:, :, unit] > FLOOR), strict=True):
            out[r].append((int(t), int(t) + 1, label, float(single[t, r, unit])))
        for t, r in zip(*np.nonzero(single[:, :, b] > FLOOR), strict=True):
            so_far, tag = float(ahead[t, r, b]), b
            for j in range(int(t) + 1, int(lengths[r])):
                rest = so_far / float(scale[j, r])
                here = rest * float(pair[tag, last] * weight[j, r, last] * back[j, r, last])
                if here > FLOOR:
                    out[r].append((int(t), j + 1, label, here))
                so_far, tag = rest * float(pair[tag, i] * weight[j, r, i]), i
                if so_far * float(back[j, r, i]) <= FLOOR:
                    break
    return out


def balanced(words: Sequence[str]) -> bool:
    """Whether every bracket opened is closed: annotated spans are so, but for one in five hundred."""
    waiting: list[str] = []
    for word in words:
        if word in _OPEN:
            waiting.append(_OPEN[word])
        elif word in _CLOSE and (not waiting or waiting.pop() != word):
            return False
    return not waiting


def chosen(spans: Sequence[Likely], words: Sequence[str], *, fill: bool = True) -> list[Span]:
    """The spans that are listed, sorted, none overlapping another. ``words``: of the tokens.

    First those that are likely by themselves; where none is, with ``fill``, the likeliest of several that agree that
    something is there.
    """
    spans = [s for s in spans if balanced(words[s[0] : s[1]])]
    first = _best([(b, e, label, p - LISTED) for b, e, label, p in spans if p > LISTED])
    if not fill:
        return first
    left = []
    for b, e, label, p in spans:
        if p >= LEAST and not any(b < y and x < e for x, y, _ in first):
            near = sum(q for x, y, other, q in spans if other == label and b < y and x < e)
            if near > PRESENT:
                left.append((b, e, label, p))
    return sorted(first + _best(left))


def _best(spans: Sequence[Likely]) -> list[Span]:
    """The non-overlapping spans whose worth is greatest together, sorted."""
    spans = sorted(spans, key=lambda s: (s[1], s[0], s[2]))
    ends = [s[1] for s in spans]
    total = [0.0]
    before: list[int | None] = []
    for k, (b, _, _, worth) in enumerate(spans):
        at = bisect_right(ends, b, 0, k)
        with_it = total[at] + worth
        before.append(at if with_it > total[-1] else None)
        total.append(max(with_it, total[-1]))
    out: list[Span] = []
    k = len(spans)
    while k:
        place = before[k - 1]
        if place is None:
            k -= 1
        else:
            out.append(spans[k - 1][:3])
            k = place
    return out[::-1]
