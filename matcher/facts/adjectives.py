"""Adjectives that say a disease of the patient ("febrile", "asthmatic") or deny it by its opposite ("euthyroid")."""

from __future__ import annotations

import re
from functools import cache

from matcher.facts import tables
from matcher.facts.page import Draft, Page
from matcher.model import Assertion, Concept, Op

_DENIES = "normal.word"
_BEHIND = re.compile(r"[ \t]+([A-Za-z]+)")


@cache
def _meant() -> dict[str, tuple[Concept, ...]]:
    found: dict[str, list[Concept]] = {}
    for table in tables.ADJECTIVES.values():
        for row in tables.rows(table):
            found.setdefault(row["word"], []).append(Concept(row["system"], row["concept"], row["name"]))
    return {word: tuple(concepts) for word, concepts in found.items()}


@cache
def _behind() -> frozenset[str]:
    lists = tables.toml("adjectives")
    return frozenset((*lists["behind"], *lists["persons"])) | frozenset(tables.toml("search")["stop"])


def words() -> list[str]:
    """The words of ``resources/facts/normal.csv`` and ``adjectives.csv``."""
    return sorted(_meant())


def meant(word: str) -> tuple[Concept, ...]:
    """What a word says or denies."""
    return _meant().get(word, ())


def read(page: Page) -> None:
    """Add what the note's adjectives say and deny."""
    for tag in tables.ADJECTIVES:
        for hit in page.phrases.of(tag):
            if tag != _DENIES and not _of_the_patient(page.text, hit.end):
                continue
            for concept in meant(hit.phrase):
                kind: Op = "procedure" if concept.system == "PROC" else "condition"
                denied: Assertion | None = "absent" if tag == _DENIES else None
                page.add(Draft(kind, hit.start, hit.end, concept, assertion=denied, rule=tag))


def _of_the_patient(text: str, end: int) -> bool:
    """Whether the adjective stands by itself: what follows is no noun of its own."""
    if text[end : end + 1] == "-":
        return False
    follows = _BEHIND.match(text, end)
    return follows is None or follows[1].lower() in _behind()
