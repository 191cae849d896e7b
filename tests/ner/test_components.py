"""The components work in a pipeline that is not ours."""

import pytest

spacy = pytest.importorskip("spacy")

from matcher.ner import components  # noqa: E402


@pytest.fixture(scope="module")
def nlp():
    assert components.ASSERTION_ATTRIBUTES
    nlp = spacy.blank("en")
    nlp.add_pipe("matcher_sentences")
    nlp.add_pipe("matcher_sections")
    ruler = nlp.add_pipe("entity_ruler")
    ruler.add_patterns([{"label": "DISEASE", "pattern": w} for w in ("pneumonia", "asthma", "lupus")])
    ruler.add_patterns([{"label": "CHEMICAL", "pattern": "warfarin"}])
    nlp.add_pipe("matcher_assertion", config={"kinds": {"DISEASE": "condition", "CHEMICAL": "drug"}})
    return nlp


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("No evidence of pneumonia.", ("absent", "patient", "No evidence of")),
        ("Her sister has lupus.", ("family", "sister", "sister")),
        ("The warfarin was stopped.", ("historical", "patient", "was stopped")),
        ("Patient has asthma.", ("present", "patient", None)),
    ],
)
def test_assertion_of_an_entity(nlp, text, expected):
    (ent,) = nlp(text).ents
    cue = ent._.assertion_cue
    assert (ent._.assertion, ent._.experiencer, cue.text if cue else None) == expected


def test_status_of_a_drug(nlp):
    (ent,) = nlp("The warfarin was stopped.").ents
    assert ent._.status == "past"


def test_sections_of_tokens(nlp):
    doc = nlp("PMH: asthma. FHx: lupus")
    assert [(e.text, e[0]._.section) for e in doc.ents] == [
        ("asthma", "past_medical_history"),
        ("lupus", "family_history"),
    ]


def test_sentences_begin_at_list_lines(nlp):
    doc = nlp("- asthma\n- lupus")
    assert [s.text.strip() for s in doc.sents] == ["- asthma", "- lupus"]


def test_a_span_group_instead_of_entities():
    nlp = spacy.blank("en")
    nlp.add_pipe("span_ruler", config={"spans_key": "found"}).add_patterns([{"label": "X", "pattern": "asthma"}])
    nlp.add_pipe("matcher_assertion", config={"span_group": "found"})
    (span,) = nlp("Denies asthma.").spans["found"]
    assert span._.assertion == "absent"


def test_an_empty_document(nlp):
    assert list(nlp("").ents) == []


def test_a_pipeline_survives_the_disk(nlp, tmp_path):
    nlp.to_disk(tmp_path / "pipeline")
    loaded = spacy.load(tmp_path / "pipeline")
    assert loaded("Denies asthma.").ents[0]._.assertion == "absent"
