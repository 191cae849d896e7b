"""A disease and its complication said apart: "T2DM with neuropathy" is diabetic neuropathy (``complications.toml``)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from typing import TYPE_CHECKING

from matcher.facts import tables
from matcher.facts.page import Draft, Page, Sentence
from matcher.model import Concept

if TYPE_CHECKING:
    from matcher.terms import Terminology

_MOST = 6
"""Complications of one disease that a sentence lists."""


class Complications:
    """The table, with the kinds of its diseases and complications. Built once."""

    def __init__(self, terminology: Terminology) -> None:
        self._terminology = terminology
        self._makes: list[tuple[frozenset[str], list[tuple[frozenset[str], Concept]]]] = []
        graded = frozenset(tables.toml("complications")["graded"])
        for row in tables.toml("complications")["complicated"]:
            makes = [
                (self._kinds(part) if part in graded else frozenset((part,)), self._concept(whole))
                for part, whole in row["makes"]
            ]
            self._makes.append((self._kinds(row["disease"]), makes))
        self._diseases = frozenset().union(*(kinds for kinds, _ in self._makes))

    def parts(self, bears: Callable[..., bool]) -> frozenset[str]:
        """The complications that may be told apart from their disease where what they make is asked for."""
        return frozenset(id for _, makes in self._makes for kinds, whole in makes if bears(whole) for id in kinds)

    def read(self, page: Page, sentence: Sentence, findings: Sequence[Draft]) -> None:
        """Add what a disease and its complications, both among the findings of a sentence, are together."""
        if len(findings) < 2:
            return
        for at, disease in enumerate(findings):
            if disease.concept is None or disease.concept.id not in self._diseases:
                continue
            for part in (*_behind(page.text, findings, at), *_before(page.text, findings, at)):
                whole = self._whole(disease.concept.id, part.concept)
                caused = part.start > disease.start and _else().match(page.text, part.end) is not None
                if whole is not None and not caused:
                    page.add(
                        Draft("condition", part.start, part.end, whole, rule="mention.complication", type=part.type)
                    )

    def _whole(self, disease: str, part: Concept | None) -> Concept | None:
        """What a disease and a complication make; None where the table has no such pair or the part says it all."""
        for kinds, makes in self._makes:
            if disease not in kinds or part is None:
                continue
            for some, whole in makes:
                if part.id in some and part.id != whole.id and not self._terminology.is_a(part.id, whole.id):
                    return whole
        return None

    def _kinds(self, id: str) -> frozenset[str]:
        return self._terminology.descendants(id) | {id}

    def _concept(self, id: str) -> Concept:
        found = self._terminology.concept(id)
        assert found is not None, id
        return found


def _behind(text: str, findings: Sequence[Draft], at: int) -> Iterator[Draft]:
    """The findings behind a disease that "with" ties to it, one after the other."""
    end = findings[at].end
    for n, part in enumerate(findings[at + 1 : at + 1 + _MOST]):
        if part.start < end or not (_with() if n == 0 else _join()).fullmatch(text, end, part.start):
            return
        yield part
        end = part.end


def _before(text: str, findings: Sequence[Draft], at: int) -> Iterator[Draft]:
    """The finding before a disease that is said to come of it: "neuropathy secondary to diabetes"."""
    start = findings[at].start
    part = findings[at - 1] if at else None
    if part is not None and part.end <= start and _of().fullmatch(text, part.end, start):
        yield part


def _pattern(words: str) -> re.Pattern[str]:
    data = tables.toml("complications")
    step = rf"(?:\s(?:(?:{tables.words(data['steps'])})\s?)?[\dIV]{{1,3}}[ab]?(?!\w|/))?"
    return re.compile(
        rf"{step}[\s,(]*(?:{tables.words(data[words])})(?:\s*(?:{tables.words(data['before'])}))*\s*", re.IGNORECASE
    )


@cache
def _with() -> re.Pattern[str]:
    return _pattern("with")


@cache
def _join() -> re.Pattern[str]:
    return _pattern("join")


@cache
def _of() -> re.Pattern[str]:
    return _pattern("of")


@cache
def _else() -> re.Pattern[str]:
    """Behind a complication: it has a cause of its own ("T2DM with neuropathy | due to vincristine")."""
    return re.compile(rf"[\s(]*(?:{tables.words(tables.toml('complications')['own_cause'])})\s", re.IGNORECASE)
