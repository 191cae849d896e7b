"""Taking part in other research."""

from __future__ import annotations

from dataclasses import replace

from matcher.criteria.chunks import Chunk
from matcher.criteria.lexicon import lexicon
from matcher.criteria.turns.turn import Context, walked

_NAMES = frozenset({"term", "word", "behaviour", "qualifier", "leaf"})
_FAR = 12
"""Chunks that a turn of phrase looks ahead."""


def trials(row: list[Chunk], context: Context) -> list[Chunk]:
    """ "Another smoking cessation trial": taking part in research, whatever it studies."""
    known = lexicon().turns["trial"]
    out: list[Chunk] = []
    for chunk in row:
        out.append(chunk)
        if chunk.kind != "trial" and (chunk.kind != "word" or chunk.low not in known):
            continue
        back = len(out) - 2
        while back >= 0 and back > len(out) - 6 and out[back].kind in _NAMES:
            back -= 1
        opening = out[back] if 0 <= back < len(out) - 2 else None
        if opening is None or opening.kind != "scaffold":
            continue
        if opening.low.split()[-1] in ("another", "other") or opening.low.endswith("part in"):
            start = back if chunk.kind == "trial" else back + 1
            out[start:] = [Chunk("trial", out[start].start, chunk.end, low=chunk.low)]
    return out


def taking_part(row: list[Chunk], context: Context) -> list[Chunk]:
    """ "Already participating in other diagnostic studies": the taking part and the trial are one."""
    known = lexicon().turns["taking_part"]
    out: list[Chunk] = []
    for chunk in row:
        if chunk.kind == "trial":
            _drawn_in(out, chunk, known)
        while chunk.kind == "trial":
            tie = len(out) - 1
            while tie > 0 and out[tie].kind == "scaffold" and out[tie].low not in ("in", "of"):
                tie -= 1  # "in | another | trial"
            if tie < 1 or out[tie].low not in ("in", "of") or out[tie - 1].low not in known:
                break
            chunk = replace(chunk, start=out[tie - 1].start)
            del out[tie - 1 :]
        out.append(chunk)
    return out


def _drawn_in(out: list[Chunk], trial: Chunk, known: frozenset[str]) -> None:
    """What stands apart from its trial put beside it: "participated, within 30 days, in | a trial", "enrolled in, or
    discontinued within 30 days from, | a trial"."""
    kinds = [c.kind for c in out]
    if kinds[-4:-1] == ["comma", "window", "comma"] and out[-1].low in ("in", "of") and out[-5].low in known:
        out[-5:] = [out[-3], out[-5], out[-1]]
        return
    ended = kinds[-1:] == ["comma"] and kinds.count("conjunction") and out[-2].kind in ("window", "head")
    if not ended:
        return
    joint = len(kinds) - 1 - kinds[::-1].index("conjunction")
    first = joint - 1 - (kinds[joint - 1] == "comma")
    if first < 1 or out[first].low not in ("in", "of") or out[first - 1].low not in known:
        return
    within = [c for c in out[joint + 1 : -1] if c.kind == "window"]
    out[first - 1 :] = [replace(trial, start=out[first - 1].start, end=out[first].end), out[joint], *within]


def trial_of(row: list[Chunk], context: Context) -> list[Chunk]:
    """ "Another clinical trial with an investigational drug": what the other trial tests is part of it."""
    known = lexicon().turns

    def step(at: int, out: list[Chunk]) -> int:
        if row[at].kind != "trial" or at + 2 >= len(row) or row[at + 1].low.split()[:1] == []:
            return 0
        if row[at + 1].low.split()[0] not in known["trial_tie"]:
            return 0
        if row[at + 1].low.split()[0] in known["trial_clause"]:
            stop = next((i for i in range(at + 1, len(row)) if row[i].kind in _CLAUSE_ENDS), len(row))
            if not any(_about_person(c) for c in row[at + 1 : stop]):
                context.left_out(row[at + 1 : stop])  # "that has not completed the primary endpoint"
                out.append(row[at])
                return stop
        end = at + 2
        while end < len(row) and end < at + _FAR and row[end].kind == "scaffold":
            end += 1
        if (listed := _products(row, end)) > end and row[at + 1].low.split()[0] in known["trial_tie"]:
            context.left_out(row[at + 1 : listed])
            out.append(row[at])
            return listed
        if row[at + 1].low.split()[0] in known["trial_on"] and (studied := _studied(row, at + 2)) > at + 2:
            out.append(replace(row[at], end=row[studied - 1].end))
            return studied
        if end >= len(row) or not set(row[end].low.split()) & known["tested"]:
            return 0
        last = end + 1
        while last < len(row) and last < end + 3 and row[last].low and set(row[last].low.split()) <= known["product"]:
            last += 1
        out.append(replace(row[at], end=row[last - 1].end))
        return last

    return walked(row, step)


_CLAUSE_ENDS = frozenset({"comma", "semicolon", "stop", "window", "when"})


def _about_person(chunk: Chunk) -> bool:
    return chunk.kind in ("administrative", "person", "comparison", "bracket") or chunk.mention is not None


def _products(row: list[Chunk], at: int) -> int:
    """Where a list of products ends: "a vaccine, drug, medical device or medical procedure"."""
    end, several = at, False
    known = lexicon().turns
    while end < len(row) and end < at + _FAR:
        joint = row[end].kind in ("comma", "conjunction", "scaffold")
        if not joint and not (known["product"] | known["tested"]).issuperset(row[end].low.split() or [""]):
            break
        several = several or row[end].kind in ("comma", "conjunction")
        end += 1
    while end > at and row[end - 1].kind in ("comma", "conjunction", "scaffold"):
        end -= 1
    return end if several else at


def _studied(row: list[Chunk], at: int) -> int:
    """Where the name ends of what another trial studies ("for breast cancer"); ``at`` where it is no plain name."""
    end = at
    while end < len(row) and end < at + _FAR and row[end].kind in ("word", "term", "qualifier", "scaffold"):
        end += 1
    known = lexicon().turns["tested"] | lexicon().turns["product"]
    listed = end + 1 < len(row) and end > at and row[end].kind == "conjunction"
    if listed and known & set(row[end - 1].low.split()[-1:]):
        other = end + 1  # "involving medical devices | or | investigational agents"
        while other < len(row) and row[other].low and known.issuperset(row[other].low.split()):
            other += 1
        end = other if other > end + 1 else end
    ended = end == len(row) or row[end].kind in ("comma", "semicolon", "stop", "window", "when", "bracket")
    return end if ended else at
