"""What counts as a change between two runs, and the reason that is given for it."""

import copy

import pytest

from matcher.report.changes import changes


@pytest.fixture
def row(kit):
    return kit.row(kit.protocol(3), "p1", truths="mnu")


def after(row: dict, number: int = 0, **changed) -> dict:
    later = copy.deepcopy(row)
    later["criteria"][number].update(changed)
    return later


def test_equal_runs_have_no_change(row):
    assert changes(row, copy.deepcopy(row)) is None


def test_another_rank_and_score_are_no_change(row):
    assert changes(row, {**row, "rank": 9, "score": 0.1}) is None


def test_a_verdict_that_turns_on_a_new_quote(row):
    quote = {**row["criteria"][0]["evidence"][0], "quote": "HbA1c 6 %"}
    changed = changes(row, after(row, 0, verdict="not_met", evidence=[quote]))
    (criterion,) = changed["criteria"]
    assert (criterion["before"]["verdict"], criterion["after"]["verdict"]) == ("met", "not_met")
    assert criterion["why"] == ["new evidence", "evidence is gone"]
    assert [q["quote"] for q in criterion["evidence_added"]] == ["HbA1c 6 %"]


def test_an_edited_note_that_moves_a_quote_is_no_change(row):
    moved = copy.deepcopy(row)
    for quote in moved["criteria"][0]["evidence"]:
        quote.update(start=100, end=111, line=7)
    assert changes(row, moved, everything=True) is None


def test_the_same_evidence_judged_otherwise_says_so(row):
    (criterion,) = changes(row, after(row, 0, verdict="not_met"))["criteria"]
    assert criterion["why"] == ["the same evidence, judged otherwise (settings, date or version)"]


def test_another_screening_date_is_a_reason(row):
    changed = changes(row, {**after(row, 0, verdict="not_met"), "as_of": "2025-01-01"})
    assert "screened as of 2025-01-01, before 2024-03-01" in changed["why"]


def test_renumbered_criteria_are_paired_by_their_words(row):
    amended = copy.deepcopy(row)
    new = {**copy.deepcopy(row["criteria"][0]), "id": "I1", "text": "a new one", "evidence": []}
    amended["criteria"][0]["id"] = "I2"
    amended["criteria"].insert(0, new)
    (criterion,) = changes(row, amended)["criteria"]
    assert (criterion["id"], criterion["before"], criterion["why"]) == ("I1", None, ["a new criterion"])


def test_a_reworded_criterion_is_paired_by_its_id(row):
    (criterion,) = changes(row, after(row, 0, text="another wording"))["criteria"]
    assert (criterion["id"], criterion["text_before"]) == ("I1", row["criteria"][0]["text"])
    assert criterion["why"] == ["the criterion was reworded"]


def test_a_criterion_that_is_gone(row):
    less = copy.deepcopy(row)
    del less["criteria"][2]
    (criterion,) = changes(row, less)["criteria"]
    assert (criterion["id"], criterion["after"], criterion["why"]) == ("E3", None, ["the criterion is gone"])


@pytest.mark.parametrize("everything", [False, True])
def test_another_reason_for_the_same_verdict_counts_when_all_is_asked_for(row, everything):
    assert bool(changes(row, after(row, 0, reason="for another reason"), everything)) is everything


@pytest.mark.parametrize(("sides", "change"), [((True, False), "removed"), ((False, True), "added")])
def test_a_patient_of_one_run_only(row, sides, change):
    before, later = (row if side else None for side in sides)
    assert changes(before, later)["change"] == change
