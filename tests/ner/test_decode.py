"""Which of the likely spans are listed."""

import numpy as np
import pytest

from matcher.ner.decode import Chain, balanced, chosen, likely

WORDS = "a b c d e f".split()


@pytest.mark.parametrize(
    "spans, listed",
    [
        ([], []),
        ([(0, 1, "x", 0.9)], [(0, 1, "x")]),
        ([(0, 1, "x", 0.3)], []),
        ([(3, 4, "x", 0.9), (0, 1, "y", 0.5)], [(0, 1, "y"), (3, 4, "x")]),
        # the likelier of two that overlap
        ([(0, 2, "x", 0.4), (1, 3, "x", 0.5)], [(1, 3, "x")]),
        ([(0, 2, "x", 0.5), (0, 2, "y", 0.4)], [(0, 2, "x")]),
        # two that fit together rather than one that stands across them
        ([(0, 2, "x", 0.6), (1, 4, "x", 0.7), (2, 5, "x", 0.6)], [(0, 2, "x"), (2, 5, "x")]),
        # none likely by itself, but they agree that there is one
        ([(0, 2, "x", 0.3), (0, 3, "x", 0.25)], [(0, 2, "x")]),
        ([(0, 2, "x", 0.3), (0, 3, "y", 0.25)], []),
        ([(0, 2, "x", 0.19), (0, 3, "x", 0.19), (1, 3, "x", 0.19)], []),
        # what is listed already is not crossed
        ([(0, 2, "x", 0.6), (1, 3, "x", 0.3), (1, 4, "x", 0.3)], [(0, 2, "x")]),
    ],
)
def test_listed(spans, listed):
    assert chosen(spans, WORDS) == listed


def test_without_filling_only_what_is_likely_by_itself():
    assert chosen([(0, 2, "x", 0.3), (0, 3, "x", 0.25)], WORDS, fill=False) == []


def test_a_span_with_half_a_pair_of_brackets_gives_way():
    words = "interview ( MINI )".split()
    assert chosen([(0, 3, "x", 0.6), (0, 4, "x", 0.4)], words) == [(0, 4, "x")]


@pytest.mark.parametrize(
    "words, whole",
    [("a ( b )", True), ("a ( b", False), ("a ) b (", False), ("( [ a ] )", True), ("( [ a ) ]", False), ("", True)],
)
def test_brackets(words, whole):
    assert balanced(words.split()) is whole


def test_extreme_scores_stay_probabilities():
    tags = 5
    free = np.zeros((tags, tags))
    chain = Chain(("x",), free, np.zeros(tags), np.zeros(tags))
    e = np.zeros((1, 3, tags), np.float32)
    e[0, :, 4] = 3e4  # a unit span on every token
    (spans,) = likely(e, np.array([3]), chain)
    assert [s[:3] for s in spans] == [(0, 1, "x"), (1, 2, "x"), (2, 3, "x")]
    assert all(s[3] == pytest.approx(1) for s in spans)
