"""The score: within 0–1, monotone, led by what the trial is about."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from kit import TERMS, Terms, fact, leaf, protocol, record

from matcher.evaluate import data
from matcher.evaluate.index import Index
from matcher.evaluate.relevance import Diseases
from matcher.evaluate.score import score, weight
from matcher.model import And, Note, Or, Record, Verdict

FROM_WORST = {
    "inclusion": [("not_met", "documented"), ("not_met", "assumed"), ("unknown", "none"), ("met", "assumed"),
                  ("met", "documented")],
    "exclusion": [("met", "documented"), ("met", "assumed"), ("unknown", "none"), ("not_met", "assumed"),
                  ("not_met", "documented")],
}  # fmt: skip
OPS = ["condition", "age", "sex", "medication", "administrative", "pregnancy", "measurement"]
STATUSES = ["parsed", "partial", "human"]
ROW = st.tuples(
    st.sampled_from(["inclusion", "exclusion"]),
    st.lists(st.sampled_from(OPS), min_size=1, max_size=3),
    st.sampled_from(STATUSES),
    st.integers(0, 4),
)


def criteria(rows):
    parts = [(kind, Or(tuple(leaf(op) for op in ops)) if len(ops) > 1 else leaf(ops[0])) for kind, ops, _, _ in rows]
    trial = protocol(*parts)
    return [replace(c, status=row[2]) for c, row in zip(trial.criteria, rows, strict=True)]


def verdicts(asked, levels):
    return [
        Verdict(c, *FROM_WORST[c.kind][level], confidence=0.9, reason="")
        for c, level in zip(asked, levels, strict=True)
    ]


@settings(max_examples=300)
@given(st.lists(ROW, min_size=1, max_size=8), st.floats(0, 1), st.data())
def test_one_more_favourable_verdict_never_lowers_the_score(rows, match, data):
    asked, levels = criteria(rows), [row[3] for row in rows]
    at = data.draw(st.integers(0, len(rows) - 1))
    better = [*levels]
    better[at] = data.draw(st.integers(levels[at], 4))
    assert score(verdicts(asked, better), match) >= score(verdicts(asked, levels), match)


@settings(max_examples=200)
@given(st.lists(ROW, max_size=8), st.floats(0, 1), st.floats(0, 1))
def test_the_score_lies_in_0_to_1_and_rises_with_the_match(rows, one, other):
    given_ = verdicts(criteria(rows), [row[3] for row in rows])
    low, high = sorted((score(given_, one), score(given_, other)))
    assert 0 <= low <= high <= 1
    assert (score(given_, max(one, other)), score(given_, min(one, other))) == (high, low)


def test_a_failing_criterion_costs_more_than_an_open_one():
    asked = criteria([("inclusion", ["condition"], "parsed", 0)] * 3)
    assert score(verdicts(asked, [0, 4, 4])) < score(verdicts(asked, [2, 4, 4])) < score(verdicts(asked, [4, 4, 4]))


def test_a_failing_age_costs_although_a_fitting_one_brings_nothing():
    asked = criteria([("inclusion", ["age"], "parsed", 0), ("inclusion", ["condition"], "parsed", 0)])
    assert score(verdicts(asked, [0, 4])) < score(verdicts(asked, [2, 4])) == score(verdicts(asked, [4, 4]))


def test_failing_a_half_understood_criterion_costs_less():
    whole, part = (criteria([("exclusion", ["condition"], status, 0)]) for status in ("parsed", "partial"))
    assert score(verdicts(whole, [0])) < score(verdicts(part, [0]))


@pytest.mark.parametrize(
    ("ops", "status", "expected"),
    [(["age", "sex"], "parsed", 0.0), (["age", "condition"], "parsed", 1.0), (["condition"], "human", 0.2)],
)
def test_the_weightiest_predicate_counts(ops, status, expected):
    (criterion,) = criteria([("inclusion", ops, status, 0)])
    assert weight(criterion) == expected


class Named(Terms):
    """As `Terms`, and every word that is a concept's id is its name."""

    def normalise(self, text, context="", kinds=None):
        found = super().normalise(text)
        found.concept = self.concept(text) if " " not in text else None
        return found


def match(conditions, *facts, text="x", title=""):
    trial = replace(protocol(("inclusion", And((leaf("condition"),) * 2))), conditions=conditions, title=title)
    known = record(*facts)
    notes = (replace(known.notes[0], text=text), *known.notes[1:]) if known.notes else (Note("p", "n1", text),)
    return Diseases(trial, Named()).parts(Index(Record("p", notes, known.facts, known.as_of)))


@pytest.mark.parametrize(
    ("had", "best"),
    [("t2dm", 1.0), ("diabetes", 1.0), ("sle", 0.0)],
)
def test_the_disease_or_a_narrower_one_fits(had, best):
    assert match(("diabetes",), fact("condition", had))["best"] == best


@pytest.mark.parametrize(
    ("assertion", "best"),
    [("present", 1.0), ("historical", 0.9), ("possible", 0.8), ("absent", 0.0), ("family", 0.0), ("planned", 0.0)],
)
def test_the_assertion_counts(assertion, best):
    assert match(("t2dm",), fact("condition", "t2dm", assertion=assertion))["best"] == best


def test_the_mean_falls_with_conditions_that_the_patient_lacks():
    parts = match(("t2dm", "sle"), fact("condition", "t2dm"))
    assert (parts["best"], parts["mean"]) == (1.0, 0.5)


def test_words_of_the_conditions_are_met_by_their_stems():
    assert match(("Acute appendicitis",), text="a distended appendix")["words"] == 1.0
    assert match(("Acute appendicitis",), text="an acute bronchitis")["words"] == 0.0


def test_a_condition_of_which_only_the_words_are_found_is_half_met():
    assert match(("Carotid stenosis",), text="stenosis of the left carotid")["best"] == 0.5
    assert match(("Carotid stenosis",), text="stenosis of the left ureter")["best"] == 0.0


def test_words_of_concepts_count_unless_denied():
    assert match(("Wide nstemi", "y"), fact("condition", "nstemi"))["words"] == 0.25
    assert match(("Wide nstemi", "y"), fact("condition", "nstemi", assertion="absent"))["words"] == 0.0


def test_a_protocol_that_names_no_disease_matches_middlingly():
    trial = protocol(("inclusion", leaf("condition")))
    assert Diseases(trial, TERMS).match(Index(record())) == data.table("score")["match"]["unnamed"]


def test_the_table_is_whole():
    table = data.table("score")
    credit = table["credit"]
    order = ["against.documented", "against.assumed", "open", "for.assumed", "for.not_applicable", "for.documented"]
    values = [credit[name] for name in order]
    assert values == sorted(values)
    assert credit["open"] <= credit["human"] <= credit["for.assumed"]
    assert all(0 <= v <= 1 for v in [*credit.values(), *table["predicate"].values(), *table["assertion"].values()])
    assert table["fail"]["documented"] >= table["fail"]["assumed"] >= 0
    assert all(v >= 0 for v in [*table["penalty"].values(), *table["weight"].values(), *table["match"].values()])
    assert table["weight"]["prior"] > 0


def test_an_offered_treatment_names_what_it_treats():
    assert match(("Wide checkpoint", "y"), fact("medication", "checkpoint", assertion="planned"))["words"] == 0.25


@pytest.mark.parametrize(("doubt", "decided"), [(0.5, "ineligible"), (0.99, "review")])
def test_a_doubtful_criterion_leaves_the_patient_to_a_person(doubt, decided):
    from kit import screen

    from matcher.model import Settings

    site = Settings(site={"score": {"review": {"confidence_below": doubt}}})
    assert screen(leaf("condition", "mi"), fact("condition", "mi"), settings=site).verdict == decided
