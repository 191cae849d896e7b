"""Words held against each other: stems, parts, kinds."""

import tomllib
from importlib import resources

import pytest

from matcher.terms import lexical


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("antrum", "antral"),
        ("cornea", "corneal"),
        ("sacrum", "sacral"),
        ("heparinization", "heparin"),
        ("catheterised", "catheter"),
        ("kidney", "renal"),
        ("oedematous", "edema"),
    ],
)
def test_one_stem(one, other):
    assert lexical.stem(one) == lexical.stem(other)


@pytest.mark.parametrize(
    ("asked", "text", "said"),
    [
        (("gastric",), "a few polyps in the antral area", True),
        (("antral",), "gastric polyps", False),
        (("lower", "limb"), "above knee amputation", True),
        (("lower limb",), "amputation of the arm", False),
        (("vertebral",), "lumbar osteomyelitis", True),
        (("shoulder", "surgery"), "underwent a shoulder ligament repair", True),
        (("surgery",), "the fracture was repaired", True),
        (("surgery",), "the fracture was casted", False),
        ((), "anything", False),
    ],
)
def test_told(asked, text, said):
    assert lexical.told(asked, text) is said


def test_no_word_is_its_own_part():
    text = resources.files("matcher.resources").joinpath("terms/lexical.toml").read_text("utf-8")
    for row in tomllib.loads(text)["parts"]:
        for whole in row["whole"]:
            assert whole not in row["of"]
            assert any(lexical.parts(tuple(map(lexical.stem, whole.split()))))


def test_rows_of_one_meaning_do_not_share_a_word():
    text = resources.files("matcher.resources").joinpath("terms/lexical.toml").read_text("utf-8")
    words = [word for row in tomllib.loads(text)["same"] for word in row]
    assert sorted({word for word in words if words.count(word) > 1}) == []


@pytest.mark.parametrize(("text", "place"), [("elbow", True), ("the right elbow", True), ("elbow fracture", False)])
def test_a_place_alone(text, place):
    assert lexical.only_a_place(text) is place
