"""What leaves the program: nothing over a network, no identifier, no quote where none is wanted."""

import io
import json
import os
import stat
import subprocess
import sys

import pytest

PROTOCOL = "Inclusion Criteria:\n\n  - Age 18 years or older\n\nExclusion Criteria:\n\n  - Current use of warfarin\n"
CLEAN = "58-year-old woman on metformin. She takes warfarin 5 mg daily.\n"
NAMED = "Seen today:\nMrs. Miller is a 58-year-old woman. MRN: 00451234. She takes warfarin.\n"
FAST = ("--format", "jsonl", "--ner", "rules", "--jobs", "1")


@pytest.fixture
def place(tmp_path):
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes" / "p1.txt").write_text(CLEAN, encoding="utf-8")
    (tmp_path / "named").mkdir()
    (tmp_path / "named" / "p2.txt").write_text(NAMED, encoding="utf-8")
    (tmp_path / "protocol.txt").write_text(PROTOCOL, encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize("command", [("screen", "named", "protocol.txt"), ("extract", "named")])
def test_possible_identifiers_are_told_by_file_line_and_kind_never_by_text(match, place, command):
    done = match(*command, "--format", "jsonl")
    assert done.status == 0
    assert "named/p2.txt:2: name after a title" in done.err
    assert "proves nothing" in done.err
    assert "Miller" not in done.err and "00451234" not in done.err


@pytest.mark.parametrize("command", [("screen", "named", "protocol.txt"), ("extract", "named")])
def test_refuse_stops_before_anything_is_written(match, place, command):
    done = match(*command, "--format", "jsonl", "--phi", "refuse", "--output", "out")
    assert (done.status, done.out) == (2, b"")
    assert "named/p2.txt:2" in done.err and "Miller" not in done.err
    assert [file.name for file in place.iterdir() if "out" in file.name] == []


@pytest.mark.parametrize("command", ["screen", "extract"])
def test_refuse_on_standard_input(match, place, command):
    rest = ("protocol.txt",) if command == "screen" else ()
    row = {"patient_id": "p", "note_id": "n", "text": NAMED}
    refused = match(command, "-", *rest, "--format", "jsonl", "--phi", "refuse", stdin=json.dumps(row).encode())
    passed = match(
        command, "-", *rest, "--format", "jsonl", "--phi", "refuse", stdin=json.dumps({**row, "text": CLEAN}).encode()
    )
    assert (refused.status, refused.out) == (2, b"")
    assert passed.status == 0 and passed.rows


def test_at_most_twenty_are_listed(match, place):
    (place / "named" / "p2.txt").write_text("Mrs. Miller came.\n" * 25, encoding="utf-8")
    err = match("screen", "named", "protocol.txt", *FAST).err
    assert err.count("possible identifier:") == 20
    assert "and 5 more" in err


@pytest.mark.parametrize(("phi", "folder"), [("ignore", "named"), ("warn", "notes"), ("refuse", "notes")])
def test_nothing_is_said_where_there_is_nothing_to_say(match, place, phi, folder):
    done = match("screen", folder, "protocol.txt", "--phi", phi, *FAST)
    assert (done.status, done.err.strip()) == (0, "1 patients (1 notes) against 1 protocol")


@pytest.mark.parametrize("format", ["table", "jsonl", "json", "csv", "html", "screening-log"])
def test_redacted_quotes_leave_offsets_without_words(match, place, format):
    whole = match("screen", "notes", "protocol.txt", "--details", "--ner", "rules", "--format", format)
    redacted = match(
        "screen", "notes", "protocol.txt", "--details", "--ner", "rules", "--format", format, "--redact-quotes"
    )
    assert "She takes warfarin" in whole.text or format == "screening-log"
    assert "takes" not in redacted.text.split("<style>")[0] + redacted.text.split("</style>")[-1].split("<script>")[0]
    if format == "jsonl":
        (quote,) = redacted.rows[0]["criteria"][1]["evidence"]
        assert quote["quote"] is None
        assert "warfarin" in CLEAN[quote["start"] : quote["end"]]


@pytest.mark.parametrize("format", ["jsonl", "csv", "html", "parquet", "screening-log", "table"])
def test_an_output_with_note_text_is_the_owners(match, place, format):
    match("screen", "notes", "protocol.txt", "--ner", "rules", "--format", format, "-o", "out", "--manifest", "m.json")
    assert stat.S_IMODE((place / "out").stat().st_mode) == 0o600
    assert stat.S_IMODE((place / "m.json").stat().st_mode) == 0o600


def test_an_output_that_is_a_pipe_is_written_to_and_not_replaced(place):
    os.mkfifo(place / "pipe")
    command = [sys.executable, "-m", "matcher", "screen", "notes", "protocol.txt", *FAST, "--output", "pipe"]
    process = subprocess.Popen(command, cwd=place, stderr=subprocess.PIPE)
    assert json.loads((place / "pipe").read_text())["patient_id"] == "p1"
    process.communicate(timeout=60)
    assert (process.returncode, stat.S_ISFIFO((place / "pipe").stat().st_mode)) == (0, True)


def test_a_manifest_holds_what_a_run_was_made_from(match, place):
    (place / "notes" / "empty.txt").write_text("", encoding="utf-8")
    done = match("screen", "notes", "protocol.txt", *FAST, "--output", "out", "--manifest", "m.json")
    record = json.loads((place / "m.json").read_text())
    assert done.status == 1
    assert (
        record["counts"]["patients_in"]
        == record["counts"]["results"]
        == len((place / "out").read_text().splitlines())
        == 2
    )
    assert record["counts"]["inputs_lost"] == 1
    assert record["lost"][0]["source"] == "notes/empty.txt"
    import hashlib

    assert record["output"]["sha256"] == hashlib.sha256((place / "out").read_bytes()).hexdigest()
    assert record["inputs"]["protocols"][0]["sha256"] == hashlib.sha256(PROTOCOL.encode()).hexdigest()


def test_a_manifest_names_equal_inputs_equally_and_others_not(match, place):
    def made() -> str:
        match("screen", "notes", "protocol.txt", *FAST, "--manifest", "m.json")
        return json.loads((place / "m.json").read_text())["inputs"]["notes"]["sha256"]

    first, again = made(), made()
    (place / "notes" / "p1.txt").write_text(CLEAN + "x", encoding="utf-8")
    assert first == again != made()


COMMANDS = [
    ("screen", "notes", "protocol.txt", "--jobs", "2"),
    ("screen", "notes", "protocol.txt", "--format", "html", "--jobs", "1"),
    ("screen", "notes", "protocol.txt", "--format", "parquet", "--output", "out.parquet", "--manifest", "m.json"),
    ("parse", "protocol.txt"),
    ("explain", "notes", "protocol.txt", "--patient", "p1"),
    ("extract", "notes"),
    ("terms", "T2DM"),
    ("eval", "pairs.jsonl"),
    ("diff", "run.jsonl", "run.jsonl"),
    ("train", "--help"),
]


@pytest.mark.parametrize("command", COMMANDS, ids=lambda c: " ".join(c[:1] + c[3:5]))
def test_no_command_opens_a_socket(place, monkeypatch, capsysbinary, command):
    import socket

    from matcher.cli import run

    (place / "run.jsonl").write_text("", encoding="utf-8")
    pair = {
        "patient_id": "p",
        "note": CLEAN,
        "criterion": "Age 18 years or older",
        "criterion_type": "inclusion",
        "expected": "met",
    }
    (place / "pairs.jsonl").write_text(json.dumps(pair) + "\n", encoding="utf-8")

    def forbidden(*_, **__):
        raise AssertionError("a socket was opened")

    for name in ("socket", "create_connection", "getaddrinfo", "gethostbyname", "socketpair"):
        monkeypatch.setattr(socket, name, forbidden)
    monkeypatch.chdir(place)
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO()))
    assert run(list(command)) == 0


@pytest.mark.parametrize(
    "arguments",
    [
        ("screen", "notes/p1.txt", "protocol.txt", "--output", "notes/p1.txt"),
        ("screen", "notes", "protocol.txt", "--output", "protocol.txt"),
        ("screen", "notes", "protocol.txt", "--manifest", "./protocol.txt"),
        ("extract", "notes/p1.txt", "--output", "notes/p1.txt"),
        ("diff", "protocol.txt", "notes/p1.txt", "--output", "notes/p1.txt"),
    ],
)
def test_no_input_is_overwritten(match, place, arguments):
    done = match(*arguments)
    assert (done.status, done.out) == (2, b"")
    assert "is the input" in done.err
    assert ((place / "notes" / "p1.txt").read_text(), (place / "protocol.txt").read_text()) == (CLEAN, PROTOCOL)
