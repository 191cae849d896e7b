"""Rows written in parts are the rows of the contract, byte for byte."""

import dataclasses
import datetime as dt

import pytest

from matcher.model import Criterion, Evidence, Screening, Verdict
from matcher.report import contract, lines
from matcher.report.rows import Rows

CRITERION = Criterion("I1", "inclusion", "Age ≥ 18\u2028years \x85", 0, 9, "parsed")
OTHER = dataclasses.replace(CRITERION, id="E2", kind="exclusion", text='"Quoted" \\ text')
QUOTE = Evidence("p/n", 3, 9, 1, "58 – years “old”\x7f", "2024-01-02", "present")
SILENT = Verdict(CRITERION, "unknown", "none", 0.5, "not mentioned", "ask: age")
SAID = Verdict(OTHER, "met", "documented", 0.97, "“58 – years” stands there", None, (QUOTE,), near="“x” against 3")
BROKEN = dataclasses.replace(SAID, reason="broken \ud800 text")


def screening(*verdicts, **more):
    day = dt.date(2024, 1, 2)
    return Screening("t", "p\u20281", day, "review", "documented", 0.123456, verdicts, **more)


@pytest.mark.parametrize("shape", [contract.PLAIN, contract.Shape(context=5), contract.Shape(redact=True)])
@pytest.mark.parametrize(
    "row",
    [
        screening(),
        screening(SILENT),
        screening(SILENT, SAID, SILENT),
        screening(SAID, BROKEN),
        screening(SILENT, problems=("n1: empty", "n2: not read \ud800")),
        screening(SILENT, SAID, rank=3, problems=("n1: empty",)),
    ],
)
def test_in_parts_as_whole(row, shape):
    rows = Rows(shape)
    texts = {"p/n": "He 58 – years “old”\x7f and well"}
    for _ in range(2):
        assert rows.dumps(row, texts) == lines.dumps(contract.screening(row, shape, texts))


@pytest.mark.parametrize("row", [screening(SILENT), screening(SILENT, SAID, SILENT), screening(SAID), screening()])
def test_what_many_get_is_named_by_number_on_the_way(row):
    short, whole = Rows(contract.PLAIN, [SILENT]), lines.dumps(contract.screening(row))
    dumped = short.dumps(row, {})
    assert (len(dumped) < len(whole) - 100) == (SILENT in row.verdicts)
    assert short.whole(dumped) == Rows(contract.PLAIN, [SILENT]).whole(dumped) == whole


def test_broken_words_that_many_get_change_how_the_row_is_written():
    silent = dataclasses.replace(SILENT, reason="broken \ud800 text")
    rows = Rows(contract.PLAIN, [silent, SILENT])
    for row in (screening(silent, SILENT, SAID), screening(SILENT, SAID)):
        assert rows.whole(rows.dumps(row, {})) == lines.dumps(contract.screening(row))
