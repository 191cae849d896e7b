"""Numbers that are no limits: of people, of calendar years, "at least one"."""

from __future__ import annotations

from dataclasses import replace

from matcher.criteria.chunks import Chunk
from matcher.criteria.lexicon import lexicon
from matcher.criteria.turns.turn import Context, plain, walked

TIMES = "times"
"""The unit of how often a thing happened."""
_COUNTED_IN = frozenset({"window", "when", "comma", "conjunction", "stop", "semicolon", "link", "scaffold"})
_NAMED = frozenset({"word", "term", "qualifier", "status", "result", "certainty", "behaviour", "leaf"})


def counted_once(row: list[Chunk], context: Context) -> list[Chunk]:
    """ "At least one positive skin test": any; lines of therapy are counted."""
    out: list[Chunk] = []
    known = lexicon()
    for at, chunk in enumerate(row):
        found = chunk.comparison
        once = found is not None and plain(found) and (found.cmp, found.value) == (">=", 1.0) and found.value2 is None
        if chunk.kind not in ("comparison", "number") or not once or not _before_name(row, at):
            out.append(chunk)
            continue
        if known.inside["therapy_line"].search(" ".join(c.low for c in row[at + 1 : at + 8])):
            out.append(chunk)
            continue
        context.left_out([chunk])
        out.append(replace(chunk, kind="scaffold", comparison=None))
    return out


def same_count(row: list[Chunk], context: Context) -> list[Chunk]:
    """ "At least 6 tender joints and | 6 | swollen joints": the sign is of both counts."""

    def step(at: int, out: list[Chunk]) -> int:
        found = row[at].comparison
        if row[at].kind != "number" or found is None or found.value2 is not None or at + 1 == len(row) or len(out) < 3:
            return 0
        limit = next((c.comparison for c in reversed(out[-_NEAR:]) if c.comparison is not None), None)
        alike = row[at + 1].low.split()[-1:] == out[-2].low.split()[-1:] and row[at + 1].kind in ("term", "word")
        if out[-1].kind != "conjunction" or limit is None or not plain(limit) or not alike or limit.value2 is not None:
            return 0
        out.append(replace(row[at], kind="comparison", comparison=replace(found, cmp=limit.cmp or ">=")))
        return at + 1

    return walked(row, step)


_NEAR = 5
"""Chunks between two counts of one noun."""


def often(row: list[Chunk], context: Context) -> list[Chunk]:
    """ "Infection more than 3 times in the past year", "(> 3x)": how often it happened."""
    known = lexicon().turns["times"]

    def step(at: int, out: list[Chunk]) -> int:
        chunk = row[at]
        found = chunk.comparison
        if found is None or not found.cmp or not plain(found) or at + 1 == len(row) or row[at + 1].low not in known:
            return 0
        if at + 2 < len(row) and row[at + 2].kind not in _COUNTED_IN:
            return 0
        context.left_out([row[at + 1]])
        out.append(replace(chunk, comparison=replace(found, unit=TIMES)))
        return at + 2

    return walked(row, step)


def counted_each(row: list[Chunk], context: Context) -> list[Chunk]:
    """ "At least 6 tender and 6 swollen joints": what is counted, and how, is named once for both."""

    def step(at: int, out: list[Chunk]) -> int:
        count, word, joint, again, named = row[at : at + 5] if at + 4 < len(row) else (None,) * 5
        if count is None or word is None or joint is None or again is None or named is None:
            return 0
        first, second = count.comparison, again.comparison
        if first is None or second is None or not plain(first) or not plain(second):
            return 0
        if not (first.cmp or first.word):
            return 0
        least = first.cmp or ">="
        count, again = (
            replace(c, kind="comparison", comparison=replace(found, cmp=found.cmp or least))
            for c, found in ((count, first), (again, second))
        )
        what = row[at + 5] if at + 5 < len(row) else None
        if word.kind == named.kind == "qualifier" and joint.kind == "conjunction" and what is not None:
            # "at least 2 moderate or 1 severe exacerbations"
            if what.kind not in ("word", "term"):
                return 0
            whole = Chunk("borrowed", what.start, what.end, "whole", what.low, what.mention)
            out += [count, word, whole, joint, again, named, what]
            return at + 6
        if word.kind != "word" or joint.kind not in ("conjunction", "slash") or named.kind not in ("word", "term"):
            return 0
        head = named.low.rfind(" ") + 1
        if not head or not named.low.endswith("s") or word.low.endswith("s") or word.low in lexicon().nouns:
            return 0
        start = named.start + head
        out += [count, word, Chunk("borrowed", start, named.end, low=named.low[head:]), joint]
        out += [again, named]
        return at + 5

    return walked(row, step)


def _before_name(row: list[Chunk], at: int) -> bool:
    """Whether the number at ``at`` counts what follows it, and is no limit of what stands before."""
    after = next((c for c in row[at + 1 : at + 3] if c.kind != "scaffold"), None)
    if after is None or after.kind not in _NAMED:
        return False
    before = row[at - 1] if at else None
    return before is None or before.mention is None or before.mention.type != "measurement"


def numbered_people(row: list[Chunk], context: Context) -> list[Chunk]:
    """ "120 consecutive patients with aortic stenosis": how many are studied is no limit."""
    known = lexicon().turns["recruited"]
    for at, chunk in enumerate(row[:4]):
        if chunk.kind in ("number", "comparison") and plain(chunk.comparison) and chunk.comparison is not None:
            end = at + 1
            while end < len(row) and end < at + 4 and row[end].low in known:
                end += 1
            if chunk.comparison.cmp == "" and end < len(row) and row[end].kind == "person":
                context.left_out(row[at:end])
                return row[:at] + row[end:]
            return row
        if chunk.kind not in ("scaffold", "word", "colon", "comma"):
            return row
    return row


def years(row: list[Chunk], context: Context) -> list[Chunk]:
    """ "Vaccine in the 2008-2009 and/or 2009-2010 season": calendar years are no limit of the vaccine."""
    known = lexicon().turns["season"]
    out: list[Chunk] = []
    dated = False
    for at, chunk in enumerate(row):
        found = chunk.comparison
        if found is not None and plain(found) and _calendar(found.value) and _calendar(found.value2):
            context.left_out([chunk])
            dated = True
            continue
        if dated and (chunk.low in known or (chunk.kind in ("conjunction", "slash") and _dated_next(row, at))):
            context.left_out([chunk])
            continue
        out.append(chunk)
    return out or row


def of_so_many(row: list[Chunk], context: Context) -> list[Chunk]:
    """ "At least 4 | of | 10 | tender points": how many there are is no limit."""

    def step(at: int, out: list[Chunk]) -> int:
        limit = out[-1].comparison if out else None
        if row[at].low != "of" or limit is None or not limit.cmp or not plain(limit) or at + 2 >= len(row):
            return 0
        every, counted = row[at + 1].comparison, row[at + 2]
        if every is None or every.cmp or not plain(every) or counted.kind not in ("term", "word"):
            return 0
        context.left_out(row[at : at + 2])
        return at + 2

    return walked(row, step)


def list_behind(row: list[Chunk], context: Context) -> list[Chunk]:
    """ "Metabolic syndrome | (at least 3/5 of the following) | : obesity, …": the list that a bracket counts stands
    behind it."""

    def step(at: int, out: list[Chunk]) -> int:
        inner = row[at].inner
        if not inner or inner[-1].kind != "list" or at + 2 >= len(row) or row[at + 1].kind != "colon":
            return 0
        counted = all(c.kind in ("comparison", "number", "scaffold") for c in inner[:-1])
        if not counted:
            return 0
        end = next((i for i in range(at + 1, len(row)) if row[i].kind == "stop"), len(row))
        out.append(replace(row[at], end=row[end - 1].end, inner=[*inner, *row[at + 1 : end]]))
        return end

    return walked(row, step)


def pack_years(row: list[Chunk], context: Context) -> list[Chunk]:
    """ "Pack years of smoking ≥ 10": the measure says of what."""

    def step(at: int, out: list[Chunk]) -> int:
        if at + 1 >= len(row) or row[at].low not in ("of", "from") or row[at + 1].kind != "behaviour" or not out:
            return 0
        if not out[-1].low.endswith(("years", "year")) or not any(c.low.startswith("pack") for c in out[-2:]):
            return 0
        context.left_out(row[at : at + 2])
        return at + 2

    return walked(row, step)


def _dated_next(row: list[Chunk], at: int) -> bool:
    after = row[at + 1].comparison if at + 1 < len(row) else None
    return after is not None and plain(after) and _calendar(after.value) and _calendar(after.value2)


def _calendar(value: float | str | None) -> bool:
    return isinstance(value, float) and 1950 <= value <= 2100 and value == int(value)


def in_all(row: list[Chunk], context: Context) -> list[Chunk]:
    """ "Total | alcohol intake > 14 drinks a week", "cumulative | lifetime | smoking": the habit's sum."""
    known = lexicon().turns["whole_habit"]

    def step(at: int, out: list[Chunk]) -> int:
        habit = at + 1 + (at + 2 < len(row) and row[at + 1].kind == "status")
        if row[at].kind != "word" or row[at].low not in known or habit >= len(row) or row[habit].kind != "behaviour":
            return 0
        context.left_out([row[at]])
        return at + 1

    return walked(row, step)
