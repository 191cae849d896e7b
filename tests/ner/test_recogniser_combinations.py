"""Two drugs that "and" joins are two mentions; a product's own name is one."""

import pytest

from matcher import ner, terms


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("on metformin and empagliflozin 10 mg", ["metformin", "empagliflozin"]),
        ("sacubitril/valsartan 24/26 mg", ["sacubitril/valsartan"]),
        ("Janumet daily", ["Janumet"]),
    ],
)
def test_joined_drugs(text, found):
    (mentions,) = ner.recogniser("rules", terms.load()).mentions([text])
    assert [m.text for m in mentions if m.type == "drug"] == found
