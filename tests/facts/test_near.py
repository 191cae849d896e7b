"""What is looked for around words is what is found in the whole text."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.facts.near import around, near, whole

PATTERN = re.compile(r"\b(?P<n>\d)\s(?:prior\s){0,2}lines?\b", re.IGNORECASE)


@pytest.mark.parametrize(
    "text",
    [
        "2 prior lines, then 3 Lines",
        "line 2 2 2 2 prior prior prior " + "2 prior prior prior " * 2 + "x " * 9 + "2 prior prior lines",
        "x" * 300 + " 1 line " + "y " * 90 + "4 prior prior lines",
    ],
)
def test_each_match_is_found_at_its_place(text):
    assert [m.span() for m in near(PATTERN, text, text.lower(), ("line",))] == [
        m.span() for m in PATTERN.finditer(text)
    ]


@given(st.lists(st.sampled_from(["2", "prior", "line", "lines", "outline", "Line", ".", "x" * 70]), max_size=60))
def test_near_finds_what_the_whole_text_holds(words):
    text = " ".join(words)
    assert [m.group() for m in near(PATTERN, text, text.lower(), ("line",))] == [
        m.group() for m in PATTERN.finditer(text)
    ]


def test_around_places_that_are_known_the_same_is_found():
    text = "outline 2 lines, " + "x " * 90 + "3 prior line"
    places = list(whole(text, "line")) + list(whole(text, "lines"))
    assert [m.group() for m in around(PATTERN, text, sorted(places))] == ["2 lines", "3 prior line"]


def test_a_word_by_itself_is_no_part_of_another_one():
    assert list(whole("a man, human, man-made, mans man", "man")) == [2, 14, 29]
