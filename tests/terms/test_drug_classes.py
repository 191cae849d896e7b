"""Which drugs a class holds: by its list, and by the ending of their nonproprietary names."""

import csv
from importlib import resources

import pytest

from matcher import terms
from matcher.terms.curated import Stem

T = terms.load()
HOLDS = """
monoclonal antibody: omalizumab; denosumab; lecanemab; trastuzumab deruxtecan
DPP-4 inhibitor: evogliptin
beta blocker: carteolol; nipradilol
ACE inhibitor: ramiprilat
antibody-drug conjugate: tusamitamab ravtansine; raludotatug deruxtecan
CAR-T: obe-cel; relmacabtagene autoleucel
GLP-1 receptor agonist: retatrutide; orforglipron; ecnoglutide
gene therapy: giroctocogene fitelparvovec; exa-cel
kinase inhibitor: zongertinib; taletrectinib
analgesic: suzetrigine
biologic: lebrikizumab; tezepelumab; belimumab; adalimumab
antihypertensive: aprocitentan; baxdrostat
antiviral: letermovir; favipiravir
cardiac myosin inhibitor: mavacamten; aficamten
neuromuscular blocker: rocuronium; cisatracurium
"""
HOLDS_NOT = """
beta blocker: stanozolol; formoterol
proton pump inhibitor: aripiprazole; vonoprazan
GLP-1 receptor agonist: teduglutide
kinase inhibitor: tofacitinib; tolebrutinib
anticancer therapy: remibrutinib; upadacitinib; fostamatinib
carbapenem: faropenem
local anesthetic: cocaine
PAH therapy: aprocitentan; atrasentan
decongestant: cefazolin
antihistamine: vinblastine; amantadine
BRAF inhibitor: sorafenib
antimalarial: oxamniquine
mineralocorticoid receptor antagonist: drospirenone
biologic: denosumab; trastuzumab
"""


def pairs(table):
    for line in table.strip().splitlines():
        parent, _, children = line.partition(": ")
        yield from ((child, parent) for child in children.split("; "))


def concept(word):
    found = T.normalise(word).concept
    assert found, word
    return found.id


@pytest.mark.parametrize(("child", "parent"), list(pairs(HOLDS)))
def test_a_class_of_drugs_holds(child, parent):
    assert T.is_a(concept(child), concept(parent))


@pytest.mark.parametrize(("child", "parent"), list(pairs(HOLDS_NOT)))
def test_a_class_of_drugs_does_not_hold(child, parent):
    assert not T.is_a(concept(child), concept(parent))


@pytest.mark.parametrize(
    ("word", "name", "fits"),
    [
        ("only", "sitagliptin", True),
        ("only", "metformin sitagliptin", False),
        ("only", "nogliptin", False),
        ("first", "sitagliptin phosphate", True),
        ("last", "something sitagliptin", True),
        ("last", "sitagliptin", False),
        ("any", "sitagliptin phosphate", True),
    ],
)
def test_an_ending_counts_in_the_word_that_its_row_names(word, name, fits):
    assert Stem("gliptin", word, "CLASS:dpp4-inhibitor", ("nogliptin",)).fits(name) is fits


def test_every_ending_tells_a_class():
    text = resources.files("matcher.resources").joinpath("terms", "stems.csv").read_text("utf-8")
    rows = list(csv.DictReader(text.splitlines()))
    assert len({(row["stem"], row["class"]) for row in rows}) == len(rows)
    for row in rows:
        assert row["stem"] and row["source"] and row["word"] in ("only", "first", "last", "any")
        assert T.known(row["class"]) and row["class"].startswith("CLASS:"), row
