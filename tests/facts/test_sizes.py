"""Sizes of findings."""

import pytest

from matcher import ner, terms
from matcher.criteria.wanted import Wanted
from matcher.facts import Extractor
from matcher.model import Note


def test_the_size_of_what_a_protocol_measures(facts):
    extractor = Extractor(ner.recogniser("rules"), terms.load(), [Wanted("pulmonary mass", "measurement")])
    note = Note("p", "n", "There is a 4 x 4-cm mass in the right upper lobe of the lung.")
    assert [f.quantity.high for f in extractor.facts((note,)) if f.source == "protocol"] == [4.0]


def test_sides_of_a_finding_written_in_one_word(facts):
    assert [f.quantity.high for f in facts("A 15x17x20mm LICA paraclinoid aneurysm.") if f.quantity] == [20]


@pytest.mark.parametrize(
    ("text", "sizes"),
    [("Laceration measuring 6x2 cm.", [6]), ("A 3x5 mm polyp.", [5]), ("A 15x7x20mm aneurysm.", [20])],
)
def test_the_longest_of_sides_without_spaces(facts, text, sizes):
    assert [f.quantity.high for f in facts(text) if f.quantity] == sizes
