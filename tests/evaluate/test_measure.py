"""Values: latest wins, units, limits of normal, censored and straddling values."""

from dataclasses import replace

import pytest
from kit import days, fact, judge, leaf, value

from matcher.model import Quantity, Window

ALT = "1742-6"


def over(limit, unit="U/L", cmp=">", **more):
    return leaf("measurement", ALT, cmp=cmp, value=limit, unit=unit, **more)


@pytest.mark.parametrize(
    ("cmp", "limit", "truth"),
    [(">", 100.0, "met"), (">", 120.0, "not_met"), (">=", 120.0, "met"), ("<", 120.0, "not_met"), ("<=", 120.0, "met")],
)
def test_limits(cmp, limit, truth):
    assert judge(over(limit, cmp=cmp), value(ALT, 120, "U/L")).truth == truth


def test_between_includes_both_ends():
    assert judge(replace(over(100.0, cmp="between"), value2=120.0), value(ALT, 120, "U/L")).truth == "met"


def test_latest_value_wins():
    old, new = value(ALT, 300, "U/L", time=days("2023-01-01")), value(ALT, 30, "U/L", time=days("2023-06-01"))
    assert judge(over(100.0), new, old).truth == "not_met"


def test_values_of_one_day_in_two_notes_that_differ_conflict():
    verdict = judge(over(100.0), value(ALT, 300, "U/L"), value(ALT, 30, "U/L", note="n2"))
    assert (verdict.truth, verdict.basis) == ("unknown", "conflict")


@pytest.mark.parametrize(("low", "high", "truth"), [(35, 45, "unknown"), (30, 39, "met"), (41, 45, "not_met")])
def test_range_that_straddles_stays_open(low, high, truth):
    assert judge(over(40.0, cmp="<="), value(ALT, low, "U/L", high)).truth == truth


def test_censored_value_below_the_limit():
    censored = fact("measurement", ALT, "<20", quantity=Quantity(None, 20, "U/L", high_open=True))
    assert judge(over(50.0, cmp="<"), censored).truth == "met"


def test_multiple_of_the_range_in_the_note():
    ranged = fact("measurement", ALT, "120", quantity=Quantity(120, 120, "U/L", ref_low=7, ref_high=45))
    verdict = judge(over(3.0, None, uln=True), ranged)
    assert verdict.truth == "not_met"


@pytest.mark.parametrize(("number", "truth"), [(130, "unknown"), (80, "not_met"), (300, "met")])
def test_multiple_of_a_default_range_is_open_where_laboratories_differ(number, truth):
    assert judge(over(3.0, None, uln=True), value(ALT, number, "U/L")).truth == truth


def test_normal_in_words_is_below_three_times_the_limit():
    assert judge(over(3.0, None, uln=True), fact("measurement", ALT, "ALT normal", result="normal")).truth == "not_met"


def test_pending_result_is_asked_for():
    verdict = judge(over(100.0), fact("measurement", ALT, "ALT pending", result="pending"))
    assert verdict.truth == "unknown" and verdict.needs


def test_value_outside_the_window_is_open():
    verdict = judge(over(100.0, window=Window(within="28 days")), value(ALT, 300, "U/L", time=days("2023-01-01")))
    assert verdict.truth == "unknown" and "28 days" in verdict.needs


def test_silence_on_a_laboratory_value_is_open():
    assert judge(over(100.0)).truth == "unknown"


def test_near_miss_names_value_and_limit():
    assert "140" in judge(over(135.0), value(ALT, 140, "U/L")).near


@pytest.mark.parametrize(("asked", "truth"), [("positive", "not_met"), ("negative", "met")])
def test_result_in_words(asked, truth):
    tested = fact("measurement", ALT, "test negative", result="negative")
    assert judge(leaf("measurement", ALT, cmp="=", value=asked), tested).truth == truth
