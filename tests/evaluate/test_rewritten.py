"""A note that is written in another way and means the same gets the same verdicts."""

from __future__ import annotations

import re
import textwrap
from functools import cache

import pytest

from matcher import criteria, evaluate, facts, ner, terms
from matcher.criteria.source import of_text
from matcher.model import Note, Settings
from matcher.notes import dates

VISIT = """\
HISTORY OF PRESENT ILLNESS: The patient is a 64-year-old woman with type 2 diabetes mellitus since 2012, who was \
seen on 03/14/2024 for a follow-up of her heart failure. She had a myocardial infarction in June 2019 and a \
coronary bypass two months later. Her last hemoglobin A1c was 8.4%. She denies chest pain, fever, or syncope. \
She does not have any weight loss, night sweats, fatigue, etc.

PAST MEDICAL HISTORY: Hypertension, chronic kidney disease, hypothyroidism, gout.

MEDICATIONS:
1. Metformin 1000 mg twice a day.
2. Lisinopril 20 mg p.o. daily.
3. Allopurinol 300 mg by mouth daily.

ALLERGIES: Penicillin, which gave her a rash.

FAMILY HISTORY: Father with colon cancer.

SOCIAL HISTORY: She quit smoking 10 years ago and drinks no alcohol.

PHYSICAL EXAMINATION: Blood pressure 142/86, heart rate 78, weight 81 kg.
LUNGS: Clear to auscultation.
EXTREMITIES: There is bilateral edema without ulcers.

LABORATORY DATA: Creatinine 1.6 mg/dL, potassium 4.9 mmol/L, hemoglobin 10.2 g/dL, LVEF 35%.

ASSESSMENT AND PLAN: Her heart failure is stable. We discussed the risks of a catheterization, including:
1. Bleeding.
2. Stroke.
She will start empagliflozin 10 mg daily next week."""

SAID = {
    "Type 2 diabetes": "met",
    "Heart failure": "met",
    "Age 65 years or older": "not_met",
    "Female": "met",
    "Myocardial infarction within the past 6 months": "not_met",
    "Coronary artery bypass grafting": "met",
    "HbA1c above 9%": "not_met",
    "Chest pain": "not_met",
    "Fatigue": "not_met",
    "Hypertension": "met",
    "Chronic kidney disease": "met",
    "Hypothyroidism": "met",
    "Treatment with metformin": "met",
    "Treatment with an ACE inhibitor": "met",
    "Allergy to penicillin": "met",
    "Colon cancer": "not_met",
    "Current smoker": "not_met",
    "Systolic blood pressure above 140 mmHg": "met",
    "Creatinine above 2 mg/dL": "not_met",
    "Hemoglobin below 11 g/dL": "met",
    "Left ventricular ejection fraction of 40% or less": "met",
    "Stroke": "not_met",
    "Gout": "met",
    "Bilateral edema": "met",
    "Leg ulcer": "not_met",
}


def _wrapped(width: int, hang: str = "") -> object:
    def rewrite(text: str) -> str:
        lines = text.split("\n")
        return "\n".join(textwrap.fill(line, width, subsequent_indent=hang) if line else "" for line in lines)

    return rewrite


def _each(pattern: str, new: str) -> object:
    return lambda text: re.sub(pattern, new, text, flags=re.MULTILINE)


HEADING = r"^([A-Z][A-Z ]{3,}): "
LIST = r"^\d\. "
WAYS = {
    "as it is": lambda text: text,
    "60 columns": _wrapped(60),
    "72 columns": _wrapped(72),
    "80 columns, hanging": _wrapped(80, "  "),
    "line ends": _each("\n", "\r\n"),
    "trailing blanks": _each("$", "   "),
    "indented": _each("^(?=.)", "    "),
    "two blanks": _each(r"\. (?=[A-Z])", ".  "),
    "fixed spaces": _each(r"(?<=\d) (?=[a-z%])", "\u00a0"),
    "fixed hyphens": _each("(?<=[a-z])-(?=[a-z])", "\u2010"),
    "ligatures": _each("fi", "ﬁ"),
    "empty lines": _each("\n", "\n\n"),
    "no empty lines": _each("\n\n", "\n"),
    "capitals": str.upper,
    "heading, bold": _each(HEADING, r"**\1:** "),
    "heading, bold before the colon": _each(HEADING, r"**\1**: "),
    "heading on its line": _each(HEADING, r"\1:\n"),
    "heading, dash": _each(HEADING, r"\1 - "),
    "heading, short": lambda text: text.replace("PAST MEDICAL HISTORY:", "PMH:").replace("FAMILY HISTORY:", "FHx:"),
    "bullets": _each(LIST, "- "),
    "dots": _each(LIST, "•"),
    "numbers in brackets": _each(r"^(\d)\. ", r"\1) "),
    "list of the past": lambda text: text.replace("Y: Hyper", "Y:\n- Hyper").replace(", chronic", "\n- Chronic"),
    "date by day": lambda text: text.replace("03/14/2024", "14 Mar 2024"),
    "date in words": lambda text: text.replace("03/14/2024", "March 14th, 2024"),
    "date, ISO": lambda text: text.replace("03/14/2024", "2024-03-14"),
    "abbreviations": lambda text: (
        text.replace("type 2 diabetes mellitus", "T2DM").replace("Hypertension", "HTN").replace("heart failure", "CHF")
        .replace("chronic kidney disease", "CKD").replace("a myocardial infarction", "an MI").replace("bypass", "CABG")
    ),
    "with": lambda text: re.sub(r"\bwith ", "w/ ", text).replace("without", "w/o"),
    "both sides": lambda text: text.replace("bilateral", "b/l"),
    "dosing": lambda text: text.replace("twice a day", "BID").replace("by mouth", "PO"),
    "the lady": lambda text: text.replace("The patient", "The lady"),
    "by name": lambda text: text.replace("The patient", "Mrs. Smith"),
    "pt": lambda text: text.replace("The patient", "Pt"),
    "age, short": lambda text: text.replace("64-year-old woman", "64 y/o woman"),
    "age behind": lambda text: text.replace("64-year-old woman", "woman aged 64"),
    "no": lambda text: text.replace("She denies", "No"),
    "negative for": lambda text: text.replace("She denies", "Negative for"),
    "numerals": lambda text: text.replace("two months", "2 months"),
    "pressure in words": lambda text: text.replace("Blood pressure 142/86", "Blood pressure of 142 over 86"),
    "pressure, short": lambda text: text.replace("Blood pressure 142/86", "BP: 142/86 mm Hg"),
    "units": lambda text: text.replace("g/dL", "g/dl").replace("%", " percent"),
    "zeros": lambda text: text.replace("10.2", "10.20").replace("1.6", "1.60"),
    "before": lambda text: "The visit was conducted in English.\n" + text,
    "behind": lambda text: text + "\n\nThank you for allowing us to take part in this patient's care.",
    "letterhead": lambda text: "RIVERSIDE CLINIC - INTERNAL MEDICINE\nElectronically signed by J. Doe, MD\n\n" + text,
}  # fmt: skip


@cache
def _asked():
    terminology, recogniser = terms.load(), ner.recogniser("rules")
    lines = "\n".join(f"  - {criterion}" for criterion in SAID)
    protocol = criteria.parse(of_text(f"Exclusion Criteria:\n\n{lines}\n", "case"), recogniser, terminology)
    extractor = facts.Extractor(recogniser, terminology, criteria.wanted([protocol]))
    return extractor, evaluate.Evaluator(protocol, terminology, Settings(ner="rules"))


@pytest.mark.parametrize("way", WAYS)
def test_the_same_in_another_way(way):
    extractor, evaluator = _asked()
    text = WAYS[way](VISIT)
    note = Note("p", "p/1", text, dates.parse("2024-03-14"))
    found = extractor.facts((note,))
    assert all(text[f.start : f.end] == f.text for f in found)
    verdicts = evaluator.screen(facts.record("p", (note,), found, note.date.end)).verdicts
    assert {v.criterion.text: v.truth for v in verdicts} == SAID
