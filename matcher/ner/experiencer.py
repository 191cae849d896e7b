"""Whose disease it is: relatives, donors and contacts, told apart from those who only report."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from matcher.model import Span
from matcher.ner import cues
from matcher.ner.cues import Hit, Words

_REACH = 40
_WINDOW = 10
_ON = 6
"""Words from "on" to the disease that a relative takes something for."""


@dataclass(frozen=True, slots=True)
class Person:
    """Someone named in a sentence: words ``i`` to ``j``; what follows the link at ``link`` is theirs."""

    name: str
    family: bool
    i: int
    j: int
    link: int | None
    """First word after the link ("mother had |"), None where no link follows."""
    weak: bool
    back: bool
    """A link stands before: "breast cancer in her mother"."""
    informant: bool


_ARTICLES = (["a"], ["an"])


def people(words: Words, inside: Sequence[bool]) -> list[Person]:
    """The people of a sentence, in order."""
    trie, names = cues.relations()
    links = cues.links()
    found: list[Person] = []
    tokens = words.words
    end = 0
    for i in cues.beginnings(trie, tokens, inside):
        best = cues.longest(trie, tokens, i, inside) if i >= end else None
        if best is not None:
            end = best[0]
            name, family = names[best[1][0].name]
            found.append(_person(tokens, i, end, name, family, links, inside))
    return found


def _person(
    tokens: Sequence[str], i: int, j: int, name: str, family: bool, links: dict[str, Any], inside: Sequence[bool]
) -> Person:
    at = j + 1 if j < len(tokens) - 1 and tokens[j] == "," and tokens[j + 1] in ("who", "also") else j
    tells = cues.longest(links["informant"], tokens, at, inside)
    link = _past_adverbs(tokens, at, links["after"], inside) or cues.longest(links["after"], tokens, at, inside)
    if link is None and tells is None:  # "both brothers at home are sick with"
        link = _later(tokens, at, links["after"], inside)
    informant = tells is not None and (link is None or tells[0] >= link[0])
    weak = link is not None and (not tokens[link[0] - 1].isalpha() or tokens[link[0] - 1] in cues.persons("weak"))
    possessive = tokens[j - 1].endswith("'s")
    before = tokens[max(0, i - 5) : i][::-1]
    back = cues.longest(links["before"], before, 0) is not None
    return Person(
        name, family, i, j, j if possessive else (link[0] if link and not informant else None), weak, back, informant
    )


def _past_adverbs(tokens: Sequence[str], at: int, trie: cues.Trie, inside: Sequence[bool]) -> tuple[int, Any] | None:
    """A link with adverbs before or inside it: "mother was recently diagnosed with", "brother died suddenly of"."""
    places = [
        k
        for k in range(at, min(at + _WINDOW, len(tokens)))
        if inside[k] or not (tokens[k].endswith("ly") or tokens[k] in cues.persons("adverbs"))
    ]
    if len(places) == min(_WINDOW, len(tokens) - at):
        return None
    link = cues.longest(trie, [tokens[k] for k in places], 0, [inside[k] for k in places])
    if link is None or places[link[0] - 1] == at + link[0] - 1:
        return None
    return places[link[0] - 1] + 1, link[1]


def _later(tokens: Sequence[str], at: int, trie: cues.Trie, inside: Sequence[bool]) -> tuple[int, Any] | None:
    """A link up to three words on, if it is one of several words or a verb of having."""
    for k in range(at, min(at + 3, len(tokens) - 1)):
        if (
            inside[k]
            or not tokens[k].isalpha()
            or tokens[k] in cues.persons("pronouns")
            or tokens[k] in cues.persons("joins")
        ):
            return None
        link = cues.longest(trie, tokens, k + 1, inside)
        if link and (link[0] - k > 2 or tokens[k + 1] in ("had", "has", "have")):
            return link
    return None


def turns_to_patient(words: Words, persons: Sequence[Person]) -> bool:
    """Does a later sentence of a family history speak of the patient: "The patient denies …", "She was treated …"?"""
    if persons or "family" in words.words:
        return False
    return bool(cues.persons("subjects").intersection(words.words[:2]))


def who(
    words: Words,
    i: int,
    j: int,
    persons: Sequence[Person],
    history: Any,
    hits: Sequence[Hit],
    in_family_section: bool,
) -> tuple[str, Span | None]:
    """Whose the mention at words ``i`` to ``j`` is, and the words that say so."""
    tokens = words.words
    some = _nearby(persons, i, j)
    if in_family_section or history is not None:
        return _in_family_history(words, i, j, some, history, hits)
    before = [p for p in some if p.j <= i]
    if before:
        person = before[-1]
        if person.informant:
            return "patient", None
        if any(p.informant and person.name in cues.told_of(p.name) for p in before[:-1]):
            return "patient", None  # "daughter says mom had a stroke": the patient is the mother
        if person.family and _denies(tokens, person, i, hits):
            return person.name, _span(words, person)
        direct = person.family and (i == person.j or tokens[person.j : i] in _ARTICLES)  # "father an alcoholic"
        strong = person.link is not None and person.link <= i and not (person.weak and i - person.link > 1)
        strong = strong or _treated(tokens, person, i)
        sign = person.weak and not tokens[person.j].isalpha()  # "Mother: asthma", but not "per mother, vomiting"
        if (direct or (strong and not (sign and person.i > 0))) and not _broken(tokens, person.j, i):
            return person.name, _span(words, person)
    after = next((p for p in some if p.i >= j), None)
    if after and cues.persons("bearing").issuperset(tokens[j : after.i] or tokens[j - 1 : j]):
        return after.name, _span(words, after)
    if after and after.back and after.i - j <= 8 and not _broken(tokens, j, after.i):
        between = tokens[j : after.i]
        if not any(t in (",", "with") for t in between) or tokens[after.i - 1] == "(":
            return after.name, _span(words, after)
    return "patient", None


def _treated(tokens: Sequence[str], person: Person, i: int) -> bool:
    """ "Mother on dialysis for ADPKD": what a relative is treated for."""
    link = person.link
    return link is not None and tokens[link - 1] == "on" and 1 < i - link < _ON and tokens[i - 1] in ("for", "of")


def _denies(tokens: Sequence[str], person: Person, i: int, hits: Sequence[Hit]) -> bool:
    """Whether a relative is the subject of the denial before word ``i``: "both siblings are well without asthma"."""
    if not cues.persons("determiners").issuperset(tokens[: person.i]) or _broken(tokens, person.j, i):
        return False
    stated, denying = cues.persons("stated"), cues.persons("denying")
    return any(
        hit.rule.category == "absent"
        and hit.rule.forward
        and person.j <= hit.i
        and hit.j <= i
        and all(token in stated or token.endswith("ly") for token in tokens[person.j : hit.i])
        and denying.issuperset(tokens[hit.i : hit.j])
        for hit in hits
    )


def _span(words: Words, person: Person) -> Span:
    return Span(words.starts[person.i], words.ends[person.j - 1])


def _nearby(persons: Sequence[Person], i: int, j: int) -> Sequence[Person]:
    """Those named within reach of the words ``i`` to ``j``."""
    first = bisect_left(persons, i - _REACH, key=lambda p: p.j)
    last = bisect_left(persons, j + _REACH, key=lambda p: p.i)
    return persons[first:last]


def _in_family_history(
    words: Words, i: int, j: int, persons: Sequence[Person], history: Any, hits: Sequence[Hit]
) -> tuple[str, Span | None]:
    tokens = words.words
    near = next((p for p in persons if p.back and 0 <= p.i - j <= 2 and tokens[p.i - 1] == "("), None)
    if near is None:
        near = next((p for p in reversed(persons) if p.j <= i and ";" not in tokens[p.j : i]), None)
    cue = Span(words.starts[history.hit.i], words.ends[history.hit.j - 1]) if history is not None else None
    if near is None and history is None:
        first = bisect_left(hits, i - _REACH, key=lambda h: h.j)
        for hit in hits[first:]:
            if hit.j > i:
                break
            if hit.rule.category == "patient":
                return "patient", None
    if near is None:
        near = next((p for p in persons if p.i >= j and ";" not in tokens[j : p.i]), None)
    if near is None:
        return "family", cue
    return near.name, cue or _span(words, near)


def _broken(tokens: Sequence[str], start: int, end: int) -> bool:
    """Does the sentence turn to someone else between these words?"""
    for k in range(start, end):
        if tokens[k] in cues.persons("breaks"):
            return True
        if tokens[k] in cues.persons("pronouns") and k > start and tokens[k - 1] in cues.persons("turns"):
            return True
    return False
