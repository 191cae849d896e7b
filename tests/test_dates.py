"""Durations in words and calendar arithmetic."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.dates import add, duration_days, move_months, subtract


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("28 days", (28, 28)),
        ("6 months", (181, 184)),
        ("one year", (365, 366)),
        ("a month", (28, 31)),
        ("twelve (12) weeks", (84, 84)),
        ("6 (six) months", (181, 184)),
        ("2-3 weeks", (14, 21)),
        ("the past year", (365, 366)),
        ("48 hours", (2, 2)),
        ("12-week", (84, 84)),
        ("a few days", (2, 5)),
        ("weeks and months", None),
        ("5 half-lives", None),
        ("3 cycles", None),
        ("", None),
    ],
)
def test_days_of_a_duration(text, days):
    assert duration_days(text) == days


@pytest.mark.parametrize(
    ("date", "duration", "expected"),
    [
        ("2024-08-31", "6 months", "2024-02-29"),
        ("2024-02-29", "1 year", "2023-02-28"),
        ("2023-06-15", "28 days", "2023-05-18"),
        ("2023-06-15", "2-3 weeks", "2023-05-25"),
        ("2023-06-15", "36 hours", "2023-06-13"),
        ("2023-06-15", "18 months", "2021-12-15"),
        ("2023-06-15", "1.5 years", "2021-12-15"),
    ],
)
def test_subtract(date, duration, expected):
    assert subtract(dt.date.fromisoformat(date), duration) == dt.date.fromisoformat(expected)


def test_subtract_says_what_it_expects():
    with pytest.raises(ValueError, match=r"half-lives.*expected a number and one of"):
        subtract(dt.date(2023, 1, 1), "5 half-lives")


@given(st.dates(), st.integers(-30000, 30000))
def test_months_move_within_the_calendar(date, months):
    moved = move_months(date, months)
    assert moved.day <= date.day or moved in (dt.date.min, dt.date.max)


@given(st.dates(), st.integers(0, 5000))
def test_days_are_exact(date, n):
    assert add(date, f"{n % 1000} days") >= date >= subtract(date, f"{n % 1000} days")


@given(st.text(max_size=200))
def test_any_text_is_read_without_error(text):
    days = duration_days(text)
    assert days is None or 0 <= days[0] <= days[1]
