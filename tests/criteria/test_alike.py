"""Wordings that mean the same read alike: each line of ``alike.txt`` is one criterion in several wordings."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

from matcher import criteria, terms
from matcher.model import And, AtLeast, Except, If, Leaf, Logic, Not, Or
from matcher.ner.recogniser import Rules

GROUPS = [
    line
    for line in (Path(__file__).parent / "alike.txt").read_text(encoding="utf-8").splitlines()
    if line and not line.startswith("#")
]
FILLINGS = (
    {
        "a": "asthma", "b": "stroke", "c": "epilepsy", "d": "warfarin", "e": "methotrexate", "p": "appendectomy",
        "q": "hip replacement", "m": "hemoglobin", "u": "g/dL", "n": "10",
    },
    {
        "a": "heart failure", "b": "chronic kidney disease", "c": "breast cancer", "d": "insulin",
        "e": "systemic corticosteroids", "p": "CABG", "q": "bariatric surgery", "m": "ALT", "u": "U/L", "n": "80",
    },
)  # fmt: skip
_OF_A_PERSON = ("sex", "pregnancy", "lactation", "administrative", "contraception")


@cache
def tools():
    return terms.load(), Rules(terms.load())


def meaning(tree: Logic | None) -> str:
    """What a tree asks, whatever it is called and in whatever order it stands."""
    match tree:
        case None:
            return "-"
        case Leaf() if tree.op in _OF_A_PERSON:
            return f"{tree.op} {tree.value}"
        case Leaf():
            named = tree.concept.id if tree.concept is not None else tree.term.lower()
            limit = (tree.cmp, tree.value, tree.value2, tree.unit, tree.uln, tree.lln)
            return str((tree.op, named, sorted(tree.qualifiers), limit, tree.window, tree.status, tree.count))
        case And(args) | Or(args):
            return f"{type(tree).__name__}{sorted(map(meaning, args))}"
        case AtLeast(n, args):
            return f"{n}{sorted(map(meaning, args))}"
        case Not(arg):
            return f"not {meaning(arg)}"
        case Except(base, spares):
            return f"{meaning(base)} but {sorted(map(meaning, spares))}"
        case If(premise, then):
            return f"if {meaning(premise)}: {meaning(then)}"


def read(kind: str, text: str) -> list[str]:
    terminology, rules = tools()
    head = "Inclusion Criteria:" if kind == "I" else "Exclusion Criteria:"
    first, *rest = (text[0].upper() + text[1:]).split("\\n")
    source = criteria.of_text("\n".join([head, "", f"  - {first}", *(f"    {line}" for line in rest), ""]))
    return [meaning(criterion.logic) for criterion in criteria.parse(source, rules, terminology).criteria]


@pytest.mark.parametrize("filling", FILLINGS, ids=["asthma", "heart failure"])
@pytest.mark.parametrize("group", GROUPS)
def test_wordings_of_one_criterion_read_alike(group: str, filling: dict[str, str]) -> None:
    kind, wordings = group[0], [wording.format(**filling) for wording in group[2:].split(" || ")]
    expected = read(kind, wordings[0])
    assert {wording: read(kind, wording) for wording in wordings} == dict.fromkeys(wordings, expected)
