"""Wordings that mean the same read alike: each line of ``alike.txt`` is one criterion in several wordings, and whole
criteria are rewritten in ways that say nothing else."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Callable
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


CRITERIA = """
I Patients with type 2 diabetes mellitus and HbA1c ≥ 7.5 % and ≤ 10.5 % at screening
I Age ≥ 18 years and ≤ 75 years
I ECOG performance status ≤ 1 and life expectancy of ≥ 3 months
I Absolute neutrophil count ≥ 1.5 x 10^9/L and platelets ≥ 100 x 10^9/L without transfusion within 7 days
I Stable dose of methotrexate for ≥ 8 weeks before randomization
I AST and ALT ≤ 3 x ULN (≤ 5 x ULN in patients with liver metastases)
I Women of childbearing potential must have a negative pregnancy test within 7 days before the first dose
I Heart failure of NYHA class II or III with a left ventricular ejection fraction < 40 %
I Diagnosis of rheumatoid arthritis for ≥ 6 months
I No history of stroke or transient ischemic attack within 6 months prior to enrollment
E History of myocardial infarction, stroke or unstable angina within 6 months before screening
E Systolic blood pressure > 160 mmHg or diastolic blood pressure > 100 mmHg
E Creatinine > 1.5 mg/dL or creatinine clearance < 60 mL/min
E Active hepatitis B or hepatitis C infection
E Treatment with systemic corticosteroids or other immunosuppressive agents within 30 days of baseline
E Any malignancy within 5 years except basal cell carcinoma of the skin
E Pregnant or breastfeeding women
E Body mass index > 40 kg/m2
E > 2 exacerbations of asthma in the past 12 months
E Major surgery within 4 weeks or planned surgery during the study
E Prior or current treatment with anti-TNF agents
E Known allergy or hypersensitivity to penicillin or cephalosporins
""".strip().split("\n")


def signed(sign: str, words: str) -> Callable[[str], str]:
    return lambda text: text.replace(sign, words)


REWRITTEN: dict[str, Callable[[str], str]] = {
    "capitals": str.upper,
    "title case": lambda text: re.sub(r"\b[a-z](?=[a-z]+\b)", lambda match: match[0].upper(), text),
    "small first letter": lambda text: text[0].lower() + text[1:] if text[1].islower() else text,
    "full stop": lambda text: text + ".",
    "semicolon": lambda text: text + ";",
    "joined to the next": lambda text: text + "; or",
    "two blanks": lambda text: text.replace(" ", "  "),
    "hard blanks": lambda text: text.replace(" ", "\xa0"),
    "thin blanks": lambda text: re.sub(r"(?<=\d) | (?=\d)", "\u2009", text),
    "soft hyphens": lambda text: re.sub(r"(?<=[a-z]{4})(?=[a-z]{4})", "\xad", text, count=3),
    "hard hyphens": lambda text: text.replace("-", "\u2011"),
    "wrapped": lambda text: "\n    ".join(textwrap.wrap(text, 30, break_on_hyphens=False)),
    "wrapped closely": lambda text: "\n    ".join(textwrap.wrap(text, 14, break_long_words=False)),
    "carriage returns": lambda text: "\r\n    ".join(textwrap.wrap(text, 50, break_on_hyphens=False)),
    "and/or": signed(" or ", " and/or "),
    "ampersand": lambda text: re.sub(r" and (?!≤)", " & ", text),
    "British": lambda text: re.sub("ischemic", "ischaemic", text).replace("random" + "iz", "randomis"),
    "patients with": lambda text: re.sub(r"^(?=(?:Active|Any|Known|Major|Body|Systolic) )", "Patients with ", text),
    **{f"≥ as {words}": signed("≥ ", words) for words in (
        "≥", ">= ", ">=", "=> ", "> or = ", ">/= ", "at least ", "no less than ", "not less than ",
        "greater than or equal to ", "equal to or greater than ", "more than or equal to ", "a minimum of ",
    )},
    **{f"≤ as {words}": signed("≤ ", words) for words in (
        "≤", "<= ", "<=", "=< ", "< or = ", "</= ", "at most ", "no more than ", "not more than ", "no > ",
        "less than or equal to ", "equal to or less than ", "not greater than ",
    )},
    **{f"> as {words}": signed("> ", words) for words in (">", "more than ", "greater than ")},
    **{f"< as {words}": signed("< ", words) for words in ("<", "less than ", "below ", "lower than ")},
}  # fmt: skip
FRAMED: dict[str, Callable[[str], str]] = {
    **{f"bullet {bullet}": (lambda text, bullet=bullet: f"{bullet} {text}") for bullet in "*•–"},  # type: ignore[misc]
    **{f"number {mark}": (lambda text, mark=mark: f"{mark} {text}") for mark in ("1.", "1)", "(1)", "a)", "(i)")},  # type: ignore[misc]
    "bare": lambda text: text,
    "third": lambda text: f"1. First of all\n2. Second to none\n3. {text}",
}


def trees(kind: str, list_of_one: str) -> list[str]:
    terminology, rules = tools()
    head = "Inclusion Criteria:" if kind == "I" else "Exclusion Criteria:"
    source = criteria.of_text(f"{head}\n\n{list_of_one}\n")
    found = criteria.parse(source, rules, terminology).criteria
    for criterion in found:
        assert criterion.text == source.text[criterion.start : criterion.end]
    return [meaning(criterion.logic).lower() for criterion in found]


@pytest.mark.parametrize("criterion", CRITERIA)
def test_what_says_the_same_reads_the_same(criterion: str) -> None:
    kind, text = criterion[0], criterion[2:]
    expected = trees(kind, f"  - {text}")
    read = {name: trees(kind, f"  - {rewrite(text)}") for name, rewrite in REWRITTEN.items() if rewrite(text) != text}
    read |= {name: trees(kind, frame(text))[-1:] for name, frame in FRAMED.items()}
    assert {name: tree for name, tree in read.items() if tree != expected} == {}
