"""Drugs: dose, route, frequency, what happened to them, and allergies as facts of their own."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from matcher.facts import tables
from matcher.facts.page import Draft, Page, Sentence
from matcher.model import Mention, Status

_REGION = 90
_STATES = ("stopped", "held", "started", "changed", "planned", "current")
_BREAK = re.compile(r"[;\n]|\.\s|\b(?:but|however|although|while|then|with plans|because|whereas)\b", re.IGNORECASE)
_DOSE_UNIT = re.compile(
    r"(?:mg|mcg|µg|μg|ug|g|gm|gms|grams?|milligrams?|micrograms?|units?|u|iu|meq|ml|cc|mg/kg|mg/m2|mcg/h|mcg/hr|mg/h|mg/hr|%|puffs?"
    r"|tablets?|tabs?|mg/ml|mmol|gy)(?:/.*)?",
    re.IGNORECASE,
)
_NOT = re.compile(r"\b(?:not|never|n't|without)\s(?:be\s|been\s|currently\s|yet\s)?$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Cue:
    start: int
    end: int
    state: str
    after: bool


@cache
def _cues() -> re.Pattern[str]:
    """All status cues in one alternation; a phrase may point both ways."""
    data = tables.toml("drugs")["status"]
    return re.compile(tables.words({phrase for phrases in data.values() for phrase in phrases}), re.IGNORECASE)


@cache
def _meaning() -> tuple[dict[str, str], dict[str, str]]:
    before: dict[str, str] = {}
    after: dict[str, str] = {}
    for name, phrases in tables.toml("drugs")["status"].items():
        state, _, direction = name.rpartition("_")
        for phrase in phrases:
            (before if direction == "before" else after).setdefault(phrase.lower(), state)
    return before, after


@cache
def _phrases(section: str) -> tuple[re.Pattern[str], dict[str, str]]:
    data = tables.toml("drugs")[section]
    meaning: dict[str, str] = {}
    for name, phrases in data.items():
        for phrase in phrases:
            meaning.setdefault(phrase.lower(), name)
    return re.compile(tables.words(meaning), re.IGNORECASE), meaning


def read(page: Page, sentence: Sentence, mentions: Sequence[Mention]) -> None:
    """Add a draft for every drug of a sentence; ``mentions`` are its drugs in order."""
    text = page.text
    section = sentence.section
    if section == "allergies":
        for mention in mentions:
            page.add(_allergy(text, mention.start, mention.end, mention, "allergy.section"))
        _allergens(page, sentence, mentions)
        return
    cues = _find_cues(text, sentence)
    allergies = _allergy_zones(text, sentence)
    for index, mention in enumerate(mentions):
        following = mentions[index + 1].start if index + 1 < len(mentions) else sentence.end
        previous = mentions[index - 1].end if index else sentence.start
        if any(s <= mention.start < e for s, e in allergies):
            page.add(_allergy(text, mention.start, mention.end, mention, "allergy.stated"))
            continue
        stop = min(following, mention.end + _REGION)
        cut = _BREAK.search(text, mention.end, stop)
        stop = cut.start() if cut else stop
        draft = Draft("medication", mention.start, mention.end, mention.concept, rule="drug", source=mention.source)
        draft.type = "drug"
        _dose(page, sentence, mention, stop, previous, draft)
        words = _words("route", text, mention.start, stop, 2) + _words("frequency", text, mention.end, stop, 1)
        state, cue = _state(text, cues, mention, stop, sentence)
        if state:
            _apply(draft, state, cue, text)
            if state == "held":
                words.append("held")
        stable = tables.pattern_in("drugs", "status", "stable_after").search(text, sentence.start, sentence.end)
        if stable:
            words.append("stable")
        draft.qualifiers = tuple(dict.fromkeys(words))
        page.add(draft)
    if allergies:
        _allergens(page, sentence, mentions, allergies)


def allergies_only(page: Page, sentence: Sentence) -> None:
    """Allergens of a sentence in which no drug was recognised."""
    zones = None if sentence.section == "allergies" else _allergy_zones(page.text, sentence)
    if zones is None or zones:
        _allergens(page, sentence, (), zones)


def touch(page: Page) -> None:
    """Have the sentences that may name an allergy made, whether or not they hold anything else."""
    for section in page.sections:
        if section.kind == "allergies":
            at = section.heading.end
            while at < section.end and (sentence := page.sentence_at(at)) is not None:
                at = max(sentence.end + 1, at + 1)
    for pattern in (_before(), _after()):
        for match in pattern.finditer(page.text):
            page.sentence_at(match.start())


def _find_cues(text: str, sentence: Sentence) -> list[_Cue]:
    before, after = _meaning()
    found: list[_Cue] = []
    for match in _cues().finditer(text, sentence.start, sentence.end):
        phrase = " ".join(match.group().lower().split())
        if phrase in before:
            found.append(_Cue(match.start(), match.end(), before[phrase], False))
        if phrase in after:
            found.append(_Cue(match.start(), match.end(), after[phrase], True))
    return found


def _state(
    text: str, cues: Sequence[_Cue], mention: Mention, stop: int, sentence: Sentence
) -> tuple[str | None, _Cue | None]:
    """What happened to the drug: the nearest cue after it in its clause, else the nearest before it."""
    for cue in cues:
        if cue.after and mention.end <= cue.start < stop:
            # "metformin, stopped glipizide": the cue belongs to what follows.
            rest = text[cue.end : stop].strip()
            if stop < sentence.end and not rest and cue.state in ("stopped", "started", "held"):
                continue
            if _NOT.search(text, sentence.start, cue.start):
                continue
            return cue.state, cue
    best: _Cue | None = None
    for cue in cues:
        if not cue.after and cue.end <= mention.start and mention.start - cue.end < 80:
            gap = text[cue.end : mention.start]
            if not _BREAK.search(gap):
                best = cue
    if best is None:
        return None, None
    return best.state, best


def _apply(draft: Draft, state: str, cue: _Cue | None, text: str) -> None:
    said = text[cue.start : cue.end].lower() if cue else ""
    status: dict[str, Status] = {
        "stopped": "past",
        "held": "past",
        "started": "new",
        "current": "current",
        "changed": "current",
    }
    draft.status = status.get(state)
    draft.rule = f"drug.{state}"
    if said.startswith("not "):
        draft.assertion, draft.status = "absent", "current"
    elif state == "stopped":
        draft.assertion = "historical"
    elif state == "planned":
        draft.assertion = "planned"
    elif state == "current" and said in ("continue", "continuing"):
        draft.assertion = "present"


def _dose(page: Page, sentence: Sentence, mention: Mention, stop: int, previous: int, draft: Draft) -> None:
    """The dose: the first amount after the drug, or right before it ("40 mg of lisinopril")."""
    for number in sentence.numbers:
        if number.unit is None or not _DOSE_UNIT.fullmatch(number.unit.strip()):
            continue
        if mention.start <= number.start < stop:
            draft.quantity = number.quantity()
            if number.start < mention.end or number.start - mention.end < 40:
                draft.end = max(draft.end, number.end)
                return
            draft.quantity = None
            return
        if previous <= number.end <= mention.start and mention.start - number.end < 12:
            gap = page.text[number.end : mention.start].strip().lower()
            if gap in ("", "of", "oral", "iv", "po", "p.o.", "of oral", "of iv", "dose of"):
                draft.quantity = number.quantity()
                draft.start = number.start
                draft.anchor = mention.start
                return


def _words(section: str, text: str, start: int, stop: int, limit: int) -> list[str]:
    pattern, meaning = _phrases(section)
    found: list[str] = []
    for match in pattern.finditer(text, start, stop):
        name = meaning[" ".join(match.group().lower().split())]
        if name not in found:
            found.append(name)
        if len(found) == limit:
            break
    return found


# ---------------------------------------------------------------- allergies


@cache
def _before() -> re.Pattern[str]:
    return re.compile(rf"(?:{tables.words(tables.toml('drugs')['allergy']['before'])})", re.IGNORECASE)


@cache
def _after() -> re.Pattern[str]:
    return re.compile(rf"[\s(-]{{1,2}}(?:{tables.words(tables.toml('drugs')['allergy']['after'])})", re.IGNORECASE)


def _allergy_zones(text: str, sentence: Sentence) -> list[tuple[int, int]]:
    """Where a drug named is one that the patient does not bear."""
    zones: list[tuple[int, int]] = []
    for match in _before().finditer(text, sentence.start, sentence.end):
        cut = re.compile(
            r"[;\n]|\.\s|\b(?:but|however|so|and was|and is|therefore|started|switched|on)\b", re.I
        ).search(text, match.end(), min(sentence.end, match.end() + 200))
        zones.append((match.end(), cut.start() if cut else min(sentence.end, match.end() + 200)))
    for match in _after().finditer(text, sentence.start, sentence.end):
        # "sulfa allergy", "penicillin and sulfa allergies"
        start = max(sentence.start, match.start() - 40)
        cut = max(text.rfind(mark, start, match.start()) for mark in (".", ";", ":", "\n"))
        zones.append((max(start, cut + 1), match.start() + 1))
    return zones


def _allergy(text: str, start: int, end: int, mention: Mention | None, rule: str) -> Draft:
    before = text[max(0, start - 60) : start]
    intolerant = tables.pattern_in("drugs", "allergy", "intolerance").search(before + text[end : end + 14])
    return Draft(
        "allergy",
        start,
        end,
        mention.concept if mention else None,
        rule=rule,
        type="allergy",
        qualifiers=("intolerance",) if intolerant else (),
        assertion="present"
        if rule == "allergy.section" and not re.search(r"\b(?:no|not|denies|negative)\b", before, re.I)
        else None,
    )


def _allergens(
    page: Page, sentence: Sentence, mentions: Sequence[Mention], zones: Sequence[tuple[int, int]] | None = None
) -> None:
    for match in tables.pattern_in("drugs", "allergy", "allergens").finditer(page.text, sentence.start, sentence.end):
        if any(m.start < match.end() and match.start() < m.end for m in mentions):
            continue
        if zones is not None and not any(s <= match.start() < e for s, e in zones):
            continue
        known = next((m for m in sentence.mentions if m.start < match.end() and match.start() < m.end), None)
        page.add(_allergy(page.text, *match.span(), known, "allergy.section" if zones is None else "allergy.stated"))
