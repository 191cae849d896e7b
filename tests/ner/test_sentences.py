"""Sentences: one text a line with its divisions (``tests/data/sentences.txt``)."""

import doctest
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import matcher.dates
import matcher.ner.sentences
import matcher.notes.sections
from matcher.ner.sentences import Paragraphs, clauses, split

CASES = Path(__file__).parents[1] / "data" / "sentences.txt"
LINES = [
    line.replace("\\n", "\n")
    for line in CASES.read_text(encoding="utf-8").splitlines()
    if line.strip() and not line.startswith(("#", "== "))
]


@pytest.mark.parametrize("line", LINES)
def test_divided_line(line):
    parts = line.split(" ‖ ")
    text = " ".join(parts).replace("\n ", "\n") if "\n ‖ " in line else " ".join(parts)
    if "fine. Has" in text:
        text = text.replace("fine. Has", "fine.Has")  # a full stop without its space
    assert [text[s.start : s.end] for s in split(text)] == [p.strip() for p in parts]


def test_semicolons_divide_clauses_and_not_sentences():
    text = "No fever; cough; rash."
    (sentence,) = split(text)
    assert [text[c.start : c.end] for c in clauses(text, sentence)] == ["No fever", "cough", "rash."]


_TEXT = st.one_of(
    st.text(max_size=300),
    st.lists(
        st.sampled_from(
            ["1. ", "2. ", "Dr. ", "q.d. ", "a", "B", "\n", "- ", "?", " ", ".", "No", ": ", "•", "\t", "5.1"]
        )
    ).map("".join),
)


@given(_TEXT)
def test_sentences_are_ordered_and_cover_all_but_white_space(text):
    spans = split(text)
    at = 0
    for span in spans:
        assert not text[at : span.start].strip()
        assert span.start >= at and span.end > span.start
        assert text[span.start : span.end] == text[span.start : span.end].strip()
        at = span.end
    assert not text[at:].strip()


@pytest.mark.parametrize("unit", [". ", "a\n", "1. ", " 2) a", "a? ", "e.g. ", "A. ", "\n", "•", "x.Y", "No. "])
def test_time_is_linear(unit, cpu):
    def seconds(n: int) -> float:
        return cpu(lambda: split(unit * n))

    seconds(100)
    assert seconds(20000) < max(40 * seconds(2000), 0.5)


@pytest.mark.parametrize("module", [matcher.ner.sentences, matcher.notes.sections, matcher.dates])
def test_examples_in_the_documentation_run(module):
    result = doctest.testmod(module)
    assert result.attempted and not result.failed


@pytest.mark.parametrize(
    "text", ["", "a.\n \n\n1. CHF 2. COPD\n\nB: c\nd e.\n\n", "x\r\n\r\ny. z", "\n\n a\n\n\n\nb. C d"]
)
def test_sentences_made_where_they_are_asked_for_are_those_of_the_whole(text: str) -> None:
    _same_by_paragraph(text)


@given(
    st.lists(
        st.sampled_from(["\n", "\n\n", " ", ". ", "1. ", "2) ", "CHF", "no", ":", "- ", "a b", "Dr.", "\t"]),
        max_size=40,
    )
)
def test_no_sentence_depends_on_another_paragraph(parts: list[str]) -> None:
    _same_by_paragraph("".join(parts))


def _same_by_paragraph(text: str) -> None:
    whole, paragraphs = split(text), Paragraphs(text)
    for at in range(len(text)):
        wanted = next((span for span in reversed(whole) if span.start <= at), None)
        found = next((s for some in paragraphs.upto(at) for s in reversed(some) if s.start <= at), None)
        assert found == wanted, at
