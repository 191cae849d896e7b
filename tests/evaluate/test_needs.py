"""What protocols need of a record: no more is made."""

import pytest

from matcher import criteria, ner, terms
from matcher.criteria.source import Source
from matcher.evaluate import Evaluator, Needs
from matcher.model import Settings


def needs(criterion: str) -> Needs:
    terminology = terms.load()
    source = Source("t1", "t1.txt", f"Exclusion Criteria:\n- {criterion}\n", "")
    protocol = criteria.parse(source, ner.recogniser("rules", terminology), terminology)
    return Needs([Evaluator(protocol, terminology, Settings(ner="rules", site={}))])


@pytest.mark.parametrize(
    "criterion", ["Unable or unwilling to comply with study visits", "Pregnant women", "Breastfeeding", "Age under 18"]
)
def test_what_is_asked_of_the_person_asks_for_no_operation_and_no_observation(criterion):
    assert not needs(criterion).bears(terms.load().concept("PROC:general-anesthesia"), "procedure", "other")


def test_an_operation_that_is_asked_for_bears():
    operation = terms.load().normalise("cholecystectomy").concept
    assert needs("Prior cholecystectomy").bears(operation, "procedure")
