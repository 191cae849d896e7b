"""The de-identification check: what it must see, what it must not shout at, and that it never tells the text."""

import pytest

from matcher.model import Note
from matcher.notes import phi


def found(text: str) -> list[str]:
    return [finding.kind for finding in phi.scan(Note("p", "n", text, source="n.txt"))]


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Seen with Mrs. Miller today.", "name after a title"),
        ("Patient name: Jane Miller", "name after a label"),
        ("SSN 123-45-6789.", "social security number"),
        ("MRN: 00451234", "medical record or account number"),
        ("Call (555) 123-4567.", "telephone or fax number"),
        ("Call 555-123-4567", "telephone or fax number"),
        ("write to j.miller@example.org", "e-mail address"),
        ("lives at 12 Old Mill Road", "street address"),
        ("Springfield, IL 62704", "postal code"),
        ("DOB: 03/15/1956", "full date of birth"),
        ("a 93-year-old woman", "age over 89"),
    ],
)
def test_identifiers_are_seen(text, kind):
    assert kind in found(text)


@pytest.mark.parametrize(
    "text",
    [
        "A 58-year-old woman with T2DM, HbA1c 8.1 %, BP 132/78.",
        "Seen on 2024-02-12; platelets 150-400 x 10^9/L.",
        "Mr. is a 66-year-old man; Dr. [name] was called.",
        "Metformin 1000 mg BID 2023-2024.",
    ],
)
def test_de_identified_text_raises_no_alarm(text):
    assert found(text) == []


def test_a_finding_tells_the_line_and_the_kind_but_not_the_text():
    finding = phi.scan(Note("p", "n", "one\ntwo\nMRN 00451234", source="n.txt"))[0]
    assert str(finding) == "n.txt:3: medical record or account number"


def test_time_is_linear_on_hostile_text():
    for text in ("Mr. " * 50_000, "1" * 200_000, "a@" * 100_000, "12 Old " * 30_000, "(555) " * 50_000):
        phi.scan(Note("p", "n", text))


@pytest.mark.parametrize(
    "text",
    [
        "Seen with Mrs. Miller, Prof. Ode, Miss Ray and Dr. Fox.",
        "PATIENT NAME: Jane Miller; Dictated by: Ann Ode",
        "SSN 123-45-6789. Acct # 12345678, Chart no. 0045-1234, NHS number 485 777 3456, NHS 4857773456",
        "Call (555) 123-4567 or +1 555.123.4567, http://x.example/y, 10.1.2.33, j.miller@example.org",
        "lives at 12 N. Old Mill Road, Springfield, IL 62704; D.O.B. 03/15/1956, born May 3, 1956; 93 yo, 101-year-old",
    ],
)
def test_what_saves_time_loses_nothing(text):
    seen = [(finding.start, finding.kind) for finding in phi.scan(Note("p", "n", text))]
    every = [
        (hit.start("hit"), kind.name)
        for kind in phi.kinds()
        for hit in kind.pattern.finditer(text)
        if not kind.unless or not hit["hit"].startswith(kind.unless)
    ]
    assert len(every) > 1
    assert seen == sorted(every)
