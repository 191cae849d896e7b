"""Which sense of an ambiguous term a text means: by the cue words around it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import cache, lru_cache

from matcher import resources
from matcher.patterns import by_first_letter
from matcher.terms.curated import Sense

Meant = tuple[Sense, str | None]
"""A sense with its concept, None where it has none."""
_RINGS = (60, 200, 600)
"""Characters on either side that are looked at, in this order: the nearest cue decides."""
FARTHEST = _RINGS[-1]


def choose(senses: Sequence[Meant], before: str, after: str) -> Meant | None:
    """The sense whose cue words stand nearest; without any, the one that is marked as default; else None."""
    wide = f"{before[-FARTHEST:]} \n {after[:FARTHEST]}"
    live = [_may_hold(wide, sense.context) for sense, _ in senses]
    for ring in _RINGS if any(live) else ():
        near = f"{before[-ring:]} \n {after[:ring]}"
        counts = [_count(sense.context, near) if alive else 0 for (sense, _), alive in zip(senses, live, strict=True)]
        best = max(counts, default=0)
        if best and counts.count(best) == 1:
            return senses[counts.index(best)]
    if any(live) and (nearest := _nearest(senses, before[-_RINGS[0] :], after[: _RINGS[0]])) is not None:
        return nearest
    first = senses[0] if senses else None
    if first and (first[0].default or (len(senses) == 1 and not first[0].context)):
        return first
    return None


def _nearest(senses: Sequence[Meant], before: str, after: str) -> Meant | None:
    """Of senses that have as many cue words about them the one whose cue stands next."""
    found: list[tuple[int, int]] = []
    for at, (sense, _) in enumerate(senses):
        pattern = _pattern(sense.context)
        apart = [m.start() for m in pattern.finditer(after)] if pattern else []
        apart += [len(before) - m.end() for m in pattern.finditer(before)] if pattern else []
        if apart:
            found.append((min(apart), at))
    found.sort()
    return senses[found[0][1]] if len(found) > 1 and found[0][0] < found[1][0] else None


def choose_or_only(senses: Sequence[Meant], before: str, after: str) -> Meant | None:
    """As `choose`, for an abbreviation among the other words of a term: an only sense needs no cue."""
    return choose(senses, before, after) or (senses[0] if len(senses) == 1 else None)


def _may_hold(text: str, cues: tuple[str, ...]) -> bool:
    """Whether a text may hold one of the cues, told without a search."""
    if not text.isascii():
        return True  # other letters may stand for one in another case
    low = text.lower()
    return any(cue in low for cue in _small(cues))


@lru_cache(maxsize=8192)
def _small(cues: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(sorted({cue.lower().removeprefix("^") for cue in cues}))


@lru_cache(maxsize=8192)
def _pattern(cues: tuple[str, ...]) -> re.Pattern[str] | None:
    if not cues:
        return None
    ordered = sorted(cues, key=len, reverse=True)
    words = _any(cue for cue in ordered if not _capitals(cue))
    shorts = _any(cue for cue in ordered if _capitals(cue))
    parts = [f"(?i:{words})"] * bool(words) + [shorts] * bool(shorts)
    return re.compile("|".join(parts))


def _any(cues: Iterable[str]) -> str:
    """A word begins a word; a sign ("% on") may stand behind a number; with "^" it stands right behind the term."""
    begun: list[str] = []
    signs: list[str] = []
    for cue in cues:
        if cue.startswith("^"):
            signs.append(r"(?<=\n )" + re.escape(cue[1:]))
            continue
        (begun if cue[:1].isalnum() else signs).append(re.escape(cue) + _end(cue))
    return "|".join([rf"(?<![^\W_])(?:{by_first_letter(begun)})"] * bool(begun) + signs)


def _capitals(cue: str) -> bool:
    """An abbreviation is a cue as it is written only: "AS" is not the word "as"."""
    return len(cue) <= 4 and cue.isupper()


def _end(cue: str) -> str:
    """A stem ("thromb") may go on; a short word is whole ("PR" is not in "pregnancy")."""
    return r"(?![^\W_])" if cue[-1:].isalnum() and (len(cue) <= 3 or _capitals(cue)) else ""


def _count(cues: tuple[str, ...], near: str) -> int:
    pattern = _pattern(cues) if _may_hold(near, cues) else None
    return len({match.lower() for match in pattern.findall(near)}) if pattern else 0


@cache
def _kind_cues() -> dict[str, tuple[re.Pattern[str], re.Pattern[str]]]:
    return {
        kind: (re.compile(cues["before"] + r"\s*\Z", re.I), re.compile(r"\s*" + cues["after"], re.I))
        for kind, cues in resources.toml("terms/kind_cues").items()
    }


def choose_kind(kinds: Sequence[str], before: str, after: str) -> int | None:
    """Which of several kinds one word is here ("potassium 4.1" or "potassium 20 mEq daily"); None: no cue."""
    fitting = []
    for place, kind in enumerate(kinds):
        cues = _kind_cues().get(kind)
        if cues and (cues[0].search(before[-40:]) or cues[1].match(after[:40])):
            fitting.append(place)
    return fitting[0] if fitting else None
