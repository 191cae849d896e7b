"""What stands on a page."""

import pytest

from matcher import facts, ner, terms
from matcher.model import Note


@pytest.mark.parametrize(
    ("text", "term", "assertion"),
    [
        ("She asks for evaluation for a second opinion concerning knee replacement.", "knee replacement", "planned"),
        ("HIV, ANA, cardiac enzymes, TFTs and cholesterol studies were unremarkable.", "HIV", "absent"),
    ],
)
def test_words_that_name_nothing_part_no_cue_from_its_term(text, term, assertion):
    terminology = terms.load()
    for name in ("rules", "default"):
        found = facts.Extractor(ner.recogniser(name, terminology), terminology).facts([Note("p", "n", text)])
        assert [f.assertion for f in found if f.text == term] == [assertion], name
