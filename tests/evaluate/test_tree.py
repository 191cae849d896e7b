"""Kleene logic with basis and evidence."""

import pytest
from kit import fact, judge, leaf

from matcher.model import And, AtLeast, Except, If, Not, Or

YES, NO, OPEN = "sle", "mi", "t2dm"
FACTS = (
    fact("condition", YES),
    fact("condition", NO, assertion="absent"),
    fact("condition", OPEN, assertion="possible"),
)


def cond(id):
    return leaf("condition", id)


@pytest.mark.parametrize(
    ("logic", "truth"),
    [
        (And((cond(YES), cond(NO))), "not_met"),
        (And((cond(YES), cond(OPEN))), "unknown"),
        (And((cond(NO), cond(OPEN))), "not_met"),
        (Or((cond(YES), cond(OPEN))), "met"),
        (Or((cond(NO), cond(OPEN))), "unknown"),
        (Not(cond(YES)), "not_met"),
        (Not(cond(OPEN)), "unknown"),
        (AtLeast(2, (cond(YES), cond(NO), cond(OPEN))), "unknown"),
        (AtLeast(1, (cond(YES), cond(NO), cond(OPEN))), "met"),
        (AtLeast(3, (cond(YES), cond(NO), cond(OPEN))), "not_met"),
        (Except(cond("autoimmune"), (cond("hypothyroidism"),)), "met"),
        (If(cond(NO), cond(YES)), "not_met"),
    ],
)
def test_truth(logic, truth):
    assert judge(logic, *FACTS).truth == truth


def test_failed_premise_is_not_applicable_and_in_favour():
    for kind, truth in (("inclusion", "met"), ("exclusion", "not_met")):
        verdict = judge(If(cond(NO), cond(YES)), *FACTS, kind=kind)
        assert (verdict.truth, verdict.basis) == (truth, "not_applicable")


def test_spared_subtype_takes_out_only_itself():
    logic = Except(cond("autoimmune"), (cond("hypothyroidism"),))
    assert judge(logic, fact("condition", "hypothyroidism")).truth == "not_met"
    assert judge(logic, fact("condition", "hypothyroidism"), fact("condition", "sle")).truth == "met"


def test_documented_denial_outweighs_assumed_one():
    assert judge(And((cond("nstemi"), cond(NO))), *FACTS).basis == "documented"


def test_verdict_on_a_disjunction_is_assumed_where_a_part_is():
    assert judge(Or((cond(NO), cond("t1dm"))), *FACTS).basis == "assumed"
