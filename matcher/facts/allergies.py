"""Allergies and what else is not borne, as facts of their own."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache

from matcher.facts import tables
from matcher.facts.page import Draft, Page, Sentence
from matcher.facts.words import denial
from matcher.model import Mention

WITHDRAWN = "allergy.withdrawn"
"""The rule of an allergy whose label was taken away."""
_ZONE_ENDS = re.compile(
    r"[;\n]|\.\s|\b(?:but|however|so|and (?:was|is|has|then|I|we|he|she|they)|therefore|started|switched"
    r"|changed|replaced|on)\b",
    re.IGNORECASE,
)


def only(page: Page, sentence: Sentence) -> None:
    """Allergens of a sentence in which no drug was recognised."""
    zones = None if sentence.section == "allergies" else zones_of(page, sentence)
    if zones is None or zones:
        allergens(page, sentence, (), zones)


def zones_of(page: Page, sentence: Sentence) -> list[tuple[int, int]]:
    """Where a drug named is one that the patient does not bear."""
    text = page.text
    zones: list[tuple[int, int]] = []
    for hit in page.phrases.of("allergy.before", sentence.start, sentence.end):
        stop = min(sentence.end, hit.end + 200)
        cut = _ZONE_ENDS.search(text, hit.end, stop)
        zones.append((hit.end, cut.start() if cut else stop))
    for hit in page.phrases.of("allergy.after", sentence.start, sentence.end):
        # "sulfa allergy", "penicillin and sulfa allergies"
        start = max(sentence.start, hit.start - 40)
        last = max(text.rfind(mark, start, hit.start) for mark in (".", ";", ":", "\n"))
        zones.append((max(start, last + 1), hit.start + 1))
    return zones


def of(page: Page, start: int, end: int, mention: Mention | None, rule: str) -> Draft:
    intolerant = page.phrases.any("allergy.intolerance", max(0, start - 60), end + 16)
    denied = denial().search(page.text, max(0, start - 60), start)
    borne = _borne().search(page.text, max(0, start - 60), start)
    sentence = page.sentence_at(start)
    if sentence is not None and (gone := _gone().match(page.text, end, sentence.end)) is not None:
        between = page.text[end : gone.start("how")].lower()
        if not any(f" {word}" in between for word in _others()):
            return Draft(
                "allergy",
                start,
                end,
                mention.concept if mention else None,
                rule=WITHDRAWN,
                type="allergy",
                assertion="absent",
            )
    return Draft(
        "allergy",
        start,
        end,
        mention.concept if mention else None,
        rule=rule,
        type="allergy",
        qualifiers=("intolerance",) if intolerant else (),
        assertion="absent" if borne else "present" if rule == "allergy.section" and not denied else None,
    )


@cache
def _gone() -> re.Pattern[str]:
    """Behind an allergen, what says that it is none any more: "penicillin allergy; label removed"."""
    data = tables.toml("drugs")["allergy"]
    return re.compile(
        rf"(?:(?!\b(?:not?|never)\b)[^.\n]){{0,80}}?[\s(](?P<how>{tables.words(data['gone'])})(?!\w)", re.IGNORECASE
    )


@cache
def _others() -> frozenset[str]:
    return frozenset(tables.toml("drugs")["allergy"]["allergens"])


@cache
def _borne() -> re.Pattern[str]:
    """Right before a drug that is borne: "penicillin (tolerates | amoxicillin)"."""
    data = tables.toml("drugs")["allergy"]
    return re.compile(rf"(?<!not )\b(?:{tables.words(data['borne'])})(?:\s[\w-]+){{0,2}}?\s$", re.IGNORECASE)


def allergens(
    page: Page, sentence: Sentence, mentions: Sequence[Mention], zones: Sequence[tuple[int, int]] | None = None
) -> None:
    for hit in page.phrases.of("allergy.allergens", sentence.start, sentence.end):
        if any(m.start < hit.end and hit.start < m.end for m in mentions):
            continue
        if zones is not None and not any(s <= hit.start < e for s, e in zones):
            continue
        known = next((m for m in sentence.mentions if m.start < hit.end and hit.start < m.end), None)
        rule = "allergy.section" if zones is None else "allergy.stated"
        page.add(of(page, hit.start, hit.end, known, rule))
