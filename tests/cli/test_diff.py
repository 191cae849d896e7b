"""``match diff``: two runs compared as files."""

import csv
import io
import json
from importlib import resources

import jsonschema
import pytest

PROTOCOL = "Inclusion Criteria:\n\n  - Type 2 diabetes mellitus\n\nExclusion Criteria:\n\n  - Current use of warfarin\n"
FAST = ("--format", "jsonl", "--ner", "rules", "--jobs", "1", "--quiet")


@pytest.fixture
def runs(match, tmp_path):
    """before.jsonl and after.jsonl: p1 has a new drug, p2 is as before, p3 is new, p4 is gone."""
    (tmp_path / "trial.txt").write_text(PROTOCOL, encoding="utf-8")
    (tmp_path / "amended.txt").write_text(PROTOCOL, encoding="utf-8")
    notes = tmp_path / "notes"
    notes.mkdir()
    for patient in ("p1", "p2", "p4"):
        (notes / f"{patient}.txt").write_text("Woman with T2DM. Not on warfarin.\n", encoding="utf-8")
    match("screen", "notes", "trial.txt", "--output", "before.jsonl", *FAST)
    (notes / "p1.txt").write_text("Woman with T2DM. She takes warfarin 5 mg daily.\n", encoding="utf-8")
    (notes / "p4.txt").rename(notes / "p3.txt")
    match("screen", "notes", "amended.txt", "--output", "after.jsonl", *FAST)
    return tmp_path


def test_who_changed_and_why(match, runs):
    done = match("diff", "before.jsonl", "after.jsonl", "--format", "jsonl")
    assert done.status == 0
    assert {row["patient_id"]: row["change"] for row in done.rows} == {"p1": "changed", "p3": "added", "p4": "removed"}
    changed = next(row for row in done.rows if row["patient_id"] == "p1")
    assert [c["id"] for c in changed["criteria"]] == ["E1"]
    assert "warfarin 5 mg" in changed["criteria"][0]["evidence_added"][0]["quote"]
    assert done.err.strip() == "1 changed, 1 unchanged, 1 only in after.jsonl, 1 only in before.jsonl"


def test_the_rows_are_what_the_schema_says(match, runs):
    schema = json.loads(resources.files("matcher.resources").joinpath("schemas/diff.json").read_text(encoding="utf-8"))
    for row in match("diff", "before.jsonl", "after.jsonl", "--format", "jsonl").rows:
        jsonschema.Draft202012Validator(schema).validate(row)


def test_the_text_and_the_table(match, runs):
    text = match("diff", "before.jsonl", "after.jsonl").text
    assert "p1 against amended: eligible → ineligible" in text
    rows = list(csv.DictReader(io.StringIO(match("diff", "before.jsonl", "after.jsonl", "-f", "csv").text, newline="")))
    assert {row["patient_id"] for row in rows} == {"p1", "p3", "p4"}


def test_a_run_against_itself_has_no_change(match, runs):
    done = match("diff", "after.jsonl", "after.jsonl", "--format", "jsonl", "--all")
    assert (done.status, done.out) == (0, b"")


@pytest.mark.parametrize(
    ("content", "said"), [("nonsense\n", "bad.jsonl:1"), ('{"a": 1}\n', "bad.jsonl:1"), (None, "bad.jsonl")]
)
def test_what_is_no_run_is_said_by_its_line(match, runs, content, said):
    if content is not None:
        (runs / "bad.jsonl").write_text(content, encoding="utf-8")
    done = match("diff", "before.jsonl", "bad.jsonl")
    assert (done.status, done.out) == (2, b"")
    assert said in done.err and "Traceback" not in done.err
