"""``match parse``."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from matcher.cli import run
from matcher.model import Criterion, Protocol

TEXT = "Inclusion Criteria:\n\n  - Age >= 18 years\n\nExclusion Criteria:\n\n  - Asthma\n"


@pytest.fixture
def protocol(tmp_path: Path) -> Path:
    path = tmp_path / "p1.txt"
    path.write_text(TEXT, encoding="utf-8")
    return path


def parse(*arguments: object) -> int:
    return run(["parse", *map(str, arguments), "--ner", "rules"])


def test_json_lines(protocol: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert parse(protocol, "--format", "jsonl") == 0
    out, err = capfd.readouterr()
    (row,) = [json.loads(line) for line in out.splitlines()]
    assert [c["id"] for c in row["criteria"]] == ["I1", "E1"]
    assert all(TEXT[c["start"] : c["end"]] == c["text"] for c in row["criteria"])
    assert row["criteria"][0]["reading"] == "Patient must be at least 18 years old."
    assert row["summary"]["criteria"] == 2
    assert err.startswith("1 protocol: 2 criteria = ")


def test_the_table_goes_to_standard_output(protocol: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert parse(protocol) == 0
    assert "Patient must be at least 18 years old." in capfd.readouterr().out


def test_a_correction_is_written_and_used(protocol: Path, capfd: pytest.CaptureFixture[str]) -> None:
    form = protocol.with_name("p1.criteria.toml")
    assert parse(protocol, "--output", form, "--by", "Dr Lee") == 0
    words = form.read_text(encoding="utf-8")
    assert 'edited_by = "Dr Lee"' in words
    form.write_text(words.replace("| >= 18", "| >= 21"), encoding="utf-8")
    for place in (protocol, form, protocol.parent):
        capfd.readouterr()
        assert parse(place, "--format", "jsonl") == 0
        (row,) = [json.loads(line) for line in capfd.readouterr().out.splitlines()]
        assert row["protocol_id"] == "p1"
        assert row["criteria"][0]["logic"]["value"] == 21
        assert row["criteria"][0]["reading"] == "Patient must be at least 21 years old."


@pytest.mark.parametrize(("strict", "status"), [(False, 0), (True, 1)])
def test_strict_makes_what_was_not_understood_an_error(
    protocol: Path, monkeypatch: pytest.MonkeyPatch, strict: bool, status: int
) -> None:
    unparsed = Criterion("I1", "inclusion", "Age", 0, 3, "unparsed")
    monkeypatch.setattr("matcher.criteria.parse", lambda source, *_: Protocol("p1", "p1.txt", source.text, (unparsed,)))
    assert parse(protocol, *(["--strict"] if strict else [])) == status


def test_a_bad_file_is_listed_and_the_rest_complete(protocol: Path, capfd: pytest.CaptureFixture[str]) -> None:
    protocol.with_name("bad.json").write_text("{", encoding="utf-8")
    assert parse(protocol.parent, "--format", "jsonl") == 1
    out, err = capfd.readouterr()
    assert len(out.splitlines()) == 1
    assert "bad.json: not valid JSON" in err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["none.txt"], "no such file or folder"),
        (["{protocol}", "--format", "xml"], "--format xml: not known"),
        (["{protocol}", "--output", "{folder}/none/p.toml"], "does not exist"),
        (["{protocol}", "{other}", "--format", "toml"], "a form to correct is written for one"),
    ],
)
def test_unusable_input_ends_with_two(
    protocol: Path, capfd: pytest.CaptureFixture[str], arguments: list[str], message: str
) -> None:
    other = protocol.with_name("p2.txt")
    other.write_text(TEXT, encoding="utf-8")
    filled = [a.format(protocol=protocol, other=other, folder=protocol.parent) for a in arguments]
    assert parse(*filled) == 2
    assert message in capfd.readouterr().err


def test_output_is_whole_or_not_there(protocol: Path, tmp_path: Path) -> None:
    target = tmp_path / "out.jsonl"
    assert parse(protocol, "--format", "jsonl", "--output", target, "--quiet") == 0
    assert json.loads(target.read_text(encoding="utf-8"))["schema"] == "match.parse/1"


def test_a_protocol_without_criteria_is_shown_as_such(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "p.txt").write_text("No eligibility criteria\n", encoding="utf-8")
    assert parse(tmp_path / "p.txt") == 0
    assert "no eligibility criteria were found" in capfd.readouterr().out
