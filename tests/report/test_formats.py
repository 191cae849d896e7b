"""Every format stays well-formed, safe and whole, whatever the text in it."""

import csv
import io
import json

import pytest

from matcher.report import lines, parquet, screening_log, screenings, table, table_csv


def written(format: str, rows: list[dict], protocols: list, **options) -> bytes:
    stream = io.BytesIO()
    screenings.write(format, lambda: iter(rows), protocols, stream, screenings.Look(**options))
    return stream.getvalue()


def cells(data: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(data.decode("utf-8"), newline=""), strict=True))


@pytest.fixture
def nasty(kit, hostile):
    """A protocol and a row with hostile text in the protocol's id, the patient's id, the quote and the reason."""
    trial = kit.protocol()
    trial = type(trial)(hostile[:40], "x", "", trial.criteria)
    return trial, kit.row(trial, hostile[:40], words=hostile)


def test_json_lines_keep_every_character_on_one_line(nasty):
    trial, row = nasty
    data = written("jsonl", [row, row], [trial])
    assert [json.loads(line) for line in data.decode("utf-8").splitlines()] == [row, row]
    assert not any(0x7F <= ord(c) <= 0x9F or (ord(c) < 0x20 and c != "\n") for c in data.decode("utf-8"))


def test_json_is_one_array(nasty):
    trial, row = nasty
    assert json.loads(written("json", [row], [trial])) == [row]


@pytest.mark.parametrize("format", ["csv", "screening-log"])
def test_no_cell_of_a_table_starts_a_formula_or_commands_a_terminal(nasty, format):
    trial, row = nasty
    data = written(format, [row], [trial])
    (read,) = cells(data)
    assert None not in read and None not in read.values()
    for cell in read.values():
        assert not cell.lstrip().startswith(("=", "+", "-", "@", "|", "%"))
        assert not cell.startswith(("\t", "\r", "\n"))
    assert b"\x1b" not in data and b"\0" not in data


def test_a_cell_is_only_marked_never_shortened(hostile):
    cell = table_csv.safe(hostile)
    assert len(cell) - len(hostile) in (0, 1)


@pytest.mark.parametrize("format", ["csv", "screening-log"])
def test_pandas_reads_a_table_in_one_line(kit, format):
    pandas = pytest.importorskip("pandas")
    trial = kit.protocol()
    frame = pandas.read_csv(io.BytesIO(written(format, [kit.row(trial, f"p{n}", n) for n in range(1, 4)], [trial])))
    assert len(frame) == 3
    assert {"I1", "E2", "E3"} <= set(frame.columns)


def test_parquet_holds_what_json_lines_hold(nasty):
    reader = pytest.importorskip("pyarrow.parquet")
    trial, row = nasty
    read = reader.read_table(io.BytesIO(written("parquet", [row], [trial]))).to_pylist()
    for criterion in row["criteria"]:
        for quote in criterion["evidence"]:
            del quote["context"]
    assert read == [parquet.clean({**row, "problems": []})]


def test_the_terminal_table_obeys_no_text(nasty):
    trial, row = nasty
    text = written("table", [row], [trial], details=True, width=90).decode("utf-8")
    assert all(char.isprintable() or char == "\n" for char in text)


def test_the_screening_log_answers_each_criterion_and_names_the_failure(kit):
    trial = kit.protocol(4)
    row = kit.row(trial, "p1", words="HbA1c 6 %", truths="nmnu")
    (read,) = cells(written("screening-log", [row], [trial]))
    assert (read["date"], read["subject_number"], read["result"]) == ("2024-03-01", "p1", "screen failure")
    assert [read[c.id] for c in trial.criteria] == ["no", "yes", "no", "not assessed"]
    assert (read["reason_for_failure"], read["not_assessed"]) == ("I1: why: HbA1c 6 %", "E4")


def test_a_criterion_that_does_not_apply_is_no_failure():
    assert screening_log.answer({"verdict": "not_met", "basis": "not_applicable"}) == "not applicable"


@pytest.mark.parametrize("format", screenings.FORMATS)
def test_no_rows_are_well_formed(kit, format):
    if format == "parquet":
        pytest.importorskip("pyarrow")
    written(format, [], [kit.protocol()])


@pytest.mark.parametrize("format", screenings.FORMATS)
def test_a_redacted_row_has_a_place_and_no_words(kit, format):
    if format == "parquet":
        pytest.importorskip("pyarrow")
    trial = kit.protocol()
    row = kit.row(trial, "p1", words="SECRETWORDS")
    for criterion in row["criteria"]:
        criterion["reason"] = "a reason"
        for quote in criterion["evidence"]:
            del quote["context"]
            quote["quote"] = None
    data = written(format, [row], [trial], details=True)
    assert b"SECRETWORDS" not in data and data


def test_a_line_ends_where_a_row_ends(hostile):
    assert lines.dumps({"x": hostile}).decode().splitlines() == [lines.dumps({"x": hostile}).decode()]


def test_plain_text_for_a_terminal_is_printable(hostile):
    assert table.plain(hostile).isprintable()
