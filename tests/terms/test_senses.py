"""Words of several meanings in running text, and words that only look like terms."""

import csv
from pathlib import Path

import pytest

from matcher import terms

T = terms.load()


def meanings(text, surface):
    """What the occurrences of ``surface`` mean in ``text``."""
    hits = [hit for hit in T.find(text) if text[hit.start : hit.end] == surface]
    ids = [T.resolve(hit, text) for hit in hits]
    return [T.concept(id).name for id in ids if id]


@pytest.mark.parametrize(
    ("text", "surface", "name"),
    [
        ("Exclusion: Pregnancy. Bradycardia (HR <55 bpm)", "HR", "Heart rate"),  # "PR" is no cue inside "Pregnancy"
        ("ER+/HER2- breast cancer", "ER", "estrogen receptor"),
        ("the tumor is ER positive, PR negative", "PR", "progesterone receptor"),
        ("R/R NHL or HL by WHO criteria", "HL", "Hodgkins lymphoma"),
        ("PMH: HTN, HL, DM on a statin", "HL", "hyperlipidemia"),
        ("the OCD lesion of the femoral condyle on MRI", "OCD", "osteochondritis dissecans"),
        ("TSH 1.2, T4 normal", "T4", "Thyroxine"),
        ("diffuse PA/IH: PIH at 34 weeks gestation", "PIH", "gestational hypertension"),
        ("central DI on desmopressin", "DI", "diabetes insipidus"),
        ("bipolar disorder", "bipolar disorder", "bipolar disorder"),
        ("history of bipolar, on lithium", "bipolar", "bipolar disorder"),
        ("pregnant or nursing women", "nursing women", "lactation"),
        ("septic shock; in shock on vasopressors", "shock", "Shock"),
        ("patients graded ASA III", "ASA", "ASA physical status"),
        ("ASA 81 mg daily", "ASA", "aspirin"),
    ],
)
def test_the_words_around_choose(text, surface, name):
    found = meanings(text, surface)
    assert found, "not found"
    assert {n.lower() for n in found} == {name.lower()}


@pytest.mark.parametrize(
    ("text", "surface"),
    [
        ("she went to the ER for pain", "ER"),
        ("PR: 72, BP 120/80, temp 98.1", "PR"),
        ("hemostasis with bipolar cautery", "bipolar"),
        ("a shock of 150 J was delivered", "shock"),
        ("discharged to a nursing home, skilled care", "nursing"),
        ("BIOMETRY: BPD: 7.9cm consistent with 31 weeks", "BPD"),
        ("FL: 6.4cm, HC 31 cm", "FL"),
        ("hooks were placed at T3, T4, and T5 of the spine", "T4"),
        ("PMI in the 5th ICS in the MCL", "MCL"),
        ("abdomen soft, TTP in LLQ", "TTP"),
        ("SCD boots and Lovenox for DVT prophylaxis", "SCD"),
        ("ICH GCP guideline", "ICH"),
        ("recorded in the CRF by the study monitor", "CRF"),
        ("Ambien 10 mg HS", "HS"),
        ("Lungs: CTA bilaterally", "CTA"),
    ],
)
def test_what_is_no_concept_here(text, surface):
    assert meanings(text, surface) == []


@pytest.mark.parametrize(
    "text",
    [
        "3-0 Vicryl in the subcutaneous tissue",
        "prepped with Betadine prep",
        "the vas deferens was ligated",
        "TMs clear, BMs regular",
        "range of motion was full",
        "lateral decubitus position",
        "transferred to ABCD Hospital",
        "patient-controlled analgesia",
        "the seminal vesicles were dissected",
        "an accessory muscle was dissected",
        "She could dorsiflex the foot",
        "E. coli grew",
        "the fat pad was removed",
    ],
)
def test_no_condition_or_drug_in_ordinary_words(text):
    known = [T.resolve(hit, text) for hit in T.find(text)]
    kinds = {T.concept(id).name: T.kind(id) for id in known if id}
    allowed = {"povidone-iodine"}
    assert {name for name, kind in kinds.items() if kind in ("condition", "drug")} <= allowed


def test_a_term_does_not_run_across_a_blank_line():
    text = "Diagnosis: heart\n\nfailure to thrive. chronic kidney\n \ndisease"
    assert [text[h.start : h.end] for h in T.find(text)] == ["failure to thrive"]


with (Path(terms.__file__).parents[1] / "resources/terms/not_names.csv").open(encoding="utf-8", newline="") as _file:
    NOT_NAMES = list(csv.DictReader(_file))


@pytest.mark.parametrize("row", NOT_NAMES, ids=lambda row: row["name"])
def test_a_name_that_was_taken_off_does_not_lead_there(row):
    found = T.normalise(row["name"]).concept
    assert found is None or found.name != row["concept"]


@pytest.mark.parametrize(
    ("term", "name", "marker"),
    [
        ("HER2-negative breast cancer", "breast cancer", "HER2-negative"),
        ("EGFR-mutated NSCLC", "non-small cell lung carcinoma", "EGFR-mutated"),
        ("ER+/HER2- breast cancer", "breast cancer", "ER+/HER2-"),
        ("BRAF V600E-mutant melanoma", "melanoma", "BRAF V600E-mutant"),
    ],
)
def test_a_marker_before_a_disease_qualifies_it(term, name, marker):
    found = T.normalise(term)
    assert found.concept.name == name
    assert marker in found.qualifiers
