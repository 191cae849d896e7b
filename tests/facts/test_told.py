"""What happened to the patient, told by a verb."""

import pytest

from matcher import ner, terms
from matcher.facts import Extractor
from matcher.model import Note

X = Extractor(ner.recogniser("rules"), terms.load())


def told(text):
    facts = X.facts((Note("p", "n", text),))
    return {(f.concept.name.lower().removesuffix("s"), f.assertion) for f in facts if f.rule == "told"}


@pytest.mark.parametrize(
    ("text", "fact"),
    [
        ("She broke her left wrist in May.", ("bone fracture", "present")),
        ("Slipped on ice and broke his ankle.", ("bone fracture", "present")),
        ("Fell in December and again in February.", ("fall", "present")),
        ("She fell twice last month.", ("fall", "present")),
        ("She delivered by cesarean section 7 weeks ago.", ("childbirth", "present")),
        ("Discharged last week after cholangitis.", ("hospitalization", "present")),
        ("He never bled on warfarin.", ("hemorrhage", "absent")),
        ("Fainted at work.", ("syncope", "present")),
    ],
)
def test_a_verb_tells_the_event(text, fact):
    assert fact in told(text)


@pytest.mark.parametrize(
    "text",
    [
        "The BP fell on standing.",  # of a value
        "He fell asleep during the test.",
        "Broke the news to her, with her arm around him.",  # another object
        "The wound discharged pus.",
    ],
)
def test_the_same_verb_of_something_else(text):
    assert told(text) == set()
