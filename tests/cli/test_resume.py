"""A killed run goes on where it was and gives the same bytes; what is left behind is the owner's and goes away."""

import json
import os
import shlex
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest

PROTOCOL = "Inclusion Criteria:\n\n  - Age 18 years or older\n  - T2DM\n\nExclusion Criteria:\n\n  - Warfarin\n"
NOTE = "58-year-old woman with T2DM on metformin 1000 mg BID. Not on warfarin. "
FAST = ("--format", "jsonl", "--ner", "rules")


@pytest.fixture
def place(tmp_path):
    (tmp_path / "protocol.txt").write_text(PROTOCOL, encoding="utf-8")
    notes(tmp_path, 120)
    return tmp_path


def notes(folder, count, **changed):
    """A table of ``count`` patients; ``changed``: another text for some of them."""
    rows = [
        {"patient_id": f"p{n}", "note_id": f"n{n}", "text": changed.get(f"p{n}", f"{NOTE * 12}Seen {n} times.")}
        for n in range(count)
    ]
    (folder / "notes.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")


def killed(place, jobs: str) -> None:
    """Start the screening of ``place``, and kill -9 it when some patients are finished."""
    command = [sys.executable, "-m", "matcher", "screen", "notes.jsonl", "protocol.txt", "-o", "out", *FAST, "-j", jobs]
    process = subprocess.Popen(command, cwd=place, stderr=subprocess.DEVNULL, start_new_session=True)
    spool = place / ".out.spool"
    for _ in range(6000):
        if spool.exists() and spool.stat().st_size > 10_000:
            break
        time.sleep(0.01)
        assert process.poll() is None, "the run ended before it could be killed"
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    assert not (place / "out").exists()
    assert stat.S_IMODE(spool.stat().st_mode) == 0o600


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_kill_minus_nine_then_resume_gives_the_same_bytes(match, place, jobs):
    killed(place, jobs)
    resumed = match("screen", "notes.jsonl", "protocol.txt", "-o", "out", "--resume", *FAST)
    assert resumed.status == 0
    assert "of them finished before" in resumed.err
    whole = match("screen", "notes.jsonl", "protocol.txt", *FAST)
    assert (place / "out").read_bytes() == whole.out
    assert [file.name for file in place.iterdir() if file.name.startswith(".out")] == []


def test_a_torn_last_result_is_screened_again(match, place):
    killed(place, "1")
    spool = place / ".out.spool"
    spool.write_bytes(spool.read_bytes()[:-7] + b"torn")
    match("screen", "notes.jsonl", "protocol.txt", "-o", "out", "--resume", *FAST)
    assert (place / "out").read_bytes() == match("screen", "notes.jsonl", "protocol.txt", *FAST).out


def test_a_changed_note_is_screened_again(match, place):
    killed(place, "1")
    notes(place, 120, p0="58-year-old woman with T2DM who takes warfarin 5 mg daily.")
    match("screen", "notes.jsonl", "protocol.txt", "-o", "out", "--resume", *FAST)
    rows = {row["patient_id"]: row for row in map(json.loads, (place / "out").read_text().splitlines())}
    assert len(rows) == 120
    assert {c["id"]: c["verdict"] for c in rows["p0"]["criteria"]}["E1"] == "met"
    assert {c["id"]: c["verdict"] for c in rows["p1"]["criteria"]}["E1"] == "not_met"


def test_another_protocol_starts_anew(match, place):
    killed(place, "1")
    (place / "protocol.txt").write_text(PROTOCOL.replace("18", "60"), encoding="utf-8")
    done = match("screen", "notes.jsonl", "protocol.txt", "-o", "out", "--resume", *FAST)
    assert "starting anew" in done.err
    assert (place / "out").read_bytes() == match("screen", "notes.jsonl", "protocol.txt", *FAST).out


def test_without_resume_nothing_of_before_is_used(match, place):
    killed(place, "1")
    done = match("screen", "notes.jsonl", "protocol.txt", "-o", "out", *FAST)
    assert "finished before" not in done.err
    assert not (place / ".out.spool").exists()


def test_resume_with_nothing_to_resume_from_is_a_run(match, place):
    notes(place, 3)
    done = match("screen", "notes.jsonl", "protocol.txt", "-o", "out", "--resume", *FAST)
    assert (done.status, done.err.strip()) == (0, "3 patients (3 notes) against 1 protocol")


def test_resume_needs_an_output(match, place):
    done = match("screen", "notes.jsonl", "protocol.txt", "--resume", *FAST)
    assert (done.status, done.out) == (2, b"")
    assert "--output" in done.err


def test_two_runs_to_one_output_do_not_mix(match, place):
    import fcntl

    with (place / ".out.spool").open("w+b") as held:
        fcntl.lockf(held, fcntl.LOCK_EX)
        done = match("screen", "notes.jsonl", "protocol.txt", "-o", "out", *FAST)
    assert done.status == 2
    assert "another run" in done.err


def test_the_workers_of_a_killed_run_end(place):
    command = [sys.executable, "-m", "matcher", "screen", "notes.jsonl", "protocol.txt", "-o", "out", *FAST, "-j", "2"]
    notes(place, 3000)
    process = subprocess.Popen(command, cwd=place, stderr=subprocess.DEVNULL, start_new_session=True)
    spool = place / ".out.spool"
    for _ in range(6000):
        if spool.exists() and spool.stat().st_size > 5_000:
            break
        time.sleep(0.01)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    for _ in range(100):
        try:
            os.killpg(process.pid, 0)
        except ProcessLookupError:
            return
        time.sleep(0.1)
    os.killpg(process.pid, signal.SIGKILL)
    pytest.fail("worker processes outlived the run")


def test_what_a_killed_run_left_half_written_is_removed(match, place):
    notes(place, 2)
    ended = subprocess.Popen(["true"])
    ended.wait()
    left = place / f".out.{ended.pid}.part"
    left.write_text("quotes")
    match("screen", "notes.jsonl", "protocol.txt", "-o", "out", *FAST)
    assert not left.exists()


def test_a_full_disk_is_one_clear_line_and_the_run_goes_on_later(match, place):
    import resource

    command = [sys.executable, "-m", "matcher", "screen", "notes.jsonl", "protocol.txt", "-o", "out", *FAST]
    full = subprocess.run(
        command,
        cwd=place,
        capture_output=True,
        text=True,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (15_000, 15_000)),
    )
    assert full.returncode == 2
    assert "cannot be written" in full.stderr and "--resume" in full.stderr and "Traceback" not in full.stderr
    assert not (place / "out").exists()
    resumed = match("screen", "notes.jsonl", "protocol.txt", "-o", "out", "--resume", *FAST)
    assert "finished before" in resumed.err
    assert (place / "out").read_bytes() == match("screen", "notes.jsonl", "protocol.txt", *FAST).out


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a device of Linux")
def test_a_device_that_takes_nothing_is_an_error_and_stays_a_device(match, place):
    notes(place, 2)
    done = match("screen", "notes.jsonl", "protocol.txt", "-o", "/dev/full", *FAST)
    assert done.status == 2
    assert "/dev/full" in done.err and "Traceback" not in done.err
    assert stat.S_ISCHR(Path("/dev/full").stat().st_mode)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a device of Linux")
@pytest.mark.parametrize("to", ["/dev/full", None])
@pytest.mark.parametrize("arguments", [("screen", "notes.jsonl", "protocol.txt", *FAST), ("terms", "asthma")])
def test_a_standard_output_that_takes_nothing_is_one_clear_line(place, to, arguments):
    notes(place, 2)
    left = f"> {to}" if to else ">&-"
    command = shlex.join([sys.executable, "-m", "matcher", *arguments])
    done = subprocess.run(["sh", "-c", f"{command} {left}"], cwd=place, stderr=subprocess.PIPE, text=True)
    assert done.returncode == 2
    assert "standard output cannot be written" in done.stderr and "Traceback" not in done.stderr
