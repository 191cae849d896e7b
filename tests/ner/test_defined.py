"""Abbreviations that a text defines."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher import ner, terms

RULES = ner.recogniser("rules")


def meant(text, short):
    return {m.concept.name for m in next(iter(RULES.mentions([text]))) if m.text in (short, short + "s")}


@pytest.mark.parametrize(
    ("text", "short", "names"),
    [
        ("Phenylpropanolamine (PPA) was stopped. PPA is a drug.", "PPA", {"phenylpropanolamine"}),
        ("Cyclophosphamide (CP), then CP again.", "CP", {"cyclophosphamide"}),
        ("Seen in the emergency department (ED). The ED sent him home.", "ED", set()),
        ("Stent in the subclavian artery (SCA). No thrombus in the SCA.", "SCA", set()),
        ("Budd-Chiari syndrome (BCS). BCS was treated.", "BCS", {"Budd-Chiari syndrome"}),
        ("HIT (heparin-induced thrombocytopenia). HIT resolved.", "HIT", {"heparin-induced thrombocytopenia"}),
        ("Congestive cardiac failure (CHF). CHF is stable.", "CHF", {"heart failure"}),
        ("Premature ventricular contractions (PVCs). Many PVCs.", "PVC", {"Premature ventricular contraction"}),
    ],
)
def test_an_abbreviation_means_what_the_text_says(text, short, names):
    assert meant(text, short) == names


@pytest.mark.parametrize("text", ["Pain in the LEFT leg (LEFT).", "Grade (II) disease.", "Weight (kg) 80.", "Fever ()"])
def test_what_defines_nothing(text):
    plain = terms.load().find(text)
    assert RULES.hits(text) == plain


@given(st.lists(st.sampled_from(["acute", "renal", "failure", "(ARF)", "ARF", "(", ")", "ED", "CP (", "ARFs", "."])))
def test_hits_are_in_order_and_do_not_overlap(words):
    text = " ".join(words)
    hits = RULES.hits(text)
    assert all(0 <= a.start < a.end <= b.start for a, b in pairwise(hits))


def test_time_grows_with_the_text(cpu):
    once, more = ("renal artery stenosis (RAS) and RAS, " * n for n in (400, 1600))
    assert cpu(lambda: RULES.hits(more)) < 10 * cpu(lambda: RULES.hits(once))
