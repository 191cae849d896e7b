"""What was done to a part of the body, told by a verb: "the gallbladder was removed" is a cholecystectomy."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING, Any, cast

from matcher.facts import qualifiers, tables
from matcher.facts.page import KIND_OF_TYPE, Draft, Page, Sentence
from matcher.facts.words import denial
from matcher.model import Concept, EntityType

if TYPE_CHECKING:
    from matcher.terms import Terminology

_WORD = re.compile(r"[\w'’/-]+")
_REACH = 40
"""Characters before a part that are looked at."""


@cache
def _table() -> dict[str, Any]:
    return tables.toml("operations")


@cache
def _list(name: str) -> frozenset[str]:
    return frozenset(_table()[name])


@cache
def _done() -> re.Pattern[str]:
    words = {word for act in _table()["acts"].values() for word in act["done"]}
    return re.compile(rf"(?:{tables.words(words)})\Z", re.IGNORECASE)


def doses(low: str) -> Iterator[re.Match[str]]:
    """Where doses of radiation stand in a text in small letters."""
    return _dose().finditer(low)


@cache
def _dose() -> re.Pattern[str]:
    units = "|".join(sorted(_table()["dosed"]["units"], key=len, reverse=True))
    return re.compile(rf"[0-9]\s{{0,2}}(?:{units})(?!\w)")


class Operations:
    """Reads the rows against a terminology."""

    def __init__(self, terminology: Terminology) -> None:
        self._concepts: dict[str, list[Concept]] = {
            group: [terminology.concept(row["concept"]) for row in _table()[group]]
            for group in ("operation", "labelled")
        }
        self.radiotherapy = terminology.concept(_table()["dosed"]["concept"])
        self._kinds = {id: terminology.kind(id) for id in sorted({c.id for c in self._concepts["labelled"]})}

    def concept(self, group: str, number: int) -> Concept:
        """What a row of the table tells."""
        return self._concepts[group][number]

    def read(self, page: Page) -> None:
        """Add the operations of a note that no word names."""
        self._labelled(page)
        for number in page.phrases.numbers_of("operation"):
            concept = self._concepts["operation"][number]
            for hit in page.phrases.of(f"operation.{number}"):
                sentence = page.sentence_at(hit.start)
                if sentence is None or hit.end > sentence.end or not _plain(page.text, hit.start, hit.end, hit.phrase):
                    continue
                marks = qualifiers.of(page.text, page.phrases, sentence.start, hit.start, hit.end, sentence.end)
                page.add(
                    Draft(
                        "procedure",
                        hit.start,
                        hit.end,
                        concept,
                        anchor=_verb(page.text, hit.start, hit.end, hit.phrase),
                        qualifiers=marks,
                        rule="operation",
                        type="procedure",
                    )
                )

    def dosed(self, page: Page, sentence: Sentence) -> None:
        """Add the radiotherapy of a sentence that tells its dose alone."""
        dosed = _table()["dosed"]
        doses = [n for n in sentence.numbers if n.unit is not None and n.unit.strip().lower() in dosed["units"]]
        if not doses or any(draft.concept == self.radiotherapy for draft in sentence.drafts):
            return
        if page.near(sentence).vocabulary.isdisjoint(dosed["unless"]):
            rule, start, end = "operation.dosed", doses[0].start, doses[0].end
            page.add(Draft("procedure", start, end, self.radiotherapy, rule=rule, type="procedure"))

    def _labelled(self, page: Page) -> None:
        for number in page.phrases.numbers_of("labelled"):
            concept = self._concepts["labelled"][number]
            for hit in page.phrases.of(f"labelled.{number}"):
                word = hit.phrase.rpartition(" * " if " * " in hit.phrase else " : ")[2]
                start = hit.end - len(word)
                if page.text[start : hit.end].lower() == word and not denial().search(page.text, hit.start, start):
                    kind = KIND_OF_TYPE.get(cast(EntityType, self._kinds[concept.id]), "other")
                    page.add(Draft(kind, start, hit.end, concept, assertion="present", rule="labelled"))


def _verb(text: str, start: int, end: int, phrase: str) -> tuple[int, int] | None:
    """The verb behind its part, of which a denial between them speaks."""
    last = phrase.rpartition(" * ")[2]
    return (end - len(last), end) if _done().search(last) and text[start:end].lower().endswith(last) else None


def _plain(text: str, start: int, end: int, phrase: str) -> bool:
    """Whether nothing between the part and the act, or behind the part, makes it another part or another act."""
    first, _, last = phrase.partition(" * ")
    said = [match.group().lower() for match in _WORD.finditer(text, start, end)]
    gap = said[len(_WORD.findall(first)) : len(said) - len(_WORD.findall(last))]
    if _done().search(last):
        if last in _list("lacking") and not set(_WORD.findall(first)).isdisjoint(_list("goes_on")):
            return False
        # PART … done; "the stone in the kidney was removed" is of the stone
        near = _WORD.findall(text[max(0, start - _REACH) : start].rpartition(".")[2].lower())[-3:]
        led = next((w for w in reversed(near) if w in _list("places") or w not in _list("before")), "")
        return led not in _list("places") and all(word in _list("between") for word in gap)
    after = _WORD.match(text, end + 1) if text[end : end + 1] == " " else None
    if after is not None and after.group().lower() in _list("goes_on"):
        return False
    return all(word in _list("before") for word in gap)


_SHARED = 6
"""Letters that the names of a disease and of the operation on it share ("prostate cancer, prostatectomy")."""


def cures(disease: str, operation: str) -> bool:
    """Whether an operation named right behind a disease was done for it."""
    done = operation.lower()
    cut = done.endswith(tuple(tables.toml("operations")["cures"])) or done in tables.toml("operations")["cures"]
    if cut and _cancers().search(disease) is not None:
        return True
    opens = {word[:_SHARED] for word in done.split() if len(word) > _SHARED}
    return any(word[:_SHARED] in opens for word in disease.lower().split() if len(word) > _SHARED)


@cache
def _cancers() -> re.Pattern[str]:
    return re.compile(rf"\b(?:{tables.words(tables.toml('operations')['cancers'])})\b", re.IGNORECASE)
