"""A fact store says what its notes say: the same bytes, kept up to date, and usable after whatever happens to a run."""

import base64
import json
import os
import resource
import signal
import sqlite3
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest

from matcher.cli import run

OWN = (
    "Title: Statins in Dupuytren contracture\n\nInclusion Criteria:\n\n  - Age 18 years or older\n  - Asthma or COPD\n"
    "  - Knuckle stiffness score of at least 3\n  - Shoe size above 40\n\nExclusion Criteria:\n\n  - Warfarin\n"
    "  - Recent glass splinter injury of the left hand\n  - Family history of breast cancer\n  - eGFR < 60\n"
)
NOTES = {
    "p1": "58-year-old woman with asthma. Knuckle stiffness score 4. "
    "No glass splinter injury of the hand.\nCr 2.0 mg/dL",
    "p2": "DOB: 03/04/1960. Man with T2DM and COPD; mother had breast "
    "cancer. Takes warfarin 5 mg daily since May 2021.",
    "p3": "Glass splinter injuries to the left hand, last month. "
    "Denies asthma. Shoe size: 43. Dupuytren's contracture.",
    "p4": "HTN, hyperlipidemia. Statin intolerance. Wt 80 kg, Ht 1.80 m.\nRisks of splinter injury were discussed.",
}


@pytest.fixture(autouse=True)
def inside(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "notes").mkdir()
    for name, text in NOTES.items():
        (tmp_path / "notes" / f"{name}.txt").write_text(text, encoding="utf-8")
    (tmp_path / "protocol.txt").write_text(OWN, encoding="utf-8")


def match(*arguments, status=0):
    before = signal.getsignal(signal.SIGTERM)
    try:
        assert run([str(argument) for argument in arguments]) == status
    finally:
        signal.signal(signal.SIGTERM, before)


def output(*arguments, status=0):
    """What a command writes to its output file."""
    match(*arguments, "--output", "out", status=status)
    with Path("out").open("rb") as file:
        return file.read()


def same(notes, *options, protocols=("protocol.txt",), status=0):
    """Screening the store gives the bytes of screening the notes."""
    fast = ("--jobs", "1", "--quiet")
    from_notes = output("screen", notes, *protocols, "--ner", "rules", *fast, *options, status=status)
    assert output("screen", "store", *protocols, *fast, *options, status=status) == from_notes
    return from_notes


def keep(notes="notes", *options, status=0):
    match("extract", notes, "--store", "store", "--ner", "rules", "--jobs", "1", *options, status=status)


def counts(capsys):
    """The numbers of the last summary: patients, notes, read, known, gone."""
    return [int(word) for word in capsys.readouterr().err.replace("(", " ").split() if word.isdigit()][-5:]


# ---------------------------------------------------------------- the same bytes


@pytest.mark.parametrize(
    "options",
    [
        ("--format", "jsonl"),
        ("--format", "jsonl", "--worklist", "--as-of", "2024-03-01"),
        ("--format", "json", "--unmentioned", "unknown"),
        ("--format", "csv"),
        ("--format", "table", "--details", "--worklist"),
        ("--format", "jsonl", "--redact-quotes"),
        ("--format", "screening-log"),
        ("--format", "html"),
        ("--format", "parquet"),
    ],
    ids=" ".join,
)
def test_the_samples_give_the_bytes_that_their_notes_give(samples, options):
    if "parquet" in options:
        pytest.importorskip("pyarrow")
    keep(samples / "notes", "--quiet")
    same(samples / "notes", *options, protocols=(samples / "protocols", "protocol.txt"))


def test_a_protocols_own_terms_are_found_in_the_store():
    keep()
    rows = [json.loads(line) for line in same("notes", "--format", "jsonl").splitlines()]
    verdicts = {row["patient_id"]: {c["id"]: c["verdict"] for c in row["criteria"]} for row in rows}
    assert verdicts["p3"]["E2"] == "met"
    assert verdicts["p1"]["E2"] == "not_met"
    assert verdicts["p1"]["I3"] == "met"


def test_a_date_of_birth_gives_the_age_on_another_day():
    keep()
    for day in ("1977-03-03", "1978-03-04", "2024-01-01"):
        same("notes", "--format", "jsonl", "--as-of", day)


@pytest.mark.parametrize("options", [(), ("--format", "json"), ("--as-of", "2026-05-01", "--criterion", "I1")])
def test_a_verdict_is_explained_from_the_store_as_from_the_notes(options):
    match("extract", "notes", "--store", "store", "--ner", "rules", "--quiet")
    asked = ("protocol.txt", "--patient", "p2", *options)
    assert output("explain", "store", *asked) == output("explain", "notes", *asked, "--ner", "rules")


def test_tables_dates_and_notes_of_one_patient_far_apart():
    rows = [
        {"patient_id": f"p{n % 4}", "note_id": f"n{n}", "date": f"2023-0{n + 1}-11" if n % 3 else None,
         "text": NOTES[f"p{n % 4 + 1}"] + f" Seen {n} weeks ago."} for n in range(8)
    ]  # fmt: skip
    with Path("notes.jsonl").open("w") as file:
        file.writelines(json.dumps(row) + "\n" for row in rows)
    keep("notes.jsonl")
    same("notes.jsonl", "--format", "jsonl")
    same("notes.jsonl", "--format", "jsonl", "--as-of", "2023-05-01")


def test_fhir_resources_are_kept_with_their_notes():
    text = base64.b64encode(NOTES["p1"].encode()).decode()
    subject = {"reference": "Patient/x1"}
    resources = [
        {"resourceType": "Patient", "id": "x1", "gender": "female", "birthDate": "1960-01-02"},
        {"resourceType": "DocumentReference", "id": "d1", "subject": subject, "date": "2024-01-05T10:00:00Z",
         "content": [{"attachment": {"data": text}}]},
        {"resourceType": "Condition", "id": "c1", "subject": subject, "onsetDateTime": "2020-05",
         "code": {"text": "Warfarin toxicity", "coding": [{"system": "http://hl7.org/fhir/sid/icd-10-cm",
                                                         "code": "J45.909"}]}},
        {"resourceType": "Observation", "id": "o1", "subject": subject, "effectiveDateTime": "2024-01-02",
         "code": {"coding": [{"system": "http://loinc.org", "code": "2160-0", "display": "Creatinine"}]},
         "valueQuantity": {"value": 2.4, "unit": "mg/dL"}},
    ]  # fmt: skip
    with Path("bundle.json").open("w") as file:
        json.dump({"resourceType": "Bundle", "entry": [{"resource": one} for one in resources]}, file)
    keep("bundle.json")
    same("bundle.json", "--format", "jsonl")
    same("bundle.json", "--format", "jsonl", "--as-of", "2025-01-01")


def test_what_could_not_be_read_is_told_again(capsys):
    Path("notes/p5.txt").open("w").close()
    with Path("notes/p6.pdfx").open("wb") as file:
        file.write(b"%PDF")
    Path("notes/p7").mkdir()
    keep(status=1)
    same("notes", "--format", "jsonl", status=1)
    capsys.readouterr()
    match("screen", "notes", "protocol.txt", "--ner", "rules", "--output", "out", status=1)
    told = capsys.readouterr().err
    match("screen", "store", "protocol.txt", "--output", "out", status=1)
    assert capsys.readouterr().err == told
    assert "p7" in told and "p5" in told and "p6" in told


def test_a_note_longer_than_one_part():
    with Path("notes/p1.txt").open("a") as file:
        file.write("\nNothing of note was said that day about the knuckle.\n" * 8000 + NOTES["p3"] + NOTES["p2"])
    keep()
    same("notes", "--format", "jsonl")


def test_the_terms_of_a_site(capsys):
    with Path("site.toml").open("w") as file:
        file.write('[[synonyms]]\nterm = "blue puffer illness"\nmeans = "asthma"\nwho = "me"\nwhen = "2024-01-01"\n')
    with Path("notes/p4.txt").open("a") as file:
        file.write("\nBlue puffer illness.")
    keep("notes", "--config", "site.toml")
    same("notes", "--format", "jsonl", "--config", "site.toml")
    capsys.readouterr()
    match("screen", "store", "protocol.txt", status=2)
    assert "site settings (terms) changed" in capsys.readouterr().err


def test_settings_that_change_verdicts_alone_need_no_reading():
    with Path("site.toml").open("w") as file:
        file.write('[silence]\nnone = "unknown"\n[ranges."2160-0"]\nlow = 0.5\nhigh = 3.0\nunit = "mg/dL"\n')
    keep()
    same("notes", "--format", "jsonl", "--config", "site.toml")


def test_possible_identifiers_are_told_and_refused(capsys):
    with Path("notes/p1.txt").open("a") as file:
        file.write("\nMrs. Miller was seen. MRN: 00451234.\n")
    keep("notes", "--quiet")
    capsys.readouterr()
    match("screen", "notes", "protocol.txt", "--ner", "rules", "--output", "out")
    told = capsys.readouterr().err
    match("screen", "store", "protocol.txt", "--output", "out")
    assert capsys.readouterr().err == told
    assert "possible identifier: notes/p1.txt:3" in told and "Miller" not in told
    match("screen", "store", "protocol.txt", "--phi", "refuse", status=2)
    match("extract", "notes", "--store", "other", "--phi", "refuse", status=2)
    assert not Path("other").exists()


def test_the_manifest_has_the_hash_of_the_notes():
    keep()
    found = []
    for source in (("notes", "--ner", "rules"), ("store",)):
        match("screen", *source, "protocol.txt", "--manifest", "manifest.json", "--output", "out")
        with Path("manifest.json").open() as file:
            found.append(json.load(file))
    assert found[0]["inputs"]["notes"]["sha256"] == found[1]["inputs"]["notes"]["sha256"] != ""
    assert found[0]["recogniser"] == found[1]["recogniser"]
    assert found[0]["counts"] == found[1]["counts"]


def test_two_workers_give_the_same_bytes():
    for n in range(60):
        with Path(f"notes/q{n:02}.txt").open("w") as file:
            file.write(NOTES[f"p{n % 4 + 1}"] + f" Visit {n}.")
    match("extract", "notes", "--store", "store", "--ner", "rules", "--jobs", "2")
    one = same("notes", "--format", "jsonl")
    assert output("screen", "store", "protocol.txt", "--format", "jsonl", "--jobs", "2") == one


# ---------------------------------------------------------------- kept up to date


def test_only_what_is_new_or_changed_is_read(capsys):
    keep()
    assert counts(capsys) == [4, 4, 4, 0, 0]
    keep()
    assert counts(capsys) == [4, 4, 0, 4, 0]
    Path("notes/p4.txt").unlink()
    with Path("notes/p5.txt").open("w") as file:
        file.write("Asthma.")
    with Path("notes/p1.txt").open("a") as file:
        file.write(" Takes warfarin.")
    keep()
    assert counts(capsys) == [4, 4, 2, 2, 2]
    same("notes", "--format", "jsonl")


def test_a_note_more_of_a_patient_leaves_the_others_unread(capsys):
    Path("notes/p9").mkdir()
    for n in range(3):
        with Path(f"notes/p9/2023-01-0{n + 1}.txt").open("w") as file:
            file.write(NOTES[f"p{n + 1}"])
    keep()
    with Path("notes/p9/2023-02-07.txt").open("w") as file:
        file.write("BMI 31. DOB 01/02/1970. Asthma has resolved.")
    keep()
    assert counts(capsys)[2:4] == [1, 7]
    same("notes", "--format", "jsonl")
    same("notes", "--format", "jsonl", "--as-of", "2024-05-06")


def test_a_note_under_another_name_is_known(capsys):
    keep()
    Path("notes/p1.txt").rename("notes/p0.txt")
    keep()
    assert counts(capsys) == [4, 4, 0, 4, 0]
    same("notes", "--format", "jsonl")


def test_of_a_deleted_note_nothing_stays():
    keep()
    Path("notes/p3.txt").unlink()
    keep()
    with sqlite3.connect("store/facts.sqlite") as db:
        assert db.execute("select count(*) from note").fetchone() == (3,)
        assert not [data for (data,) in db.execute("select data from patient") if "p3" in data]
        words = {word for (word,) in db.execute("select data from word")}
        assert b"injury" in words and b"Dupuytren's" not in words
    db.close()
    assert sorted(file.name for file in Path("store").iterdir()) == ["facts.sqlite", "lock", "match-store.json"]


def test_what_changed_is_said_with_what_to_run(capsys):
    keep()
    with sqlite3.connect("store/facts.sqlite") as db:
        (value,) = db.execute("select value from meta where name = 'version'").fetchone()
        before = {**json.loads(value), "terminology": "another"}
        db.execute("update meta set value = ? where name = 'version'", (json.dumps(before),))
    db.close()
    match("screen", "store", "protocol.txt", status=2)
    assert (
        "store: stale: the terminology changed since its facts were found; run: match extract notes --store store"
        in (capsys.readouterr().err)
    )
    keep()
    assert "the terminology changed; every note was read again" in capsys.readouterr().err
    same("notes", "--format", "jsonl")


def test_the_recogniser_is_the_stores(capsys):
    keep()
    match("screen", "store", "protocol.txt", "--ner", "default", status=2)
    assert "were found with --ner rules" in capsys.readouterr().err


def test_notes_that_cannot_be_read_leave_the_store_as_it_was(capsys):
    keep()
    Path("empty").mkdir()
    keep("empty", status=2)
    Path("notes2.txt").open("w").close()
    keep("notes2.txt", status=2)
    same("notes", "--format", "jsonl")


# ---------------------------------------------------------------- whatever happens to a run


def test_files_are_the_owners():
    old = os.umask(0)
    try:
        keep()
        assert {file.name: stat.S_IMODE(file.stat().st_mode) for file in Path("store").iterdir()} == {
            "facts.sqlite": 0o600,
            "lock": 0o600,
            "match-store.json": 0o600,
        }
        assert stat.S_IMODE(Path("store").stat().st_mode) == 0o700
    finally:
        os.umask(old)


@pytest.mark.parametrize("where", ["notes/store", "notes"])
def test_a_store_lies_neither_among_the_notes_nor_on_other_files(capsys, where):
    match("extract", "notes", "--store", where, status=2)
    match("extract", "protocol.txt", "--store", "notes", status=2)
    assert "there is something in it" in capsys.readouterr().err


@pytest.mark.parametrize("option", [("--output", "x"), ("--as-of", "2024-01-01"), ("--term", "x"), ("--format", "csv")])
def test_options_that_print_go_not_with_a_store(option):
    keep("notes", *option, status=2)
    assert not Path("store").exists()


def many(count=100):
    with Path("many.jsonl").open("w") as file:
        for n in range(count):
            text = f"{NOTES[f'p{n % 4 + 1}']} Visit {n}. " * 2
            file.write(json.dumps({"patient_id": f"p{n}", "note_id": f"n{n}", "text": text}) + "\n")


def started(*arguments, **more):
    command = [sys.executable, "-m", "matcher", *arguments]
    return subprocess.Popen(command, stderr=subprocess.PIPE, start_new_session=True, **more)


def kept(file="store/facts.sqlite"):
    """The notes that other processes can see in the store."""
    try:
        db = sqlite3.connect(f"file:{file}?mode=ro", uri=True)
        try:
            return db.execute("select count(*) from note").fetchone()[0]
        finally:
            db.close()
    except sqlite3.Error:
        return 0


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_kill_minus_nine_leaves_the_former_state_and_the_work_done(capsys, jobs):
    keep()
    many(1500)
    process = started("extract", "many.jsonl", "--store", "store", "--ner", "rules", "--jobs", jobs)
    for _ in range(6000):
        if kept() > 24:
            break
        time.sleep(0.01)
        assert process.poll() is None, process.stderr.read()
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    process.stderr.close()
    same("notes", "--format", "jsonl")
    done = kept() - 4
    many(done + 20)
    capsys.readouterr()
    keep("many.jsonl")
    assert counts(capsys) == [done + 20, done + 20, 20, done, 4]
    same("many.jsonl", "--format", "jsonl")


def test_a_first_run_that_was_killed_says_what_to_do(capsys):
    many()
    process = started("extract", "many.jsonl", "--store", "store", "--ner", "rules", "--jobs", "1")
    while not Path("store/facts.sqlite").exists():
        time.sleep(0.01)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    process.stderr.close()
    match("screen", "store", "protocol.txt", status=2)
    assert "match extract" in capsys.readouterr().err
    keep("many.jsonl")
    same("many.jsonl", "--format", "jsonl")


def test_two_runs_at_once(capsys):
    from matcher.run.store import Store

    keep()
    held = Store("store", write=True)
    second = started("extract", "notes", "--store", "store", "--ner", "rules")
    _, err = second.communicate(timeout=60)
    held.close()
    assert second.returncode == 2
    assert b"another run is writing this store" in err
    same("notes", "--format", "jsonl")


def test_a_screening_sees_one_state_while_the_store_is_written():
    from matcher.model import Settings
    from matcher.run.store_screen import Reading

    keep()
    reading = Reading("store", Settings(), None)
    patients = reading.patients([])
    first = next(patients)
    with Path("notes/p1.txt").open("w") as file:
        file.write("Nothing.")
    Path("notes/p4.txt").unlink()
    keep()
    assert [first.id, *(patient.id for patient in patients)] == ["p1", "p2", "p3", "p4"]
    reading.store.close()
    same("notes", "--format", "jsonl")


def test_a_full_disk_leaves_the_former_state():
    keep()
    many()

    def full():
        resource.setrlimit(resource.RLIMIT_FSIZE, (140_000, 140_000))

    process = started("extract", "many.jsonl", "--store", "store", "--ner", "rules", "--jobs", "1", preexec_fn=full)
    _, err = process.communicate(timeout=120)
    assert process.returncode == 2, err
    assert b"make room" in err and b"Traceback" not in err
    same("notes", "--format", "jsonl")
    keep("many.jsonl")
    same("many.jsonl", "--format", "jsonl")


@pytest.mark.skipif(os.geteuid() == 0, reason="the superuser may write everywhere")
def test_a_store_that_nobody_may_write_can_be_screened():
    keep()
    Path("store").chmod(0o500)
    same("notes", "--format", "jsonl")
    Path("store").chmod(0o700)


@pytest.mark.parametrize("place", [0, 5000])
def test_a_damaged_store_is_named_and_never_a_traceback(capsys, place):
    keep()
    with Path("store/facts.sqlite").open("r+b") as file:
        file.seek(place)
        file.write(b"\xff" * 3000)
    status = run(["screen", "store", "protocol.txt", "--output", "out"])
    assert status == 2
    assert "damaged" in capsys.readouterr().err


def test_a_store_of_another_format(capsys):
    Path("store").mkdir()
    with Path("store/match-store.json").open("w") as file:
        file.write('{"schema": "match.store/9"}')
    match("screen", "store", "protocol.txt", status=2)
    assert "another format" in capsys.readouterr().err


def test_a_store_without_its_file(capsys):
    keep()
    Path("store/facts.sqlite").unlink()
    match("screen", "store", "protocol.txt", status=2)
    assert "match extract" in capsys.readouterr().err


def test_resume_goes_on_from_the_store():
    keep()
    done = output("screen", "store", "protocol.txt", "--format", "jsonl", "--resume")
    assert done == output("screen", "notes", "protocol.txt", "--format", "jsonl", "--ner", "rules", "--resume")
