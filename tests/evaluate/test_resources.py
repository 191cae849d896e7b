"""What a clinician may correct must stay readable by the program."""

from __future__ import annotations

import itertools

import pytest

from matcher.evaluate import data, silence
from matcher.model import Settings
from matcher.terms import analytes

SIDES = {"favourable", "unfavourable"}
BASES = {"documented", "assumed", "not_applicable", "conflict", "none"}


def test_every_row_on_silence_answers_and_says_why():
    rows = data.table("silence")["rows"]
    assert rows
    for name, row in rows.items():
        assert name.rpartition(".")[2] in SIDES, name
        assert row["answer"] in ("not_met", "unknown"), name
        assert len(row["why"].split()) >= 4, name


def test_importance_levels_have_lists_of_words_and_concepts():
    table = data.table("importance")
    assert set(table) == {"concepts", "words", "default"}
    assert all(isinstance(v, list) for part in ("concepts", "words") for v in table[part].values())


def test_kinds_name_their_assertions():
    for kind in data.table("rules")["kinds"].values():
        assert {"yes", "no", "maybe", "unstated_status", "events"} <= set(kind)
        assert not set(kind["yes"]) & set(kind["no"])


def test_exclusive_sets_have_two_members_and_a_source():
    for entry in data.table("rules")["exclusive"]:
        assert len(entry["members"]) >= 2 and entry["why"] and entry["source"]


def test_qualifier_groups_and_their_words_agree():
    table = data.table("qualifiers")
    for group, entry in table["groups"].items():
        for word in entry["words"]:
            assert table["group_of"][word] == group
    assert all(part in table["group_of"] for target in table["spelling"].values() for part in target.split("|"))


def test_stages_stand_for_values_without_a_gap():
    by_scale: dict[str, list[dict[str, str]]] = {}
    for row in data.rows("by_stage"):
        assert row["source"] and row["unit"] and (row["low"] or row["high"]), row
        by_scale.setdefault(row["scale"], []).append(row)
    for rows in by_scale.values():
        ordered = sorted(rows, key=lambda row: float(row["low"] or -1))
        for below, above in itertools.pairwise(ordered):
            assert float(above["low"]) == float(below["high"]) + 1


def test_findings_by_value_have_limits_and_sources():
    for row in data.rows("by_value"):
        assert row["sex"] in ("", "male", "female")
        assert row["cmp"] in ("<", "<=", ">", ">=") and float(row["value"]) >= 0 and row["source"]
        analyte = analytes.get(row["measurement"])
        assert bool(row["unit"]) == bool(analyte and analyte.unit), row  # a count has none


def test_kinds_by_value_do_not_overlap():
    by_disease: dict[tuple[str, str], list[tuple[float, float]]] = {}
    for row in data.rows("kind_by_value"):
        assert row["low"] or row["high"], row
        bounds = float(row["low"] or "-inf"), float(row["high"] or "inf")
        by_disease.setdefault((row["of"], row["measurement"]), []).append(bounds)
    for kinds in by_disease.values():
        assert all(below[1] < above[0] for below, above in itertools.pairwise(sorted(kinds)))


def test_severities_by_value_follow_each_other_without_a_gap():
    degrees = ["mild", "moderate", "severe"]
    by_disease: dict[tuple[str, str], list[tuple[str, float, float]]] = {}
    for row in data.rows("severity_by_value"):
        assert row["severity"] in degrees and (row["at_least"] or row["below"]), row
        bounds = float(row["at_least"] or "-inf"), float(row["below"] or "inf")
        by_disease.setdefault((row["condition"], row["measurement"]), []).append((row["severity"], *bounds))
    for rows in by_disease.values():
        ordered = sorted(rows, key=lambda row: row[1])
        assert all(lower[2] == upper[1] for lower, upper in itertools.pairwise(ordered))
        names = [degrees.index(row[0]) for row in ordered]
        assert names in (sorted(names), sorted(names, reverse=True))


def test_confidence_is_a_share():
    table = data.table("confidence")
    values = [*table["rules"].values(), *table["basis"].values()]
    assert all(0 <= v <= 1 for v in values) and set(table["basis"]) >= BASES


@pytest.mark.parametrize("answer", ["unknown", "not_met"])
def test_a_site_changes_a_row_by_its_name(answer):
    from kit import TERMS, leaf

    site = {"silence": {"rows": {"condition.unfavourable": {"answer": answer}}}}
    policy = silence.Policy(Settings(site=site).site)
    assert policy.row(leaf("condition", "mi"), "exclusion", False, TERMS).answer == answer
