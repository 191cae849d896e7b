"""Terms in running text: places, boundaries, what is not a term there."""

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matcher import terms

T = terms.load()


def found(text):
    return [text[hit.start : hit.end] for hit in T.find(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("He has type II diabetes and asthma.", ["type II diabetes", "asthma"]),
        ("type 2\ndiabetes mellitus", ["type 2\ndiabetes mellitus"]),
        ("CROHN’S DISEASE", ["CROHN’S DISEASE"]),
        ("Crohns disease; Crohn disease", ["Crohns disease", "Crohn disease"]),
        ("non‑small‑cell lung cancer", ["non‑small‑cell lung cancer"]),
        ("two seizures", ["seizures"]),
        ("β-blocker use", ["β-blocker"]),
        ("Sjögren's syndrome", ["Sjögren's syndrome"]),
        ("cancer of the breast", ["cancer of the breast"]),
        ("oesophageal tumour, anaemia", ["oesophageal tumour", "anaemia"]),
        ("heart. Failure to thrive", ["Failure to thrive"]),
        ("metformin 500mg", ["metformin"]),
        ("renal failure, chronic", ["renal failure, chronic"]),
        ("renal failure, chronic bronchitis", ["renal failure", "chronic bronchitis"]),
        ("hypertension, pulmonary embolism, gout", ["hypertension", "pulmonary embolism", "gout"]),
        ("İİİİ asthma", ["asthma"]),
    ],
)
def test_finds(text, expected):
    assert found(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "all patients had it as well",
        "It was as he fell behind in the spring",
        "Ms. Smith can be seen at the cold arm of the car",
        "ALL PATIENTS MUST SIGN",
        "the best price today, thanks",
        "he met the aid program lead",
        "let it be",
    ],
)
def test_plain_english_holds_no_terms(text):
    assert found(text) == []


@pytest.mark.parametrize(
    ("text", "term"),
    [
        ("She has MS with optic neuritis", "MS"),
        ("Treated for ALL in remission", "ALL"),
        ("acute PE on CT", "PE"),
        ("known copd and chf", "copd"),
        ("prior MIs", "MIs"),
    ],
)
def test_abbreviations_are_read_with_their_case(text, term):
    assert term in found(text)


@pytest.mark.parametrize("text", ["non-squamous cell carcinoma", "anti-cancer therapy"])
def test_a_prefix_turns_a_term_round(text):
    assert "squamous cell carcinoma" not in found(text)
    assert "cancer" not in found(text)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("RA on methotrexate with swollen joints", "rheumatoid arthritis"),
        ("SpO2 97% on RA", None),
        ("MS with interferon, EDSS 3", "multiple sclerosis"),
        ("PT/OT evaluation and gait training, PT to follow", "physical therapy"),
        ("serum potassium 4.1 mmol/L", "Potassium"),
    ],
)
def test_context_chooses_the_sense(text, name):
    hit = (
        T.find(text)[0]
        if name != "Potassium"
        else next(h for h in T.find(text) if "potassium" in text[h.start : h.end])
    )
    if name is None:
        hits = [h for h in T.find(text) if text[h.start : h.end] == "RA"]
        assert all(T.resolve(h, text) is None for h in hits)
        return
    assert T.concept(T.resolve(hit, text)).name == name


def test_longest_wins_and_hits_do_not_overlap():
    text = "small cell lung cancer and non-small cell lung cancer"
    hits = T.find(text)
    assert [text[h.start : h.end] for h in hits] == ["small cell lung cancer", "non-small cell lung cancer"]
    assert hits[0].ids[0] != hits[1].ids[0]


@settings(max_examples=150)
@given(
    st.text(max_size=200), st.sampled_from(["type 2 diabetes", "Crohn's disease", "metformin"]), st.text(max_size=50)
)
def test_places_are_places_of_the_text(before, term, after):
    text = f"{before}. {term}. {after}"
    hits = T.find(text)
    assert all(0 <= h.start < h.end <= len(text) for h in hits)
    assert all(a.end <= b.start for a, b in itertools.pairwise(hits))
    assert any(text[h.start : h.end] == term for h in hits)


@pytest.mark.parametrize("text", ["the", "The the.", " the "])
def test_words_that_no_term_needs_are_no_term(text):
    assert T.find(text) == []


@settings(max_examples=100)
@given(st.text(alphabet="abcthe -'’\n./İßéα,()1", max_size=300))
def test_hostile_text_is_read_without_error(text):
    for hit in T.find(text):
        assert text[hit.start : hit.end].strip() == text[hit.start : hit.end]


@pytest.mark.parametrize(
    ("line", "drug"),
    [
        ("Foster 100/6 inhaler, 2 puffs BID", "beclomethasone/formoterol"),
        ("Carmen 10 mg tablet daily", "lercanidipine"),
        ("Yasmin birth control pill", "ethinyl estradiol/drospirenone"),
        ("LEV 1500 mg BID", "levetiracetam"),
    ],
)
def test_a_brand_that_is_a_name_is_read_beside_its_use(line, drug):
    assert T.lookup(drug)[0] in {T.resolve(hit, line) for hit in T.find(line)}


@pytest.mark.parametrize(
    "text", ["Dr. Foster saw her.", "Carmen has asthma.", "Ms. Yasmin Ortiz", "her way to fix the hip"]
)
def test_a_name_by_itself_is_no_brand(text):
    assert not [hit for hit in T.find(text) if (id := T.resolve(hit, text)) and T.kind(id) == "drug"]


def test_puffs_are_no_isoniazid():
    assert [T.resolve(hit, "2 inh daily") for hit in T.find("2 inh daily")] == []
