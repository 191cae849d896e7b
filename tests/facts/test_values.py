"""Values as notes round and compare them."""

import pytest


def test_a_value_is_no_year(facts):
    found = facts("She has hepatosplenomegaly and a platelet count of 2000.")
    assert {f.time for f in found if f.kind != "sex"} == {None}


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("Weight was 149 pounds, which is up 2 pounds.", [(149, 149)]),
        ("Weight today 210 pounds, down 5 pounds since May.", [(210, 210)]),
        ("Systolic blood pressures have dropped to the 70s.", [(70, 79)]),
        ("Heart rate in the low 100s.", [(100, 103)]),
        ("Oxygen saturation in the mid 80s.", [(82, 86)]),
        ("BP 140s/80s.", [(85, 85), (145, 145)]),
        ("BP in the 140s to 150s.", [(140, 159)]),
    ],
)
def test_values_by_tens_and_differences(facts, text, values):
    found = [f.quantity for f in facts(text) if f.kind == "measurement" and f.quantity]
    assert [(q.low, q.high) for q in found] == values


@pytest.mark.parametrize(
    ("text", "measure"),
    [
        ("Hypomagnesemia (0.58 mmol/L).", "Magnesium"),
        ("Hypoglycaemia (27 mg/dL).", "Glucose"),
        ("Hyperbilirubinemia (6.4 mg/dL).", "Bilirubin, total"),
    ],
)
def test_a_value_beside_the_finding_that_it_shows(facts, text, measure):
    assert [f.concept.name for f in facts(text) if f.quantity] == [measure]


def test_hypoglycemia_that_is_counted_has_no_value(facts):
    found = [f for f in facts("Hypoglycemia 3 times a week.") if f.quantity]
    assert [(f.kind, f.quantity.unit) for f in found] == [("condition", "/week")]


@pytest.mark.parametrize(
    ("text", "measure"),
    [
        ("The cyst was smooth, weighing 1351 grams.", "Body weight (specimen)"),
        ("The uterus weighed 250 g.", "Body weight (specimen)"),
        ("Newborn boy weighing 3200 grams.", "Body weight"),
        ("She weighs 70 kg.", "Body weight"),
    ],
)
def test_whose_weight_it_is(facts, text, measure):
    assert [f.concept.name for f in facts(text) if f.kind == "measurement"] == [measure]
