"""Trees as data and as outlines, both ways."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matcher.criteria import outline
from matcher.criteria.notation import COMPARISONS, OPS, STATUSES, NotationError, from_json, to_contract, to_json
from matcher.criteria.reading import reading
from matcher.model import And, AtLeast, Concept, Except, If, Leaf, Logic, Not, Or, Window

WORDS = st.text(st.characters(blacklist_categories=("Cc", "Cs", "Zl", "Zp", "Zs")), min_size=1, max_size=12)
NUMBERS = st.floats(allow_nan=False, allow_infinity=False, width=32)


@st.composite
def leaves(draw: Any) -> Leaf:
    cmp = draw(st.sampled_from([None, *COMPARISONS]))
    start = draw(st.integers(0, 500))
    times = draw(st.sampled_from(["", "uln", "lln"])) if cmp else ""
    counted = draw(st.booleans())
    return Leaf(
        op=draw(st.sampled_from(OPS)),
        start=start,
        end=start + draw(st.integers(0, 50)),
        term=draw(st.one_of(st.just(""), WORDS)),
        concept=draw(st.one_of(st.none(), st.builds(Concept, st.just("MONDO"), st.just("MONDO:0005148"), WORDS))),
        cmp=cmp,
        value=draw(st.one_of(NUMBERS, st.just("IIIB"))) if cmp else None,
        value2=draw(NUMBERS) if cmp == "between" else None,
        unit=draw(st.one_of(st.none(), st.sampled_from(["%", "mg/dL", "x 10^9/L", "kg/m2 | odd"]))) if cmp else None,
        uln=times == "uln",
        lln=times == "lln",
        window=draw(st.sampled_from([None, Window("6 months"), Window(None, "3 weeks"), Window("a year", "2 days")])),
        status=draw(st.sampled_from([None, *STATUSES])),
        qualifiers=tuple(draw(st.lists(WORDS, max_size=3))),
        count_cmp=draw(st.sampled_from(["<", ">=", "="])) if counted else None,
        count=draw(st.integers(0, 9)) if counted else None,
        stable=draw(st.sampled_from([None, "8 weeks"])),
    )


def grown(inner: st.SearchStrategy[Logic]) -> st.SearchStrategy[Logic]:
    several = st.lists(inner, min_size=2, max_size=3).map(tuple)
    return st.one_of(
        st.builds(And, several),
        st.builds(Or, several),
        st.builds(Not, inner),
        st.builds(lambda args: AtLeast(2, args), several),
        st.builds(Except, inner, st.lists(inner, min_size=1, max_size=2).map(tuple)),
        st.builds(If, inner, inner),
    )


TREES: st.SearchStrategy[Logic] = st.recursive(leaves(), grown, max_leaves=6)


@given(TREES)
@settings(max_examples=100)
def test_a_tree_comes_back_from_data(tree: Logic) -> None:
    assert from_json(to_json(tree)) == tree


@given(TREES)
@settings(max_examples=100)
def test_a_tree_comes_back_from_its_outline(tree: Logic) -> None:
    assert outline.read(outline.write(tree)) == tree


@given(TREES)
@settings(max_examples=60)
def test_every_tree_can_be_read_back(tree: Logic) -> None:
    assert reading(tree, "exclusion").endswith(".")


def test_the_contract_example() -> None:
    data = {
        "op": "or",
        "args": [
            {"op": "measurement", "term": "ALT", "cmp": ">", "value": 3, "uln": True, "start": 800, "end": 803},
            {"op": "measurement", "term": "AST", "cmp": ">", "value": 3, "uln": True, "start": 807, "end": 810},
        ],
    }
    assert to_json(from_json(data)) == data


def test_keys_that_do_not_apply_are_left_out() -> None:
    assert to_json(Leaf("condition", 3, 9, "asthma")) == {"op": "condition", "term": "asthma", "start": 3, "end": 9}


LEAF = {"op": "condition", "term": "asthma", "start": 0, "end": 6}


@pytest.mark.parametrize(
    ("data", "where"),
    [
        ([], "logic: found []"),
        ({"op": "xor"}, "logic.op: found 'xor'"),
        ({"op": "or", "args": [LEAF]}, "logic.args"),
        ({"op": "and", "args": [LEAF, {"op": "measurement", "cmp": "≥", "value": 1}]}, "logic.args[1].cmp"),
        ({"op": "measurement", "cmp": "between", "value": 1}, "'between' needs"),
        ({"op": "measurement", "cmp": ">", "value": True}, "logic.value"),
        ({"op": "measurement", "cmp": ">"}, "logic.value: missing"),
        ({"op": "not", "arg": {"op": "condition", "status": "soon"}}, "logic.arg.status"),
        ({"op": "at_least", "n": 3, "args": [LEAF, LEAF]}, "logic.n"),
        ({"op": "if", "premise": LEAF}, "logic.then: missing"),
        ({"op": "except", "base": LEAF, "spares": [{}]}, "logic.spares[0].op"),
        ({"op": "condition", "window": {"in": "3 days"}}, "logic.window"),
        ({"op": "condition", "colour": "red"}, "logic.colour: not known"),
        ({"op": "condition", "start": 5, "end": 2}, "logic.end"),
        ({"op": "condition", "concept": {"id": "X"}}, "logic.concept"),
    ],
)
def test_a_mistake_in_data_is_named_by_its_place(data: Any, where: str) -> None:
    with pytest.raises(NotationError) as error:
        from_json(data)
    assert where in str(error.value)


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("", "no predicate"),
        ("any of\n  condition: asthma", "line 1"),
        ("condition: asthma\ncondition: gout", "line 2"),
        ("condition: asthma\n  condition: gout", "line 1: a predicate has nothing under it"),
        ("not\n  asthma", "line 2: found 'asthma'"),
        ("measurement: ALT | about 3", "line 1: 'about 3'"),
        ("condition: asthma | status soon", "status 'soon'"),
        ("if\n  condition: asthma", "line 1: 'if' has 1"),
    ],
)
def test_a_mistake_in_an_outline_is_named_by_its_line(text: str, where: str) -> None:
    with pytest.raises(NotationError) as error:
        outline.read(text)
    assert where in str(error.value)


def test_an_outline_as_a_person_writes_it() -> None:
    tree = outline.read(
        "# liver\nexcept\n  condition: cancer | within 5 years | status ever | qualifiers severe, left\n"
        "  condition: basal cell carcinoma\n"
    )
    assert tree == Except(
        Leaf("condition", 0, 0, "cancer", window=Window("5 years"), status="ever", qualifiers=("severe", "left")),
        (Leaf("condition", 0, 0, "basal cell carcinoma"),),
    )


def test_how_often_is_a_limit_of_the_contract() -> None:
    often = Leaf("condition", 0, 12, "exacerbation", count_cmp=">=", count=2)
    told = to_contract(Not(And((often, Leaf("age", 0, 3, "age", cmp=">=", value=18.0)))))
    assert told["arg"]["args"][0].items() >= {"cmp": ">=", "value": 2, "count_cmp": ">=", "count": 2}.items()
    assert told["arg"]["args"][1]["value"] == 18
