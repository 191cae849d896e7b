"""Conditions: assertion, time, subsumption, qualifiers."""

import datetime as dt

import pytest
from kit import days, fact, judge, leaf

from matcher.evaluate.windows import WindowPlan
from matcher.model import If, Leaf, Not, Quantity, Settings, Window

SIX_MONTHS = Window(within="6 months")


@pytest.mark.parametrize(
    ("assertion", "truth", "basis"),
    [
        ("present", "met", "documented"),
        ("historical", "met", "documented"),
        ("absent", "not_met", "documented"),
        ("possible", "unknown", "none"),
        ("family", "not_met", "assumed"),
        ("retracted", "not_met", "documented"),
        ("hypothetical", "not_met", "assumed"),
    ],
)
def test_assertion_decides(assertion, truth, basis):
    verdict = judge(leaf("condition", "mi"), fact("condition", "mi", assertion=assertion))
    assert (verdict.truth, verdict.basis) == (truth, basis)


def test_child_implies_parent():
    assert judge(leaf("condition", "mi"), fact("condition", "nstemi")).truth == "met"


def test_parent_does_not_imply_child_but_is_shown():
    verdict = judge(leaf("condition", "nstemi"), fact("condition", "mi"))
    assert verdict.truth == "unknown" and verdict.evidence


def test_denied_parent_denies_child():
    verdict = judge(leaf("condition", "nstemi"), fact("condition", "heart_disease", assertion="absent"))
    assert (verdict.truth, verdict.basis) == ("not_met", "documented")


def test_sibling_that_excludes():
    verdict = judge(leaf("condition", "MONDO:0005147"), fact("condition", "MONDO:0005148"))
    assert (verdict.truth, verdict.basis) == ("not_met", "documented")


@pytest.mark.parametrize(
    ("day", "truth"),
    [("2023-05-25", "met"), ("2022-11-01", "not_met"), ("2022-12-15", "met"), ("2022-12-14", "not_met")],
)
def test_window_in_calendar_months(day, truth):
    verdict = judge(leaf("condition", "mi", window=SIX_MONTHS), fact("condition", "nstemi", time=days(day)))
    assert verdict.truth == truth


def test_month_that_straddles_the_window_stays_open():
    verdict = judge(
        leaf("condition", "mi", window=SIX_MONTHS), fact("condition", "mi", time=days("2022-12-01", "2022-12-31"))
    )
    assert verdict.truth == "unknown" and "date" in (verdict.needs or "")


def test_undated_past_event_stays_open_in_a_window():
    verdict = judge(leaf("condition", "mi", window=SIX_MONTHS), fact("condition", "mi", assertion="historical"))
    assert verdict.truth == "unknown"


def test_at_least_ago_tells_when_it_is_reached():
    verdict = judge(
        leaf("condition", "mi", window=Window(at_least_ago="6 months")),
        fact("condition", "mi", time=days("2023-01-01", "2023-01-31")),
        kind="inclusion",
    )
    assert verdict.truth == "not_met" and verdict.near == "reached on 2023-07-31"


@pytest.mark.parametrize(
    ("own", "truth"),
    [(("left",), "met"), (("right",), "not_met"), ((), "unknown"), (("bilateral",), "met")],
)
def test_laterality(own, truth):
    asked = leaf("condition", "mi", qualifiers=("left",))
    assert judge(asked, fact("condition", "mi", qualifiers=own)).truth == truth


def test_notes_of_one_day_that_disagree_conflict():
    yes, no = fact("condition", "mi"), fact("condition", "mi", assertion="absent", note="n2")
    verdict = judge(leaf("condition", "mi"), yes, no)
    assert (verdict.truth, verdict.basis, len(verdict.evidence)) == ("unknown", "conflict", 2)


def test_current_is_not_met_by_what_has_resolved():
    asked = leaf("condition", "mi", status="current")
    verdict = judge(asked, fact("condition", "mi", assertion="historical", status="past"))
    assert (verdict.truth, verdict.basis) == ("not_met", "documented")


@pytest.mark.parametrize(("months", "truth"), [((1, 2, 3), "met"), ((1, 2), "not_met")])
def test_more_than_two_events_in_a_year(months, truth):
    asked = leaf("condition", "mi", count=2, count_cmp=">", window=Window(within="12 months"))
    assert judge(asked, *[fact("condition", "mi", time=days(f"2023-0{m}-10")) for m in months]).truth == truth


def test_silence_is_assumed_and_can_be_switched_off():
    assert judge(leaf("condition", "mi")).basis == "assumed"
    off = judge(leaf("condition", "mi"), settings=Settings(unmentioned="unknown"))
    assert (off.truth, off.basis) == ("unknown", "none")


NO_HISTORY = fact("condition", None, "no past medical history", rule="list.none", result="none")


@pytest.mark.parametrize(
    ("kind", "logic"), [("exclusion", leaf("condition", "mi")), ("inclusion", Not(leaf("condition", "mi")))]
)
def test_an_empty_history_denies_however_its_absence_is_asked(kind, logic):
    assert judge(logic, NO_HISTORY, kind=kind).basis == "documented"


def test_an_empty_history_says_nothing_of_what_a_criterion_takes_for_granted():
    asked = If(leaf("condition", "t2dm"), Leaf("sex", 0, 1, value="male"))
    assert judge(asked, NO_HISTORY, kind="inclusion").truth == "unknown"


def test_denial_in_words_outweighs_letters():
    letters, words = fact("condition", "mi", "MI"), fact("condition", "mi", "myocardial infarction", assertion="absent")
    assert judge(leaf("condition", "mi"), letters, words).truth == "not_met"
    assert judge(leaf("condition", "mi"), letters).truth == "met"


def test_a_result_in_words_asked_of_a_disease_is_no_size():
    sized = fact("condition", "mi", quantity=Quantity(3, 3, "cm"))
    assert judge(leaf("condition", "mi", cmp="=", value="positive"), sized).truth == "met"


@pytest.mark.parametrize(
    ("window", "ended", "place"),
    [
        (SIX_MONTHS, "1978-11-09", "out"),
        (SIX_MONTHS, "1995-10-02", "unknown"),
        (SIX_MONTHS, "1996-01-02", "unknown"),
        (Window(at_least_ago="3 months"), "1978-11-09", "in"),
        (Window(at_least_ago="3 months"), "1995-10-02", "unknown"),
    ],
)
def test_notes_without_a_date_are_no_earlier_than_what_they_tell_of(window, ended, place):
    plan, told = WindowPlan(window), fact("condition", "mi", time=days(ended))
    assert plan.place_after(told, dt.date(1995, 12, 13)) == place
    assert plan.place_after(told, None) == "unknown"
