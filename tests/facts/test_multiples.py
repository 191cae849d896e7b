"""Values that are given as multiples of a limit of normal."""

import pytest

from matcher.facts import multiples
from matcher.model import Quantity


@pytest.mark.parametrize(
    ("behind", "unit"),
    [
        (" x ULN", "ULN"),
        ("x ULN.", "ULN"),
        ("× ULN", "ULN"),
        (" times the upper limit of normal", "ULN"),
        ("-fold the upper normal limit", "ULN"),
        (" times upper", "ULN"),
        (" times the lower limit", "LLN"),
        (" x LLN", "LLN"),
        (" ULN", "ULN"),
        (" ULN 45", None),
        (" upper extremities", None),
        (" U/L", None),
        (" times a day", None),
        ("", None),
    ],
)
def test_a_number_of_limits_of_normal(behind, unit):
    text = "ALT 4.5" + behind
    assert multiples.of(text, Quantity(4.5, 4.5, None, start=4, end=7)).unit == unit


def test_a_unit_that_is_written_stays():
    quantity = Quantity(120.0, 120.0, "U/L", start=4, end=11)
    assert multiples.of("ALT 120 U/L ULN", quantity) is quantity
