"""Doses, routes and what took a drug's place."""

import pytest


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Zyrtec p.r.n.", ("as needed",)),
        ("Tylenol 1000 mg 3 times daily", ("3/day",)),
        ("Keflex 500 mg by mouth four times per day", ("oral", "4/day")),
    ],
)
def test_route_and_frequency(facts, text, words):
    assert facts(text)[0].qualifiers == words


def test_the_drug_that_took_the_place_of_one_not_tolerated(facts):
    found = facts("She did not tolerate the Arimidex and I changed her to Femara.")
    assert [(f.kind, f.status) for f in found if f.kind != "sex"] == [("allergy", None), ("medication", "new")]


@pytest.mark.parametrize(
    ("text", "doses"),
    [
        ("A mixture of 2% plain lidocaine and 0.05% Marcaine.", [2, 0.05]),
        ("amlodipine 5 mg lisinopril 10 mg daily", [5, 10]),
        ("Lisinopril 10 mg and 5 mg of amlodipine.", [10, 5]),
    ],
)
def test_a_dose_is_of_the_drug_beside_it(facts, text, doses):
    assert [f.quantity.low for f in facts(text) if f.kind == "medication"] == doses


@pytest.mark.parametrize(
    ("text", "assertion", "status"),
    [
        ("He needs to be on a statin.", "planned", None),
        ("She will need to go back on lisinopril.", "planned", None),
        ("He did not need to be on insulin.", "absent", "current"),
        ("He is on a statin.", "present", "current"),
    ],
)
def test_what_a_patient_needs_to_be_on_is_not_taken(facts, text, assertion, status):
    assert [(f.assertion, f.status) for f in facts(text) if f.kind == "medication"] == [(assertion, status)]
