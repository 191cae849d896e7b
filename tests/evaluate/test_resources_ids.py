"""Concepts that the tables of the evaluator name are concepts of the terminology, under their own id."""

from __future__ import annotations

import pytest

from matcher import terms
from matcher.evaluate import data

COLUMNS = [
    ("by_value", "condition"),
    ("by_value", "measurement"),
    ("kind_by_value", "condition"),
    ("kind_by_value", "of"),
    ("kind_by_value", "measurement"),
    ("severity_by_value", "condition"),
    ("severity_by_value", "measurement"),
    ("by_test", "condition"),
    ("by_test", "test"),
    ("by_treatment", "condition"),
    ("by_treatment", "treatment"),
    ("differential", "finding"),
    ("differential", "disease"),
    ("growth", "measurement"),
    ("forbidding", "treatment"),
    ("forbidding", "forbids"),
]


@pytest.mark.parametrize(("table", "column"), COLUMNS)
def test_ids_are_those_that_words_normalise_to(table, column):
    terminology = terms.load()
    for row in data.rows(table):
        concept = terminology.concept(row[column])
        assert concept is not None, row
        again = terminology.normalise(concept.name).concept
        assert again is not None and again.id == row[column], row


def test_every_row_has_a_source():
    tables = (
        "differential", "growth", "by_test", "by_treatment", "forbidding", "kind_by_value", "severity_by_value",
    )  # fmt: skip
    assert all(row["source"] for table in tables for row in data.rows(table))
