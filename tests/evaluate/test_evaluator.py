"""From criteria to a patient's verdict, its explanation, the worklist and the funnel."""

from __future__ import annotations

import json

import pytest
from kit import TERMS, fact, judge, leaf, protocol, record, value

from matcher.evaluate import Evaluator, explain, rank
from matcher.evaluate import evaluator as evaluator_module
from matcher.evaluate.worklist import funnel, worklist
from matcher.model import And, Concept, Except, Leaf, Not, Or, Settings

ALT = leaf("measurement", "1742-6", cmp=">", value=135.0, unit="U/L", term="ALT")
MI = leaf("condition", "mi")
T2DM = leaf("condition", "t2dm")


TRIAL = (("inclusion", T2DM), ("exclusion", MI), ("exclusion", ALT))


def screened(*facts, parts=TRIAL, explain=False):
    return Evaluator(protocol(*parts), TERMS, Settings()).screen(record(*facts), explain=explain)


DIABETIC = fact("condition", "t2dm")
NORMAL = value("1742-6", 20, "U/L")
NO_MI = fact("condition", "mi", assertion="absent")


@pytest.mark.parametrize(
    ("facts", "verdict", "basis"),
    [
        ((DIABETIC, fact("condition", "mi")), "ineligible", "documented"),
        ((DIABETIC, NORMAL), "eligible", "assumed"),
        ((DIABETIC, NORMAL, NO_MI), "eligible", "documented"),
        ((DIABETIC,), "review", "documented"),
    ],
)
def test_patient_verdict(facts, verdict, basis):
    found = screened(*facts)
    assert (found.verdict, found.verdict_basis) == (verdict, basis)


def test_untouched_criteria_give_equal_verdicts_for_every_patient():
    evaluator = Evaluator(protocol(("exclusion", MI)), TERMS, Settings())
    first = evaluator.screen(record(fact("condition", "sle"))).verdicts[0]
    evaluator.screen(record(fact("condition", "mi")))
    assert evaluator.screen(record(fact("condition", "t2dm"))).verdicts[0] == first
    assert evaluator.screen(record(fact("condition", "heart_disease"))).verdicts[0].truth == "unknown"


def test_what_bears_and_settles_nothing_gives_the_verdict_of_silence_itself():
    parts = (("exclusion", Or((MI, ALT))), ("inclusion", And((T2DM, Not(MI)))))
    evaluator = Evaluator(protocol(*parts), TERMS, Settings())
    silence = evaluator.silence()
    found = evaluator.screen(record(fact("measurement", "1742-6", "ALT", assertion="planned"))).verdicts
    assert all(one is other for one, other in zip(found, silence, strict=True))
    told = evaluator.screen(record(fact("condition", "mi"))).verdicts
    assert not any(one is other for one, other in zip(told, silence, strict=True))
    explained = evaluator.screen(record(NO_MI), explain=True).verdicts
    assert all(verdict.steps for verdict in explained)


def test_what_if_names_the_only_obstacle():
    found = screened(fact("condition", "t2dm"), value("1742-6", 140, "U/L"))
    assert "excluded only by E3" in (explain.what_if(found) or "") and "135" in (explain.what_if(found) or "")


def test_explanation_holds_rule_quote_and_where_it_was_looked_for():
    found = screened(fact("condition", "t2dm", "T2DM"), explain=True)
    shown = json.dumps(explain.as_data(found))
    assert "condition.present" in shown and "looked for" in shown and "policy on silence" in shown
    assert "condition.present" in explain.text(found)


def test_worklist_asks_what_settles_most_first():
    tasks = worklist([screened(fact("condition", "t2dm")), screened(fact("condition", "sle"))])
    assert tasks[0].settles == 1 and "ALT" in tasks[0].needs


def test_funnel_counts_losses_and_what_relaxing_brings():
    screenings = [
        screened(fact("condition", "t2dm"), fact("condition", "mi")),
        screened(fact("condition", "t2dm"), value("1742-6", 300, "U/L"), fact("condition", "mi")),
        screened(fact("condition", "t2dm")),
    ]
    rows = {row.criterion: row for row in funnel(screenings)}
    assert (rows["E2"].fails, rows["E2"].alone, rows["E2"].remaining) == (2, 1, 1)


def test_rank_breaks_ties_by_patient():
    one = screened(fact("condition", "t2dm"))
    ranked = rank([one, screened(fact("condition", "mi"))])
    assert [s.rank for s in ranked] == [1, 2] and ranked[0].score == one.score


def test_exception_that_is_not_shown_does_not_spare():
    logic = Except(leaf("condition", "diabetes"), (leaf("condition", "diabetes", qualifiers=("controlled",)),))
    assert judge(logic, fact("condition", "t2dm")).truth == "met"


def test_pressure_limit_is_on_both_parts():
    limit = leaf("measurement", "85354-9", cmp=">", value="160/100", unit="mm[Hg]")
    systolic, diastolic = value("8480-6", 172, "mm[Hg]"), value("8462-4", 94, "mm[Hg]")
    assert judge(limit, systolic, diastolic).truth == "met"


def test_disease_with_a_receptor_needs_both():
    tumour = fact("condition", "MONDO:0007254", "breast cancer")
    her2 = fact("biomarker", "BIO:HER2", "HER2 3+", result="3+")
    asked = leaf("condition", "MONDO:0006244", term="HER2-positive breast cancer")
    assert judge(asked, tumour, her2, kind="inclusion").truth == "met"
    assert judge(asked, tumour, kind="inclusion").truth == "unknown"


def test_finding_is_read_from_the_value_that_defines_it():
    asked = leaf("condition", term="fever", concept=Concept("HPO", "HP:0001945", "Fever"))
    assert judge(asked, value("8310-5", 38.6, "Cel")).truth == "met"
    assert judge(asked, value("8310-5", 36.9, "Cel")).truth == "not_met"


def test_severity_beside_its_score_is_the_scores():
    logic = And((leaf("condition", "sle", qualifiers=("severe",)), Leaf("score", 0, 1, "PASI", cmp=">=", value=12.0)))
    found = Evaluator(protocol(("inclusion", logic)), TERMS, Settings()).screen(record(fact("condition", "sle")))
    assert "severe" not in found.verdicts[0].reason


def test_list_of_reasons_does_not_hang_on_one_laboratory_value():
    assert judge(Or((MI, ALT))).truth == "not_met"
    assert judge(ALT).truth == "unknown"


def test_a_fault_in_one_criterion_loses_no_other(monkeypatch):
    def broken(logic, setting):
        if logic is ALT:
            raise RecursionError
        return compiled(logic, setting)

    compiled = evaluator_module.compile
    monkeypatch.setattr(evaluator_module, "compile", broken)
    evaluator = Evaluator(protocol(*TRIAL), TERMS, Settings())
    found = evaluator.screen(record(DIABETIC, NO_MI, value("1742-6", 20, "U/L")))
    assert [verdict.truth for verdict in found.verdicts] == ["met", "not_met", "unknown"]
    assert found.verdict == "review"
    (fault,) = evaluator.faults
    assert "RecursionError at " in fault
    assert "RecursionError" in (found.verdicts[2].criterion.question or "")
