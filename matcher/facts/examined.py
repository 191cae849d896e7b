"""What a normal finding denies and an abnormal one states: "lungs clear", "toes downgoing", "prostate not enlarged"."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from functools import cache
from typing import TYPE_CHECKING, cast

from matcher.facts import qualifiers, tables
from matcher.facts.page import KIND_OF_TYPE, Draft, Page, Sentence
from matcher.facts.phrases import Hit
from matcher.facts.words import denial
from matcher.model import Assertion, Concept, EntityType, Op

if TYPE_CHECKING:
    from matcher.terms import Terminology


_LAST_WORD = re.compile(r"([a-z]+)\.?[\s-]\Z", re.IGNORECASE)


def _behind(text: str, start: int, words: Sequence[str]) -> bool:
    """Whether the word before the finding makes it another's: "rectal tone", "bowel movements"."""
    last = _LAST_WORD.search(text, max(0, start - 20), start) if words else None
    return last is not None and last[1].lower() in words


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


_COMMA_BEFORE_END = re.compile(r",\s*[\w+]+\Z")


def _told_before(page: Page, numbers: Sequence[int]) -> frozenset[int]:
    """Where a sign ends that is told with the sign before its state: "Lachman negative"."""
    return frozenset(
        hit.end
        for number in numbers
        if tables.findings()[number].get("sign")
        for hit in page.phrases.of(f"examined.{number}")
        if _of_state(hit) is None and not _COMMA_BEFORE_END.search(page.text, hit.start, hit.end)
    )


def _of_state(hit: Hit) -> int | None:
    """The end of the state that stands before its sign."""
    states = tables.toml("examined")["signs"]
    for kind in states.values():
        for state in kind:
            if hit.phrase.startswith(state + " "):
                return hit.start + len(state)
    return None


def _of_another_sign(said: str, hit: Hit, told: frozenset[int]) -> bool:
    """Whether the state is another's: "Lachman negative, McMurray positive"; "positive Lachman, negative drawer"."""
    turned = _of_state(hit)
    return turned in told if turned is not None else _COMMA_BEFORE_END.search(said) is not None


def _unname(sentence: Sentence, hit: Hit, ids: Collection[str]) -> None:
    """Take out the name of a sign that is told negative: alone it would say that the sign is there."""
    sentence.mentions = [
        mention
        for mention in sentence.mentions
        if not (hit.start <= mention.start and mention.end <= hit.end)
        or mention.concept is None
        or mention.concept.id not in ids
    ]


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
        for row in tables.findings():
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
        numbers = page.phrases.numbers_of("examined")
        told = _told_before(page, numbers)
        for number in numbers:
            row = tables.findings()[number]
            for hit in page.phrases.of(f"examined.{number}"):
                said = page.text[hit.start : hit.end]
                if row.get("sign") and _of_another_sign(said, hit, told):
                    continue
                if _spoilt().search(said) and not _spoilt().search(hit.phrase):
                    continue
                if _of_another(page.text, hit):
                    continue
                if _between(said, row.get("not_of", ())) or _behind(page.text, hit.start, row.get("not_behind", ())):
                    continue
                if _except().match(page.text, hit.end):
                    continue
                if not row.get("sign") and _elsewhere().search(said) and not _elsewhere().search(hit.phrase):
                    continue
                sentence = page.sentence_at(hit.start)
                if sentence is None or hit.end > sentence.end:
                    continue
                marks = qualifiers.of(page.text, page.phrases, sentence.start, hit.start, hit.end, sentence.end)
                # what is there is read with the words around it: "denies dyspnea when climbing stairs"
                says: Assertion | None = None if row.get("says") == "present" else "absent"
                if says and row.get("sign"):
                    _unname(sentence, hit, row["concepts"])
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
