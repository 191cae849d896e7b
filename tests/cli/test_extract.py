"""``match extract``: one row a fact."""

import csv
import io
import json

import pytest

NOTE = "DATE: 2024-01-05\n58-year-old woman with T2DM. HbA1c 8.1% (ref 4-6). No pneumonia.\n"


@pytest.fixture
def place(tmp_path):
    (tmp_path / "p1.txt").write_text(NOTE, encoding="utf-8")
    return tmp_path


def test_rows(match, place):
    done = match("extract", "p1.txt", "--format", "jsonl", "--quiet")
    assert done.status == 0
    found = {row["text"]: row for row in done.rows}
    value = found["HbA1c 8.1% (ref 4-6)"]
    assert (value["low"], value["unit"], value["ref_high"], value["note_date"]) == (8.1, "%", 6, "2024-01-05")
    assert (found["pneumonia"]["assertion"], found["pneumonia"]["cue"]) == ("absent", "No")
    assert all(NOTE[row["start"] : row["end"]] == row["text"] for row in done.rows)


def test_csv_has_the_same_columns(match, place):
    done = match("extract", "p1.txt", "--format", "csv", "--quiet")
    rows = list(csv.DictReader(io.StringIO(done.text)))
    assert {row["concept"] for row in rows} >= {"Hemoglobin A1c", "type 2 diabetes mellitus"}


def test_parquet_is_read_back(match, place):
    parquet = pytest.importorskip("pyarrow.parquet")
    assert match("extract", "p1.txt", "--format", "parquet", "--output", "facts.parquet").status == 0
    table = parquet.read_table(place / "facts.parquet")
    assert "HbA1c 8.1% (ref 4-6)" in table.column("text").to_pylist()


def test_table_names_the_patient(match, place):
    done = match("extract", "p1.txt")
    assert "Patient p1" in done.text
    assert "8.1 %" in done.text


def test_a_term_is_looked_for(match, place):
    (place / "p1.txt").write_text("There is a tarsal coalition.", encoding="utf-8")
    done = match("extract", "p1.txt", "--format", "jsonl", "--term", "tarsal coalition")
    assert [row["rule"] for row in done.rows if row["source"] == "protocol"] == ["search.exact"]


@pytest.mark.parametrize("arguments", [("nowhere",), ("p1.txt", "--format", "xml"), ("p1.txt", "--ner", "magic")])
def test_wrong_usage(match, place, arguments):
    done = match("extract", *arguments)
    assert done.status == 2
    assert "Traceback" not in done.err


def test_jobs_change_no_byte(match, tmp_path):
    rows = [{"patient_id": f"p{n}", "note_id": f"n{n}", "text": f"{NOTE} Seen {n} times."} for n in range(60)]
    (tmp_path / "n.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    for format in ("jsonl", "csv"):
        one, two = (match("extract", "n.jsonl", "--format", format, "--jobs", jobs) for jobs in "12")
        assert (one.status, one.out, one.err) == (two.status, two.out, two.err)


def test_a_patient_whose_reading_breaks_is_reported_and_the_rest_goes_on(tmp_path, monkeypatch, capfdbinary):
    from matcher.cli import run
    from matcher.facts import Extractor

    (tmp_path / "notes").mkdir()
    for name, text in (("bad", "Mrs. Secret breaks it."), ("good", NOTE)):
        (tmp_path / "notes" / f"{name}.txt").write_text(text, encoding="utf-8")
    facts = Extractor.facts

    def broken(self, notes):
        if "Secret" in notes[0].text:
            raise ValueError(notes[0].text)
        return facts(self, notes)

    monkeypatch.setattr(Extractor, "facts", broken)
    status = run(["extract", str(tmp_path / "notes"), "--format", "jsonl", "--jobs", "1", "--phi", "ignore"])
    out, err = capfdbinary.readouterr()
    assert status == 1 and b'"patient_id": "good"' in out
    assert b"bad: not read: an error in the program (ValueError" in err and b"Secret" not in err
