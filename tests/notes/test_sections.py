"""Sections: one text a line with the kinds of its sections (``tests/data/sections.txt``)."""

import csv
import re
from importlib import resources
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.ner.meanings import meanings
from matcher.notes.sections import parent, split

CASES = Path(__file__).parents[1] / "data" / "sections.txt"
LINES = [
    line.replace("\\n", "\n")
    for line in CASES.read_text(encoding="utf-8").splitlines()
    if line.strip() and not line.startswith("#")
]
ROWS = list(
    csv.DictReader(
        resources.files("matcher.resources").joinpath("sections", "sections.csv").read_text("utf-8").splitlines()
    )
)


@pytest.mark.parametrize("line", LINES)
def test_kinds_of_sections(line):
    text, expected = line.rsplit(" => ", 1)
    said = [s.kind + (f"({s.system})" if s.system else "") + ("!" if s.stale else "") for s in split(text)]
    assert said == expected.split()


def test_the_heading_is_kept():
    text = "CC: cough\nPMH: HTN"
    assert [text[s.heading.start : s.heading.end] for s in split(text)] == ["CC:", "PMH:"]


def test_the_body_follows_the_heading():
    text = "PMH: HTN"
    (section,) = split(text)
    assert text[section.body.start : section.body.end] == " HTN"


@pytest.mark.parametrize(("kind", "wider"), [("discharge_medications", "medications"), ("plan", "plan"), ("x", "x")])
def test_parent(kind, wider):
    assert parent(kind) == wider


def test_the_table_holds_to_its_schema():
    kinds = [row["kind"] for row in ROWS]
    headings = [h for row in ROWS for h in row["headings"].split("|")]
    assert len(kinds) == len(set(kinds)) >= 50
    assert len(headings) == len(set(headings)) >= 60
    assertions = {"", "present", "possible", "hypothetical", "planned", "historical"}
    for row in ROWS:
        assert re.fullmatch(r"[a-z_]+", row["kind"])
        assert row["parent"] in {*kinds, "", "system"}
        assert {row["condition"], row["procedure"], row["drug"]} <= assertions, row["kind"]
        assert row["experiencer"] in ("", "family")
        assert row["status"] in ("", "current", "past")
        assert set(row["flags"].split()) <= {
            "colon",
            "historical",
            "allergy",
            "aims",
            "stale",
            "vaccine",
            "reason",
            "systems",
            "symptoms",
        }
        assert row["source"]


def test_every_kind_has_its_meaning():
    assert set(meanings()) == {row["kind"] for row in ROWS}


_TEXT = st.one_of(
    st.text(max_size=200),
    st.lists(
        st.sampled_from(
            ["PMH", ":", "\n", " ", "Plan", "-", ",", ".", "FAMILY HISTORY", "a", "(", ")", "**", "##", "İ"]
        )
    ).map("".join),
)


@given(_TEXT)
def test_sections_cover_the_text(text):
    at = 0
    for section in split(text):
        assert section.start == at and section.end >= section.heading.end >= section.heading.start >= 0
        at = section.end
    assert at == len(text)


@pytest.mark.parametrize("unit", ["a:", "PMH: ", "A b C d: ", " : ", "A\n", "A - ", ": ", "Plan\n"])
def test_time_is_linear(unit, cpu):
    def seconds(n: int) -> float:
        return cpu(lambda: split(unit * n))

    seconds(100)
    assert seconds(10000) < max(40 * seconds(1000), 0.5)
