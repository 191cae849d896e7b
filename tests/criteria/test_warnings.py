"""What looks wrong in a protocol as it was understood."""

from __future__ import annotations

import pytest

from matcher.criteria import outline
from matcher.criteria.warnings import checked, of_tree
from matcher.model import Criterion, Protocol


def protocol(*criteria: tuple[str, str]) -> Protocol:
    """A protocol of (id, outline) pairs; the id's letter gives the kind."""
    made = [
        Criterion(id, "inclusion" if id[0] == "I" else "exclusion", "", 0, 0, "parsed", logic=outline.read(tree))
        for id, tree in criteria
    ]
    return Protocol("p", "p.txt", "", tuple(made))


@pytest.mark.parametrize(
    ("tree", "word"),
    [
        ("measurement: HbA1c | between 10 and 7 %", "never true"),
        ("all of\n  age: Age | < 18\n  age: Age | >= 65", "always false"),
        ("any of\n  age: Age | < 65\n  age: Age | >= 18", "always true"),
        ("all of\n  condition: asthma\n  not\n    condition: asthma", "always false"),
        ("any of\n  condition: asthma\n  not\n    condition: asthma", "always true"),
        ("all of\n  sex: female\n  score: ECOG | <= 1\n  score: ECOG | > 2", "always false"),
        ("any of\n  age: Age | < 24 months\n  age: Age | >= 2 years", "always true"),
    ],
)
def test_criteria_that_decide_nothing(tree: str, word: str) -> None:
    (warning,) = of_tree(outline.read(tree))
    assert word in warning


@pytest.mark.parametrize(
    "tree",
    [
        "all of\n  age: Age | >= 18\n  age: Age | < 65",
        "any of\n  age: Age | < 18\n  age: Age | > 65",
        "any of\n  score: ECOG | <= 1\n  score: KPS | > 60",
        "all of\n  measurement: ALT | > 1 x ULN\n  measurement: ALT | < 1",
        "all of\n  score: NIHSS | > 4 | within 2 days\n  score: NIHSS | < 2 | within 1 days",
    ],
)
def test_criteria_that_decide_something_have_no_warning(tree: str) -> None:
    assert not [w for w in of_tree(outline.read(tree)) if "always" in w]


def test_limits_of_two_criteria_that_nobody_can_meet() -> None:
    found = checked(protocol(("I1", "score: ECOG | <= 1"), ("E1", "score: ECOG | <= 2")))
    assert found.warnings == ("I1 and E1 contradict each other on ECOG: nobody can meet both",)


def test_limits_that_narrow_each_other_are_fine() -> None:
    assert not checked(protocol(("I1", "age: Age | >= 18"), ("E1", "age: Age | > 75"))).warnings


@pytest.mark.parametrize(
    ("first", "second", "warned"),
    [
        (("I1", "condition: asthma"), ("I2", "not\n  condition: asthma"), True),
        (("I1", "condition: asthma"), ("E1", "condition: asthma"), True),
        (("I1", "condition: asthma"), ("E1", "condition: asthma | qualifiers severe"), False),
        (("I1", "condition: asthma"), ("E1", "condition: asthma | within 6 months"), False),
        (("I1", "if\n  sex: female\n  condition: asthma"), ("E1", "condition: asthma"), False),
        (("I1", "condition: asthma"), ("E1", "all of\n  condition: asthma\n  condition: gout"), False),
    ],
)
def test_what_is_asked_to_be_there_and_to_be_absent(
    first: tuple[str, str], second: tuple[str, str], warned: bool
) -> None:
    found = checked(protocol(first, second)).warnings
    assert [w for w in found if "contradict each other on asthma" in w] == list(found)
    assert bool(found) == warned


@pytest.mark.parametrize(
    ("criteria", "field", "warned"),
    [
        (("I1", "age: Age | >= 18 years"), {"minimum_age": "18 Years"}, False),
        (("I1", "age: Age | > 18 years"), {"minimum_age": "19 Years"}, False),
        (("I1", "age: Age | >= 21 years"), {"minimum_age": "18 Years"}, True),
        (("E1", "age: Age | < 16 years"), {"minimum_age": "18 Years"}, True),
        (("I1", "age: Age | between 18 and 75 years"), {"maximum_age": "80 Years"}, True),
        (("I1", "age: Age | >= 18 years"), {"maximum_age": "80 Years"}, False),
        (("I1", "age: Age | >= 6 months"), {"minimum_age": "12 Months"}, True),
        (("I1", "condition: asthma"), {"minimum_age": "18 Years"}, False),
    ],
)
def test_an_age_that_is_not_the_records(criteria: tuple[str, str], field: dict[str, str], warned: bool) -> None:
    found = checked(protocol(criteria), field).warnings
    assert bool(found) == warned
    assert all("differs from the record's" in warning for warning in found)


def alt(limit: str) -> str:
    return f"measurement: ALT | {limit} | concept LOINC 1742-6 Alanine aminotransferase"


@pytest.mark.parametrize(
    ("limit", "word"),
    [("> 120", "no unit is written"), ("> 120 kg", "unusual unit"), ("> 120 U/L", ""), ("> 3 x ULN", "")],
)
def test_units(limit: str, word: str) -> None:
    from matcher.terms import analytes

    if analytes.get("1742-6") is None:
        pytest.skip("no table of analytes")
    found = of_tree(outline.read(alt(limit)))
    assert (word in found[0]) if word else not found
