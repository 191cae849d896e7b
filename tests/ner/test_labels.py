import csv
from importlib import resources
from typing import get_args

import pytest

from matcher.errors import MatchError
from matcher.model import EntityType
from matcher.ner.labels import BY_TERMS, IGNORED, known, label_map


def rows():
    file = resources.files("matcher.resources") / "ner" / "labels.csv"
    return list(csv.DictReader(file.read_text(encoding="utf-8").splitlines()))


def test_table_has_types_of_the_program_and_names_its_sources():
    for row in rows():
        assert row["type"] in {*get_args(EntityType), IGNORED, BY_TERMS}, row
        assert row["label"] == row["label"].upper() and row["source"], row


def test_no_label_is_there_twice():
    labels = [row["label"] for row in rows()]
    assert sorted(labels) == sorted(set(labels)) and len(known()) == len(labels)


@pytest.mark.parametrize(
    "label, kind",
    [
        ("DISEASE", "condition"),
        ("Chemical", "drug"),
        ("Sign_symptom", "condition"),
        ("sign-symptom", "condition"),
        ("ENTITY", "?"),
    ],
)
def test_labels_of_public_models(label, kind):
    assert label_map([label], "model") == {label: kind}


def test_own_table_goes_first(tmp_path):
    table = tmp_path / "labels.csv"
    table.write_text("label,type\nDISEASE,observation\n")
    assert label_map(["DISEASE", "DRUG"], "model", table) == {"DISEASE": "observation", "DRUG": "drug"}


@pytest.mark.parametrize("text", ["label,type\nX,zebra\n", "label,type\n,drug\n", "a,b\n1,2\n"])
def test_own_table_that_cannot_be_used_names_its_line(tmp_path, text):
    table = tmp_path / "labels.csv"
    table.write_text(text)
    with pytest.raises(MatchError, match=r"labels\.csv, line 2"):
        label_map(["X"], "model", table)
