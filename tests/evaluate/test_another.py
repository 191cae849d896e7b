"""“Other malignancy”: the disease that the trial is about does not count."""

import pytest

from matcher import criteria, evaluate, facts, ner, terms
from matcher.criteria import source as sources
from matcher.model import Note, Settings

NAMED = "\nConditions: Non-Small Cell Lung Cancer\n"


@pytest.fixture(scope="module")
def verdict():
    terminology = terms.load()
    recogniser = ner.recogniser("rules", terminology)

    def run(criterion: str, note: str, trailer: str = NAMED):
        text = f"Exclusion Criteria:\n\n  - {criterion}\n{trailer}"
        protocol = criteria.parse(sources.of_text(text, "t"), recogniser, terminology)
        found = facts.Extractor(recogniser, terminology, criteria.wanted([protocol])).facts([Note("p", "n", note)])
        record = facts.record("p", (Note("p", "n", note),), found, None)
        last = evaluate.Evaluator(protocol, terminology, Settings()).screen(record).verdicts[0]
        return last.truth, last.basis

    return run


@pytest.mark.parametrize(
    ("note", "trailer", "truth"),
    [
        ("Stage IV non-small cell lung cancer with bone metastases.", NAMED, "not_met"),
        ("Lung cancer, metastatic to the liver.", NAMED, "not_met"),
        ("Stage IV non-small cell lung cancer (adenocarcinoma).", NAMED, "not_met"),
        ("Non-small cell lung cancer. Breast cancer, on letrozole.", NAMED, "met"),
        ("Adenocarcinoma of lung with brain metastases.", "", "not_met"),
        ("Lung cancer. Also has prostate cancer.", "", "met"),
    ],
)
def test_the_index_disease_and_its_spread_are_no_other_malignancy(verdict, note, trailer, truth):
    assert verdict("Other malignancy", note, trailer)[0] == truth


def test_a_disease_taken_for_the_index_disease_is_an_assumption(verdict):
    assert verdict("Other active malignancy", "Lung cancer, on chemotherapy.", "") == ("not_met", "assumed")


def test_any_malignancy_counts_where_other_is_not_said(verdict):
    assert verdict("Malignancy", "Non-small cell lung cancer.")[0] == "met"


@pytest.mark.parametrize(
    ("criterion", "note", "named", "truth"),
    [
        ("History of malignancy", "Stage IV non-small cell lung cancer.", "Non-Small Cell Lung Cancer", "not_met"),
        ("Active malignancy", "Non-small cell lung cancer. Colon cancer, too.", "Non-Small Cell Lung Cancer", "met"),
        ("Prior malignancy", "Burkitt lymphoma. This is a primary cardiac lymphoma.", "Burkitt Lymphoma", "not_met"),
        ("Cardiac disease", "Burkitt lymphoma. This is a primary cardiac lymphoma.", "Burkitt Lymphoma", "not_met"),
        ("Prior malignancy", "Burkitt lymphoma. Hodgkin lymphoma in 2009.", "Burkitt Lymphoma", "met"),
        ("Prior malignancy", "Colon cancer. Gastric lymphoma in 2019.", "Colon Cancer", "met"),
        ("Active infection", "Chronic hepatitis C.", "Chronic hepatitis C", "not_met"),
        ("Active infection", "Chronic hepatitis C. Cellulitis of the leg.", "Chronic hepatitis C", "met"),
        ("Lung disease", "Severe asthma.", "Asthma", "not_met"),
        ("Lung disease", "Asthma and COPD.", "Asthma", "met"),
        ("Severe asthma", "Severe asthma.", "Asthma", "met"),
        ("Diabetes mellitus", "Gestational diabetes in 2019. Diabetes on metformin.", "Gestational diabetes", "met"),
        ("Prior stroke", "Acute ischemic stroke. Ischemic stroke in 2019.", "Ischemic stroke", "met"),
    ],
)
def test_what_is_wider_than_the_trials_own_disease_is_not_met_by_it(verdict, criterion, note, named, truth):
    assert verdict(criterion, note, f"\nInclusion Criteria:\n\n  - {named}\n")[0] == truth


def test_what_only_another_protocol_names_is_of_no_kind():
    """A record holds the own terms of every protocol of the run; one that has none of them reads it without fault."""
    terminology = terms.load()
    recogniser = ner.recogniser("rules", terminology)
    texts = ("Exclusion Criteria:\n\n  - Known drug allergies\n", "Exclusion Criteria:\n\n  - Allergy to zorblat\n")
    asked, other = (criteria.parse(sources.of_text(text, "t"), recogniser, terminology) for text in texts)
    note = Note("p", "n", "Allergies: zorblat, penicillin")
    found = facts.Extractor(recogniser, terminology, criteria.wanted([asked, other])).facts([note])
    assert any(f.concept is not None and terminology.known(f.concept.id) is None for f in found)
    record = facts.record("p", (note,), found, None)
    assert evaluate.Evaluator(asked, terminology, Settings()).screen(record).verdicts[0].truth == "met"


@pytest.mark.parametrize(
    "note", ["Allergies: none of the zorblat class.", "Sensitive to zorblat.", "Allergic to zorblat."]
)
def test_another_protocols_own_term_is_no_entry_of_the_allergy_list(note):
    terminology = terms.load()
    recogniser = ner.recogniser("rules", terminology)
    texts = ("Exclusion Criteria:\n\n  - History of allergy\n", "Exclusion Criteria:\n\n  - Allergy to zorblat\n")
    asked, other = (criteria.parse(sources.of_text(text, "t"), recogniser, terminology) for text in texts)
    verdicts = []
    for protocols in ([asked], [asked, other]):
        notes = (Note("p", "n", note),)
        found = facts.Extractor(recogniser, terminology, criteria.wanted(protocols)).facts(notes)
        screening = evaluate.Evaluator(asked, terminology, Settings()).screen(facts.record("p", notes, found, None))
        verdicts.append(screening.verdicts[0].truth)
    assert verdicts[0] == verdicts[1]
