"""What must hold for every patient and every criterion."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

from hypothesis import example, given, settings
from hypothesis import strategies as st
from kit import AS_OF, TERMS, fact, leaf, protocol, record

from matcher.evaluate import Evaluator
from matcher.evaluate.score import score
from matcher.model import And, AtLeast, Interval, Not, Note, Or, Quantity, Record, Settings, Window

IDS = ["mi", "nstemi", "t2dm", "diabetes", "sle", "autoimmune"]
POLICY_OFF = Settings(unmentioned="unknown")
DAYS = st.dates(dt.date(2021, 1, 1), AS_OF)
TIMES = st.one_of(st.none(), DAYS.map(lambda d: Interval(d, d)))
FACTS = st.builds(
    lambda id, assertion, time, status, sides, note: fact(
        "condition", id, note=note, assertion=assertion, time=time, status=status, qualifiers=sides
    ),
    st.sampled_from(IDS),
    st.sampled_from(["present", "absent", "possible", "historical", "family", "planned", "retracted"]),
    TIMES,
    st.sampled_from([None, "current", "past"]),
    st.sampled_from([(), ("left",), ("right",), ("severe",)]),
    st.sampled_from(["n1", "n2"]),
)
VALUES = st.builds(
    lambda low, width, time: fact("measurement", "alt", "ALT", quantity=Quantity(low, low + width, "U/L"), time=time),
    st.integers(1, 300),
    st.sampled_from([0, 0, 10]),
    TIMES,
)
LEAVES = st.one_of(
    st.builds(
        lambda id, status, window, sides: leaf("condition", id, status=status, window=window, qualifiers=sides),
        st.sampled_from(IDS),
        st.sampled_from([None, "current", "ever"]),
        st.sampled_from([None, Window(within="6 months"), Window(at_least_ago="3 months")]),
        st.sampled_from([(), ("left",), ("severe",)]),
    ),
    st.builds(
        lambda cmp, limit: leaf("measurement", "alt", cmp=cmp, value=float(limit), unit="U/L"),
        st.sampled_from(["<", "<=", ">", ">="]),
        st.integers(1, 300),
    ),
)
TREES = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.builds(lambda a, b: And((a, b)), inner, inner),
        st.builds(lambda a, b: Or((a, b)), inner, inner),
        st.builds(Not, inner),
        st.builds(lambda a, b, c: AtLeast(2, (a, b, c)), inner, inner, inner),
    ),
    max_leaves=5,
)
PATIENTS = st.lists(st.one_of(FACTS, VALUES), max_size=6)
SWAPPED = {"met": "not_met", "not_met": "met", "unknown": "unknown"}


def verdict(tree, facts, kind="exclusion", options=POLICY_OFF):
    return Evaluator(protocol((kind, tree)), TERMS, options).screen(record(*facts)).verdicts[0]


@settings(max_examples=150)
@given(TREES, PATIENTS)
def test_negation_swaps_met_and_not_met(tree, facts):
    said, denied = verdict(tree, facts), verdict(Not(tree), facts)
    assert (denied.truth, denied.basis) == (SWAPPED[said.truth], said.basis)


SEVERE = leaf("condition", "sle", qualifiers=("severe",))


@settings(max_examples=150)
@example(SEVERE, [fact("condition", "sle")])
@example(AtLeast(2, (SEVERE, leaf("condition", "mi"), leaf("condition", "t2dm"))), [fact("condition", "sle")])
@given(TREES, PATIENTS)
def test_to_exclude_a_thing_is_to_ask_that_it_be_absent(tree, facts):
    said = verdict(tree, facts, "exclusion", Settings())
    denied = verdict(Not(tree), facts, "inclusion", Settings())
    assert (denied.truth, denied.basis) == (SWAPPED[said.truth], said.basis)


@settings(max_examples=300)
@given(TREES, PATIENTS)
def test_a_note_about_something_else_changes_nothing(tree, facts):
    other = fact("condition", "unrelated", note="n9")
    before, after = verdict(tree, facts, options=Settings()), verdict(tree, [*facts, other], options=Settings())
    assert (before.truth, before.basis, before.evidence) == (after.truth, after.basis, after.evidence)


ONE_DAY = st.lists(st.one_of(FACTS, VALUES), min_size=2, max_size=6)


@settings(max_examples=300)
@given(TREES, ONE_DAY, st.randoms(use_true_random=False))
def test_the_order_of_notes_of_one_day_changes_nothing(tree, facts, chance):
    day = Interval(AS_OF, AS_OF)
    known = [replace(f, note_date=day, time=None, start=n) for n, f in enumerate(facts)]
    mixed = list(known)
    chance.shuffle(mixed)
    notes = (Note("p", "n1", "x" * 50, day), Note("p", "n2", "x" * 50, day))
    evaluator = Evaluator(protocol(("exclusion", tree)), TERMS, Settings())
    one = evaluator.screen(Record("p", notes, tuple(known), AS_OF))
    other = evaluator.screen(Record("p", notes[::-1], tuple(mixed), AS_OF))
    assert [(v.truth, v.basis, v.reason) for v in one.verdicts] == [
        (v.truth, v.basis, v.reason) for v in other.verdicts
    ]


@settings(max_examples=150)
@given(st.integers(1, 300), st.integers(0, 60), st.integers(0, 60), st.lists(VALUES, min_size=1, max_size=3))
def test_a_wider_range_never_turns_met_into_not_met(low, width, wider, facts):
    narrow = leaf("measurement", "alt", cmp="between", value=float(low), value2=float(low + width), unit="U/L")
    wide = replace(narrow, value=float(low - wider), value2=float(low + width + wider))
    if verdict(narrow, facts).truth == "met":
        assert verdict(wide, facts).truth == "met"


@settings(max_examples=200)
@given(st.integers(1, 400), st.integers(0, 400), st.floats(0, 1.2), PATIENTS)
def test_a_longer_window_never_turns_met_into_not_met(days, more, where, facts):
    then = AS_OF - dt.timedelta(days=int(days * where))
    facts = [*facts, fact("condition", "mi", note="n3", time=Interval(then, then))]
    short = leaf("condition", "mi", window=Window(within=f"{days} days"))
    longer = leaf("condition", "mi", window=Window(within=f"{days + more} days"))
    if verdict(short, facts).truth == "met":
        assert verdict(longer, facts).truth != "not_met"


_STEPS = {
    "inclusion": [("not_met", "documented"), ("not_met", "assumed"), ("unknown", "none"), ("met", "assumed"),
                  ("met", "documented")],
    "exclusion": [("met", "documented"), ("met", "assumed"), ("unknown", "none"), ("not_met", "assumed"),
                  ("not_met", "documented")],
}  # fmt: skip


@settings(max_examples=200)
@given(
    st.lists(st.tuples(st.sampled_from(["inclusion", "exclusion"]), st.integers(0, 4)), min_size=1, max_size=8),
    st.data(),
)
def test_one_more_favourable_verdict_never_lowers_the_score(rows, data):
    trial = protocol(*[(kind, leaf("condition", "mi")) for kind, _ in rows])
    base = Evaluator(trial, TERMS, Settings()).screen(record()).verdicts

    def of(levels):
        made = []
        for verdict_, (kind, _), level in zip(base, rows, levels, strict=True):
            truth, basis = _STEPS[kind][level]
            made.append(replace(verdict_, truth=truth, basis=basis))
        return score(made)

    levels = [level for _, level in rows]
    at = data.draw(st.integers(0, len(rows) - 1))
    better = list(levels)
    better[at] = min(4, levels[at] + 1)
    assert of(better) >= of(levels)
    assert 0 <= of(levels) <= 1
