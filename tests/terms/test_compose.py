"""Terms made of two names."""

import pytest

from matcher import terms

T = terms.load()


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("gastric or duodenal ulcer", ["gastric ulcer", "duodenal ulcer"]),
        ("hyper- or hypothyroidism", ["hyperthyroidism", "hypothyroidism"]),
        ("Crohn's disease or ulcerative colitis", ["Crohn disease", "ulcerative colitis"]),
        ("Duchenne and Becker muscular dystrophy", ["Duchenne muscular dystrophy", "Becker muscular dystrophy"]),
        ("cancer of the breast or ovary", ["breast cancer", "ovarian cancer"]),
        ("bipolar I or II disorder", ["bipolar I disorder", "bipolar II disorder"]),
        ("asthma/COPD", ["asthma", "chronic obstructive pulmonary disease"]),
        ("Tafinlar + Mekinist", ["dabrafenib", "trametinib"]),
    ],
)
def test_several_names_are_all_given_when_asked_for(text, names):
    found = T.normalise(text, several=True)
    assert found.concept and [found.concept.name, *(other.name for other in found.also)] == names
    assert found.how == "several"
    assert T.normalise(text).concept is None


@pytest.mark.parametrize("text", ["asthma or qwertyuiop", "asthma or", "red and blue", "/ or /"])
def test_a_part_without_concept_makes_the_whole_none(text):
    assert T.normalise(text, several=True).how in ("none", "inflection")
    assert not T.normalise(text, several=True).also


@pytest.mark.parametrize(
    ("text", "name", "qualifiers"),
    [
        ("lithium toxicity", "drug toxicity", ("lithium",)),
        ("acetaminophen overdose", "Drug Overdose", ("acetaminophen",)),
        ("ketamine abuse", "substance abuse", ("ketamine",)),
        ("baclofen withdrawal", "substance withdrawal syndrome", ("baclofen",)),
        ("insulin dependence", None, ()),
        ("steroid withdrawal", None, ()),
    ],
)
def test_what_a_drug_does(text, name, qualifiers):
    found = T.normalise(text)
    assert (found.concept and found.concept.name) == name
    assert found.qualifiers == qualifiers
