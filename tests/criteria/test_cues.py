"""The segmenter's word lists are sound data."""

from __future__ import annotations

import re

import pytest

from matcher import resources
from matcher.criteria.cues import cues

HEADINGS = resources.toml("criteria/headings")
RUNONS = resources.toml("criteria/runons")


def lists() -> list[tuple[str, list[str]]]:
    found = [(f"sections.{name}", words) for name, words in HEADINGS["sections"].items()]
    for part in ("topics", "premises", "lists", "notes", "fields"):
        found += [(f"{part}.{name}", words) for name, words in HEADINGS[part].items()]
    return [*found, *((name, words) for name, words in RUNONS.items() if name != "source")]


@pytest.mark.parametrize(("name", "words"), lists())
def test_lists_hold_words(name: str, words: list[str]) -> None:
    assert words
    assert all(isinstance(word, str) and word == word.strip() for word in words), name


@pytest.mark.parametrize("name", ["sections.inclusion", "sections.exclusion", "topics.names", "topics.subjects"])
def test_phrases_are_lower_case_and_no_doubles(name: str) -> None:
    words = dict(lists())[name]
    assert words == [word.lower() for word in words]
    assert len(words) == len(set(words))


def test_no_phrase_opens_two_sections() -> None:
    sections = HEADINGS["sections"]
    assert not set(sections["inclusion"]) & set(sections["exclusion"])


def test_files_name_their_source() -> None:
    assert HEADINGS["source"]
    assert RUNONS["source"]


@pytest.mark.parametrize("frame", HEADINGS["frames"], ids=lambda frame: frame["pattern"][:30])
def test_frames_have_a_kind_and_a_pattern(frame: dict[str, str]) -> None:
    assert set(frame) == {"kind", "pattern"}
    assert frame["kind"] in ("inclusion", "exclusion")
    re.compile(frame["pattern"])


def test_topics_and_subjects_are_apart() -> None:
    assert not cues().topics & cues().subjects
