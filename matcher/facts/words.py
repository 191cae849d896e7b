"""The words of a text as the search for protocols' own terms cuts them."""

from __future__ import annotations

import re
import string
from collections.abc import Iterable, Iterator, Sequence
from functools import cache

from matcher.facts import tables
from matcher.facts.near import places
from matcher.terms import lexical
from matcher.terms.lexical import stem

Place = tuple[int, ...]
"""From, to; a third number where it is a part or a kind of the word ("antral" of "gastric")."""
Places = dict[str, list[Place]]
WORD = re.compile(r"[A-Za-z][A-Za-z0-9]*(?:['’-][A-Za-z0-9]+)*|\d+(?:\.\d+)?")
_STRETCH = frozenset(string.ascii_letters + string.digits + "'’.-")
"""All that a word may be made of."""


def words(text: str) -> set[str]:
    """The distinct words of a text as the search cuts them; none holds a space."""
    return set(WORD.findall(text))


def around(text: str, some: Iterable[str]) -> Iterator[tuple[int, str]]:
    """The words of all stretches that hold one of some, in order; no word reaches over the end of a stretch."""
    at = 0
    for place in sorted(place for word in some for place in places(text, word)):
        if place < at:
            continue
        start = place
        while start > at and text[start - 1] in _STRETCH:
            start -= 1
        at = place
        while at < len(text) and text[at] in _STRETCH:
            at += 1
        yield from ((match.start(), match.group()) for match in WORD.finditer(text, start, at))


@cache
def short() -> dict[str, tuple[str, ...]]:
    return {
        name: tuple(dict.fromkeys(map(stem, said.split()))) for name, said in tables.toml("search")["short"].items()
    }


def file(word: str, at: int, index: Places, upper: Places, endings: Sequence[str] = ()) -> None:
    """File a word of the note under its stems and endings; ``upper`` takes what may be an abbreviation."""
    span = (at, at + len(word))
    index.setdefault(stem(word), []).append(span)
    for ending in endings:
        if lexical.ends(word, (ending,)):
            index.setdefault("*" + ending, []).append(span)
    if 3 <= len(word) <= 6 and word.isupper():
        upper.setdefault(word, []).append(span)
    for part in short().get(word, ()):
        index.setdefault(part, []).append(span)
    if "-" in word:
        for part in word.split("-"):
            if part.lower() == "non":
                break
            if len(part) > 2 or part[-1:].isdigit():
                index.setdefault(stem(part), []).append((at, at + len(part)))
            at += len(part) + 1


def one_apart(a: str, b: str) -> bool:
    """Whether one letter was changed, left out, added or swapped with its neighbour."""
    if a == b or abs(len(a) - len(b)) > 1:
        return False
    at = 0
    while at < min(len(a), len(b)) and a[at] == b[at]:
        at += 1
    if len(a) == len(b):
        return a[at + 1 :] == b[at + 1 :] or (a[at + 2 :] == b[at + 2 :] and a[at : at + 2] == b[at : at + 2][::-1])
    longer, shorter = (a, b) if len(a) > len(b) else (b, a)
    return longer[at + 1 :] == shorter[at:]


def turned(denial: re.Pattern[str], text: str, after: int, term: str) -> bool:
    """Whether the words behind a term's head are denied of it ("hemorrhoids, which are not thrombosed")."""
    return denial.search(text, after) is not None and denial.search(term) is None
