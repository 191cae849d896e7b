"""Whose disease it is: relatives, donors and contacts, told apart from those who only report."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from matcher.model import Span

from . import cues
from .cues import Hit, Words

# links that mean something only right before a mention
_WEAK = frozenset({"is", "are", "was", "were", "on", "takes", "died"})
_REACH = 40
_BREAKS = frozenset({";", "but", "whereas", "while"})
_PRONOUNS = frozenset({"she", "he", "patient", "pt", "they", "i"})


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


def people(words: Words, inside: Sequence[bool]) -> list[Person]:
    """The people of a sentence, in order."""
    trie, names = cues.relations()
    links = cues.links()
    found: list[Person] = []
    tokens = words.words
    i = 0
    while i < len(tokens):
        best = cues.longest(trie, tokens, i, inside) if tokens[i] in trie and not inside[i] else None
        if best is None:
            i += 1
            continue
        j = best[0]
        name, family = names[best[1][0].name]
        found.append(_person(tokens, i, j, name, family, links, inside))
        i = j
    return found


def _person(
    tokens: Sequence[str], i: int, j: int, name: str, family: bool, links: dict[str, Any], inside: Sequence[bool]
) -> Person:
    at = j + 1 if j < len(tokens) - 1 and tokens[j] == "," and tokens[j + 1] in ("who", "also") else j
    link = cues.longest(links["after"], tokens, at, inside)
    tells = cues.longest(links["informant"], tokens, at, inside)
    informant = tells is not None and (link is None or tells[0] >= link[0])
    weak = link is not None and (not tokens[link[0] - 1].isalpha() or tokens[link[0] - 1] in _WEAK)
    possessive = tokens[j - 1].endswith("'s")
    before = tokens[max(0, i - 5) : i][::-1]
    back = cues.longest(links["before"], before, 0) is not None
    return Person(
        name, family, i, j, j if possessive else (link[0] if link and not informant else None), weak, back, informant
    )


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
    if in_family_section or history is not None:
        return _in_family_history(words, i, j, persons, history, hits)
    for person in reversed(persons):
        if person.j > i or i - person.j > _REACH:
            continue
        if person.informant:
            return "patient", None
        direct = i == person.j and person.family
        strong = person.link is not None and person.link <= i and not (person.weak and i - person.link > 1)
        if (direct or strong) and not _broken(tokens, person.j, i):
            first = person.weak and not tokens[person.j].isalpha() and person.i > 2
            if not first:
                return person.name, Span(words.starts[person.i], words.ends[person.j - 1])
        break
    for person in persons:
        if person.i >= j:
            if person.back and person.i - j <= 8 and not _broken(tokens, j, person.i):
                if not any(t in (",", "with") for t in tokens[j : person.i]) or tokens[person.i - 1] == "(":
                    return person.name, Span(words.starts[person.i], words.ends[person.j - 1])
            break
    return "patient", None


def _in_family_history(
    words: Words, i: int, j: int, persons: Sequence[Person], history: Any, hits: Sequence[Hit]
) -> tuple[str, Span | None]:
    tokens = words.words
    near: Person | None = None
    for person in persons:
        if person.j <= i and not any(t == ";" for t in tokens[person.j : i]):
            near = person
    cue = Span(words.starts[history.hit.i], words.ends[history.hit.j - 1]) if history is not None else None
    if near is None and history is None:
        for hit in hits:
            if hit.rule.category == "patient" and hit.j <= i:
                return "patient", None
    if near is None:
        near = next((p for p in persons if p.i >= j and not any(t == ";" for t in tokens[j : p.i])), None)
    if near is None:
        return "family", cue
    return near.name, cue or Span(words.starts[near.i], words.ends[near.j - 1])


def _broken(tokens: Sequence[str], start: int, end: int) -> bool:
    """Does the sentence turn to someone else between these words?"""
    for k in range(start, end):
        if tokens[k] in _BREAKS:
            return True
        if tokens[k] in _PRONOUNS and k > start and tokens[k - 1] in (",", "and", "the", "that", "but"):
            return True
    return False
