"""Any text falls into criteria and what is listed: nothing is lost, spans are sound, and the time is linear."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matcher.criteria.segments import Item, Node, Segmentation, segment

_BULLET = re.compile(
    r"\W*(?:[(\[#]?(?:\d{1,3}(?:\.\d{1,2})*|[a-zA-Z]|[ivxIVX]{1,5}|[IiEe][NnXx]?[ -]?\d{1,2})[.):\]]*[\W_]*)*[\W_]*"
)
_LINES = st.lists(
    st.sampled_from(
        [
            "Inclusion Criteria:",
            "Exclusion Criteria:",
            "  - Age over 18",
            "    - asthma, or",
            "1. Stroke; and",
            "a) angina",
            "One of the following:",
            "or",
            "Age:",
            "Part A:",
            "",
            "Minimum Age: 18 Years",
            "Note: nothing",
            "2) gout 3) fever",
            "DISEASE CHARACTERISTICS: No asthma Bilirubin normal Age: 18",
            "- Exclusion: pregnant (women",
            "\tmore words\r",
            "None",
            "Subjects will be excluded if any of the following apply:",
            "-",
            "3.",
            "Study Design",
            "• e.g. fever. No cough",
        ]
    ),
    max_size=25,
)


def uncovered(text: str, found: Segmentation) -> list[str]:
    """The pieces of text that no part of the segmentation holds, bullets and blanks apart."""
    spans = [(s.start, s.end) for s in (*found.items, *found.headings, *found.unread)]
    if found.title:
        spans.append((found.title.start, found.title.end))
    left, position = [], 0
    for start, end in sorted(spans):
        left.append(text[position:start])
        position = max(position, end)
    left.append(text[position:])
    return [piece for piece in left if not _BULLET.fullmatch(piece)]


def nodes(node: Item | Node) -> list[Item | Node]:
    return [node, *(inner for child in node.children for inner in nodes(child))]


@given(_LINES)
@settings(max_examples=150)
def test_every_character_has_its_place(lines: list[str]) -> None:
    text = "\n".join(line for line in lines if line != "Study Design")
    assert uncovered(text, segment(text)) == []


@given(st.one_of(st.text(max_size=300), _LINES.map("\n".join)))
@settings(max_examples=200)
def test_any_text_has_sound_spans(text: str) -> None:
    found = segment(text)
    for item in found.items:
        assert 0 <= item.start < item.end <= len(text)
        for node in nodes(item):
            assert item.start <= node.start <= node.end <= item.end
            assert node.start <= node.lead.start <= node.lead.end <= node.end
    assert len({item.id for item in found.items}) == len(found.items)
    assert [item.start for item in found.items] == sorted(item.start for item in found.items)


@pytest.mark.parametrize(
    "text",
    [
        "Age over 18 and stage II (a) or; " * 6000,
        "Inclusion:\n" + "  - Foo bar\n" * 6000,
        "".join(" " * (i % 300) + "- a b c\n" for i in range(3000)),
        "(" * 300_000,
        "1) a 2) b " * 6000,
        "x:\n" * 6000,
        "Inclusion Criteria for " * 6000,
        "patients must " * 20_000,
        " " * 1_000_000 + "a",
        "a" * 1_000_000,
    ],
    ids=["sentences", "bullets", "nested", "brackets", "enumeration", "colons", "headings", "frames", "blanks", "word"],
)
def test_hostile_text_takes_linear_time(text: str) -> None:
    begin = time.perf_counter()
    segment(text)
    assert time.perf_counter() - begin < 10  # quadratic behaviour takes minutes at these sizes
