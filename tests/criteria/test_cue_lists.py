"""The cue lists of the criteria grammar: what a person may edit is checked for its form."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from matcher import resources
from matcher.criteria.chunks import chunks
from matcher.criteria.lexer import tokens
from matcher.criteria.lexicon import Phrases, expand, lexicon, load

TABLES = ("cues", "heads", "qualifiers", "administrative", "comparisons", "time")


def _lists(node: Any, path: str) -> Iterator[tuple[str, list[Any]]]:
    if isinstance(node, dict):
        for key, value in node.items():
            yield from _lists(value, f"{path}.{key}")
    elif isinstance(node, list):
        yield path, node


@pytest.mark.parametrize("table", TABLES)
def test_phrases_expand_to_a_bounded_number_of_spellings(table: str) -> None:
    for path, phrases in _lists(load(table), table):
        for phrase in phrases:
            if isinstance(phrase, str):
                assert 1 <= len(expand(phrase)) <= 20_000, (path, phrase)


@pytest.mark.parametrize("table", TABLES)
def test_a_table_stays_as_it_was_read(table: str) -> None:
    chunks("stroke within 6 months", 0, 22, (), lexicon())
    assert load(table) == resources.toml.__wrapped__(f"criteria/{table}")


@pytest.mark.parametrize("table", ["administrative"])
def test_what_a_person_judges_has_a_question(table: str) -> None:
    assert all(body["question"].endswith("?") for body in load(table).values())


@pytest.mark.parametrize(
    ("pattern", "spellings"),
    [("{a|b} c", ["a c", "b c"]), ("x{ y|}", ["x y", "x"]), ("{a{1|2}|b}", ["a1", "a2", "b"])],
)
def test_expand(pattern: str, spellings: list[str]) -> None:
    assert expand(pattern) == spellings


def test_phrases_are_spelt_as_their_first_word_asks_and_the_first_listed_decides() -> None:
    phrases = Phrases([("{any|} {b|c d} e{s|}", 1), ("any c d es", 2), ("{any|c} f-f", 3)])
    for text, end, value in (("any c d es g", 4, 1), ("b e", 2, 1), ("c f-f", 3, 3), ("any f-f", 3, 3)):
        assert phrases.match(tokens(text, 0, len(text)), 0) == (end, value), text
    assert phrases.match(tokens("any", 0, 3), 0) is None
    assert phrases.words() == {"any", "b", "c", "d", "e", "es", "f"}


@pytest.mark.parametrize("table", TABLES)
def test_no_spelling_is_lost_where_only_the_asked_ones_are_spelt(table: str) -> None:
    listed = [p for _, phrases in _lists(load(table), table) for p in phrases if isinstance(p, str)]
    phrases = Phrases((phrase, True) for phrase in listed)
    for phrase in listed:
        for spelling in expand(phrase)[:200]:
            found = tokens(spelling, 0, len(spelling))
            assert not found or phrases.match(found, 0) == (len(found), True), spelling


def test_a_brace_too_many_is_an_error() -> None:
    with pytest.raises(ValueError, match="brace"):
        expand("a}b")


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("History of", "status", "ever"),
        ("breast-feeding", "leaf", "lactation"),
        ("in the opinion of the investigator", "administrative", "opinion"),
        ("such as", "example", ""),
        ("i.e.", "definition", ""),
        ("other than", "exception", ""),
        ("at least one of the following", "list", ""),
        ("within the last 6 months", "window", ""),
        ("> 3 x ULN", "comparison", ""),
    ],
)
def test_the_longest_reading_of_a_phrase_wins(text: str, kind: str, value: str) -> None:
    (chunk,) = chunks(text, 0, len(text), (), lexicon())
    assert (chunk.kind, chunk.value) == (kind, value)
