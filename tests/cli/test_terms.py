"""``match terms``."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from matcher.cli import run


def rows(capfd: pytest.CaptureFixture[str], *arguments: str) -> list[dict]:
    assert run(["terms", *arguments, "--format", "jsonl"]) == 0
    return [json.loads(line) for line in capfd.readouterr().out.splitlines()]


def test_one_object_a_word_in_the_order_given(capfd: pytest.CaptureFixture[str]) -> None:
    found = rows(capfd, "T2DM", "no such word", "Eliquis")
    assert [row["word"] for row in found] == ["T2DM", "no such word", "Eliquis"]
    assert [row["schema"] for row in found] == ["match.terms/1"] * 3


def test_an_object_says_what_how_and_what_it_is_a_kind_of(capfd: pytest.CaptureFixture[str]) -> None:
    (row,) = rows(capfd, "T2DM")
    assert row["concept"] == {"system": "MONDO", "id": "MONDO:0005148", "name": "type 2 diabetes mellitus"}
    assert (row["how"], row["score"], row["rivals"]) == ("abbreviation", 1.0, [])
    assert row["ancestors"][0] == {"system": "MONDO", "id": "MONDO:0005015", "name": "diabetes mellitus"}
    assert "MONDO" in {source for entry in row["synonyms"] for source in entry["source"].split(", ")}
    assert "ICD10CM:E11" in row["codes"]


def test_what_nothing_fits_has_no_concept(capfd: pytest.CaptureFixture[str]) -> None:
    (row,) = rows(capfd, "no such word")
    assert (row["concept"], row["how"], row["score"], row["ancestors"]) == (None, "none", 0.0, [])


def test_several_things_in_one_wording_are_all_named(capfd: pytest.CaptureFixture[str]) -> None:
    (row,) = rows(capfd, "gastric or duodenal ulcer")
    assert (row["how"], row["concept"]["name"]) == ("several", "gastric ulcer")
    assert [other["name"] for other in row["also"]] == ["duodenal ulcer"]


def test_words_of_one_meaning_have_one_id(capfd: pytest.CaptureFixture[str]) -> None:
    found = rows(capfd, "heart attack", "myocardial infarction", "MI")
    assert len({row["concept"]["id"] for row in found}) == 1


def test_drug_classes_are_ancestors(capfd: pytest.CaptureFixture[str]) -> None:
    (row,) = rows(capfd, "Eliquis")
    assert "CLASS:anticoagulant" in {above["id"] for above in row["ancestors"]}


def test_context_chooses_the_sense(capfd: pytest.CaptureFixture[str]) -> None:
    (row,) = rows(capfd, "RA", "--context", "SpO2 97% on RA")
    assert row["concept"] is None


def test_the_table_says_why(capfd: pytest.CaptureFixture[str]) -> None:
    assert run(["terms", "severe asthma", "blurgh"]) == 0
    out = capfd.readouterr().out
    assert "asthma  [MONDO:0004979, condition]" in out
    assert "taken off  severe" in out
    assert "blurgh: no concept" in out


def test_each_source_is_named_once(capfd: pytest.CaptureFixture[str]) -> None:
    assert run(["terms", "asthma"]) == 0
    line = next(line for line in capfd.readouterr().out.splitlines() if line.strip().startswith("sources"))
    named = line.split("sources")[1].strip().split("; ")
    assert len(named) == len(set(named)) > 1
    assert not any("," in source for source in named)


def test_a_site_setting_is_named(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "site.toml"
    path.write_text('[[formulary]]\nname = "Localopril"\ningredient = "lisinopril"\nwho = "Pharmacy"\nwhen = "2024"\n')
    (row,) = rows(capfd, "Localopril", "--config", str(path))
    assert row["concept"]["name"] == "lisinopril"
    assert row["site"] == "site settings, formulary: Pharmacy, 2024"


def test_an_unknown_format_is_refused(capfd: pytest.CaptureFixture[str]) -> None:
    assert run(["terms", "asthma", "--format", "xml"]) == 2
    assert "table, jsonl, json" in capfd.readouterr().err


def test_output_goes_to_a_file(tmp_path: Path) -> None:
    path = tmp_path / "out.jsonl"
    assert run(["terms", "asthma", "--format", "jsonl", "--output", str(path)]) == 0
    assert json.loads(path.read_text())["word"] == "asthma"
