"""Text that attacks or breaks, in ids, notes and protocols, through the whole program: every format holds."""

import csv
import io
import json

import pytest

FORMULA = '=HYPERLINK("http://x.example","y")'
ATTACKS = (
    FORMULA,
    "<script>alert(1)</script>",
    "</script><img src=x onerror=alert(1)>",
    "\x1b]0;title\x07\x1b[31m",
    "one\rtwo",
    "nul\0l",
    "\u202eright to left",
    "lone \ud800",
    "@SUM(1)",
)
FORMATS = ("table", "jsonl", "json", "csv", "html", "parquet", "screening-log")


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """Notes whose ids and texts are attacks, one of them on a line of a megabyte, and a protocol of the same kind."""
    folder = tmp_path_factory.mktemp("hostile")
    rows = [
        {"patient_id": f"{attack} {n}", "note_id": attack, "text": f"{attack} 58-year-old woman with T2DM {attack}.\n"}
        for n, attack in enumerate(ATTACKS)
    ]
    rows.append({"patient_id": "long", "note_id": "long", "text": "T2DM " + "x" * 1_000_000 + " no warfarin"})
    (folder / "notes.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    attacks = " ".join(ATTACKS[:-2]).replace("\ud800", "")
    (folder / "=1+1 <b>.txt").write_text(
        f"Inclusion Criteria:\n\n  - Age 18 years or older\n  - T2DM {attacks}\n\n"
        f"Exclusion Criteria:\n\n  - {FORMULA}\n",
        encoding="utf-8",
        newline="",
    )
    return folder


@pytest.fixture(scope="module")
def patients(place) -> int:
    return len((place / "notes.jsonl").read_text().splitlines())


@pytest.mark.parametrize("format", FORMATS)
def test_every_format_is_well_formed_and_whole(match, place, patients, format):
    if format == "parquet":
        reader = pytest.importorskip("pyarrow.parquet")
    done = match(
        "screen", place / "notes.jsonl", place / "=1+1 <b>.txt", "--format", format, "--ner", "rules", "-j", "1"
    )
    assert done.status in (0, 1)
    assert "Traceback" not in done.err and "\x1b" not in done.err
    if format == "jsonl":
        assert len(done.rows) == patients
        assert {row["patient_id"] for row in done.rows} >= {f"{FORMULA} 0"}
    elif format == "json":
        assert len(json.loads(done.text)) == patients
    elif format in ("csv", "screening-log"):
        rows = list(csv.reader(io.StringIO(done.text, newline=""), strict=True))
        assert len(rows) == patients + 1 and {len(row) for row in rows} == {len(rows[0])}
        assert not [cell for row in rows for cell in row if cell.lstrip().startswith(("=", "+", "-", "@"))]
    elif format == "parquet":
        assert reader.read_table(io.BytesIO(done.out)).num_rows == patients
    elif format == "html":
        assert done.text.count("<script") == 4 == done.text.count("</script>")
        assert "<img" not in done.text
    else:
        assert all(char.isprintable() or char == "\n" for char in done.text)


def test_extract_and_diff_hold_too(match, place, tmp_path):
    table = match("extract", place / "notes.jsonl", "--format", "csv")
    cells = [cell for row in csv.reader(io.StringIO(table.text, newline=""), strict=True) for cell in row]
    assert cells and not [cell for cell in cells if cell.lstrip().startswith(("=", "+", "-", "@"))]
    match("screen", place / "notes.jsonl", place / "=1+1 <b>.txt", "-f", "jsonl", "--ner", "rules", "-o", "a.jsonl")
    (tmp_path / "b.jsonl").write_text("", encoding="utf-8")
    text = match("diff", "a.jsonl", "b.jsonl").text
    assert text and all(char.isprintable() or char == "\n" for char in text)


def test_no_colour_is_no_colour(match, samples):
    arguments = ("screen", samples / "notes", samples / "protocols", "--ner", "rules", "--worklist")
    done = match(*arguments, env={"NO_COLOR": "1", "FORCE_COLOR": "1", "TERM": "xterm-256color", "COLUMNS": "100"})
    assert "\x1b" not in done.text + done.err
    assert "To settle next" in done.text and "Where patients are lost" in done.text
    assert max(map(len, done.text.splitlines())) <= 100


@pytest.mark.parametrize("format", ["csv", "parquet", "screening-log"])
def test_a_worklist_that_a_format_cannot_hold_is_refused(match, samples, format):
    done = match("screen", samples / "notes", samples / "protocols", "--format", format, "--worklist")
    assert (done.status, done.out) == (2, b"")
    assert "--worklist" in done.err
