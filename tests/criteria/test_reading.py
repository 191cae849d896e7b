"""Trees read back in English."""

from __future__ import annotations

import pytest

from matcher import resources
from matcher.criteria import outline
from matcher.criteria.notation import COMPARISONS, OPS, STATUSES
from matcher.criteria.reading import reading
from matcher.evaluate.plan import rules
from matcher.model import Kind, Leaf


@pytest.mark.parametrize(
    ("kind", "tree", "sentence"),
    [
        (
            "exclusion",
            "condition: myocardial infarction | within 6 months",
            "Patient must not have had a myocardial infarction in the 6 months before screening.",
        ),
        ("inclusion", "age: Age | >= 18 years", "Patient must be at least 18 years old."),
        ("inclusion", "age: Age | between 18 and 75", "Patient must be between 18 and 75 years old."),
        ("exclusion", "age: Age | < 6 months", "Patient must not be younger than 6 months."),
        ("inclusion", "sex: female", "Patient must be female."),
        ("inclusion", "sex: Women | = female", "Patient must be female."),
        ("inclusion", "pregnancy: Women of childbearing potential", "Patient must be of childbearing potential."),
        ("inclusion", "contraception: use contraception", "Patient must use contraception."),
        ("inclusion", "contraception: condoms", "Patient must use contraception (condoms)."),
        ("exclusion", "not\n  age: Age | >= 18", "Patient must be at least 18 years old."),
        ("exclusion", "pregnancy: pregnant", "Patient must not be pregnant."),
        (
            "exclusion",
            "any of\n  condition: HIV\n  condition: hepatitis B\n  condition: hepatitis C",
            "Patient must not have HIV, hepatitis B or hepatitis C.",
        ),
        (
            "inclusion",
            "measurement: Platelets | >= 100000 /mm3",
            "Patient must have platelets of at least 100,000 /mm3.",
        ),
        (
            "exclusion",
            "measurement: ALT | > 3 x ULN",
            "Patient must not have ALT above 3 times the upper limit of normal.",
        ),
        (
            "inclusion",
            "if\n  condition: diabetes\n  measurement: HbA1c | < 9 %",
            "If the patient has diabetes: the patient must have HbA1c below 9 %.",
        ),
        (
            "exclusion",
            "except\n  condition: malignancy\n  condition: basal cell carcinoma",
            "Patient must not have a malignancy (except where the patient has a basal cell carcinoma).",
        ),
        (
            "inclusion",
            "at least 2 of\n  condition: asthma\n  sex: male\n  condition: gout",
            "Patient must satisfy at least 2 of: (a) have asthma; (b) be male; and (c) have gout.",
        ),
        (
            "inclusion",
            "medication: metformin | status current | stable for 8 weeks",
            "Patient must take metformin at a stable dose for at least 8 weeks now.",
        ),
        (
            "exclusion",
            "medication: rituximab | at least 3 months ago",
            "Patient must not have taken rituximab at least 3 months before screening.",
        ),
        (
            "inclusion",
            "condition: exacerbation | times >= 2 | within 12 months",
            "Patient must have had an exacerbation at least 2 times in the 12 months before screening.",
        ),
        (
            "inclusion",
            "therapy_lines: prior chemotherapy | <= 2",
            "Patient must have received at most 2 lines of therapy (prior chemotherapy).",
        ),
        ("exclusion", "allergy: penicillin", "Patient must not have an allergy or intolerance to penicillin."),
        ("exclusion", "condition: Crohn's disease", "Patient must not have a Crohn's disease."),
        (
            "inclusion",
            "if\n  other: first-line setting\n  condition: gout",
            "If the patient satisfies: “first-line setting”: the patient must have gout.",
        ),
        ("inclusion", "condition: asthma | qualifiers severe", "Patient must have severe asthma."),
    ],
)
def test_sentences(kind: Kind, tree: str, sentence: str) -> None:
    assert reading(outline.read(tree), kind) == sentence


def test_no_tree_has_no_sentence() -> None:
    assert reading(None, "inclusion") == ""


def test_a_predicate_without_term_takes_its_words_from_the_text() -> None:
    assert reading(Leaf("condition", 3, 9), "inclusion", "No asthma") == "Patient must have asthma."


def test_the_wording_has_a_phrase_for_every_predicate() -> None:
    words = resources.toml("criteria/reading")
    verbs = set(words["verbs"])
    assert set(words["phrases"]) | {"age"} == set(OPS)
    for forms in words["phrases"].values():
        assert set(forms) <= {"plain", "window", *STATUSES}
        assert all(form.split()[0].rstrip(",:") in verbs for form in forms.values())
    assert set(words["comparisons"]) == set(COMPARISONS)
    assert set(words["counts"]) == set(COMPARISONS)
    assert set(words["special"]) <= set(OPS)
    assert words["source"]


def test_childbearing_potential_is_read_back_wherever_it_is_asked_for() -> None:
    assert (
        resources.toml("criteria/reading")["special"]["pregnancy"]["holding"]
        == rules()["childbearing"]["potential_words"]
    )
