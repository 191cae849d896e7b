"""What a normal finding denies and an abnormal one states: "lungs clear", "toes downgoing", "prostate not enlarged"."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING, Any, cast

from matcher.facts import qualifiers, tables
from matcher.facts.page import KIND_OF_TYPE, Draft, Page
from matcher.facts.phrases import Hit
from matcher.facts.words import denial
from matcher.model import Assertion, Concept, EntityType, Op

if TYPE_CHECKING:
    from matcher.terms import Terminology


@cache
def _spoilt() -> re.Pattern[str]:
    """What makes a finding another one."""
    spoilt = tables.stems(tables.toml("examined")["spoilt_by"])
    return re.compile(rf"{denial().pattern}|\b(?:{spoilt})\b", re.IGNORECASE)


_WORD = re.compile(r"[a-z]+")
_NOUN = re.compile(r"\s(?P<word>[^\W\d_][\w-]*)")
_WAS = re.compile(r"\b(?:is|are|was|were)\s\Z", re.IGNORECASE)


def _of_another(text: str, hit: Hit) -> bool:
    """Whether a state is another thing's: "ECG: normal sinus rhythm", "the ECG was normal and chest x-rays showed"."""
    table = tables.toml("examined")
    attributes = tuple(table["attributes"])
    said = text[hit.start : hit.end].lower()
    if said.endswith(attributes):
        noun = _NOUN.match(text, hit.end)
        return noun is not None and noun["word"].lower() not in table["ends"]
    told = said.startswith(attributes) and _WAS.search(text, max(0, hit.start - 6), hit.start) is not None
    return told and " and " in said


def _between(said: str, parts: Sequence[str]) -> bool:
    """Whether a part of what is examined has the state: "UA: protein negative"."""
    return bool(parts) and any(word in parts for word in _WORD.findall(said.lower())[1:])


@cache
def _rows() -> tuple[dict[str, Any], ...]:
    return tuple(tables.toml("examined")["finding"])


@cache
def _elsewhere() -> re.Pattern[str]:
    return re.compile(rf"\b(?:{tables.words(tables.toml('examined')['elsewhere'])})\b", re.IGNORECASE)


@cache
def _except() -> re.Pattern[str]:
    return re.compile(rf"[\s,(]*(?:{tables.words(tables.toml('examined')['except'])})\b", re.IGNORECASE)


class Examined:
    """Reads the rows against a terminology."""

    def __init__(self, terminology: Terminology) -> None:
        self._concepts: list[tuple[Concept, ...]] = []
        for row in _rows():
            known: list[Concept] = []
            for id in row["concepts"]:
                try:
                    known.append(terminology.concept(id))
                except (KeyError, LookupError):
                    continue
            self._concepts.append(tuple(known))
        self._types = {c.id: cast(EntityType, terminology.kind(c.id)) for row in self._concepts for c in row}
        self._kinds: dict[str, Op] = {id: KIND_OF_TYPE.get(type, "condition") for id, type in self._types.items()}

    def concepts(self, number: int) -> tuple[Concept, ...]:
        """What a row of the table denies or states."""
        return self._concepts[number]

    def kind(self, concept: Concept) -> Op:
        """The kind of the facts of a concept of the table."""
        return self._kinds[concept.id]

    def read(self, page: Page) -> None:
        """Add what the findings of a note deny or state beyond their words."""
        for number in page.phrases.numbers_of("examined"):
            row = _rows()[number]
            for hit in page.phrases.of(f"examined.{number}"):
                said = page.text[hit.start : hit.end]
                if _spoilt().search(said) and not _spoilt().search(hit.phrase):
                    continue
                if _of_another(page.text, hit):
                    continue
                if _between(said, row.get("not_of", ())):
                    continue
                if _except().match(page.text, hit.end):
                    continue
                if _elsewhere().search(said) and not _elsewhere().search(hit.phrase):
                    continue
                sentence = page.sentence_at(hit.start)
                if sentence is None or hit.end > sentence.end:
                    continue
                marks = qualifiers.of(page.text, page.phrases, sentence.start, hit.start, hit.end, sentence.end)
                # what is there is read with the words around it: "denies dyspnea when climbing stairs"
                says: Assertion | None = None if row.get("says") == "present" else "absent"
                for concept in self._concepts[number]:
                    page.add(
                        Draft(
                            self._kinds[concept.id],
                            hit.start,
                            hit.end,
                            concept,
                            assertion=says,
                            qualifiers=marks,
                            rule="examined",
                            type=self._types[concept.id],
                        )
                    )
