"""The fact tables: every row can be read, and means something to the program."""

import csv
from importlib.resources import files

import pytest

from matcher import terms
from matcher.facts import tables
from matcher.facts.phrases import split
from matcher.terms import analytes

FOLDER = files("matcher.resources") / "facts"
TOML = [
    "behaviour", "carried_out", "concepts", "courses", "demographics", "drugs", "examined", "lists", "lookalikes",
    "operations", "qualifiers", "ruled_out", "search", "told", "values",
]  # fmt: skip
KINDS = {"any", "biomarker", "measurement"}
RESULTS = {
    "minimal",
    "positive", "negative", "detected", "not_detected", "equivocal", "trace", "amplified", "not_amplified", "mutated",
    "wild_type", "rearranged", "not_rearranged", "normal", "abnormal", "high", "low",
}  # fmt: skip


@pytest.mark.parametrize("name", TOML)
def test_toml_names_its_source(name):
    assert tables.toml(name)["source"]


@pytest.mark.parametrize("name", ["correspondence", "qualifiers", "results", "steroids", "opioids", "stage_groups"])
def test_csv_rows_are_whole(name):
    with (FOLDER / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    assert rows[0][-1] == "source"
    assert all(len(row) == len(rows[0]) and all(cell.strip() for cell in row) for row in rows)


def test_results_are_words_of_the_program():
    assert {row["result"] for row in tables.rows("results")} <= RESULTS
    assert {row["applies_to"] for row in tables.rows("results")} <= KINDS


def test_qualifiers_stand_before_or_near():
    assert {row["where"] for row in tables.rows("qualifiers")} == {"before", "near", "clause"}


def _phrases(value):
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for item in value:
            yield from _phrases(item)
    elif isinstance(value, dict):
        for item in value.values():
            yield from _phrases(item)


@pytest.mark.parametrize("name", ["behaviour", "courses", "demographics", "drugs", "lists", "ruled_out"])
def test_phrases_are_small_letters(name):
    data = {key: value for key, value in tables.toml(name).items() if key != "source"}
    wrong = [phrase for phrase in _phrases(data) if phrase != phrase.lower() or not split(phrase)]
    assert wrong == []


@pytest.mark.parametrize("substance", ["tobacco", "alcohol", "drugs"])
def test_habits_have_every_state(substance):
    known = {"words", "never", "former", "current", "none", "other", "achieved", "advice"}
    assert known == set(tables.toml("behaviour")[substance])


def test_opioids_have_an_equivalent():
    assert all(float(row["mg_of_morphine"]) > 0 for row in tables.rows("opioids"))


def test_steroids_have_an_equivalent():
    assert all(float(row["mg_equivalent_to_prednisone_5mg"]) > 0 for row in tables.rows("steroids"))


@pytest.mark.parametrize(
    "name", ["weight", "height", "creatinine", "bmi", "bsa", "qt", "pao2", "fio2", "albumin", "inr"]
)
def test_inputs_of_formulas_are_known(name):
    assert any(analytes.get(id) for id in tables.toml("concepts")["inputs"][name])


def test_derived_measures_are_known():
    terminology = terms.load()
    for row in tables.toml("concepts")["derived"].values():
        assert terminology.concept(row["id"]).id == row["id"]


def test_measures_named_elsewhere_are_known():
    assert [id for id in sorted(set(tables.toml("concepts")["glued"].values())) if analytes.get(id) is None] == []


def test_findings_lead_to_known_measures():
    assert [id for id in tables.toml("concepts")["finding_of"] if analytes.get(id) is None] == []
