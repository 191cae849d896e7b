"""Protocol texts as headings, criteria and their entries."""

from __future__ import annotations

import pytest

from matcher.criteria.segments import Item, Node, segment


def shown(text: str) -> list[str]:
    """Each criterion in one line: id, [role], lead, and its entries in braces."""
    found = segment(text)

    def entry(node: Item | Node) -> str:
        lead = " ".join(text[node.lead.start : node.lead.end].split())
        inner = "{" + "; ".join(entry(child) for child in node.children) + "}" if node.children else ""
        joint = f" {node.connector}" if isinstance(node, Node) and node.connector else ""
        return f"{lead}{inner}{joint}"

    return [f"{item.id} {entry(item)}".strip() for item in found.items]


@pytest.mark.parametrize(
    ("heading", "id"),
    [
        ("Inclusion Criteria:", "I1"),
        ("INCLUSION CRITERIA", "I1"),
        ("Main Inclusion:", "I1"),
        ("Key inclusion criteria -", "I1"),
        ("- INCLUSION CRITERIA:", "I1"),
        ("Eligibility", "I1"),
        ("Subjects must:", "I1"),
        ("Patients must have:", "I1"),
        ("Patients must meet all of the following criteria:", "I1"),
        ("To be eligible for this study, patients must:", "I1"),
        ("DISEASE CHARACTERISTICS:", "I1"),
        ("Criteria for inclusion:", "I1"),
        ("Inclusion criteria are as follows:", "I1"),
        ("Inclusion Criteria (young groups)", "I1"),
        ("Exclusion Criteria:", "E1"),
        ("KEY EXCLUSION", "E1"),
        ("Exclusion Criteria for All Participants:", "E1"),
        ("Non-inclusion criteria :", "E1"),
        ("Not eligible if:", "E1"),
        ("The following patients will be excluded from this study:", "E1"),
        ("A subject will not be eligible for inclusion in this study if any of the following criteria apply:", "E1"),
        ("Subjects will be excluded if they meet any of the following criteria:", "E1"),
        ("Patients must not have any of the following:", "E1"),
        ("Patients are not eligible if they have:", "E1"),
        ("Phase 2a Exclusion", "E1"),
    ],
)
def test_headings_in_their_spellings(heading: str, id: str) -> None:
    assert shown(f"{heading}\n\n  - Diabetes mellitus\n") == [f"{id} Diabetes mellitus"]


@pytest.mark.parametrize(
    "line",
    [
        "Eligibility for transplant",
        "Exclusion of pregnancy by a negative test",
        "Include patients on insulin",
        "Patients who were excluded from surgery",
    ],
)
def test_a_criterion_with_a_heading_word_is_no_heading(line: str) -> None:
    assert shown(f"Inclusion Criteria:\n\n  - {line}\n") == [f"I1 {line}"]


@pytest.mark.parametrize(
    "bullet", ["-", "*", "•", "·", "o", "–", "1.", "1)", "(1)", "a.", "A)", "i.", "#1.", "1-", "[1]"]
)
def test_bullets_numbers_and_letters(bullet: str) -> None:
    assert shown(f"Inclusion Criteria:\n  {bullet} Known asthma") == ["I1 Known asthma"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # wrapped lines
        (
            "Inclusion Criteria:\n\n  -  Severe asthma with two\n     exacerbations\n",
            ["I1 Severe asthma with two exacerbations"],
        ),
        ("Inclusion Criteria:\nAge 18 or older\nhypertension\n", ["I1 Age 18 or older", "I2 hypertension"]),
        (
            "Inclusion Criteria:\nHistory of cancer (breast,\nlung)\nAsthma",
            ["I1 History of cancer (breast, lung)", "I2 Asthma"],
        ),
        ("Inclusion Criteria:\nTreatment with insulin or\nmetformin", ["I1 Treatment with insulin or metformin"]),
        # nesting by indent, by numbering alone, by dotted numbers
        (
            "Exclusion Criteria:\n  1. Any of the following:\n       1. Stroke\n       2. Angina\n  2. Asthma",
            ["E1 Any of the following:{Stroke; Angina}", "E2 Asthma"],
        ),
        (
            "Exclusion Criteria:\n1. Organ damage such as:\na. Stroke\nb. Angina\n2. Asthma",
            ["E1 Organ damage such as:{Stroke; Angina}", "E2 Asthma"],
        ),
        (
            "Exclusion Criteria:\n1. Organ damage:\n1.1 Stroke\n1.2 Angina\n2. Asthma",
            ["E1 Organ damage:{Stroke; Angina}", "E2 Asthma"],
        ),
        (
            "Inclusion Criteria:\n  9. Gout\n 10. Asthma\n 11. Stroke",
            ["I1 Gout", "I2 Asthma", "I3 Stroke"],
        ),
        # a list under a line without bullet, and one that the indentation lost
        (
            "Inclusion Criteria:\n\nAt least one of the following:\n\n  - Stroke\n\n  - Angina\n\n"
            "Exclusion Criteria:\n\n  - Gout",
            ["I1 At least one of the following:{Stroke; Angina}", "E1 Gout"],
        ),
        (
            "Inclusion Criteria:\n  - One of the following tumors:\n  - Astrocytoma\n  - Glioblastoma\n"
            "  - WHO grade III\n",
            ["I1 One of the following tumors:{Astrocytoma; Glioblastoma}", "I2 WHO grade III"],
        ),
        # connectors
        (
            "Inclusion Criteria:\n  - One of the following:\n    - LVEF <= 40%, or\n    - LVEF 41-49%\n",
            ["I1 One of the following:{LVEF <= 40% or; LVEF 41-49%}"],
        ),
        (
            "Inclusion Criteria:\n - High risk; AND\n - Symptoms; OR\n - Stenosis\n",
            ["I1 High risk", "I2 {Symptoms or; Stenosis}"],
        ),
        ("Exclusion Criteria:\n - Stroke; or\n - Angina\n", ["E1 Stroke", "E2 Angina"]),
        (
            "Inclusion Criteria:\n\nSubjects must either have:\n\nDiabetes\n\nor\n\nObesity\n\nConsent given\n",
            ["I1 Subjects must either have:{Diabetes or; Obesity}", "I2 Consent given"],
        ),
        # run-on paragraphs
        (
            "Inclusion Criteria: Adults with asthma. No smoking. Exclusion Criteria: Gout, stroke.",
            ["I1 Adults with asthma.", "I2 No smoking.", "E1 Gout, stroke."],
        ),
        ("Inclusion: 1) age over 18; 2) asthma; 3) consent", ["I1 age over 18;", "I2 asthma;", "I3 consent"]),
        ("Inclusion Criteria:\n1. Refusal 2) Pregnancy 3) Bleeding", ["I1 Refusal", "I2 Pregnancy", "I3 Bleeding"]),
        (
            "Inclusion Criteria:\nPatients with e.g. asthma are welcome. This includes children.\n",
            ["I1 Patients with e.g. asthma are welcome. This includes children."],
        ),
        (
            "Inclusion Criteria:\n  - Two of: (a) fever, (b) cough\n",
            ["I1 Two of:{fever,; cough}"],
        ),
        # a lone number above its text
        ("Exclusion Criteria:\n\n1.\n\nStroke\n\n2.\n\nAngina\n", ["E1 Stroke", "E2 Angina"]),
        # a number that only begins a wrapped line is no bullet
        (
            "Inclusion Criteria:\n\n  -  Patients with a body mass index of more than twenty-five and an age of "
            "more than\n     18. "
            "Consent is needed of every one of these patients before any of the procedures\n     begins\n",
            [
                "I1 Patients with a body mass index of more than twenty-five and an age of more than 18. "
                "Consent is needed of "
                "every one of these patients before any of the procedures begins"
            ],
        ),
        ("General inclusion criteria Subject has asthma.", ["I1 Subject has asthma."]),
        ("Inclusion Criteria:\n - Asthma\n\n'\n", ["I1 Asthma"]),
        # tables
        (
            "Inclusion Criteria:\n\nParameter | Limit\nHemoglobin | ≥ 9 g/dL\nPlatelets | ≥ 100\n",
            ["I1 Hemoglobin | ≥ 9 g/dL", "I2 Platelets | ≥ 100"],
        ),
        (
            "Inclusion Criteria:\n\nSystem\tLaboratory Value\nRenal\nCreatinine\t≤ 1.5 x ULN\n",
            ["I1 Creatinine ≤ 1.5 x ULN"],
        ),
        # a run-on that changes sides
        (
            "Eligibility: Adults with asthma. Patients are not eligible if they have: 1. cancer, 2. HIV, 3. hepatitis.",
            ["I1 Adults with asthma.", "E1 cancer,", "E2 HIV,", "E3 hepatitis."],
        ),
        # text without any heading
        ("Adults with asthma.\n\nNo current smokers.\n", ["I1 Adults with asthma.", "I2 No current smokers."]),
        ("- Age over 18\n- Asthma\n\nExclusion Criteria:\n- Gout", ["I1 Age over 18", "I2 Asthma", "E1 Gout"]),
    ],
)
def test_criteria_and_their_entries(text: str, expected: list[str]) -> None:
    assert shown(text) == expected


def test_pdq_run_on_falls_into_its_criteria() -> None:
    text = (
        "DISEASE CHARACTERISTICS: Newly diagnosed anaplastic astrocytoma No oligodendrogliomas\n\n"
        "PATIENT CHARACTERISTICS: Age: 18 and over Performance status: ECOG 0-1 Life expectancy: Not specified "
        "Hepatic: Bilirubin no greater than 1.5 times normal AST no greater than 3 times normal Other: Not pregnant\n"
    )
    assert shown(text) == [
        "I1 Newly diagnosed anaplastic astrocytoma",
        "I2 No oligodendrogliomas",
        "I3 Age: 18 and over",
        "I4 Performance status: ECOG 0-1",
        "I5 Bilirubin no greater than 1.5 times normal",
        "I6 AST no greater than 3 times normal",
        "I7 Not pregnant",
    ]
    assert [fragment.why for fragment in segment(text).unread] == ["nothing specified"]


def test_subject_headings_stay_with_their_values() -> None:
    found = segment("PATIENT CHARACTERISTICS:\n\nAge:\n\n  -  18 and over\n\nHepatic:\n\n  -  Bilirubin normal\n")
    assert [(item.role, item.path[-1]) for item in found.items] == [
        ("subject", "PATIENT CHARACTERISTICS"),
        ("", "Hepatic"),
    ]


@pytest.mark.parametrize(
    ("text", "premise"),
    [
        ("Inclusion Criteria:\n\nCOPD patients:\n\n  - Gout\n", "COPD patients"),
        ("Inclusion Criteria:\n\nFor subjects with diabetes:\n\n  - Gout\n", "For subjects with diabetes"),
        ("Inclusion Criteria:\n\nPart A\n\n  - Gout\n", "Part A"),
        ("Inclusion Criteria:\n\nfor acromegaly\n\n  - Gout\n", "for acromegaly"),
        ("Inclusion Criteria:\n\n  - Cohort B: Gout\n", "Cohort B"),
        ("Inclusion criteria for patients with acromegaly:\n\n  - Gout\n", "patients with acromegaly"),
        ("Inclusion Criteria (COPD Smokers):\n\n  - Gout\n", "COPD Smokers"),
        ("Inclusion Criteria:\n  - Type 1 DM:\n  - Gout\n", "Type 1 DM"),
        ("Inclusion criteria for all participants:\n  - Gout\n", None),
        ("Inclusion criteria at screening:\n  - Gout\n", None),
        ("Inclusion Criteria:\n\nFor all patients:\n\n  - Gout\n", None),
        ("PART A: DOSE ESCALATION\nInclusion Criteria\n* Gout\n", "PART A"),
        ("Cohort 2\n\nInclusion Criteria\n* Gout\n", "Cohort 2"),
        ("Control subjects inclusion criteria:\n* Gout\n", "Control subjects"),
        (
            "Inclusion Criteria:\n\nHealthy non-smoking men:\n\nAll volunteers meet the following criteria:\n\nGout\n",
            "Healthy non-smoking men",
        ),
        ("Patients inclusion criteria:\n* Gout\n", None),
        ("Inclusion Criteria:\n\nRenal:\n\n  - Gout\n", None),
    ],
)
def test_premises(text: str, premise: str | None) -> None:
    assert [item.premise for item in segment(text).items] == [premise]


@pytest.mark.parametrize(
    ("one", "two", "items"),
    [
        ("Females 8 to 16 years old.", "Males 9 to 17 years old.", 1),
        ("Women aged > 55 years", "Men aged > 45 years", 1),
        ("Women aged > 55 years", "Women not above 75 years", 2),
        ("Women must use contraception", "Men aged > 45 years", 2),
    ],
)
def test_the_ages_of_two_sexes_are_alternatives(one: str, two: str, items: int) -> None:
    assert len(segment(f"Inclusion Criteria:\n\n* {one}\n\n* {two}\n").items) == items


@pytest.mark.parametrize("whom", ["Control subjects", "Lean volunteers:", "Age-matched controls"])
def test_those_who_are_compared_have_criteria_of_their_own(whom: str) -> None:
    text = f"Inclusion Criteria:\n\n* Gout\n\n{whom}\n\nInclusion Criteria:\n\n* BMI < 25\n"
    assert [item.premise for item in segment(text).items] == [None, whom.strip(":")]


@pytest.mark.parametrize(
    ("text", "kind", "disguised"),
    [
        ("Inclusion Criteria:\n- Patients with asthma will be excluded", "inclusion", True),
        ("Inclusion Criteria:\n- Women who are pregnant are not eligible", "inclusion", True),
        ("Inclusion Criteria:\n- No asthma", "inclusion", False),
        ("Inclusion Criteria:\n- Exclusion: pregnant women", "exclusion", False),
        ("Exclusion Criteria:\n- Subjects must be over 18", "exclusion", True),
        ("Exclusion Criteria:\n- Patients who have asthma will be excluded", "exclusion", False),
        ("Exclusion Criteria:\n- Asthma", "exclusion", False),
    ],
)
def test_criteria_that_say_the_opposite_of_their_heading(text: str, kind: str, disguised: bool) -> None:
    assert [(item.kind, item.disguised) for item in segment(text).items] == [(kind, disguised)]


def test_a_local_exclusion_ends_with_its_bullet() -> None:
    text = "Inclusion Criteria:\n  - Asthma\n  - Exclusion: pregnant women\n  - Consent\n"
    assert shown(text) == ["I1 Asthma", "E1 pregnant women", "I2 Consent"]


def test_an_introduced_exclusion_ends_with_its_entries() -> None:
    text = "Inclusion Criteria:\n  - Asthma\n  - Patients will be excluded if:\n      - gout\n  - Consent\n"
    assert shown(text) == ["I1 Asthma", "E1 gout", "I2 Consent"]


@pytest.mark.parametrize(
    ("criteria", "trailer", "used"),
    [
        ("- Asthma", "Minimum Age: 18 Years", True),
        ("- Age 18 and older", "Minimum Age: 18 Years", False),
        ("- Age 18 and older", "Maximum Age: 75 Years", True),
        ("- Men aged 40 to 75 years", "Maximum Age: 80 Years", False),
        ("- Asthma for 18 months", "Minimum Age: 21 Years", True),
        ("- Asthma", "Minimum Age: N/A", False),
        ("- Asthma", "Sex: Female", True),
        ("- Female patients", "Sex: Female", False),
        ("- Asthma", "Sex: All", False),
        ("- Asthma", "Conditions: Asthma", False),
        ("- Asthma", "Healthy Volunteers: No", False),
    ],
)
def test_registry_fields_are_criteria_where_the_text_has_none(criteria: str, trailer: str, used: bool) -> None:
    text = f"Inclusion Criteria:\n{criteria}\n\n{trailer}\n"
    found = segment(text)
    assert [text[item.start : item.end] for item in found.items if item.field] == ([trailer] if used else [])
    assert [field.used for field in found.fields] == [used]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("Exclusion Criteria:\nNA", "nothing specified"),
        ("No eligibility criteria", "nothing specified"),
        ("Summary of the trial in words. More words here.\n\nInclusion Criteria:\n- Asthma", "stands before"),
    ],
)
def test_what_is_no_criterion_is_listed(text: str, why: str) -> None:
    (fragment,) = segment(text).unread
    assert fragment.why.startswith(why)
    assert fragment.text == text[fragment.start : fragment.end]


def test_the_title_is_no_criterion() -> None:
    text = "Warfarin and Antiplatelet Evaluation\n\nAdults with asthma.\n"
    found = segment(text)
    assert found.title and text[found.title.start : found.title.end] == "Warfarin and Antiplatelet Evaluation"
    assert shown(text) == ["I1 Adults with asthma."]


def test_sections_after_the_criteria_are_left() -> None:
    assert shown("Inclusion Criteria:\n- Asthma\n\nStudy Design\n\nRandomized trial of words.\n") == ["I1 Asthma"]


def test_windows_line_ends_are_kept_in_the_offsets() -> None:
    text = "Inclusion Criteria:\r\n\r\n  - Severe\r\n    asthma\r\n"
    (item,) = segment(text).items
    assert text[item.start : item.end] == "Severe\r\n    asthma"


def test_one_criterion_of_several_lines_is_one_item() -> None:
    text = "Inclusion Criteria:\n\n  - One of the following:\n      - LVEF <= 40%, or\n      - LVEF 41-49%\n"
    assert len(segment(text).items) == 1


# ---------------------------------------------------------------- for any text


@pytest.mark.parametrize(
    "line", ["Other protocol-defined inclusion/exclusion criteria may apply.", "Note: this standardises the baseline."]
)
def test_a_note_is_a_criterion_for_a_person(line: str) -> None:
    last = segment(f"Inclusion Criteria:\n- Asthma\n\n{line}").items[-1]
    assert last.aside and last.end - last.start == len(line)


def test_a_frame_that_is_the_only_bullet_heads_the_list_below_it() -> None:
    text = (
        "Inclusion Criteria:\n\n  - A subject must meet all the following criteria:\n\n"
        "      1. Adult\n\n      2. Asthma\n"
    )
    assert shown(text) == ["I1 Adult", "I2 Asthma"]


def test_a_line_between_two_numbers_of_one_list_heads_what_follows() -> None:
    text = (
        "Exclusion Criteria:\n\nWomen Specific:\n\n  1. Breast-feeding\n\n"
        "     Subject has received any of the following:\n\n"
        "  2. Blood products\n\n  3. Live vaccines\n"
    )
    assert shown(text) == ["E1 Breast-feeding", "E2 Blood products", "E3 Live vaccines"]
    assert [item.premise for item in segment(text).items] == ["Women Specific", None, None]


def test_a_subject_with_nothing_specified_is_a_heading() -> None:
    text = (
        "PATIENT CHARACTERISTICS:\n\nPerformance status:\n\n  -  Not specified\n\n"
        "Life expectancy:\n\n  -  At least 1 year\n"
    )
    assert shown(text) == ["I1 Life expectancy:{At least 1 year}"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Asthma\nNo diabetes", ("I1", "I2")),
        ("- Asthma\n- Gout\n\nExclusion Criteria:\n- COPD", ("I1", "I2")),
        ("Inclusion Criteria:\n- Asthma", ()),
    ],
)
def test_criteria_under_no_heading_are_told(text: str, expected: tuple[str, ...]) -> None:
    assert segment(text).unheaded == expected


def test_the_group_that_is_compared_heads_a_list_without_a_colon() -> None:
    text = "Inclusion Criteria:\n\nCOPD patients\n- FEV1 < 80%\n\nNormal volunteers\n- FEV1 > 80%\n- Non-smokers\n"
    premises = [item.premise for item in segment(text).items]
    assert premises == ["COPD patients", "Normal volunteers", "Normal volunteers"]
    alone = text.replace("Normal volunteers\n", "Lung function\n")
    assert "COPD patients" not in [item.premise for item in segment(alone).items]


@pytest.mark.parametrize(
    ("entries", "shown_as"),
    [
        (("Healthy volunteers", "Patients with asthma"), ["I1 {Healthy volunteers or; Patients with asthma}"]),
        (("Healthy volunteers", "Subjects aged 18-45"), ["I1 Healthy volunteers", "I2 Subjects aged 18-45"]),
        (("Healthy volunteers", "Non-smokers"), ["I1 Healthy volunteers", "I2 Non-smokers"]),
        (("Patients with asthma", "Patients with COPD"), ["I1 Patients with asthma", "I2 Patients with COPD"]),
    ],
)
def test_groups_of_people_in_one_list_are_alternatives(entries: tuple[str, str], shown_as: list[str]) -> None:
    assert shown("Inclusion Criteria:\n\n" + "".join(f"- {entry}\n" for entry in entries)) == shown_as
