"""Tables of results with dates, and the layouts of values that came up in notes read by hand."""

import pytest


@pytest.fixture
def values(facts):
    return lambda text: [
        (f.concept.name, f.quantity.low, f.time.start.isoformat() if f.time else None)
        for f in facts(text)
        if f.quantity is not None and f.concept is not None
    ]


def test_a_day_in_each_row(values):
    assert sorted(values("Date | Hgb | WBC\n01/02/2024 | 9.1 | 4.5\n01/05/2024 | 8.7 | 5.1\n")) == [
        ("Hemoglobin", 8.7, "2024-01-05"),
        ("Hemoglobin", 9.1, "2024-01-02"),
        ("Leukocytes", 4.5, "2024-01-02"),
        ("Leukocytes", 5.1, "2024-01-05"),
    ]


def test_a_day_over_each_column(values):
    assert sorted(values("Lab  1/2/24  1/5/24\nHgb  9.1  8.7\nCr  1.2  1.6\n")) == [
        ("Creatinine", 1.2, "2024-01-02"),
        ("Creatinine", 1.6, "2024-01-05"),
        ("Hemoglobin", 8.7, "2024-01-05"),
        ("Hemoglobin", 9.1, "2024-01-02"),
    ]


@pytest.mark.parametrize(
    ("text", "name", "value"),
    [
        ("WBC was elevated at 17,580/mm.", "Leukocytes", 17580.0),
        ("PD-L1 (22C3) TPS 70%.", "PD-L1 expression", 70.0),
        ("She has lost about 30 pounds.", "Weight loss", 30.0),
    ],
)
def test_value(values, text, name, value):
    assert (name, value) in [v[:2] for v in values(text)]


def test_one_fact_for_each_date(facts):
    found = facts("COPD exacerbations in 01/2023 and 03/2023.")
    assert sorted(f.time.start.isoformat() for f in found) == ["2023-01-01", "2023-03-01"]


def test_the_eye_of_a_line(facts):
    found = facts("OS: 3+ nuclear sclerotic cataract.")
    assert found[0].qualifiers == ("left",)


def test_a_pronoun_hides_no_cue(facts):
    found = facts("I have also set him up for a colonoscopy.")
    assert [f.assertion for f in found if f.kind == "procedure"] == ["planned"]


def test_a_variant_is_not_the_next_markers_result(facts):
    found = facts("EGFR exon 19 deletion, ALK negative.")
    assert [(f.concept.name, f.result) for f in found] == [("EGFR", "mutated"), ("ALK", "negative")]
