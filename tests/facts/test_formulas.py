"""Measures worked out by the formulas of the table."""

import pytest

from matcher.facts import formulas, tables

CASES = [
    ("BP 162/84.", "MEAS:pulse-pressure", 78),
    ("BP 80/50.", "8478-0", 60),
    ("Ca 11.2 mg/dL, albumin 2.4 g/dL.", "29265-6", 12.48),
    ("Ca 2.5 mmol/L, albumin 40 g/L.", "29265-6", 10.02),
    ("Na 140, Cl 100, HCO3 18.", "33037-3", 22),
    ("TC 240 mg/dL, HDL 40 mg/dL.", "43396-1", 200),
    ("TC 240 mg/dL, HDL 40 mg/dL, TG 150 mg/dL.", "2089-1", 170),
    ("45F. AST 30 U/L, ALT 40 U/L, platelets 250.", "MEAS:fib4", 0.854),
    ("FEV1 1.4 L, FVC 2.8 L.", "19926-5", 50),
    ("WBC 2.0 x 10^9/L, neutrophils 50%.", "751-8", 1),
    ("Iron 40 ug/dL, TIBC 400 ug/dL.", "2502-3", 10),
    ("Prostate cancer, Gleason 4+3=7.", "SCALE:grade-group", 3),
    ("Prostate cancer, Gleason 6.", "SCALE:grade-group", 1),
]


@pytest.mark.parametrize(("text", "concept", "value"), CASES)
def test_worked_out(derived, text, concept, value):
    fact = next(f for f in derived(text) if f.concept and f.concept.id == concept)
    assert fact.quantity.low == pytest.approx(value, abs=0.01)
    assert fact.inputs and fact.formula


NONE = [
    ("TC 240 mg/dL, HDL 40 mg/dL, TG 520 mg/dL.", "2089-1"),  # Friedewald does not hold
    ("Ca 11.2 mg/dL.", "29265-6"),
    ("A boy of 9 years. AST 30 U/L, ALT 40 U/L, platelets 250.", "MEAS:fib4"),
    ("TC 240 mg/dL, HDL 40 mg/dL. LDL 150 mg/dL. TG 150 mg/dL.", "2089-1"),  # it was measured
]


@pytest.mark.parametrize(("text", "concept"), NONE)
def test_not_worked_out(derived, text, concept):
    assert not [f for f in derived(text) if f.concept and f.concept.id == concept]


def test_table_reads():
    assert all(row["source"] for row in tables.toml("formulas")["measure"])
    for measure in formulas._measures():
        values = {name: 90.0 / (place + 1) for place, (name, *_) in enumerate(measure.of)}
        assert formulas._result(measure.formula, {**values, "age": 50.0}) is not None or "-" in measure.formula
