"""Criteria to trees, one line a case, in a compact notation (`short`)."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matcher import criteria, terms
from matcher.criteria.trees import leaves
from matcher.model import And, AtLeast, Criterion, Except, If, Leaf, Logic, Not, Or
from matcher.ner.recogniser import Rules

CASES = Path(__file__).parent / "logic_cases.txt"


@cache
def tables():
    return terms.load(), Rules(terms.load())


def read(kind: str, text: str) -> list[Criterion]:
    terminology, rules = tables()
    head = "Inclusion Criteria:" if kind == "I" else "Exclusion Criteria:"
    first, *rest = text.split("\n")
    lines = [head, "", "  - " + first, *("    " + line for line in rest), ""]
    return list(criteria.parse(criteria.of_text("\n".join(lines)), rules, terminology).criteria)


def short(tree: Logic | None) -> str:
    """``op:term cmp value unit [<=window] #count``; and[…] or[…] not(…) n[…] except(base | spares) if(p => q)."""
    match tree:
        case None:
            return "-"
        case Leaf():
            return _leaf(tree)
        case And(args):
            return "and[" + "; ".join(map(short, args)) + "]"
        case Or(args):
            return "or[" + "; ".join(map(short, args)) + "]"
        case AtLeast(n, args):
            return f"{n}[" + "; ".join(map(short, args)) + "]"
        case Not(arg):
            return f"not({short(arg)})"
        case Except(base, spares):
            return f"except({short(base)} | {'; '.join(map(short, spares))})"
        case If(premise, then):
            return f"if({short(premise)} => {short(then)})"


def _leaf(leaf: Leaf) -> str:
    said = f"{leaf.op}:{leaf.term}" if leaf.op not in ("age", "sex", "administrative") else leaf.op
    if leaf.cmp:
        value = f"{leaf.value:g}" if isinstance(leaf.value, float) else leaf.value
        said += f" {leaf.cmp} {value}"
    if leaf.value2 is not None:
        said += f"..{leaf.value2:g}" if isinstance(leaf.value2, float) else f"..{leaf.value2}"
    said += f" {leaf.unit}" * bool(leaf.unit) + " ULN" * leaf.uln + " LLN" * leaf.lln
    if leaf.window is not None:
        said += f" [<={leaf.window.within}]" if leaf.window.within else f" [>={leaf.window.at_least_ago}]"
    if leaf.count is not None:
        said += f" #{leaf.count_cmp}{leaf.count}"
    return said + (f" stable {leaf.stable}" if leaf.stable else "")


def cases() -> list[tuple[str, str, str]]:
    """Blocks of three lines: kind and text ("\\n" for a line break), tree, blank."""
    blocks = CASES.read_text(encoding="utf-8").strip().split("\n\n")
    rows = []
    for block in blocks:
        text, tree = (line for line in block.split("\n") if not line.startswith("#"))
        rows.append((text[0], text[2:].replace("\\n", "\n"), tree.strip()))
    return rows


@pytest.mark.parametrize(("kind", "text", "tree"), cases())
def test_tree(kind: str, text: str, tree: str) -> None:
    assert " & ".join(short(c.logic) for c in read(kind, text)) == tree


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("Willing and able to provide written informed consent", "human"),
        ("HbA1c between 7.0% and 10.0%", "parsed"),
        ("Any condition that in the opinion of the investigator would interfere", "human"),
    ],
)
def test_status(text: str, status: str) -> None:
    (criterion,) = read("I", text)
    assert criterion.status == status


def test_a_human_criterion_has_a_question() -> None:
    (criterion,) = read("I", "Written informed consent")
    assert criterion.question is not None and "consent" in criterion.question


@pytest.mark.parametrize(
    "text",
    [
        "ALT > 3 x ULN within 28 days of screening",
        "Hepatitis B or C infection",
        "History of hepatic or renal impairment",
    ],
)
def test_leaves_slice_the_text(text: str) -> None:
    terminology, rules = tables()
    source = criteria.of_text(f"Exclusion Criteria:\n\n  - {text}\n")
    for criterion in criteria.parse(source, rules, terminology).criteria:
        for leaf in leaves(criterion.logic):
            words = source.text[leaf.start : leaf.end].split()
            assert words and words[0].lower() in leaf.term.lower()


def test_wanted_are_the_terms_without_a_concept_and_those_of_several_words() -> None:
    terminology, rules = tables()
    source = criteria.of_text("Exclusion Criteria:\n\n  - Gout\n\n  - Diabetes mellitus\n\n  - Use of zorblaximab\n")
    found = criteria.wanted([criteria.parse(source, rules, terminology)])
    assert [(w.term, w.kind) for w in found] == [("diabetes mellitus", "condition"), ("zorblaximab", "medication")]


_PIECES = st.lists(
    st.sampled_from(
        "no and or , ; : ( ) / - not except unless if for with who must at least 2 of the following ≥ 3 x ULN within 6 "
        "months prior to (highly) active diabetes ALT age between 18 years pregnant history of such as i.e. grade III "
        ". women".split()
    ),
    max_size=40,
).map(" ".join)


@settings(max_examples=150)
@given(st.one_of(st.text(max_size=200), _PIECES))
def test_any_text_is_read_and_its_offsets_slice_it(text: str) -> None:
    terminology, rules = tables()
    source = criteria.of_text("Exclusion Criteria:\n\n  - " + text)
    for criterion in criteria.parse(source, rules, terminology).criteria:
        assert source.text[criterion.start : criterion.end] == criterion.text
        for entity in criterion.entities:
            assert source.text[entity.start : entity.end] == entity.text
        for fragment in criterion.unparsed:
            assert source.text[fragment.start : fragment.end] == fragment.text


@pytest.mark.parametrize(
    "text", ["2008-2009", "Warfarin ( ( ) summary", "(((", "on ( )", "x not ( y", "known or", "2. 3.", "-", "a\n-"]
)
def test_odd_text_is_read_without_an_error(text: str) -> None:
    for kind in "IE":
        for criterion in read(kind, text):
            assert criterion.text in text


UNITS = [
    "(", "no ", "except a ", "a or b, ", "if a, ", "at least 2 of the following: ", "≥ 3 ", "1 to ",
    "known or suspected ",
    "2008-2009 and/or ", "5 out of 6 ", "gout 2. Pain 3. Rash ", "time from x to ", "cervix not intact, ",
    "by oral, iv ", "or ", "is ", "left or right ", "HbA1c between 7 and ",
]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "qualifiers"),
    [
        ("Latent tuberculosis that is untreated", ("untreated",)),
        ("Latent tuberculosis that has not been treated", ("untreated",)),
        ("Hypertension which is poorly controlled", ("poorly controlled",)),
        ("Heart failure that is not stable", ("unstable",)),
        ("Influenza treatment (commercial or investigational)", ("commercial or investigational",)),
    ],
)
def test_what_a_clause_says_of_a_name_narrows_it(text: str, qualifiers: tuple[str, ...]) -> None:
    (leaf,) = leaves(read("E", text)[0].logic)
    assert leaf.qualifiers == qualifiers


@pytest.mark.parametrize("unit", UNITS)
def test_long_text_takes_linear_time(unit: str, work: Callable[[Callable[[], object]], int]) -> None:
    small, large = (work(lambda size=size: read("E", unit * (size // len(unit)))) for size in (2000, 8000))
    assert large < 6 * small
