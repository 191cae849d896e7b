"""Criteria that ask nothing of a patient who is being screened, and complaints that leave a disease open."""

from __future__ import annotations

from dataclasses import replace

import pytest
from kit import TERMS, fact, judge, leaf, protocol, record

from matcher.evaluate import Evaluator
from matcher.model import And, Leaf, Not, Quantity, Settings


def said(kind, text):
    trial = protocol((kind, leaf("condition", "mi")))
    trial = replace(trial, criteria=(replace(trial.criteria[0], text=text),))
    return Evaluator(trial, TERMS, Settings()).screen(record()).verdicts[0]


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("exclusion", "None"),
        ("exclusion", "There are no exclusion criteria."),
        ("inclusion", "Not applicable"),
        ("exclusion", "Baseline images unable to be processed"),
        ("exclusion", "Lost to follow-up"),
    ],
)
def test_nothing_is_asked(kind, text):
    verdict = said(kind, text)
    assert verdict.basis == "not_applicable"
    assert verdict.truth == ("met" if kind == "inclusion" else "not_met")


def test_conduct_inside_a_longer_criterion_is_read():
    assert said("exclusion", "Myocardial infarction " * 9 + "lost to follow-up").basis == "assumed"


def test_two_sexes_at_once_mean_either():
    males, females = (Leaf("sex", 0, 1, term=w, cmp="=", value=w[:-1]) for w in ("males", "females"))
    woman = fact("sex", None, "woman", result="female")
    assert judge(And((males, females)), woman, kind="inclusion").truth == "met"
    pregnant = Not(Leaf("pregnancy", 0, 1, term="pregnant females"))
    old = fact("age", None, "70-year-old", quantity=Quantity(70, 70, "years"))
    assert judge(And((males, pregnant)), woman, old, kind="inclusion").truth == "met"


def test_a_child_is_not_asked_for_tobacco():
    boy = fact("age", None, "4-year-old", quantity=Quantity(4, 4, "years"))
    assert judge(leaf("behaviour", term="cigarette smoking"), boy).basis == "not_applicable"


def test_a_limit_in_percent_is_no_limit_of_age():
    boy = fact("age", None, "4-year-old", quantity=Quantity(4, 4, "years"))
    assert judge(leaf("age", cmp=">", value=80.0, unit="%"), boy, kind="inclusion").truth == "unknown"


@pytest.mark.parametrize(
    ("term", "truth"),
    [
        ("poor compliance with medication", "met"),
        ("unable to comply with the protocol", "met"),
        ("refusal of consent", "not_met"),
    ],
)
def test_documented_noncompliance(term, truth):
    poor = fact("administrative", None, "not compliant", result="poor")
    assert judge(leaf("administrative", term=term), poor, kind="exclusion").truth == truth
