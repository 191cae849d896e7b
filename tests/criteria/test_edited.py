"""Readings that a person corrects."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matcher.criteria import edited, outline
from matcher.criteria.read import read
from matcher.criteria.source import digest, of_text
from matcher.errors import InputProblem
from matcher.model import Criterion, Fragment, Mention, Protocol

TEXT = 'Inclusion Criteria:\r\n- Asthma\t"severe" \\ odd\r\n- Will consent\r\n'


def protocol(text: str = TEXT) -> Protocol:
    start = text.index("Asthma")
    end = text.index("\r\n", start)
    tree = outline.read(f"condition: Asthma | qualifiers severe | at {start}-{start + 6}")
    mention = Mention(start, start + 6, "Asthma", "condition")
    first = Criterion(
        "I1", "inclusion", text[start:end], start, end, "partial", (mention,), tree, "Patient must have severe asthma.",
        (Fragment(end - 3, end, text[end - 3 : end], "no predicate found"),), None, ("a\nwarning",),
    )  # fmt: skip
    start = text.index("Will")
    end = start + len("Will consent")
    second = Criterion("I2", "inclusion", text[start:end], start, end, "human", question="Is the patient willing?")
    return Protocol("p", "folder/p.txt", text, (first, second), "A “title”")


def written(tmp_path: Path, text: str, name: str = "p.criteria.toml") -> Path:
    path = tmp_path / name
    path.write_bytes(text.encode("utf-8"))
    return path


def test_what_is_written_is_read(tmp_path: Path) -> None:
    found = edited.load(written(tmp_path, edited.dump(protocol(), "Dr Lee", "2024-03-01")))
    assert (found.text, found.sha256, found.title) == (TEXT, digest(TEXT), "A “title”")
    assert found.note == "corrected by Dr Lee on 2024-03-01"
    first, second = found.criteria
    assert (first.id, first.status, first.logic, first.text) == (
        "I1",
        "partial",
        protocol().criteria[0].logic,
        protocol().criteria[0].text,
    )
    assert [f.text for f in first.unparsed] == ["odd"]
    assert (second.status, second.logic, second.question) == ("human", None, "Is the patient willing?")


@given(st.text(max_size=60))
@settings(max_examples=100)
def test_any_text_survives_the_file(text: str) -> None:
    import tomllib

    whole = Protocol("p", "p.txt", text.encode("utf-8", "replace").decode(), ())
    data = tomllib.loads(edited.dump(whole))
    assert data["protocol"]["text"] == whole.text
    assert data["sha256"] == digest(whole.text)


def test_a_correction_is_used_again_for_the_same_text(tmp_path: Path) -> None:
    (tmp_path / "p.txt").write_bytes(TEXT.encode())
    correction = edited.dump(protocol(), "Dr Lee").replace("condition: Asthma", "condition: bronchitis")
    written(tmp_path, correction, "p.criteria.toml")
    for place in (tmp_path, tmp_path / "p.txt", tmp_path / "p.criteria.toml"):
        (source,) = read(place)
        assert source.id == "p"
        assert source.text == TEXT
        assert source.edited is not None
        assert source.edited.edited_by == "Dr Lee"


def test_a_correction_under_another_name_is_found_by_the_text(tmp_path: Path) -> None:
    (tmp_path / "renamed.txt").write_bytes(TEXT.encode())
    written(tmp_path, edited.dump(protocol()))
    for place in (tmp_path, tmp_path / "renamed.txt"):
        (source,) = read(place)
        assert (source.id, source.edited is not None) == ("renamed", True)


def test_a_correction_of_another_version_is_not_used_and_said(tmp_path: Path) -> None:
    (tmp_path / "p.txt").write_bytes(b"Inclusion Criteria:\n- Amended\n")
    written(tmp_path, edited.dump(protocol()))
    said: list[str] = []
    (source,) = read(tmp_path / "p.txt", said.append)
    assert source.edited is None
    assert "another version" in said[0]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("match.criteria/1", "match.criteria/9", "schema is"),
        ('kind = "inclusion"', 'kind = "both"', "I1: kind is 'both'"),
        ('status = "partial"', 'status = "good"', "I1: status is 'good'"),
        ("condition: Asthma", "condition Asthma", "I1: logic, line 1"),
        ('id = "I2"', 'id = "I1"', "the id 'I1' occurs twice"),
        ("Will consent\\r\n", "Will not consent\\r\n", "protocol.text was changed"),
        ("[[criteria]]", "[[criteria", "not valid TOML"),
        ('status = "human"\nlogic = ""', 'status = "parsed"\nlogic = ""', "I2: status is 'parsed', but"),
        ("span = [", "span = [99999, ", "I1: span"),
    ],
)
def test_a_mistake_is_named(tmp_path: Path, old: str, new: str, message: str) -> None:
    text = edited.dump(protocol())
    assert old in text
    with pytest.raises(InputProblem) as error:
        edited.load(written(tmp_path, text.replace(old, new)))
    assert message in str(error.value)


def test_the_correction_replaces_the_reading_and_keeps_the_entities(tmp_path: Path) -> None:
    own = protocol()
    text = edited.dump(own, "Dr Lee").replace("condition: Asthma", "condition: bronchitis")
    found = edited.apply(own, edited.load(written(tmp_path, text)))
    first, second = found.criteria
    assert first.reading == "Patient must have severe bronchitis."
    assert first.entities == own.criteria[0].entities
    assert first.warnings == ("corrected by Dr Lee",)
    assert second.warnings == ()
    assert "corrected by Dr Lee" in found.warnings[0]


def test_an_unchanged_form_changes_no_criterion(tmp_path: Path) -> None:
    own = protocol()
    found = edited.apply(own, edited.load(written(tmp_path, edited.dump(own))))
    plain = [replace(c, unparsed=()) for c in own.criteria]
    assert [replace(c, unparsed=()) for c in found.criteria] == plain


def test_a_source_from_a_correction_has_the_protocols_fields(tmp_path: Path) -> None:
    own = of_text("Inclusion Criteria:\n- Asthma\n\nMinimum Age: 18 Years\n", "q")
    path = written(tmp_path, edited.dump(Protocol("q", "q.txt", own.text, ())), "q.criteria.toml")
    (source,) = read(path)
    assert (source.id, source.fields) == ("q", {"minimum_age": "18 Years"})
