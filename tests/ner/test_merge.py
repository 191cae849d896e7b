"""The rules of `matcher.ner.merge`, by number. ``[type: words]`` marks a span of the model, ``{type: words}`` a hit."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.model import Concept, Mention
from matcher.ner.merge import merge

TERMS = {"chronic kidney disease stage 3": "ckd3", "kidney disease": "kd", "aspirin": "asa", "diabetes": "dm"}


def concept(words, kind="condition"):
    id_ = TERMS.get(words.lower())
    return Concept("TEST", id_, words) if id_ else None


def mention(text, words, kind, source):
    start = text.index(words)
    return Mention(start, start + len(words), words, kind, concept(words) if source == "terms" else None, source)


def merged(text, hits, found, criteria):
    out = merge(
        [mention(text, w, k, "terms") for w, k in hits],
        [mention(text, w, k, "model") for w, k in found],
        concept,
        criteria=criteria,
    )
    return [(m.text, m.type, m.concept.id if m.concept else None) for m in out]


NOTE, CRITERIA = (False,), (True,)
BOTH = NOTE + CRITERIA


@pytest.mark.parametrize(
    "sides, text, hits, found, expected",
    [
        # 1
        (BOTH, "has foo", [], [("foo", "condition")], [("foo", "condition", None)]),
        (BOTH, "has diabetes", [], [("diabetes", "condition")], [("diabetes", "condition", "dm")]),
        # 2
        (BOTH, "has diabetes", [("diabetes", "condition")], [], [("diabetes", "condition", "dm")]),
        # 3
        (BOTH, "on aspirin", [("aspirin", "drug")], [("aspirin", "procedure")], [("aspirin", "drug", "asa")]),
        # 4
        (
            NOTE,
            "chronic kidney disease stage 3",
            [("kidney disease", "condition")],
            [("chronic kidney disease stage 3", "condition")],
            [("chronic kidney disease stage 3", "condition", "ckd3")],
        ),
        (
            NOTE,
            "severe diabetes",
            [("diabetes", "condition")],
            [("severe diabetes", "condition")],
            [("severe diabetes", "condition", "dm")],
        ),
        (
            CRITERIA,
            "severe diabetes",
            [("diabetes", "condition")],
            [("severe diabetes", "condition")],
            [("diabetes", "condition", "dm")],
        ),
        (BOTH, "daily aspirin", [("aspirin", "drug")], [("daily aspirin", "condition")], [("aspirin", "drug", "asa")]),
        (
            BOTH,
            "diabetes and kidney disease",
            [("diabetes", "condition"), ("kidney disease", "condition")],
            [("diabetes and kidney disease", "condition")],
            [("diabetes", "condition", "dm"), ("kidney disease", "condition", "kd")],
        ),
        # 5
        (
            BOTH,
            "kidney disease",
            [("kidney disease", "condition")],
            [("kidney", "condition")],
            [("kidney disease", "condition", "kd")],
        ),
        # 6
        (
            BOTH,
            "end kidney disease now",
            [("kidney disease", "condition")],
            [("end kidney", "procedure")],
            [("kidney disease", "condition", "kd")],
        ),
    ],
)
def test_rule(sides, text, hits, found, expected):
    for criteria in sides:
        assert merged(text, hits, found, criteria) == expected


@st.composite
def flat(draw):
    cuts = sorted(draw(st.sets(st.integers(0, 40), max_size=12)))
    return [Mention(a, b, "x" * (b - a), "condition") for a, b in zip(cuts[::2], cuts[1::2], strict=False)]


@given(flat(), flat(), st.booleans())
def test_result_is_sorted_and_disjoint_and_misses_no_region(hits, found, criteria):
    out = merge(hits, found, concept, criteria=criteria)
    assert all(a.end <= b.start for a, b in pairwise(out))
    for m in [*hits, *found]:
        assert any(o.start < m.end and m.start < o.end for o in out)
