"""Reading patients: what may be in a folder or a table, and what is wrong with it."""

import io
import json
import os
import random
from pathlib import Path

import pytest

from matcher.errors import MatchError
from matcher.notes import Problem, read, tables
from matcher.notes.patient import Patient


def patients(path: Path | str) -> tuple[list[Patient], list[Problem]]:
    problems: list[Problem] = []
    found = list(read(str(path), problems))
    return found, problems + [problem for patient in found for problem in patient.problems]


def table(path: Path, rows: list[dict]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def test_a_text_file_is_a_patient(tmp_path):
    (tmp_path / "p1.txt").write_text("Well.", encoding="utf-8")
    found, _ = patients(tmp_path)
    assert [(p.id, [n.note_id for n in p.notes]) for p in found] == [("p1", ["p1"])]


def test_a_sub_folder_is_a_patient_with_a_note_a_file_in_time_order(tmp_path):
    (tmp_path / "p1").mkdir()
    for name in ("2024-03-01", "2023-01-31"):
        (tmp_path / "p1" / f"{name}.txt").write_text("Well.", encoding="utf-8")
    found, _ = patients(tmp_path)
    assert [n.note_id for n in found[0].notes] == ["p1/2023-01-31", "p1/2024-03-01"]
    assert found[0].notes[0].date.start.isoformat() == "2023-01-31"


def test_rows_of_a_patient_may_lie_far_apart(tmp_path):
    rows = [dict(patient_id=p, note_id=f"{p}{i}", text="Well.") for i, p in enumerate("abacab")]
    found, _ = patients(table(tmp_path / "n.jsonl", rows))
    assert {p.id: [n.note_id for n in p.notes] for p in found} == {
        "a": ["a0", "a2", "a4"],
        "b": ["b1", "b5"],
        "c": ["c3"],
    }


@pytest.mark.parametrize("held", [1, 1 << 20])
def test_a_pipe_is_read_like_a_file_also_where_it_outgrows_memory(tmp_path, monkeypatch, held):
    rows = [dict(patient_id=p, note_id=f"{p}{i}", text="Well.") for i, p in enumerate("abacab")]
    file = table(tmp_path / "n.jsonl", [*rows, {"text": "nobody's"}])
    monkeypatch.setattr(tables, "HELD", held)
    problems: list[Problem] = []
    found = list(tables.standard_input(io.BytesIO(file.read_bytes()), problems))
    named, _ = patients(file)
    assert [(p.id, [n.note_id for n in p.notes]) for p in found] == [
        (p.id, [n.note_id for n in p.notes]) for p in named
    ]
    assert [problem.source for problem in problems] == ["standard input:7"]


def test_how_many_patients_will_come_is_told(tmp_path):
    table(tmp_path / "n.jsonl", [dict(patient_id=p, text="Well.") for p in "aab"])
    (tmp_path / "p").mkdir()
    (tmp_path / "p" / "1.txt").write_text("Well.", encoding="utf-8")
    (tmp_path / "q.txt").write_text("Well.", encoding="utf-8")
    (tmp_path / "none").mkdir()
    told: list[int] = []
    assert sum(told) == 0 and len(list(read(str(tmp_path), [], told.append))) == sum(told) == 4


def test_csv_cells_may_hold_line_ends_and_quotes(tmp_path):
    text = 'He said "well",\nand left.'
    (tmp_path / "n.csv").write_text(
        'patient_id,note_id,date,text\np1,a,2024-01-02,"He said ""well"",\nand left."\np2,b,,Fine.\np1,c,,More.\n',
        encoding="utf-8",
    )
    found, _ = patients(tmp_path / "n.csv")
    assert [n.text for n in found[0].notes if n.note_id == "a"] == [text]
    assert [p.id for p in found] == ["p1", "p2"]


@pytest.mark.parametrize(
    ("rows", "read", "line"),
    [
        ('p1,a,,"Asthma.\np2,b,,"Well."\np3,c,,Well.\n', ["p3"], "2-3"),
        ('p1,a,,Well.\np2,b,,"Asthma.\np3,c,,Well.\n', ["p1"], "3-4"),
        ("p1,a,,Asthma, no diabetes\np2,b,,Well.,,\n", ["p2"], "2"),
    ],
)
def test_a_csv_row_that_does_not_end_where_it_should_is_nobodys(tmp_path, rows, read, line):
    (tmp_path / "n.csv").write_text("patient_id,note_id,date,text\n" + rows, encoding="utf-8")
    found, problems = patients(tmp_path / "n.csv")
    assert [p.id for p in found] == read
    assert [p.source for p in problems] == [f"{tmp_path / 'n.csv'}:{line}"]


def test_a_table_that_cannot_be_read_leaves_the_rest_of_its_folder(tmp_path):
    for name, text in {"a.txt": "Well.", "b.csv": "x,y\n1,2\n", "c.json": "{", "d.jsonl": "", "e.txt": "Well."}.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    found, problems = patients(tmp_path)
    assert [p.id for p in found] == ["a", "e"]
    assert [p.severity for p in problems] == ["lost"] * len(problems)
    assert {Path(p.source).name for p in problems} == {"b.csv", "c.json", "d.jsonl"}


def test_what_is_no_file_is_told_and_not_waited_for(tmp_path):
    (tmp_path / "p").mkdir()
    os.mkfifo(tmp_path / "p" / "pipe.txt")
    (tmp_path / "p" / "link.txt").symlink_to(tmp_path / "nothing")
    os.mkfifo(tmp_path / "q.txt")
    (tmp_path / "r.txt").write_text("Well.", encoding="utf-8")
    found, problems = patients(tmp_path)
    assert {p.id: len(p.notes) for p in found} == {"p": 0, "q": 0, "r": 1}
    assert sorted(Path(p.source).name for p in problems) == ["link.txt", "pipe.txt", "q.txt"]


def test_parquet_rows_are_read(tmp_path):
    pa = pytest.importorskip("pyarrow")
    import pyarrow.parquet as pq

    pq.write_table(
        pa.table({"patient_id": ["a", "b", "a"], "note_id": ["1", "2", "3"], "text": ["x", "y", "z"]}),
        tmp_path / "n.parquet",
        row_group_size=1,
    )
    found, _ = patients(tmp_path / "n.parquet")
    assert {p.id: [n.text for n in p.notes] for p in found} == {"a": ["x", "z"], "b": ["y"]}


@pytest.mark.parametrize(
    ("data", "text"),
    [
        ("Größe 1\r\n".encode("utf-16"), "Größe 1\r\n"),
        ("Größe 1\r\n".encode("utf-16-le"), "Größe 1\r\n"),
        ("\ufeffGröße".encode(), "Größe"),
        ("Größe 1".encode("latin-1"), "Größe 1"),
        (b"one\r\ntwo\rthree", "one\r\ntwo\rthree"),
    ],
)
def test_encodings_and_line_ends_are_kept(tmp_path, data, text):
    (tmp_path / "p.txt").write_bytes(data)
    found, _ = patients(tmp_path)
    assert found[0].notes[0].text == text


def test_invalid_utf8_is_decoded_with_a_warning_that_names_the_file(tmp_path):
    (tmp_path / "p.txt").write_bytes(b"Temp 38\xb0 and \xff more")
    found, problems = patients(tmp_path)
    assert "Temp 38" in found[0].notes[0].text
    assert [(p.severity, Path(p.source).name) for p in problems] == [("warning", "p.txt")]


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [
        ("p.txt", b"", "empty"),
        ("p.txt", b" \n\t", "empty"),
        ("p.txt", b"\x89PNG\r\n\x1a\n\0\0\0", "binary"),
        ("p.txt", bytes(range(256)) * 20, "binary"),
        ("p.txt", random.Random(1).randbytes(3000), "binary"),
        ("p.xls", b"x", "no kind of note"),
        ("p.pdf", b"%PDF-1.4 broken", "damaged"),
    ],
)
def test_an_unreadable_note_is_reported_and_the_others_go_on(tmp_path, name, data, said):
    (tmp_path / name).write_bytes(data)
    (tmp_path / "good.txt").write_text("Well.", encoding="utf-8")
    found, problems = patients(tmp_path)
    assert [len(p.notes) for p in sorted(found, key=lambda p: p.id)] == [1, 0]
    assert [(p.severity, said in p.message) for p in problems] == [("lost", True)]


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda d: d / "nowhere", "no such file"),
        (lambda d: d, "empty"),
        (lambda d: d / "t.csv", "no column text"),
        (lambda d: d / "e.jsonl", "no notes"),
    ],
)
def test_nothing_to_read_is_an_error_that_says_what_to_do(tmp_path, make, said):
    path = make(tmp_path)
    if path.suffix == ".csv":
        path.write_text("patient_id,date\np1,2024-01-01\n", encoding="utf-8")
    if path.suffix == ".jsonl":
        path.write_text("\n", encoding="utf-8")
    with pytest.raises(MatchError, match=said):
        patients(path)


@pytest.mark.parametrize("line", ["{", "[]", '{"text": "x"}', '{"patient_id": " ", "text": "x"}', "[" * 100_000])
def test_a_bad_json_line_is_reported_by_number(tmp_path, line):
    (tmp_path / "n.jsonl").write_text(line + '\n{"patient_id": "a", "text": "Well."}\n', encoding="utf-8")
    found, problems = patients(tmp_path / "n.jsonl")
    assert [p.id for p in found] == ["a"]
    assert [p.source.rsplit(":", 1)[1] for p in problems] == ["1"]


def test_duplicate_note_ids_are_kept_apart_with_a_warning(tmp_path):
    rows = [dict(patient_id="a", note_id="n", text=t) for t in ("x", "y")]
    found, problems = patients(table(tmp_path / "n.jsonl", rows))
    assert {n.note_id: n.text for n in found[0].notes} == {"n": "x", "n#2": "y"}
    assert [p.severity for p in problems] == ["warning"]


def test_a_date_that_is_none_is_a_warning_and_the_note_is_undated(tmp_path):
    found, problems = patients(table(tmp_path / "n.jsonl", [dict(patient_id="a", text="x", date="soon")]))
    assert found[0].notes[0].date is None
    assert [(p.severity, "YYYY-MM-DD" in p.message) for p in problems] == [("warning", True)]


def test_messages_never_hold_note_text(tmp_path):
    secret = "Zebulon"
    (tmp_path / "n.jsonl").write_text(f'{{"text": "{secret}"}}\n{secret}\n{{"patient_id": "a", "text": "x"}}\n')
    _, problems = patients(tmp_path / "n.jsonl")
    assert len(problems) == 2
    assert not any(secret in str(problem) for problem in problems)


def test_documents_are_read_through_the_extra(tmp_path):
    docx = pytest.importorskip("docx")
    document = docx.Document()
    document.add_paragraph("HbA1c 8.1%")
    document.save(str(tmp_path / "p.docx"))
    (tmp_path / "q.rtf").write_text(r"{\rtf1\ansi ALT 40 U/L}", encoding="utf-8")
    found, _ = patients(tmp_path)
    assert [p.notes[0].text.strip() for p in found] == ["HbA1c 8.1%", "ALT 40 U/L"]
