"""Age, sex, pregnancy, childbearing, habits, relatives, consent."""

import pytest
from kit import days, fact, judge, leaf

from matcher.model import And, Quantity

MAN = fact("sex", None, "man", result="male", rule="sex.stated")
WOMAN = fact("sex", None, "woman", result="female", rule="sex.stated")


def aged(number, unit="years", **more):
    return fact("age", None, f"{number} {unit}", quantity=Quantity(number, number, unit), **more)


@pytest.mark.parametrize(
    ("number", "unit", "cmp", "limit", "of", "truth"),
    [
        (65, "years", ">", 65.0, "years", "not_met"),
        (65, "years", ">=", 65.0, "years", "met"),
        (17, "years", ">=", 18.0, "years", "not_met"),
        (14, "months", ">=", 6.0, "months", "met"),
        (14, "months", "<=", 5.0, "years", "met"),
        (5, "years", "<", 60.0, "months", "not_met"),
        (3, "weeks", "<=", 28.0, "days", "met"),
    ],
)
def test_age_counts_completed_units(number, unit, cmp, limit, of, truth):
    assert judge(leaf("age", cmp=cmp, value=limit, unit=of), aged(number, unit)).truth == truth


def test_age_grows_with_the_screening_date():
    old_note = aged(17, note_date=days("2020-06-15"))
    assert judge(leaf("age", cmp=">=", value=18.0, unit="years"), old_note).truth == "met"


def test_sex():
    assert judge(leaf("sex", cmp="=", value="female"), MAN).truth == "not_met"


@pytest.mark.parametrize("facts", [(MAN,), (WOMAN, aged(72)), (aged(6), WOMAN)])
def test_pregnancy_that_cannot_be_is_not_applicable(facts):
    verdict = judge(leaf("pregnancy"), *facts)
    assert (verdict.truth, verdict.basis) == ("not_met", "not_applicable")


@pytest.mark.parametrize(
    ("result", "assertion", "truth"),
    [("pregnant", "present", "met"), ("negative", "absent", "not_met"), ("pending", "possible", "unknown")],
)
def test_pregnancy_as_tested(result, assertion, truth):
    tested = fact("pregnancy", None, "hCG", result=result, assertion=assertion)
    assert judge(leaf("pregnancy"), WOMAN, aged(26), tested).truth == truth


def test_exclusion_of_women_is_not_applicable_to_a_man():
    logic = And((leaf("sex", cmp="=", value="female"), leaf("condition", "mi")))
    assert judge(logic, MAN).basis == "not_applicable"


@pytest.mark.parametrize(
    ("result", "assertion", "status", "truth"),
    [
        ("current", "present", "current", "met"),
        ("former", "historical", "past", "not_met"),
        ("never", "absent", "past", "not_met"),
    ],
)
def test_current_smoker(result, assertion, status, truth):
    habit = fact("behaviour", None, result, result=result, assertion=assertion, status=status, qualifiers=("tobacco",))
    assert judge(leaf("behaviour", term="current smoker", status="current"), habit).truth == truth


def test_pack_years_at_the_limit():
    smoked = fact(
        "behaviour",
        None,
        "30 pack-years",
        quantity=Quantity(30, 30, "pack-years"),
        qualifiers=("tobacco", "pack-years"),
    )
    asked = leaf("behaviour", term="smoking history", cmp=">=", value=30.0, unit="pack-years")
    assert judge(asked, smoked).truth == "met"


def test_disease_of_a_relative_is_not_the_patients():
    mother = fact("family_history", "mi", assertion="family", experiencer="mother")
    assert judge(leaf("condition", "mi"), mother).basis == "assumed"
    assert judge(leaf("family_history", "mi"), mother).truth == "met"


@pytest.mark.parametrize(
    ("term", "kind", "truth"),
    [
        ("written informed consent", "inclusion", "met"),
        ("unable to provide informed consent", "exclusion", "not_met"),
        ("health insurance", "inclusion", "unknown"),
    ],
)
def test_consent_of_the_note(term, kind, truth):
    said = fact("administrative", None, "will provide informed consent", result="yes")
    assert judge(leaf("administrative", term=term), said, kind=kind).truth == truth


@pytest.mark.parametrize(
    ("results", "positive", "low"),
    [
        (("3+",), "met", "not_met"),
        (("2+", "not_amplified"), "not_met", "met"),
        (("2+", "amplified"), "met", "not_met"),
        (("1+",), "not_met", "met"),
        (("2+", "pending"), "unknown", "unknown"),
    ],
)
def test_her2_by_both_tests(results, positive, low):
    facts = [fact("biomarker", "her2", f"HER2 {r}", result=r, start=n) for n, r in enumerate(results)]
    assert judge(leaf("biomarker", "her2", term="HER2", cmp="=", value="positive"), *facts).truth == positive
    assert judge(leaf("biomarker", "her2", term="HER2-low"), *facts).truth == low


@pytest.mark.parametrize(("own", "truth"), [("v600e", "met"), ("v600k", "not_met")])
def test_named_variant(own, truth):
    tested = fact("biomarker", "braf", "BRAF", result="mutated", qualifiers=(own,))
    asked = leaf("biomarker", "braf", term="BRAF V600E", qualifiers=("V600E",))
    assert judge(asked, tested).truth == truth
