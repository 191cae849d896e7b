"""Abbreviations that a text defines: in "cyclophosphamide (CP)" CP is the drug, wherever else it stands in the text.

The long form is found as Schwartz and Hearst do (Pac Symp Biocomput 2003): the letters of the short one in order, the
first at the beginning of a word, in the words right before the bracket.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from matcher.terms import keys
from matcher.terms.find import Hit
from matcher.terms.lexical import stem

if TYPE_CHECKING:
    from matcher.terms import Terminology

_SHORT = re.compile(r"\((?P<short>[A-Za-z][A-Za-z0-9]{1,7})(?:s(?=[);,]))?[);,]")
_FIRST = re.compile(r"\b(?P<short>[A-Z][A-Za-z0-9]{1,7})\s\((?P<long>[A-Za-z][^()\n]{4,80})\)")
_TOKEN = re.compile(r"(?<![\w-])[A-Za-z][A-Za-z0-9]{1,8}(?![\w]|-\d)")
_WORD = re.compile(r"[A-Za-z0-9]+")
_BREAK = re.compile(r"[.;:\n()]")
_BACK = 120
"""Characters before a bracket in which the long form may stand."""
_WHOLE = 0.75
"""Share of a long form that one term must cover to be its meaning."""


def read(terminology: Terminology, text: str, found: list[Hit]) -> list[Hit]:
    """The hits of a text, where abbreviations that it defines mean what it says they do."""
    forms = _forms(text) if "(" in text else {}
    if not forms:
        return found
    meant = {short: _meaning(terminology, text, found, short, *long) for short, long in forms.items()}
    return _told(text, found, meant)


def names(text: str) -> frozenset[str]:
    """The abbreviations that a text defines."""
    return frozenset(_forms(text)) if "(" in text else frozenset()


def _forms(text: str) -> dict[str, tuple[int, int]]:
    """Each abbreviation with the place of its long form; the first definition counts."""
    forms: dict[str, tuple[int, int]] = {}
    for match in _SHORT.finditer(text):
        short = match["short"]
        if short in forms or not _is_short(short, True):
            continue
        low = max(0, match.start() - _BACK)
        before = text[low : match.start()].rstrip()
        cut = max((m.end() for m in _BREAK.finditer(before)), default=0)
        if not _is_short(short) and not _initials(short, before[cut:]):
            continue
        start = _long(short, before[cut:])
        if start is not None:
            forms[short] = low + cut + start, low + len(before)
    for match in _FIRST.finditer(text):
        short, long = match["short"], match["long"]
        if short not in forms and _is_short(short) and _long(short, long) == 0:
            forms[short] = match.span("long")
    return forms


def _is_short(word: str, plain: bool = False) -> bool:
    """``plain``: even one that is a word as well ("AS"), where all of it is in capitals."""
    return sum(map(str.isupper, word)) >= 2 and (word.lower() not in keys.plain_words() or (plain and word.isupper()))


def _initials(short: str, before: str) -> list[re.Match[str]]:
    """The last words before a bracket, where the abbreviation is their initials."""
    words = list(_WORD.finditer(before))[-len(short) :]
    same = len(words) == len(short) and all(
        w.group()[0].lower() == c.lower() for w, c in zip(words, short, strict=True)
    )
    return words if same else []


def _long(short: str, before: str) -> int | None:
    """Where the long form begins in the words before a bracket."""
    if words := _initials(short, before):
        return words[0].start()
    at = len(before)
    for place in range(len(short) - 1, -1, -1):
        letter = short[place].lower()
        at = before.lower().rfind(letter, 0, at)
        while place == 0 and at > 0 and before[at - 1].isalnum():
            at = before.lower().rfind(letter, 0, at)
        if at < 0:
            return None
    long = before[at:]
    if len(long) <= len(short) or len(_WORD.findall(long)) > min(len(short) + 5, 2 * len(short)):
        return None
    return at


def _meaning(
    terminology: Terminology, text: str, found: Sequence[Hit], short: str, start: int, end: int
) -> tuple[str, ...] | None:
    """The ids of an abbreviation by its long form; none where it means what no table has; None: it is left as it is."""
    inside = [hit for hit in found if hit.start < end and start < hit.end]
    whole = max(inside, key=lambda hit: hit.end - hit.start, default=None)
    if whole is not None and min(whole.end, end) - max(whole.start, start) >= _WHOLE * (end - start):
        chosen = terminology.resolve(whole, text)
        return () if chosen is None else (chosen,)
    own = set(terminology.lookup(short)) | {id for _, id in terminology.senses(short) if id is not None}
    near = {id for hit in inside for id in hit.ids}
    said = {stem(word) for word in _WORD.findall(text[start:end]) if len(word) > 2}
    for id in sorted(own):
        name = {stem(word) for word in _WORD.findall(terminology.concept(id).name)}
        if id in near or 2 * len(said & name) >= len(said):
            return None
    return ()


def _told(text: str, found: Sequence[Hit], meant: dict[str, tuple[str, ...] | None]) -> list[Hit]:
    places = {(hit.start, hit.end): hit for hit in found}
    starts = [hit.start for hit in found]
    for start, end, ids in _places(text, meant):
        if (start, end) in places:
            del places[start, end]
        else:
            at = bisect_left(starts, end) - 1
            if at >= 0 and found[at].end > start:
                continue  # part of a longer term
        if ids:
            places[start, end] = Hit(start, end, ids, sure=True)
    return sorted(places.values())


def _places(text: str, meant: dict[str, tuple[str, ...] | None]) -> Iterator[tuple[int, int, tuple[str, ...]]]:
    """Where abbreviations of a known meaning stand, also in the plural."""
    for match in _TOKEN.finditer(text):
        word = match.group()
        ids = meant.get(word)
        if ids is None and word[-1] == "s":
            ids = meant.get(word[:-1])
        if ids is not None:
            yield match.start(), match.end(), ids
