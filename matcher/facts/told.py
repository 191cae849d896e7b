"""What happened to the patient, told by a verb: "she fell", "broke her left wrist", "gave birth"."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Any, cast

from matcher.facts import qualifiers, tables
from matcher.facts.page import KIND_OF_TYPE, Draft, Page
from matcher.model import Concept, EntityType

if TYPE_CHECKING:
    from matcher.terms import Terminology

_WORD = re.compile(r"[\w'’/-]+")


@cache
def _rows() -> tuple[dict[str, Any], ...]:
    return tuple(tables.toml("told")["event"])


@cache
def _between() -> frozenset[str]:
    return frozenset(tables.toml("told")["between"])


@cache
def _unless(number: int) -> re.Pattern[str] | None:
    words = _rows()[number].get("unless")
    return re.compile(rf"\s(?:{tables.words(words)})", re.IGNORECASE) if words else None


class Told:
    """Reads the rows against a terminology."""

    def __init__(self, terminology: Terminology) -> None:
        self._concepts = [terminology.concept(row["concept"]) for row in _rows()]
        self._types = [cast(EntityType, terminology.kind(concept.id)) for concept in self._concepts]

    def concept(self, number: int) -> Concept:
        """What a row of the table tells."""
        return self._concepts[number]

    def read(self, page: Page) -> None:
        """Add the events of a note that a verb tells."""
        for group in ("told", "told_first"):
            for number in page.phrases.numbers_of(group):
                for hit in page.phrases.of(f"{group}.{number}"):
                    self._event(page, number, hit.start, hit.end, hit.phrase, group == "told_first")

    def _event(self, page: Page, number: int, start: int, end: int, phrase: str, first: bool) -> None:
        sentence = page.sentence_at(start)
        if sentence is None or end > sentence.end:
            return
        if first and page.text[sentence.start : start].strip(" -*•\t"):
            return
        unless = _unless(number)
        if unless is not None and unless.match(page.text, end):
            return
        verb, _, part = phrase.partition(" * ")
        if "parts" in _rows()[number] and not _plain(page.text[start + len(verb) : end - len(part)]):
            return
        if part == "ago":
            end = start + len(verb)  # "discharged | 10 days ago": the time is read by itself
        if any(d.rule == "told" and d.start < end and start < d.end for d in sentence.drafts):
            return
        page.add(
            Draft(
                KIND_OF_TYPE.get(self._types[number], "condition"),
                start,
                end,
                self._concepts[number],
                qualifiers=qualifiers.of(page.text, page.phrases, start, start, end, sentence.end),
                rule="told",
                type=self._types[number],
                result=_rows()[number].get("step"),
                status="past" if verb.startswith(tuple(_rows()[number].get("over", ()))) else None,
            )
        )


def _plain(gap: str) -> bool:
    """Whether nothing between the verb and the part is a thing of its own."""
    return all(word.lower() in _between() for word in _WORD.findall(gap))
