"""Entities of a criterion say what they mean, whichever back-end found them."""

import pytest

from matcher import criteria, ner, terms
from matcher.criteria import source


@pytest.mark.parametrize("name", ["rules", "default"])
def test_entities_carry_their_concepts(name):
    terminology = terms.load()
    text = "Inclusion Criteria:\n\n  - Asthma treated with warfarin, ALT > 3 x ULN\n"
    protocol = criteria.parse(source.of_text(text, "t"), ner.recogniser(name, terminology), terminology)
    found = {m.text.lower(): m.concept for m in protocol.criteria[0].entities if m.concept is not None}
    assert {"asthma", "warfarin", "alt"} <= found.keys()
    assert found["alt"].id == "1742-6"
