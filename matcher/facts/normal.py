"""Words that deny a disease by calling its opposite: "normotensive", "euthyroid", "non-cirrhotic"."""

from __future__ import annotations

from functools import cache

from matcher.facts import tables
from matcher.facts.page import Draft, Page
from matcher.model import Concept, Op

TAG = "normal.word"


@cache
def _denied() -> dict[str, tuple[Concept, ...]]:
    found: dict[str, list[Concept]] = {}
    for row in tables.rows("normal"):
        found.setdefault(row["word"], []).append(Concept(row["system"], row["concept"], row["name"]))
    return {word: tuple(concepts) for word, concepts in found.items()}


def words() -> list[str]:
    """The words of ``resources/facts/normal.csv``."""
    return sorted(_denied())


def denied(word: str) -> tuple[Concept, ...]:
    """What a word for normal denies."""
    return _denied().get(word, ())


def read(page: Page) -> None:
    """Add what the note's words for normal deny."""
    for hit in page.phrases.of(TAG):
        for concept in _denied().get(hit.phrase, ()):
            kind: Op = "procedure" if concept.system == "PROC" else "condition"
            page.add(Draft(kind, hit.start, hit.end, concept, assertion="absent", rule=TAG))
