"""What the tests of facts share."""

import pytest

from matcher import ner, terms
from matcher.facts import Extractor
from matcher.facts.derived import derive
from matcher.model import Note


@pytest.fixture(scope="session")
def facts():
    """The facts of a text."""
    extractor = Extractor(ner.recogniser("rules"), terms.load())
    return lambda text: extractor.facts((Note("p", "n", text),))


@pytest.fixture(scope="session")
def derived(facts):
    """The facts worked out from those of a text."""
    return lambda text: [f for f in derive(facts(text)) if f.source == "derived"]
