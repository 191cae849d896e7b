"""Words held against each other beside the terminology: stems, words of one meaning, parts and kinds."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache, lru_cache
from typing import Any

from matcher import resources

_WORD = re.compile(r"[A-Za-z][A-Za-z0-9]*(?:['’][A-Za-z]+)?")
_ANY = "*"
_REACH, _BEFORE, _BEHIND = 60, 4, 3
"""Characters and words beside a thing in which its adjectives stand."""


@cache
def _table() -> dict[str, Any]:
    return resources.toml("terms/lexical")


@lru_cache(maxsize=65536)
def stem(word: str) -> str:
    """A light stem: plural, participle, adjective and adverb endings, British spelling; words of one meaning meet."""
    text = _plain(word)
    same = _same()
    known = same.get(text)
    if known is None:
        text = _light(text)
        known = same.get(text)
    return text if known is None else known


def _plain(word: str) -> str:
    return word.lower().replace("’", "'").removesuffix("'s")


def _light(text: str) -> str:
    if text[:1].isdigit() or len(text) < 4:
        return text
    text = _spelt(text)
    for ending, instead, shortest in _endings().get(text[-1], ()):
        if text.endswith(ending) and len(text) >= shortest:
            return text[: len(text) - len(ending)] + instead
    return text


def _spelt(text: str) -> str:
    return text.replace("ae", "e").replace("oe", "e") if len(text) > 5 else text


@cache
def kept() -> int:
    """How many letters at its beginning a word shares with its stem, if it has so many."""
    found = 3
    for ending, instead, least in _table()["endings"]:
        same = next((at for at, pair in enumerate(zip(ending, instead, strict=False)) if len(set(pair)) > 1), None)
        found = min(found, least + (min(len(ending), len(instead)) if same is None else same))
    return found


def beginnings(word: str) -> tuple[str, str]:
    """The `kept` letters of a word, as written and as its stem has them; words of one meaning are apart (`alike`)."""
    text = _plain(word)
    return text[: kept()], _spelt(text)[: kept()]


@cache
def _endings() -> dict[str, tuple[tuple[str, str, int], ...]]:
    """By its last letter: an ending, what takes its place, the least length of a word that loses it."""
    found: dict[str, list[tuple[str, str, int]]] = {}
    for ending, instead, least in _table()["endings"]:
        found.setdefault(ending[-1], []).append((ending, instead, len(ending) + least))
    return {letter: tuple(rows) for letter, rows in found.items()}


@cache
def _same() -> dict[str, str]:
    """Words and their stems to the first word of their row."""
    found: dict[str, str] = {}
    for row in _table()["same"]:
        for word in row:
            found.setdefault(word, "=" + row[0])
            found.setdefault(_light(word), "=" + row[0])
    return found


def alike(stems: Iterable[str]) -> list[str]:
    """Words, as written or cut, that `stem` leads to one of some stems of several words."""
    some = frozenset(stems)
    return [word for word, first in _same().items() if first in some]


@cache
def _wholes() -> dict[tuple[str, ...], tuple[str, ...]]:
    """Stems of a whole to its parts as they are written: words, or "*" with an ending."""
    found: dict[tuple[str, ...], tuple[str, ...]] = {}
    for row in _table()["parts"]:
        for name in row["whole"]:
            key = tuple(map(stem, name.split()))
            found[key] = (*found.get(key, ()), *row["of"])
    return found


@cache
def parts(whole: tuple[str, ...]) -> tuple[frozenset[str], tuple[str, ...]]:
    """The stems and the endings of words that are a part or a kind of ``whole``, given by its stems."""
    names: set[str] = set()
    endings: set[str] = set()
    ask = [whole]
    while ask:
        for part in _wholes().get(ask.pop(), ()):
            if part.startswith(_ANY):
                endings.add(part[1:])
            elif (key := stem(part)) not in names:
                names.add(key)
                ask.append((key,))
    return frozenset(names - set(whole)), tuple(sorted(endings))


@cache
def places() -> frozenset[str]:
    """Stems of words that only name a place of the body."""
    return frozenset(map(stem, _table()["places"]))


@cache
def implied() -> dict[str, frozenset[str]]:
    """A stem to those beside one of which it says nothing more ("joint" of a knee joint)."""
    found: dict[str, frozenset[str]] = {}
    for row in _table()["implied"]:
        for word in row["words"]:
            found[stem(word)] = found.get(stem(word), frozenset()) | frozenset(map(stem, row["by"]))
    return found


@cache
def against() -> dict[str, frozenset[str]]:
    """A stem to the stems of the words that speak against it: the other side, the other degree, the other approach."""
    found: dict[str, frozenset[str]] = {}
    for group in _table()["against"]:
        rows = [frozenset(map(stem, row)) for row in group]
        for row in rows:
            others = frozenset().union(*(other for other in rows if other is not row)) - row
            for word in row:
                found[word] = found.get(word, frozenset()) | others
    return found


def words(text: str) -> list[str]:
    """The words of a text, of two joined by a hyphen each."""
    return _WORD.findall(text)


@cache
def _cut() -> re.Pattern[str]:
    return re.compile(rf"[,;:.()\n]|\b(?:{'|'.join(_table()['joins'])})\b", re.IGNORECASE)


def beside(text: str, start: int, end: int) -> list[str]:
    """The words in front of and behind a place of a text that are said of what stands there."""
    before = _cut().split(text[max(0, start - _REACH) : start])[-1]
    behind = _cut().split(text[end : end + _REACH], maxsplit=1)[0]
    return [*_WORD.findall(before)[-_BEFORE:], *_WORD.findall(behind)[:_BEHIND]]


@lru_cache(maxsize=4096)
def only_a_place(text: str) -> bool:
    """Whether a text names a place of the body and nothing else ("the right elbow")."""
    stems = [stem(word) for word in _WORD.findall(text) if len(word) > 3 or stem(word) in places()]
    return bool(stems) and places().issuperset(stems)


def wholes(stems: tuple[str, ...]) -> Iterable[tuple[int, int]]:
    """Where one or more neighbouring stems are a whole that has parts: from, to."""
    for at in range(len(stems)):
        for end in range(at + 1, min(at + 3, len(stems)) + 1):
            if stems[at:end] in _wholes():
                yield at, end


@lru_cache(maxsize=16384)
def ends(word: str, endings: tuple[str, ...]) -> bool:
    """Whether a word, or its plural, has one of the endings."""
    text = word.lower().removesuffix("s")
    text = text[:-2] + "y" if text.endswith("ie") else text
    return len(text) > 6 and text.endswith(endings)


def told(asked: Iterable[str], text: str) -> bool:
    """Whether a text says every one of the words: the word, one of its meaning, or a part or kind of it."""
    return says(tuple(asked), *spoken(text))


def spoken(text: str) -> tuple[list[str], frozenset[str]]:
    """The words of a text, and their stems: what `says` asks."""
    words = _WORD.findall(text)
    return words, frozenset(map(stem, words))


def says(asked: tuple[str, ...], words: list[str], said: frozenset[str]) -> bool:
    """`told` of a text whose words and stems are known."""
    stems, found = _asked(asked)
    missing = {at for at, one in enumerate(stems) if one not in said}
    for start, end in found if missing else ():
        if missing.isdisjoint(range(start, end)):
            continue
        names, endings = parts(stems[start:end])
        if not said.isdisjoint(names) or (endings and any(ends(word, endings) for word in words)):
            missing.difference_update(range(start, end))
    return bool(stems) and not missing


@lru_cache(maxsize=8192)
def _asked(names: tuple[str, ...]) -> tuple[tuple[str, ...], tuple[tuple[int, int], ...]]:
    """The stems of names, and where they are wholes that have parts."""
    stems = tuple(stem(word) for name in names for word in _WORD.findall(name))
    return stems, tuple(wholes(stems))


_SPELT = r"del(?:etions?|eted)?|ins(?:ertions?|erted)?|dup(?:lications?)?"
EXON = re.compile(
    rf"(?i:\b(?:[a-z]{{3,5}})?(?:exon|ex)[\s.-]?(?P<n>\d{{1,2}})(?:[\s-]?(?P<what>skipping|mutations?|{_SPELT}))?s?(?!\w)"
    rf"|\b(?P<before>{_SPELT})[\s-]?(?:(?:in|of)\s)?(?:exon\s?|ex\s?|e)?(?P<m>\d{{1,2}})(?![\w(;:]))"
)
"""A change of an exon: "exon 19 deletion", "ex19del", "del19"."""
_CHANGES = {"del": " deletion", "ins": " insertion", "dup": " duplication", "ski": " skipping"}


def exon(match: re.Match[str]) -> str:
    """A change of an exon in one spelling: "exon 19 deletion"; without its kind where none is told."""
    what = (match["what"] or match["before"] or "").lower()
    return f"exon {match['n'] or match['m']}{_CHANGES.get(what[:3], '')}"
