"""A protocol's own terms, looked for in notes."""

import datetime as dt
from dataclasses import replace

import pytest

from matcher import facts, ner, terms
from matcher.facts.finish import Listed
from matcher.facts.glimpse import Glimpse
from matcher.facts.page import Page
from matcher.facts.search import Search, one_apart, stem
from matcher.facts.words import words
from matcher.model import Interval, Note

DAY = Interval(dt.date(2023, 4, 20), dt.date(2023, 4, 20))


@pytest.fixture
def search():
    terminology = terms.load()

    def found(term, text):
        extractor = facts.Extractor(ner.recogniser("rules", terminology), terminology, [term])
        return [f for f in extractor.facts([Note("p", "n", text, DAY)]) if f.source == "protocol"]

    return found


CASES = [
    ("tarsal coalition", "There is a tarsal coalition.", "tarsal coalition", "search.exact"),
    ("tarsal coalition", "Tarsal coalitions on both sides.", "Tarsal coalitions", "search.stem"),
    ("unhealed surgical wound", "His operative wound is unhealed.", "operative wound is unhealed", "search.stem"),
    ("calcified pleural plaque", "A plaque of the left pleural surface was calcified.", None, "search.words"),
    ("crouched gait", "He walks with a crouch gait.", "crouch gait", "search.stem"),
    ("nephrolithotomy tract", "The nephrolithotmy tract was patent.", "nephrolithotmy tract", "search.fuzzy"),
    ("tear of the extensor carpi ulnaris tendon", "Tear of the ECU tendon.", "Tear of the ECU tendon", "search.stem"),
    ("gastric heterotopia", "Heterotopia in the antral area.", "Heterotopia in the antral", "search.part"),
    ("lower-limb ischemia", "Ischemia of the right calf.", "Ischemia of the right calf", "search.part"),
    ("past shoulder operation", "Shoulder ligament repair in 2004.", "Shoulder ligament repair", "search.part"),
    ("knee operation", "Knee arthroplasties twice.", "Knee arthroplasties", "search.part"),
    ("left ventricular aneurysm wall", "LV aneurysm wall is thin.", "LV aneurysm wall", "search.stem"),
]  # fmt: skip


@pytest.mark.parametrize(("term", "text", "expected", "rule"), CASES)
def test_found(search, term, text, expected, rule):
    (fact,) = search(term, text)
    assert (expected is None or fact.text == expected) and fact.rule == rule
    assert fact.concept.id == "PROTOCOL:" + term


@pytest.mark.parametrize(
    ("term", "text"),
    [
        ("tarsal coalition", "There is a tarsal bone. A coalition of hospitals."),
        ("crouched gait", "His gait is normal."),
        ("dural puncture", "The puncture of the skin."),
        ("venous ulcer", "Arterial disease."),
        ("study visit", "This visit was short."),
        ("able to walk", "She was able to tolerate the procedure."),
        ("unable to swallow", "He is unable to work."),
    ],
)
def test_not_found(search, term, text):
    assert search(term, text) == []


@pytest.mark.parametrize(
    ("term", "text", "assertion"),
    [
        ("dural puncture", "Myelogram without dural puncture.", "absent"),
        ("dural puncture during neuraxial procedure", "No dural puncture.", "absent"),
        ("right tarsal coalition", "There is a tarsal coalition.", "possible"),
        ("tarsal coalition", "There is a tarsal coalition.", "present"),
    ],
)
def test_assertion(search, term, text, assertion):
    (fact,) = search(term, text)
    assert fact.assertion == assertion


def test_a_measure_of_the_protocol_has_its_value():
    from matcher.criteria.wanted import Wanted

    terminology = terms.load()
    wanted = [Wanted("numeric assessment of fatigue score", "score")]
    extractor = facts.Extractor(ner.recogniser("rules", terminology), terminology, wanted)
    found = extractor.facts([Note("p", "n", "AXIS V: NAF: 45 to 50.", DAY)])
    assert [(f.quantity.low, f.quantity.high) for f in found if f.source == "protocol"] == [(45, 50)]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("stenosis", "stenotic"),
        ("hemorrhoids", "hemorrhoidal"),
        ("renal", "kidney"),
        ("oedema", "edema"),
        ("fractures", "fractured"),
    ],
)
def test_words_meet_in_their_stem(one, other):
    assert stem(one) == stem(other)


@pytest.mark.parametrize(
    ("a", "b", "near"),
    [
        ("abcdefg", "abcdefh", True),
        ("abcdefg", "abdcefg", True),
        ("abcdefg", "abcefg", True),
        ("abcdefg", "abcdefg", False),
        ("abcdefg", "abdcegf", False),
    ],
)
def test_one_letter_apart(a, b, near):
    assert one_apart(a, b) is near
    assert one_apart(b, a) is near


def test_hundreds_of_terms_cost_little(work):
    terminology = terms.load()
    words = "red blue green tarsal dural carpal ulnar radial distal medial"
    many = [
        f"{a} {b} {c}" for a in words.split() for b in words.split() for c in ("nodule", "lesion", "coalition", "tear")
    ]
    note = Note("p", "n", "The tarsal bone shows a red nodule and a coalition of the carpal row. " * 10, DAY)

    def spent(some):
        extractor = facts.Extractor(ner.recogniser("rules", terminology), terminology, some)
        extractor.facts([note])
        return work(lambda: extractor.facts([note]))

    assert spent(many) < 30 * spent(many[:4])


@pytest.mark.parametrize(
    ("text", "terms_of_protocol"),
    [
        ("Risks of anesthesia, bleeding, infection, pain, MI, DVT and PE were discussed.", ["bleeding risk", "pain"]),
        ("No fever, cough or new rash since 2019; stopped warfarin in May 2020.", ["new rash", "cough or rash"]),
        ("HTN, no known drug reaction, CAD, family history of early stroke.", ["drug reaction", "early stroke"]),
    ],
)
def test_a_protocols_own_term_changes_nothing_else(text, terms_of_protocol):
    terminology = terms.load()

    def of(*wanted):
        extractor = facts.Extractor(ner.recogniser("rules", terminology), terminology, wanted)
        return extractor.facts([Note("p", "n", text, DAY)])

    plain, all_of_them = of(), of(*terms_of_protocol)
    assert [f for f in all_of_them if f.source != "protocol"] == list(plain)
    assert len(all_of_them) > len(plain)
    for term in terms_of_protocol:
        assert [f for f in of(term) if f.source == "protocol"] == [f for f in all_of_them if f.text and f.concept
            and f.concept.id == "PROTOCOL:" + term]  # fmt: skip


def test_own_terms_of_a_note_whose_facts_are_known():
    terminology = terms.load()
    note = Note("p", "n", "Denies new rash. HTN. New rash on the left arm since 2019, no itching.\n" * 9, DAY)
    extractor = facts.Extractor(ner.recogniser("rules", terminology), terminology, ["new rash", "itching at night"])
    (known,) = extractor.found([note])
    own = extractor.own(note, Listed(known), words(note.text))
    assert own == [f for f in extractor.facts([note]) if f.source == "protocol"]
    assert sorted(map(repr, [*own, *(one.fact for one in known)])) == sorted(map(repr, extractor.facts([note])))


@pytest.mark.parametrize(
    "text",
    [
        "new-rash, rash's/newrash 5rash rash5 a.rash\n\nA new\u00a0rash.5 mg rash-new’s\nnight.Itching (night)-itching",
        "",
        "itchng at night;" * 300,
    ],
)
def test_a_note_of_known_words_is_searched_as_one_of_unknown_words(text):
    search = Search(["new rash", "itching at night"])
    assert search.find(Glimpse(Note("p", "n", text)), words(text)) == search.find(Page(Note("p", "n", text)))


def test_a_glimpse_gives_the_sentences_of_the_page():
    text = "PMH:\nHTN. COPD\n\n\n  Plan: a b, " + "c d, " * 900 + "\n \nSeen by Dr. Lee. 1. rest 2. fluids\n"
    whole, some = Page(Note("p", "n", text)), Glimpse(Note("p", "n", text))
    for at in range(0, len(text), 3):
        assert replace(some.sentence_at(at), numbers=[]) == replace(whole.sentence_at(at), numbers=[]), at


@pytest.mark.parametrize(
    ("term", "text", "assertion"),
    [
        ("significant decrement on stimulation", "With stimulation there was no significant decrement.", "absent"),
        ("decrement on repetitive stimulation", "Repetitive stimulation showed a significant decrement.", "present"),
        ("crouched gait on walking", "Walking, he does not have a crouched gait.", "absent"),
    ],
)  # fmt: skip
def test_a_denial_between_the_words_of_a_term_denies_it(search, term, text, assertion):
    assert [fact.assertion for fact in search(term, text)] == [assertion]
