"""Protocols printed: for scripts and for people."""

from __future__ import annotations

import io

from matcher.criteria import outline
from matcher.model import Concept, Criterion, Fragment, Mention, Protocol, Span
from matcher.report.readings import accounting, contract, summary, trees

TEXT = "Inclusion Criteria:\n- Asthma or gout and more\n- Consent\x1b[31m\n- Nothing"


def protocol() -> Protocol:
    tree = outline.read("any of\n  condition: Asthma | at 22-28\n  not\n    condition: gout | at 32-36")
    concept = Concept("MONDO", "MONDO:0004979", "asthma")
    criteria = (
        Criterion(
            "I1", "inclusion", TEXT[22:45], 22, 45, "partial", (Mention(22, 28, "Asthma", "condition", concept),), tree,
            "Patient must have asthma.", (Fragment(37, 45, TEXT[37:45], "no predicate found"),), None, ("odd limit",),
        ),
        Criterion("I2", "inclusion", TEXT[48:60], 48, 60, "human", question="Is the patient willing?"),
        Criterion("E1", "exclusion", TEXT[63:], 63, len(TEXT), "unparsed"),
    )  # fmt: skip
    return Protocol("p1", "folder/p1.txt", TEXT, criteria, "A trial", ("Asthma",), (Span(0, 19),), (), ("ages differ",))


def printed(colour: bool) -> str:
    stream = io.BytesIO()
    trees([protocol()], stream, 100, colour)
    return stream.getvalue().decode()


def test_the_summary_counts_every_status() -> None:
    assert summary(protocol()) == {"criteria": 3, "parsed": 0, "partial": 1, "human": 1, "unparsed": 1}


def test_the_contract_object() -> None:
    row = contract(protocol())
    assert list(row)[:3] == ["schema", "protocol_id", "source"]
    assert (row["schema"], row["protocol_id"], row["source"]) == ("match.parse/1", "p1", "p1.txt")
    first = row["criteria"][0]
    assert TEXT[first["start"] : first["end"]] == first["text"]
    assert first["entities"] == [
        {
            "start": 22,
            "end": 28,
            "text": "Asthma",
            "type": "condition",
            "concept": {"system": "MONDO", "id": "MONDO:0004979", "name": "asthma"},
        }
    ]
    assert first["logic"]["op"] == "or"
    assert first["unparsed"][0]["text"] == TEXT[37:45]
    assert row["criteria"][2]["logic"] is None
    assert row["summary"]["criteria"] == 3


def test_the_accounting_line() -> None:
    assert accounting([protocol()]) == (
        "1 protocol: 3 criteria = 0 parsed + 1 in part + 1 for a person to judge + 1 not understood"
    )


def test_the_tree_says_everything_in_words() -> None:
    words = printed(False)
    for part in (
        "p1: A trial", "Patient must have asthma.", "any of", "not: have gout", "not understood: and more",
        "! odd limit", "ask: Is the patient willing?", "! ages differ", "Exclusion: none may hold",
    ):  # fmt: skip
        assert part in words


def test_escapes_of_the_protocol_do_not_reach_the_terminal() -> None:
    assert "\x1b" not in printed(False)
    assert "\x1b[31m\n" not in printed(True)


def test_statuses_have_colours() -> None:
    assert "\x1b[1;33m~ I1" in printed(True)
    assert "\x1b[1;31m✗ E1" in printed(True)
