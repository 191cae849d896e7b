"""Units as notes and protocols spell them, and arithmetic between them."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.terms import analytes, units

COUNTS = ["K/uL", "10*3/uL", "x10^9/L", "x 10⁹/L", "10 9/L", "10E9/L", "G/L", "thousand/mm3", "K/mm³", "10^3/µL"]


@pytest.mark.parametrize("spelling", COUNTS)
def test_spellings_of_a_cell_count_agree(spelling):
    assert units.convert(150, spelling, "/mm3") == pytest.approx(150_000)


@pytest.mark.parametrize(
    ("spelling", "code"),
    [
        ("MG/DL", "mg/dL"), ("mg%", "mg/dL"), ("gm/dl", "g/dL"), ("mcg/dL", "ug/dL"), ("µmol/l", "umol/L"),
        ("mEq/L", "meq/L"), ("IU/L", "U/L"), ("µIU/mL", "uU/mL"), ("m[IU]/mL", "mU/mL"), ("cells/mm3", "/uL"),
        ("/µL", "/uL"), ("copies/mL", "/mL"), ("log10 copies/mL", "{log10}/mL"), ("g/24 hours", "g/d"),
        ("mL/min/1.73m²", "mL/min/{1.73_m2}"), ("ml/min per 1.73 m2", "mL/min/{1.73_m2}"), ("kg/m^2", "kg/m2"),
        ("mm Hg", "mm[Hg]"), ("degrees F", "[degF]"), ("°C", "Cel"), ("lbs", "[lb_av]"), ("inches", "[in_i]"),
        ("msec", "ms"), ("cmH2O", "cm[H2O]"), ("mOsm/kg H2O", "mosm/kg"), ("/hpf", "/[HPF]"), ("bpm", "/min"),
        ("% predicted", "%"), ("ng/mL FEU", "ng/mL"), ("Wood units", "[wood'U]"), ("mm/hr", "mm/h"), ("fl", "fL"),
        ("10^12/L", "10*12/L"), ("million/mm3", "10*6/uL"), ("mL/min/mmHg", "mL/min/mm[Hg]"), ("D", "[diop]"),
    ],
)  # fmt: skip
def test_a_spelling_has_its_code(spelling, code):
    assert units.canonical(spelling) == code


@pytest.mark.parametrize("spelling", ["", "bananas", "mg/", "/", "mg per", "1" * 80])
def test_no_unit_is_made_up(spelling):
    assert units.parse(spelling) is None


@pytest.mark.parametrize(
    ("value", "unit", "to", "analyte", "expected"),
    [
        (1.0, "mg/dL", "umol/L", "2160-0", 88.4),
        (126, "mg/dL", "mmol/L", "1558-6", 6.99),
        (1.2, "mg/dL", "µmol/L", "1975-2", 20.5),
        (20, "mg/dL", "mmol/L", "3094-0", 7.14),
        (10.0, "mg/dL", "mmol/L", "17861-6", 2.495),
        (2.0, "mg/dL", "mEq/L", "19123-9", 1.646),
        (4.5, "mEq/L", "mmol/L", "2823-3", 4.5),
        (2.5, "mmol/L", "mEq/L", "17861-6", 5.0),
        (190, "mg/dL", "mmol/L", "2089-1", 4.91),
        (150, "mg/dL", "mmol/L", "2571-8", 1.69),
        (7.0, "%", "mmol/mol", "4548-4", 53.0),
        (75, "mmol/mol", "%", "4548-4", 9.0),
        (300, "mg/g", "mg/mmol", "9318-7", 33.9),
        (3.5, "g/24h", "mg/day", "2889-4", 3500),
        (0.5, "mg/mg", "mg/g", "2890-2", 500),
        (300, "ng/dL", "nmol/L", "2986-8", 10.4),
        (13, "g/dL", "g/L", "718-7", 130),
        (6.0, "mg/dL", "umol/L", "3084-1", 357),
        (5, "mg/L", "mg/dL", "1988-5", 0.5),
        (101.3, "°F", "°C", None, 38.5),
        (38.0, "C", "F", None, 100.4),
        (70, "inches", "cm", None, 177.8),
        (220, "lb", "kg", None, 99.79),
        (60, "mmHg", "kPa", None, 8.0),
        (0.45, "s", "ms", None, 450),
        (3, "log10 copies/mL", "copies/mL", None, 1000),
        (1, "mL/s", "mL/min", None, 60),
        (240, "dyn.s/cm5", "Wood units", None, 3.0),
        (1.5, "10^9/L", "cells/mm3", None, 1500),
        (0.55, "1", "%", None, 55),
        (1, "ukat/L", "U/L", None, 60),
        (60, "mL/min/1.73m2", "mL/min", None, 60),
    ],
)
def test_conversion(value, unit, to, analyte, expected):
    assert units.convert(value, unit, to, analyte) == pytest.approx(expected, rel=5e-3)


@pytest.mark.parametrize(
    ("unit", "to", "analyte"),
    [
        ("mg/dL", "mmol/L", None), ("mg/dL", "U/L", "1742-6"), ("mmHg", "kg", None), (None, "mg/dL", "2160-0"),
        ("mg/dL", "", "2160-0"), ("bananas", "mg/dL", "2160-0"), ("mg/dL", "mEq/L", "2160-0"), ("%", "mmol/mol", None),
        ("s", "%", "5902-2"),
    ],
)  # fmt: skip
def test_what_is_not_known_is_an_error(unit, to, analyte):
    with pytest.raises(units.UnitError):
        units.convert(1.0, unit, to, analyte)


def test_error_names_the_units_that_are_allowed():
    with pytest.raises(units.UnitError, match="umol/L"):
        units.convert(1.0, "mmHg", "mg/dL", "2160-0")


def test_comparing_a_clearance_with_an_absolute_one_has_a_caveat():
    assert "1.73" in (units.caveat("mL/min/1.73m2", "mL/min") or "")
    assert units.caveat("mL/min", "mL/s") is None


PAIRS = [
    (unit, analyte.unit, analyte.id)
    for analyte in analytes.all()
    for unit in analyte.other_units
    if units.parse(unit) != units.parse(analyte.unit)
]


@given(pair=st.sampled_from(PAIRS), value=st.floats(0.001, 1e6))
def test_there_and_back_is_the_same_value(pair, value):
    unit, home, analyte = pair
    there = units.convert(value, unit, home, analyte)
    assert units.convert(there, home, unit, analyte) == pytest.approx(value, rel=1e-9, abs=1e-9)


@given(pair=st.sampled_from(PAIRS), low=st.floats(0.001, 1e6), more=st.floats(0.001, 1e6))
def test_conversion_keeps_the_order(pair, low, more):
    unit, home, analyte = pair
    assert units.convert(low, unit, home, analyte) < units.convert(low + more, unit, home, analyte)


@given(st.text(max_size=80))
def test_any_text_is_a_unit_or_none(text):
    unit = units.parse(text)
    assert unit is None or unit.code


@pytest.mark.parametrize("hostile", ["/" * 50, "x10" * 18, "mg/" * 18, "(" * 58, "1.73" * 14, "10^" * 19])
def test_hostile_spellings_end(hostile):
    units.readings(hostile)


PATTERN = re.compile(units.UNIT_PATTERN, re.IGNORECASE)


@pytest.mark.parametrize(
    "text",
    [
        *COUNTS, "mg/dL", "mL/min/1.73 m2", "mm Hg", "cells/µL", "copies/mL", "log10 copies/mL", "kg/m²", "%",
        "mEq/L", "mmol/mol", "ng/mL", "mIU/mL", "g/24h", "ms", "L/min", "U/L", "Wood units", "lbs", "cm",
    ],
)  # fmt: skip
def test_the_pattern_takes_a_unit_whole(text):
    match = PATTERN.match(text)
    assert match is not None and match[0] == text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("5'10\"", (70.0, "[in_i]")),
        ("5 ft 10 in", (70.0, "[in_i]")),
        ("11 st 4 lb", (158.0, "[lb_av]")),
        ("7 lbs 3 oz", (115.0, "[oz_av]")),
        ("12 mg", None),
    ],
)
def test_compound_measures(text, expected):
    assert units.read_compound(text) == expected


@pytest.mark.parametrize("analyte", analytes.all(), ids=lambda a: a.id)
def test_a_shown_unit_can_be_read_again(analyte):
    for unit in filter(None, (analyte.unit, *analyte.other_units)):
        assert units.canonical(units.display(unit)) == units.canonical(unit)
