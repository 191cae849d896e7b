"""A qualifier that makes a narrower disease of the one that was found."""

import pytest

from matcher import terms

T = terms.load()


@pytest.mark.parametrize(
    ("text", "name", "qualifiers"),
    [
        ("hip osteoarthrosis", "osteoarthritis, hip", ()),
        ("vulvovaginal candidosis", "vulvovaginal candidiasis", ()),
        ("moderate to severe plaque-type psoriasis", "Psoriasis vulgaris", ("moderate to severe",)),
        ("neonatal early onset sepsis", "neonatal sepsis", ("early onset",)),
        ("mediastinal adenopathy", "Mediastinal lymphadenopathy", ()),
        # what the tables have no narrower name for
        ("severe facial acne", "acne", ("severe", "facial")),
    ],
)
def test_the_narrower_disease_is_meant(text, name, qualifiers):
    found = T.normalise(text)
    assert found.concept and found.concept.name == name
    assert found.qualifiers == qualifiers


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("acute or chronic prostatitis", "prostatitis"),
        ("ER+ HER2- breast cancer", "breast cancer"),
        ("primary knee osteoarthritis", "osteoarthritis, knee"),
        ("autosomal dominant retinitis pigmentosa", "retinitis pigmentosa"),
        ("other cancers", "malignant neoplasm"),
        ("HBV infected", "hepatitis B"),
    ],
)
def test_what_a_qualifier_does_not_say_is_not_added(text, name):
    found = T.normalise(text)
    assert found.concept and found.concept.name == name
