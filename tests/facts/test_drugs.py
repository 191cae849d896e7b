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


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Methotrexate d/c'd, warfarin continued.", [("historical", "past"), ("present", "current")]),
        ("Methotrexate (d/c'd 3/2024), warfarin", [("historical", "past"), ("present", None)]),
        ("Warfarin listed, but she has not taken it since March.", [("historical", "past")]),
        ("Takes warfarin but stopped smoking.", [("present", "current")]),
        ("Warfarin was tried but not tolerated.", [("historical", "past")]),
        ("Warfarin prescribed but never filled.", [("absent", None)]),
        ("Warfarin is contraindicated.", [("hypothetical", None)]),
        ("Stopped taking warfarin 2 months ago.", [("historical", "past")]),
        ("Never tried warfarin.", [("absent", None)]),
        ("Has not taken warfarin.", [("absent", None)]),
        ("Has not taken warfarin for 10 days.", [("historical", "past")]),
        ("Last dose of warfarin this morning.", [("present", "current")]),
        ("Last dose of warfarin in January.", [("historical", "past")]),
        ("Avoids NSAIDs.", [("absent", None)]),
    ],
)
def test_what_happened_to_a_drug(facts, text, said):
    assert [(f.assertion, f.status) for f in facts(text) if f.kind == "medication"] == said


@pytest.mark.parametrize("text", ["Off warfarin for 4 months.", "Has not taken warfarin for 4 months."])
def test_how_long_a_drug_is_out_is_when_it_was_last(facts, text):
    (fact,) = [f for f in facts(text) if f.kind == "medication"]
    assert fact.ago == (122, 122)


def test_an_allergy_of_a_relative_is_not_the_patients(facts):
    assert [f.experiencer for f in facts("Mother is allergic to warfarin.") if f.kind == "allergy"] == ["mother"]
