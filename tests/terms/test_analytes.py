"""The table of analytes: every row usable, and what is asked of it."""

import csv
from importlib import resources

import pytest

from matcher.errors import MatchError
from matcher.terms import analytes, keys, units

ALL = analytes.all()
each = pytest.mark.parametrize("analyte", ALL, ids=lambda a: a.id)

# Published by LOINC and US Core with a digit that the algorithm does not give.
ODD_CHECK_DIGIT = {"3150-6"}


def check_digit(number: str) -> int:
    """Mod 10 of LOINC (Users' Guide, appendix C)."""
    total = 0
    for place, digit in enumerate(reversed(number)):
        double = int(digit) * (2 if place % 2 == 0 else 1)
        total += double // 10 + double % 10
    return -total % 10


def test_the_table_has_the_common_measures():
    assert len(ALL) >= 160


def test_no_id_twice():
    path = resources.files("matcher.resources") / "terms" / "analytes.csv"
    ids = [row["id"] for row in csv.DictReader(path.read_text("utf-8").splitlines())]
    assert len(ids) == len(set(ids)) == len(ALL)


@each
def test_id_is_a_loinc_code_or_our_own(analyte):
    if analyte.id.startswith("MEAS:"):
        assert analyte.id.removeprefix("MEAS:").replace("-", "").isalnum()
    elif analyte.id not in ODD_CHECK_DIGIT:
        number, digit = analyte.id.split("-")
        assert check_digit(number) == int(digit)


@each
def test_units_are_canonical_and_convert(analyte):
    for unit in filter(None, (analyte.unit, *analyte.other_units)):
        assert units.canonical(unit) == unit
        units.convert(1.0, unit, analyte.unit, analyte)


@pytest.mark.parametrize("analyte", [a for a in ALL if a.unit], ids=lambda a: a.id)  # a panel has no value of its own
def test_limits_lie_within_what_is_plausible(analyte):
    assert analyte.plausible_low is not None and analyte.plausible_high is not None
    assert analyte.plausible_low < analyte.plausible_high
    limits = [*analyte.ref_male, *analyte.ref_female, *(analyte.uln or ())]
    assert all(v in (None, 0) or analyte.plausible_low <= v <= analyte.plausible_high for v in limits)


@each
def test_limits_are_in_order(analyte):
    for low, high in (analyte.ref_male, analyte.ref_female, analyte.uln or (None, None)):
        assert low is None or high is None or low <= high


@each
def test_default_upper_limit_is_one_that_laboratories_use(analyte):
    if analyte.uln is not None:
        highs = [high for high in (analyte.ref_male[1], analyte.ref_female[1]) if high is not None]
        assert highs and all(analyte.uln[0] <= high <= analyte.uln[1] for high in highs)


@each
def test_source_is_named(analyte):
    assert analyte.source


def test_no_name_means_two_analytes():
    owners: dict[str, set[str]] = {}
    for analyte in ALL:
        for name in (analyte.name, *analyte.synonyms):
            for key in keys.curated(name):
                owners.setdefault(key, set()).add(analyte.id)
    assert not {key: ids for key, ids in owners.items() if len(ids) > 1}


def test_no_synonym_twice_in_a_row():
    assert not [(a.id, a.synonyms) for a in ALL if len(set(a.synonyms)) != len(a.synonyms)]


def test_no_symbol_means_two_analytes():
    symbols = [symbol for analyte in ALL for symbol in analyte.symbols]
    assert len(symbols) == len(set(symbols))


@pytest.mark.parametrize(
    ("symbol", "id"),
    [("K", "2823-3"), ("Na", "2951-2"), ("Cr", "2160-0"), ("T", "8310-5"), ("Plt", "777-3"), ("Mg", "19123-9"),
     ("Ca", "17861-6"), ("Ht", "8302-2"), ("Wt", "29463-7"), ("P", "8867-4")],
)  # fmt: skip
def test_symbols(symbol, id):
    assert analytes.by_symbol(symbol).id == id


def test_symbols_keep_their_case():
    assert analytes.by_symbol("k") is None


def test_unknown_ids_are_none():
    assert analytes.get("0000-0") is None
    assert analytes.reference("0000-0") is None
    assert analytes.uln_spread("0000-0") is None
    assert analytes.reference_range("0000-0") == (None, None, "")


def test_reference_by_sex():
    assert analytes.reference("718-7", "female") == (12.0, 15.5)
    assert analytes.reference("718-7", "male") == (13.5, 17.5)


def test_reference_of_an_unknown_sex_is_the_wider():
    assert analytes.reference("718-7") == (12.0, 17.5)


def test_a_limit_that_one_sex_lacks_is_none_for_an_unknown_sex():
    assert analytes.reference("10334-1", "female") == (0.0, 35.0)
    assert analytes.reference("10334-1") is None


def test_site_range_goes_first_in_its_own_unit():
    site = {"ranges": {"2160-0": {"high": 106.0, "unit": "umol/L"}}}
    low, high, source = analytes.reference_range("2160-0", "male", site)
    assert (low, source) == (None, "site settings")
    assert high == pytest.approx(1.2, rel=1e-2)


def test_site_range_by_sex():
    site = {"ranges": {"2160-0": {"high": 1.2, "high_female": 1.0, "unit": "mg/dL"}}}
    assert analytes.reference_range("2160-0", "female", site)[1] == 1.0


def test_default_range_names_its_source():
    assert "Mayo" in analytes.reference_range("2160-0", "male")[2]


def test_uln_spread_narrows_with_the_sex():
    low, high = analytes.uln_spread("2160-0")
    male, female = analytes.uln_spread("2160-0", "male"), analytes.uln_spread("2160-0", "female")
    assert low < male[0] <= male[1] == high
    assert low == female[0] <= female[1] < high


@each
def test_spread_holds_the_default_limit(analyte):
    for sex, high in (("male", analyte.ref_male[1]), ("female", analyte.ref_female[1])):
        spread = analytes.uln_spread(analyte, sex)
        if spread is not None and high is not None:
            assert spread[0] <= high <= spread[1]


@pytest.mark.parametrize(
    ("id", "value", "unit"),
    [
        ("777-3", 150, "10*3/uL"), ("777-3", 150_000, "/uL"), ("751-8", 1.5, "10*3/uL"), ("751-8", 1500, "/uL"),
        ("751-8", 0, "10*3/uL"), ("718-7", 9.5, "g/dL"), ("718-7", 95, "g/L"), ("2160-0", 1.1, "mg/dL"),
        ("2160-0", 88, "umol/L"), ("4548-4", 7.2, "%"), ("4548-4", 58, "mmol/mol"), ("8310-5", 98.6, "[degF]"),
        ("8310-5", 37, "Cel"), ("2345-7", 180, "mg/dL"), ("10230-1", 55, "%"), ("10230-1", 0.55, "1"),
        ("3255-7", 310, "mg/dL"), ("8302-2", 1.75, "m"), ("1751-7", 38, "g/L"), ("2890-2", 0.4, "g/g"),
    ],
)  # fmt: skip
def test_the_only_plausible_unit(id, value, unit):
    assert analytes.plausible_unit(id, value) == unit


@pytest.mark.parametrize(
    ("id", "value"), [("29463-7", 80), ("2160-0", 15), ("2345-7", 20), ("777-3", 5e9), ("2823-3", 0), ("0000-0", 1)]
)
def test_no_unit_is_guessed(id, value):
    assert analytes.plausible_unit(id, value) is None


@pytest.mark.parametrize("text", ["mmol/mol = % * 10", "10.9", "a = b", "x = 1 * "])
def test_a_conversion_that_cannot_be_read_is_an_error(text):
    with pytest.raises(MatchError, match="conversion"):
        analytes._conversion(text, "4548-4")


def test_a_cell_that_is_no_number_is_an_error():
    row = dict.fromkeys(analytes.COLUMNS, "") | {"id": "MEAS:x", "plausible_low": "low"}
    with pytest.raises(MatchError, match="plausible_low"):
        analytes._row(row)


@pytest.mark.parametrize(
    ("id", "unit", "meant"),
    [
        ("20150-9", "%", "20152-5"), ("20150-9", "% predicted", "20152-5"), ("20150-9", "L", "20150-9"),
        ("751-8", "%", "770-8"), ("711-2", "cells/uL", "711-2"), ("711-2", "%", "713-8"), ("24467-3", "%", "8123-2"),
        ("2889-4", "mg/g", "2890-2"), ("2889-4", "g/24h", "2889-4"), ("6690-2", "/hpf", "5821-4"),
        ("2160-0", None, "2160-0"), ("2160-0", "years", None), ("0000-0", "kg", "0000-0"),
    ],
)  # fmt: skip
def test_a_unit_of_another_kind_means_a_variant(id, unit, meant):
    assert analytes.for_unit(id, unit) == meant


@each
def test_variants_are_analytes_of_another_kind_of_unit(analyte):
    for variant in analyte.variants:
        assert analytes.get(variant) is not None
        assert analytes.for_unit(analyte.id, analytes.get(variant).unit) != analyte.id


@pytest.mark.parametrize(
    ("wording", "means"),
    [
        ("troponin", "Troponin"),
        ("cardiac troponin", "Troponin"),
        ("hs-troponin", "Troponin, high sensitivity"),
        ("CSF lactate", "Lactate in cerebrospinal fluid"),
        ("24-hour urine calcium", "Calcium in urine"),
        ("salivary cortisol", "Cortisol in saliva"),
        ("free PSA", "Prostate specific antigen, free"),
        ("percent free PSA", "PSA, free to total"),
        ("urinary free cortisol", "Cortisol, free, in urine"),
        ("CSF glucose", "Glucose in cerebrospinal fluid"),
        ("urine Na", "Sodium in urine"),
    ],
)
def test_another_specimen_or_form_is_another_measure(wording, means):
    from matcher import terms

    assert terms.load().normalise(wording).concept.name == means


@pytest.mark.parametrize(
    ("narrow", "wide", "is_one"),
    [
        ("troponin T", "troponin", True),
        ("hs-TnI", "troponin I", True),
        ("hs-TnI", "hs-troponin", True),
        ("troponin T", "troponin I", False),
        ("troponin", "troponin I", False),
        ("hsCRP", "CRP", True),
        ("CRP", "hsCRP", False),
        ("eGFR (MDRD)", "eGFR", True),
        ("eGFR (MDRD)", "eGFR (CKD-EPI)", False),
        ("fasting glucose", "glucose", True),
        ("corrected calcium", "calcium", True),
        ("ionized calcium", "calcium", False),
        ("free testosterone", "total testosterone", False),
        ("direct bilirubin", "total bilirubin", False),
        ("urine potassium", "potassium", False),
    ],
)
def test_what_answers_for_what(narrow, wide, is_one):
    from matcher import terms

    T = terms.load()
    one, other = T.normalise(narrow).concept, T.normalise(wide).concept
    assert T.is_a(one.id, other.id) == is_one
