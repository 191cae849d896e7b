"""Entities of a criterion say what they mean, whichever back-end found them."""

import pytest

from matcher import criteria, ner, terms
from matcher.criteria import source
from matcher.criteria.entities import entities
from matcher.model import Mention


@pytest.mark.parametrize("name", ["rules", "default"])
def test_entities_carry_their_concepts(name):
    terminology = terms.load()
    text = "Inclusion Criteria:\n\n  - Asthma treated with warfarin, ALT > 3 x ULN\n"
    protocol = criteria.parse(source.of_text(text, "t"), ner.recogniser(name, terminology), terminology)
    found = {m.text.lower(): m.concept for m in protocol.criteria[0].entities if m.concept is not None}
    assert {"asthma", "warfarin", "alt"} <= found.keys()
    assert found["alt"].id == "1742-6"


def _mention(text: str, words: str, kind: str = "condition") -> Mention:
    start = text.index(words)
    return Mention(start, start + len(words), words, kind)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "kinds", "spans"),
    [
        (
            "stroke or transient ischemic attack (TIA) before",
            ("condition", "condition"),
            ["transient ischemic attack (TIA)"],
        ),
        ("ritonavir [RTV] transient use (TIA)", ("drug", "condition"), ["ritonavir [RTV]", "TIA"]),
    ],
)
def test_a_name_and_its_abbreviation_in_brackets_are_one_span_of_a_model(text, kinds, spans):
    name = "transient ischemic attack" if "attack" in text else "ritonavir"
    marked = [_mention(text, name, kinds[0]), _mention(text, "TIA", kinds[1])]
    assert [m.text for m in entities(text, [], [], marked)] == spans
