"""Numbers with their units, as notes and protocols write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.ner import quantities


def read(text):
    return [(text[q.start : q.end], q.low, q.high, q.unit) for q in quantities.find(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Hgb 8.1 g/dL", [("8.1 g/dL", 8.1, 8.1, "g/dL")]),
        ("HGB: 8.1", [("8.1", 8.1, 8.1, None)]),
        ("Plts 95K.", [("95K", 95000, 95000, None)]),
        ("platelets 100,000/uL", [("100,000/uL", 100000, 100000, "/uL")]),
        ("EF 55-60%", [("55-60%", 55, 60, "%")]),
        ("ANC 1.5 x 10^9/L", [("1.5 x 10^9/L", 1.5, 1.5, "10^9/L")]),
        ("20/400 OD", [("20/400", 0.05, 0.05, "Snellen")]),
        ("MoCA 22/30", [("22/30", 22, 22, "/30")]),
        ("BP 146/94", [("146", 146, 146, "mmHg"), ("94", 94, 94, "mmHg")]),
        ("ECOG one", [("one", 1, 1, None)]),
        ("Gleason 3+4=7", [("3+4=7", 7, 7, None)]),
        ("ten days ago", [("ten days", 10, 10, "days")]),
        ("twenty-one days", [("twenty-one days", 21, 21, "days")]),
        ("T-score of -2.1", [("-2.1", -2.1, -2.1, None)]),
        ("1,500-2,000 mL", [("1,500-2,000 mL", 1500, 2000, "mL")]),
        ("2 to 3 weeks", [("2 to 3 weeks", 2, 3, "weeks")]),
    ],
)
def test_values(text, expected):
    assert read(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "seen 2/12/24 and 2023-03-01",
        "at 10:30 AM",
        "March 12, 2019",
        "12 May 2020",
        "in 03/2020",
        "call 555-123-4567",
        "SSN 123-45-6789",
        "CD4",
        "COVID-19",
        "T2DM",
        "one of the nurses",
        "room #12",
    ],
)
def test_no_quantity(text):
    assert read(text) == []


@pytest.mark.parametrize(
    ("text", "low", "high", "low_open", "high_open"),
    [
        ("VL <20 copies/mL", None, 20, False, True),
        ("eGFR >60", 60, None, True, False),
        ("WBC ≥ 3.0", 3.0, None, False, False),
        ("less than 5", None, 5, False, True),
        ("PSA <= 0.1", None, 0.1, False, False),
    ],
)
def test_censored(text, low, high, low_open, high_open):
    (found,) = quantities.find(text)
    assert (found.low, found.high, found.low_open, found.high_open) == (low, high, low_open, high_open)


def test_part_of_a_text():
    text = "Na 138, K 4.2, Cl 101"
    assert [q.low for q in quantities.find(text, 8, 13)] == [4.2]


@given(st.text(alphabet="0123456789.,-/+<>x^%eK mgdLJan ", max_size=80))
def test_offsets_lie_within_and_in_order(text):
    at = 0
    for number in quantities.scan(text):
        assert at <= number.start < number.end <= len(text)
        assert text[number.start : number.end].strip() != ""
        at = number.end


@pytest.mark.parametrize("unit", ["1", "1,", "1-", "1/", "<", "three ", "Jan ", "1 x 10", "1.", "-"])
def test_linear_time(unit, cpu):
    def spent(times):
        text = unit * times
        return cpu(lambda: quantities.scan(text))

    spent(1000)
    small, large = spent(10_000), spent(40_000)
    assert large < 12 * small + 0.05


@pytest.mark.parametrize("sign", sorted(quantities._NO_UNIT))
def test_no_unit_begins_with_a_sign_that_is_not_looked_behind(sign):
    assert all(
        quantities._unit_pattern().match(sign + unit) is None for unit in ("mg", "%", "x10^9/L", "1.73m2", " mg")
    )
