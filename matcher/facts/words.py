"""The words of a text as the search for protocols' own terms cuts them."""

from __future__ import annotations

import re
import string
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from typing import TYPE_CHECKING

from matcher.facts import tables
from matcher.facts.near import places
from matcher.terms import lexical
from matcher.terms.lexical import stem

if TYPE_CHECKING:
    from matcher.terms import Terminology

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


@cache
def denial() -> re.Pattern[str]:
    """A word that denies."""
    return re.compile(rf"(?<!\bwith and )(?<!\bwith or )\b(?:{'|'.join(tables.toml('search')['denial'])})\b", re.I)


@cache
def doubt() -> re.Pattern[str]:
    """A word that denies, or that only suspects."""
    return re.compile(rf"\b(?:{'|'.join((*tables.toml('search')['denial'], *tables.toml('search')['doubt']))})\b", re.I)


def turned(text: str, after: int, term: str) -> bool:
    """Whether the words behind a term's head are denied of it ("hemorrhoids, which are not thrombosed")."""
    return denial().search(text, after) is not None and denial().search(term) is None


def narrower(stems: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
    """What is a part or a kind of the words, or of two of them beside each other."""
    found: dict[str, tuple[str, ...]] = {}
    for start, end in lexical.wholes(stems):
        names, endings = lexical.parts(stems[start:end])
        own = (*sorted(names - set(stems)), *("*" + ending for ending in endings))
        for word in stems[start:end]:
            found[word] = tuple(dict.fromkeys((*found.get(word, ()), *own)))
    return found


def initials(words: Sequence[str], terminology: Terminology | None) -> dict[str, tuple[str, ...]]:
    """Runs of three words and more by their first letters: "Global Assessment of Functioning" is GAF. Not letters that
    the terminology knows: "CAD" is no carotid artery dissection."""
    found: dict[str, tuple[str, ...]] = {}
    plain = [word for word in words if word.isalpha()]
    for start in range(len(plain)):
        for end in range(start + 3, min(len(plain), start + 5) + 1):
            run = plain[start:end]
            letters = "".join(word[0] for word in run).upper()
            if terminology is None or not terminology.find(letters):
                found.setdefault(letters, tuple(dict.fromkeys(map(stem, run))))
    return found
