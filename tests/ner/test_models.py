"""Back-ends by name, and the bundled model's behaviour; its figures are in the model card."""

import subprocess
import sys
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matcher import ner, terms
from matcher.errors import MatchError
from matcher.model import Span
from matcher.ner.recogniser import Rules
from matcher.ner.tagger import Item, Tagger, term_classes
from matcher.ner.tokens import TOKEN, segments


@pytest.fixture(scope="module")
def default():
    return ner.recogniser("default")


def found(recogniser, text, side):
    (mentions,) = recogniser.mentions([text], side)
    return {(m.text, m.type) for m in mentions}


@pytest.mark.parametrize(
    "text, words, kind",
    [
        ("History of myocardial infarction within 6 months", "myocardial infarction", "condition"),
        ("Prior coronary artery bypass grafting", "coronary artery bypass grafting", "procedure"),
        ("Prior treatment with bevacizumab", "bevacizumab", "drug"),
        ("Must have undergone coronary angiography", "coronary angiography", "procedure"),
    ],
)
def test_criteria(default, text, words, kind):
    assert (words, kind) in found(default, text, "protocol")


@pytest.mark.parametrize(
    "text, words, kind",
    [
        ("She was admitted with severe dyspnea and hypertension.", "hypertension", "condition"),
        ("He takes metformin 500 mg twice daily.", "metformin", "drug"),
        ("Colonoscopy was performed without incident.", "Colonoscopy", "procedure"),
    ],
)
def test_notes(default, text, words, kind):
    assert (words, kind) in found(default, text, "note")


@pytest.mark.parametrize("name", ["rules", "default"])
def test_mentions_among_extents_are_those_of_the_whole_note(name):
    recogniser = ner.recogniser(name)
    text = "Severe dyspnea and hypertension. No gout.\nHe takes metformin. Colonoscopy was done for a fibroma."
    whole = next(recogniser.mentions([text]))
    extents = [Span(0, 32), Span(text.index("Colon"), len(text))]
    (near,) = recogniser.among([text], [Rules(terms.load()).hits(text)], [extents])
    inside = [m for m in whole if any(e.start <= m.start < e.end for e in extents)]
    assert [m for m in near if any(e.start <= m.start < e.end for e in extents)] == inside
    assert {"hypertension", "Colonoscopy"} <= {m.text for m in inside} and len(inside) < len(whole)


@given(st.text(alphabet="ab. \n", max_size=60), st.lists(st.integers(0, 60), max_size=6))
def test_segments_within_share_a_character_with_an_extent(text, edges):
    edges = sorted(set(edges))
    extents = [Span(*pair) for pair in zip(edges[::2], edges[1::2], strict=False)]
    cut = segments(text)
    near = [s for s in cut if any(e.start < s[-1][1] and s[0][0] < e.end for e in extents)]
    assert segments(text, extents) == near


@pytest.mark.parametrize(
    "text",
    [
        "eGFR 70. K 4.4 mEq/L. NT-proBNP 1850 pg/mL.",
        "Labs: Na 138, K 4.7, Cl 101, CO2 24",
        "Ht 170 cm, Wt 110 kg.",  # the height was taken for a condition, and no BMI worked out
        "Vitals: BP 120/80, HR 72, RR 16, O2 98%, Wt 70 kg, Ht 165 cm",
    ],
)
def test_symbols_are_left_to_the_grammar_of_values(default, text):
    assert not {w for w, kind in found(default, text, "note") if len(w) < 3 and kind != "measurement"}


def test_an_allergist_is_no_misspelt_drug(default):
    text = "She will be following up with an allergist as soon as she gets there."
    assert not [m for m in next(iter(default.mentions([text]))) if m.concept is not None]


def test_annotations_are_the_models_own_spans_without_concepts(default):
    text = "History of severe hepatic or renal disease within 6 months"
    (marked,) = default.annotations([text])
    assert marked and all(m.concept is None and m.source == "model" for m in marked)
    assert all(m.text == text[m.start : m.end] for m in marked)
    assert marked == sorted(marked, key=lambda m: (m.start, -m.end))


def test_the_terminology_keeps_its_spans_in_criteria(default):
    rules = next(iter(ner.recogniser("rules").mentions(["Severe chronic kidney disease or asthma"])))
    assert set(rules) <= set(next(iter(default.mentions(["Severe chronic kidney disease or asthma"], "protocol"))))


def test_notes_get_no_numbers_from_the_model(default):
    assert {"value", "temporal"}.isdisjoint(k for _, k in found(default, "BP 140/90 for 3 days, HbA1c 8.1 %", "note"))


def test_texts_do_not_influence_one_another(default):
    texts = ["Type 2 diabetes", "", "   \n", "aspirin 81 mg\n\nasthma", "Age ≥ 18 years"] * 9
    alone = [next(iter(default.mentions([t], "protocol"))) for t in texts]
    assert list(default.mentions(texts, "protocol")) == alone


@settings(max_examples=60)
@given(st.text(max_size=300), st.sampled_from(["note", "protocol"]))
def test_any_text_gives_sorted_disjoint_mentions_that_slice_it(text, side):
    mentions = next(iter(ner.recogniser("default").mentions([text], side)))
    assert all(m.text == text[m.start : m.end] and m.start < m.end for m in mentions)
    assert all(a.end <= b.start for a, b in pairwise(mentions))


def test_one_endless_line_is_cut(default):
    text = "asthma and diabetes " * 5000
    assert max(map(len, segments(text))) <= 120
    assert len(next(iter(default.mentions([text])))) == 10000


def test_default_starts_without_spacy_and_torch():
    code = (
        "import sys; from matcher import ner; r = ner.recogniser('default'); list(r.mentions(['asthma']));"
        "sys.exit(bool({'torch', 'spacy', 'transformers'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_bundled_folder_is_a_spacy_pipeline():
    spacy = pytest.importorskip("spacy")
    from importlib import resources

    import matcher.ner.spacy_component  # noqa: F401 - registers the factory where the package is not installed

    nlp = spacy.load(str(resources.files("matcher.resources") / "model"))
    doc = nlp("He takes  metformin\nfor diabetes. ")
    assert doc.text == "He takes  metformin\nfor diabetes. "
    assert {e.text for e in doc.ents} >= {"metformin", "diabetes"}


@pytest.mark.parametrize(
    "name, said",
    [
        ("scispacy:", "names no model"),
        ("scispacy:no_such_model_here", "allenai.github.io/scispacy"),
        ("default:/none/such.safetensors", "No such file"),
        ("bert:/none/such", "no such folder"),
        ("zebra", "default"),
    ],
)
def test_back_end_that_cannot_be_had_is_one_clear_line(name, said):
    with pytest.raises(MatchError, match=said) as error:
        ner.recogniser(name)
    assert "\n" not in str(error.value)


def test_folder_without_a_pipeline(tmp_path):
    with pytest.raises(MatchError, match=r"config\.cfg"):
        ner.recogniser(f"scispacy:{tmp_path}")


def test_spacy_pipeline_with_unknown_labels_asks_for_a_table(tmp_path):
    spacy = pytest.importorskip("spacy")
    nlp = spacy.blank("en")
    nlp.add_pipe("ner").add_label("ZEBRA")
    nlp.initialize()
    nlp.to_disk(tmp_path / "model")
    with pytest.raises(MatchError, match="ZEBRA"):
        ner.recogniser(f"scispacy:{tmp_path / 'model'}")
    table = tmp_path / "labels.csv"
    table.write_text("label,type\nZEBRA,condition\n")
    assert ner.recogniser(f"scispacy:{tmp_path / 'model'}@{table}").name.startswith("scispacy:en")


def test_spacy_pipeline_without_entities(tmp_path):
    spacy = pytest.importorskip("spacy")
    spacy.blank("en").to_disk(tmp_path / "model")
    with pytest.raises(MatchError, match="no entity recogniser"):
        ner.recogniser(f"scispacy:{tmp_path / 'model'}")


@pytest.mark.parametrize("content", [b"", b"x", b"PK\x03\x04"])
def test_weights_that_are_none(tmp_path, content):
    (tmp_path / "w.safetensors").write_bytes(content)
    with pytest.raises(MatchError, match="is not a model"):
        Tagger.load(tmp_path / "w.safetensors")


def test_weights_hold_no_pickle(tmp_path):
    with (tmp_path / "w.safetensors").open("wb") as file:
        np.savez(file, config=np.array([{"a": 1}], dtype=object))
    with pytest.raises(MatchError, match="is not a model"):
        Tagger.load(tmp_path / "w.safetensors")


def test_terms_are_told_by_token():
    tokens = [(0, 4), (5, 8), (9, 12), (13, 14)]
    assert term_classes([(5, 12, "drug")], tokens) == [0, 3, 4, 0]
    assert term_classes([(0, 4, "condition"), (5, 8, "condition")], tokens) == [1, 1, 0, 0]
    assert term_classes([], tokens) == [0] * 4


@given(st.text(max_size=200))
def test_segments_hold_every_token_once(text):
    assert [t for s in segments(text) for t in s] == [m.span() for m in TOKEN.finditer(text) if not m.group().isspace()]


def test_items_of_no_tokens(default):
    assert default.tagger.spans([Item("", [], [])], ["chia"]) == [[[]]]


def test_a_spacy_pipeline_starts_without_torch(tmp_path):
    spacy = pytest.importorskip("spacy")
    nlp = spacy.blank("en")
    nlp.add_pipe("entity_ruler").add_patterns([{"label": "DISEASE", "pattern": "asthma"}])
    nlp.to_disk(tmp_path)
    code = (
        "import sys; from matcher import ner; r = ner.recogniser('scispacy:' + sys.argv[1]);"
        "found = list(r.mentions(['zzz']));  sys.exit('torch' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=False).returncode == 0
