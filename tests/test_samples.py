"""The samples, in full: every patient against every protocol, criterion by criterion.

``data/samples/expected.csv`` holds what a clinician reads in the notes. Where the program does not get there yet, the
column ``said`` holds what it says instead: such a row fails when the program improves, so that it is taken out.
"""

import csv
import json

import pytest


@pytest.fixture(scope="module")
def rows(samples, tmp_path_factory):
    import subprocess
    import sys

    output = tmp_path_factory.mktemp("samples") / "out.jsonl"
    command = [sys.executable, "-m", "matcher", "screen", samples / "notes", samples / "protocols"]
    done = subprocess.run(
        [*map(str, command), "--format", "jsonl", "--quiet", "--jobs", "1", "--output", str(output)],
        cwd=output.parent,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in output.read_text(encoding="utf-8").splitlines()]


def expected(samples):
    with (samples / "expected.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_every_verdict_is_as_expected(rows, samples):
    said = {
        (row["protocol_id"], row["patient_id"], c["id"]): c["verdict"] + (" assumed" if c["basis"] == "assumed" else "")
        for row in rows
        for c in row["criteria"]
    }
    wanted = {
        (row["protocol_id"], row["patient_id"], row["criterion"]): row["said"] or row["verdict"]
        for row in expected(samples)
    }
    assert said.keys() == wanted.keys()
    assert {key: said[key] for key in wanted if said[key] != wanted[key]} == {}


def test_what_is_known_to_be_wrong_is_little(samples):
    table = expected(samples)
    assert sum(bool(row["said"]) for row in table) <= 0.03 * len(table)


def test_eligible_ineligible_and_review_all_occur(rows):
    assert {row["verdict"] for row in rows} == {"eligible", "ineligible", "review"}


def test_every_quote_slices_its_note_and_every_criterion_its_protocol(rows, samples):
    from matcher.notes import read

    notes = {n.note_id: n.text for p in read(str(samples / "notes"), []) for n in p.notes}
    protocols = {path.stem: path.read_text(encoding="utf-8") for path in (samples / "protocols").glob("*.txt")}
    quotes = 0
    for row in rows:
        for criterion in row["criteria"]:
            assert protocols[row["protocol_id"]][criterion["start"] : criterion["end"]] == criterion["text"]
            for quote in criterion["evidence"]:
                quotes += 1
                assert notes[quote["note_id"]][quote["start"] : quote["end"]] == quote["quote"]
    assert quotes > 200
