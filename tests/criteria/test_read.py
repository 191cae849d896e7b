"""Reading protocols."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from matcher.criteria.read import read
from matcher.criteria.segments import segment
from matcher.errors import InputProblem, MatchError

TEXT = (
    "Asthma Trial in Adult Patients\n\nInclusion Criteria:\n\n- Asthma\n\n"
    "Minimum Age: 18 Years\nConditions: Asthma; COPD\n"
)


def record(**module: Any) -> dict[str, Any]:
    return {
        "protocolSection": {
            "identificationModule": {"nctId": "NCT0", "briefTitle": "A trial"},
            "conditionsModule": {"conditions": ["Asthma", "COPD"]},
            "eligibilityModule": {"eligibilityCriteria": "Inclusion Criteria:\n\n* Asthma", **module},
        }
    }


def test_a_text_file(tmp_path: Path) -> None:
    (tmp_path / "p1.txt").write_text(TEXT, encoding="utf-8")
    (source,) = read(tmp_path / "p1.txt")
    assert (source.id, source.text, source.title) == ("p1", TEXT, "Asthma Trial in Adult Patients")
    assert source.conditions == ("Asthma", "COPD")
    assert source.fields == {"minimum_age": "18 Years"}
    assert source.warnings == ()


@pytest.mark.parametrize(
    ("encoding", "warned"), [("utf-8", False), ("utf-8-sig", False), ("utf-16", False), ("cp1252", True)]
)
def test_encodings(tmp_path: Path, encoding: str, warned: bool) -> None:
    text = "Inclusion Criteria:\r\n- Sjögren’s syndrome\r\n"
    (tmp_path / "p.txt").write_bytes(text.encode(encoding))
    (source,) = read(tmp_path / "p.txt")
    assert source.text == text
    assert bool(source.warnings) == warned


def test_a_study_record(tmp_path: Path) -> None:
    data = record(minimumAge="18 Years", maximumAge="N/A", sex="FEMALE", healthyVolunteers=False)
    (tmp_path / "NCT0.json").write_text(json.dumps(data), encoding="utf-8")
    (source,) = read(tmp_path / "NCT0.json")
    assert source.text == (
        "Inclusion Criteria:\n\n* Asthma\n\nMinimum Age: 18 Years\nSex: FEMALE\nHealthy Volunteers: No\n"
        "Conditions: Asthma; COPD\n"
    )
    assert (source.title, source.conditions) == ("A trial", ("Asthma", "COPD"))
    assert source.fields == {"minimum_age": "18 Years", "sex": "FEMALE", "healthy_volunteers": "No"}
    assert [item.field for item in segment(source.text).items] == [None, "minimum_age", "sex"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is empty"),
        (b"  \n ", "is empty"),
        (b"\x00\x01\x02" * 100, "is no text"),
    ],
)
def test_unusable_text(tmp_path: Path, content: bytes, message: str) -> None:
    (tmp_path / "p.txt").write_bytes(content)
    with pytest.raises(InputProblem, match=message):
        read(tmp_path / "p.txt")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("{", "not valid JSON, line 1"),
        ("[]", "no protocolSection"),
        ("{}", "no protocolSection"),
        ('{"protocolSection": {"eligibilityModule": {"eligibilityCriteria": 3}}}', "no protocolSection"),
        ("[" * 100_000, "not valid JSON"),
    ],
)
def test_unusable_records(tmp_path: Path, content: str, message: str) -> None:
    (tmp_path / "p.json").write_text(content, encoding="utf-8")
    with pytest.raises(InputProblem, match=message):
        read(tmp_path / "p.json")


def test_a_folder_in_the_order_of_names(tmp_path: Path) -> None:
    for name in ("b.txt", "a.txt", "notes.csv", ".hidden.txt"):
        (tmp_path / name).write_text(TEXT, encoding="utf-8")
    (tmp_path / "c.json").write_text(json.dumps(record()), encoding="utf-8")
    assert [source.id for source in read(tmp_path)] == ["a", "b", "c"]


def test_two_files_of_one_stem_keep_apart(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(TEXT, encoding="utf-8")
    (tmp_path / "a.json").write_text(json.dumps(record()), encoding="utf-8")
    assert [source.id for source in read(tmp_path)] == ["a", "a.txt"]


def test_a_folder_goes_on_after_a_bad_file(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text("{", encoding="utf-8")
    (tmp_path / "b.txt").write_text(TEXT, encoding="utf-8")
    problems: list[str] = []
    assert [source.id for source in read(tmp_path, problems.append)] == ["b"]
    assert len(problems) == 1
    assert "a.json" in problems[0]


def test_a_path_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(MatchError, match="no such file or folder"):
        read(tmp_path / "none.txt")


def test_a_folder_without_protocols(tmp_path: Path) -> None:
    with pytest.raises(MatchError, match="no protocol in this folder"):
        read(tmp_path)


@given(criteria=st.text(st.characters(), max_size=80), age=st.one_of(st.none(), st.text(max_size=20), st.integers()))
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_record_is_read_or_refused(tmp_path: Path, criteria: str, age: Any) -> None:
    (tmp_path / "p.json").write_text(json.dumps(record(eligibilityCriteria=criteria, minimumAge=age)))
    (source,) = read(tmp_path / "p.json")
    source.text.encode("utf-8")  # no lone surrogates
