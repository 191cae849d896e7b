"""``match screen`` as a process: what goes in, what comes out, and with which exit status."""

import csv
import io
import json
import os
import signal
import stat
import subprocess
import sys
import time

import pytest

PROTOCOL = """Inclusion Criteria:

  - Age 18 years or older
  - Diagnosis of type 2 diabetes mellitus

Exclusion Criteria:

  - Current use of warfarin
"""
NOTE = "58-year-old woman with T2DM on metformin 1000 mg BID. Not on warfarin.\n"
FAST = ("--ner", "rules", "--jobs", "1")


@pytest.fixture
def place(tmp_path):
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes" / "p1.txt").write_text(NOTE, encoding="utf-8")
    (tmp_path / "protocol.txt").write_text(PROTOCOL, encoding="utf-8")
    return tmp_path


def test_the_main_job(match, place):
    done = match("screen", "notes", "protocol.txt", "--format", "jsonl", *FAST)
    assert (done.status, done.err.strip()) == (0, "1 patients (1 notes) against 1 protocol")
    (row,) = done.rows
    assert (row["schema"], row["protocol_id"], row["patient_id"], row["rank"]) == (
        "match.screen/1",
        "protocol",
        "p1",
        1,
    )
    assert [(c["id"], c["verdict"]) for c in row["criteria"]] == [("I1", "met"), ("I2", "met"), ("E1", "not_met")]
    assert row["verdict"] == "eligible"


@pytest.mark.parametrize("again", ["protocol.txt", "./protocol.txt", "folder", "copies/protocol.txt"])
def test_a_protocol_that_is_named_twice_is_read_once(match, place, again):
    for folder in ("folder", "copies"):
        (place / folder).mkdir()
        (place / folder / "protocol.txt").write_text(PROTOCOL, encoding="utf-8")
    done = match("screen", "notes", "protocol.txt", again, "--format", "jsonl", *FAST)
    assert [row["protocol_id"] for row in done.rows] == ["protocol"]
    assert (done.status, "the protocol protocol is named more than once; it is read once" in done.err) == (0, True)


def test_two_protocols_of_one_name_are_told_apart(match, place):
    (place / "other").mkdir()
    (place / "other" / "protocol.txt").write_text(PROTOCOL.replace("18", "80"), encoding="utf-8")
    done = match("screen", "notes", "protocol.txt", "other/protocol.txt", "--format", "jsonl", *FAST)
    assert {row["protocol_id"]: row["verdict"] for row in done.rows} == {
        "protocol": "eligible",
        "other/protocol.txt": "ineligible",
    }
    assert "another protocol is called protocol, too" in done.err


def test_offsets_slice_the_note_and_the_protocol(match, place):
    (row,) = match("screen", "notes", "protocol.txt", "--format", "jsonl", *FAST).rows
    for criterion in row["criteria"]:
        assert PROTOCOL[criterion["start"] : criterion["end"]] == criterion["text"]
        for quote in criterion["evidence"]:
            assert NOTE[quote["start"] : quote["end"]] == quote["quote"]


def test_the_table_says_who_and_why_within_eighty_columns(match, place):
    done = match("screen", "notes", "protocol.txt", *FAST, env={"COLUMNS": "80"})
    assert "p1" in done.text and "eligible" in done.text
    assert "T2DM" in done.text
    assert max(map(len, done.text.splitlines())) <= 80
    assert "\x1b" not in done.text


def test_csv_has_a_column_a_criterion(match, place):
    done = match("screen", "notes", "protocol.txt", "--format", "csv", *FAST)
    (row,) = csv.DictReader(io.StringIO(done.text, newline=""))
    assert (row["patient_id"], row["verdict"], row["I1"], row["E1"]) == ("p1", "eligible", "met", "not_met")


def test_json_is_one_array(match, place):
    done = match("screen", "notes", "protocol.txt", "--format", "json", *FAST)
    assert [row["patient_id"] for row in json.loads(done.text)] == ["p1"]


def test_standard_input(match, place):
    rows = "".join(json.dumps({"patient_id": p, "note_id": p, "text": NOTE}) + "\n" for p in "ab")
    done = match("screen", "-", "protocol.txt", "--format", "jsonl", *FAST, stdin=rows.encode())
    assert {row["patient_id"] for row in done.rows} == {"a", "b"}


def test_the_output_file_is_whole_and_the_owners(match, place):
    done = match("screen", "notes", "protocol.txt", "--format", "jsonl", "--output", "out.jsonl", *FAST)
    assert (done.status, done.out) == (0, b"")
    assert stat.S_IMODE((place / "out.jsonl").stat().st_mode) == 0o600
    assert len((place / "out.jsonl").read_text().splitlines()) == 1
    assert not [f for f in place.iterdir() if f.name.endswith(".part")]


def test_equal_input_gives_equal_bytes_whatever_the_jobs(match, samples):
    arguments = ("screen", samples / "notes", samples / "protocols", "--format", "jsonl", "--ner", "rules")
    one = match(*arguments, "--jobs", "1")
    assert one.out
    assert one.out == match(*arguments, "--jobs", "2").out
    assert one.out == match(*arguments, "--jobs", "1", env={"PYTHONHASHSEED": "7"}).out


def test_unmentioned_unknown_assumes_nothing(match, samples):
    done = match(
        "screen", samples / "notes", samples / "protocols", "--format", "jsonl", "--unmentioned", "unknown", *FAST
    )
    assert "assumed" not in {c["basis"] for row in done.rows for c in row["criteria"]}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("nowhere", "protocol.txt"), "nowhere: there is no such file"),
        (("notes", "nowhere.txt"), "nowhere.txt"),
        (("empty", "protocol.txt"), "empty"),
        (("notes", "protocol.txt", "--format", "xml"), "--format xml"),
        (("notes", "protocol.txt", "--as-of", "soon"), "YYYY-MM-DD"),
        (("notes", "protocol.txt", "--output", "no/such/folder/x"), "does not exist"),
        (("notes", "protocol.txt", "--output", "notes"), "is a folder"),
        (("notes", "protocol.txt", "--config", "none.toml"), "none.toml"),
        (("notes", "protocol.txt", "--config", "misspelt.toml"), "[slience] is no setting"),
        (("notes", "protocol.txt", "--config", "flat.toml"), "ranges is written as [ranges]"),
        (("notes", "binary.txt"), "is no text"),
        (("notes", "protocol.txt", "--unmentioned", "maybe"), "policy, unknown"),
        (("notes", "prose.txt"), "prose.txt"),
        (("table.csv", "protocol.txt"), "no column text"),
        (("notes",), "PROTOCOL"),
        (("notes", "protocol.txt", "--wrong"), "--wrong"),
    ],
)
def test_what_cannot_be_done_is_one_clear_line_and_status_2(match, place, arguments, said):
    (place / "empty").mkdir()
    (place / "prose.txt").write_text("", encoding="utf-8")
    (place / "misspelt.toml").write_text("[slience]\n", encoding="utf-8")
    (place / "flat.toml").write_text('ranges = "local"\n', encoding="utf-8")
    (place / "binary.txt").write_bytes(bytes(range(256)) * 8)
    (place / "table.csv").write_text("patient_id\nx\n", encoding="utf-8")
    done = match("screen", *arguments, *FAST)
    assert (done.status, done.out) == (2, b"")
    assert said in done.err
    assert "Traceback" not in done.err


def test_one_bad_note_never_stops_the_others(match, place):
    (place / "notes" / "p0.txt").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(range(256)))
    (place / "notes" / "p2.txt").write_bytes(b"")
    (place / "notes" / "p3.txt").write_bytes(b"62-year-old man, temp 38\xb0, T2DM.")
    done = match("screen", "notes", "protocol.txt", "--format", "jsonl", *FAST)
    assert done.status == 1
    assert {row["patient_id"]: len(row.get("problems", ())) for row in done.rows} == {
        "p0": 1,
        "p1": 0,
        "p2": 1,
        "p3": 1,
    }
    assert next(row for row in done.rows if row["patient_id"] == "p0")["verdict"] == "review"
    assert "p0.txt" in done.err and "p2.txt" in done.err and "p3.txt" in done.err


def test_strict_makes_a_criterion_that_is_not_understood_an_error(match, place):
    (place / "protocol.txt").write_text(PROTOCOL + "  - Zxqv of the blrgh exceeding 7 wibbles per frob\n")
    relaxed = match("screen", "notes", "protocol.txt", "--format", "jsonl", *FAST)
    strict = match("screen", "notes", "protocol.txt", "--format", "jsonl", "--strict", *FAST)
    parsed = match("parse", "protocol.txt", "--format", "jsonl", "--ner", "rules").rows[0]["summary"]
    assert relaxed.status == 0
    assert strict.status == (1 if parsed["partial"] + parsed["unparsed"] else 0)


def test_nothing_is_said_when_quiet(match, place):
    assert match("screen", "notes", "protocol.txt", "--quiet", *FAST).err == ""


def test_a_reader_that_leaves_is_no_error_of_ours(place):
    command = [sys.executable, "-m", "matcher", "screen", "notes", "protocol.txt", *FAST]
    process = subprocess.Popen(command, cwd=place, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    process.stdout.close()
    _, err = process.communicate(timeout=120)
    assert b"Traceback" not in err


def test_ctrl_c_ends_with_130_and_no_traceback(place):
    row = json.dumps({"patient_id": "p", "note_id": "n", "text": NOTE * 200})
    (place / "many.jsonl").write_text("".join(row.replace('"p"', f'"p{i}"') + "\n" for i in range(3000)))
    command = [sys.executable, "-m", "matcher", "screen", "many.jsonl", "protocol.txt", "--ner", "rules", "--jobs", "2"]
    process = subprocess.Popen(
        command,
        cwd=place,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
        # what a shell starts in the background ignores Ctrl-C, and so would what the tests start
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL) and None,
    )
    time.sleep(4)
    os.killpg(process.pid, signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert b"Traceback" not in err


def test_a_very_long_note_is_read(match, place):
    (place / "notes" / "long.txt").write_text(NOTE + "The weather was fine today. " * 400_000, encoding="utf-8")
    done = match("screen", "notes", "protocol.txt", "--format", "jsonl", *FAST, timeout=300)
    assert done.status == 0
    assert len(done.rows) == 2


@pytest.mark.parametrize(
    "command", [(), ("screen",), ("parse",), ("extract",), ("explain",), ("eval",), ("terms",), ("train",)]
)
def test_help_has_an_example_and_needs_nothing_heavy(match, command):
    done = match(*command, "--help")
    assert done.status == 0
    assert "Example" in done.text


def test_help_never_imports_torch_or_spacy(tmp_path):
    code = (
        "import sys; from matcher.cli import run; run(['screen', '--help']); "
        "sys.exit(bool({'torch', 'spacy', 'transformers', 'pyarrow'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True).returncode == 0


def test_version(match):
    assert match("--version").text.startswith("match ")


def test_a_corrected_reading_is_screened_and_used_again_for_the_same_text(match, place):
    assert match("parse", "protocol.txt", "--output", "mine.criteria.toml", "--ner", "rules").status == 0
    form = place / "mine.criteria.toml"
    form.write_text(form.read_text(encoding="utf-8").replace("| >= 18", "| >= 60"), encoding="utf-8")
    done = match("screen", "notes", "mine.criteria.toml", "--format", "jsonl", *FAST)
    assert [row["criteria"][0]["verdict"] for row in done.rows] == ["not_met"]
    (place / "later").mkdir()
    form.rename(place / "later" / "mine.criteria.toml")
    (place / "protocol.txt").rename(place / "later" / "same text.txt")
    done = match("screen", "notes", "later/same text.txt", "--format", "jsonl", *FAST)
    assert [(row["protocol_id"], row["criteria"][0]["verdict"]) for row in done.rows] == [("same text", "not_met")]
