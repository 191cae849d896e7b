"""Screenings made by hand, and text that no format may trip over."""

import pytest

from matcher.model import Criterion, Protocol

HOSTILE = [
    '=HYPERLINK("http://x.example","y")',
    "+1-1",
    "-2+3",
    "@SUM(A1)",
    "<script>document.title='run'</script>",
    "</script><img src=x onerror=document.title='run'>",
    "<!--",
    "]]>&amp;\"'",
    "\x1b[31mred\x1b[0m\x1b]0;title\x07",
    "one\rtwo\r\nthree\nfour",
    "null\0byte",
    "\u202eright to left\u202c\u2067x\u2069",
    "line\u2028and\u2029paragraph",
    "lone \ud800 surrogate",
    "\t=1+1",
    "a,b;c\"d'e|f",
    "\N{PILE OF POO}\U0001f468‍\U0001f469‍\U0001f467",
    "x" * 1_000_000,
]


def criterion(number: int, kind: str = "inclusion", text: str | None = None) -> Criterion:
    id = f"{'I' if kind == 'inclusion' else 'E'}{number}"
    text = text or f"criterion number {number}"
    return Criterion(id, kind, text, 10 * number, 10 * number + len(text), "parsed", reading=f"reading of {id}")


def protocol(count: int = 3, id: str = "trial") -> Protocol:
    own = tuple(criterion(n, "inclusion" if n <= count // 2 else "exclusion") for n in range(1, count + 1))
    return Protocol(id, f"{id}.txt", "text", own, title="A trial")


def row(trial: Protocol, patient: str, rank: int = 1, words: str = "HbA1c 8.1 %", truths: str = "mnu") -> dict:
    """A contract object; ``truths``: each criterion's verdict by its first letter, repeated."""
    names = {"m": "met", "n": "not_met", "u": "unknown"}
    criteria = []
    for number, own in enumerate(trial.criteria):
        truth = names[truths[number % len(truths)]]
        quote = {
            "note_id": f"{patient}/n", "start": 3, "end": 3 + len(words), "line": 1, "quote": words, "date": None,
            "assertion": "present", "context": {"before": "…of ", "after": f" and {words}"},
        }  # fmt: skip
        criteria.append(
            {
                "id": own.id, "kind": own.kind, "text": own.text, "start": own.start, "end": own.end, "verdict": truth,
                "basis": "none" if truth == "unknown" else "documented", "confidence": 0.9, "reason": f"why: {words}",
                "needs": f"ask: {own.id}" if truth == "unknown" else None, "near": None,
                "evidence": [] if truth == "unknown" else [quote],
            }
        )  # fmt: skip
    against = any(c["verdict"] == ("not_met" if c["kind"] == "inclusion" else "met") for c in criteria)
    verdict = "ineligible" if against else "review" if "u" in truths else "eligible"
    return {
        "schema": "match.screen/1", "protocol_id": trial.id, "patient_id": patient, "as_of": "2024-03-01",
        "verdict": verdict, "verdict_basis": "documented", "score": 0.5, "rank": rank, "criteria": criteria,
    }  # fmt: skip


@pytest.fixture
def kit():
    """The makers above, for tests (a folder of tests is no package)."""

    class Kit:
        pass

    Kit.criterion, Kit.protocol, Kit.row = staticmethod(criterion), staticmethod(protocol), staticmethod(row)
    return Kit


def pytest_generate_tests(metafunc):
    if "hostile" in metafunc.fixturenames:
        metafunc.parametrize("hostile", HOSTILE, ids=[repr(text[:12]) for text in HOSTILE])
