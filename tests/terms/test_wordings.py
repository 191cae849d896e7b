"""Wordings of notes and the one meaning that trials ask for; operations that trials tell apart."""

import pytest

from matcher import terms

T = terms.load()


def meaning(text):
    return T.lookup(text)[:1]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("ET tube", "intubated"),
        ("G-tube", "gastrostomy feeding"),
        ("IOL implant", "cataract surgery"),
        ("endoluminal graft repair", "EVAR"),
        ("quadruple bypass", "CABG"),
        ("Hartmann's pouch", "Hartmann procedure"),
        ("Achilles lengthening", "tendo-Achilles lengthening"),
        ("malrotation of the bowel", "intestinal malrotation"),
        ("preemie", "premature birth"),
        ("toe walker", "toe walking"),
        ("TLOC", "syncope"),
        ("SAB", "miscarriage"),
        ("Gardasil", "human papillomavirus vaccine"),
        ("subdurals", "subdural collection"),
        ("herniated nucleus pulposus", "disc herniation"),
        ("posterior capsular hole", "posterior capsule rupture"),
        # turned round in a catalogue
        ("arthritis, juvenile idiopathic", "juvenile idiopathic arthritis"),
        ("leukemia, acute lymphocytic", "acute lymphoblastic leukemia"),
        ("lymphoma, non-Hodgkin", "non-Hodgkin lymphoma"),
        ("amyotrophic lateral sclerosis, sporadic", "sporadic amyotrophic lateral sclerosis"),
    ],
)
def test_one_meaning(one, other):
    assert meaning(one) == meaning(other) != ()


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("partial nephrectomy", "radical nephrectomy"),
        ("end colostomy", "loop ileostomy"),
        ("anterior vitrectomy", "pars plana vitrectomy"),
        ("tonsillectomy", "sinus surgery"),
    ],
)
def test_told_apart(one, other):
    assert meaning(one) != meaning(other)


def test_a_side_is_no_part_of_a_term():
    assert T.lookup("osteoarthritis of the left knee") == ()


@pytest.mark.parametrize(
    ("text", "name"),
    [  # names that a catalogue of genes shares with the disease itself
        ("congenital cataract", "Developmental cataract"),
        ("progressive supranuclear palsy", "progressive supranuclear palsy"),
        ("chronic intestinal pseudo-obstruction", "chronic intestinal pseudoobstruction"),
        ("lecithin cholesterol acyltransferase deficiency", "LCAT deficiency"),
        ("febrile seizures", "Febrile seizure (within the age range of 3 months to 6 years)"),
        ("juvenile rheumatoid arthritis", "juvenile idiopathic arthritis"),
    ],
)
def test_a_name_of_several_means_the_one_that_is_called_like_it(text, name):
    assert T.normalise(text).concept.name == name
