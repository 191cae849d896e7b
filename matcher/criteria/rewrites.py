"""Turns of phrase that are put straight before the grammar reads a row of chunks.

Each function looks for one turn and returns the row as a plainer one; what it leaves out goes to ``left_out``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from ..model import Mention
from .chunks import Chunk
from .lexicon import lexicon

LeftOut = Callable[[list[Chunk]], None]

_BETWEEN = frozenset({"qualifier", "status", "scaffold", "result", "number", "comparison", "certainty"})
_NAMES = frozenset({"term", "word", "behaviour", "qualifier", "leaf"})
_TRIAL = frozenset({"trial", "trials", "study", "studies"})
_JOINTS = frozenset({"comma", "semicolon", "stop", "conjunction", "colon"})


def rewritten(row: list[Chunk], text: str, left_out: LeftOut) -> list[Chunk]:
    """The row, and the rows of its brackets, in plainer words."""
    if not row:
        return row
    row = [replace(c, inner=rewritten(c.inner, text, left_out)) if c.inner else c for c in row]
    row = _group_first(row)
    row = _on_drug(row)
    row = _setback(row)
    row = _trials(row)
    row = _age_at(row, left_out)
    return _places(row, text)


def _group_first(row: list[Chunk]) -> list[Chunk]:
    """ "(For female subjects) The subject is pregnant": the bracket is the premise."""
    first = row[0]
    if first.kind != "bracket" or not first.inner or first.inner[0].kind != "group" or len(row) < 2:
        return row
    return [*first.inner, Chunk("comma", first.end - 1, first.end, low=","), *row[1:]]


def _on_drug(row: list[Chunk]) -> list[Chunk]:
    """ "Psoriasis on high-dose prednisone": on a drug is treated with it."""
    out = list(row)
    for at, chunk in enumerate(row):
        if chunk.kind != "scaffold" or chunk.low != "on":
            continue
        after = at + 1
        while after < len(row) and after < at + 5 and row[after].kind in _BETWEEN:
            after += 1
        named = row[after].mention if after < len(row) and row[after].kind == "term" else None
        if named is not None and named.type == "drug":
            out[at] = replace(chunk, kind="head", value="medication")
    return out


def _setback(row: list[Chunk]) -> list[Chunk]:
    """ "Disease progression on or after platinum": the progression, and the treatment that it came with."""
    known = lexicon()
    for at in range(len(row) - 2):
        said = f"{row[at].low} {row[at + 1].low}" if row[at].kind != "head" else ""
        last = at + 1 if said in known.setbacks else at if row[at].low in known.setbacks else None
        if last is None:
            continue
        after = last + 1
        while after < len(row) and row[after].low in known.setback_ties:
            after += 1
        named = row[after].mention if after < len(row) else None
        if after == last + 1 or named is None or named.type not in ("drug", "procedure"):
            continue
        start, end = row[at].start, row[last].end
        setback = Chunk("term", start, end, low=said if last > at else row[at].low, mention=row[last].mention)
        setback.mention = Mention(start, end, setback.low, "condition")
        tie = Chunk("head", row[last + 1].start, row[after - 1].end, "medication", "after")
        had = Chunk("status", tie.start, tie.end, "ever", "after")
        return [*row[:at], setback, tie, had, *row[after:]]
    return row


def _trials(row: list[Chunk]) -> list[Chunk]:
    """ "Another smoking cessation trial": taking part in research, whatever it studies."""
    for at, chunk in enumerate(row):
        if chunk.kind != "word" or chunk.low not in _TRIAL:
            continue
        back = at - 1
        while back >= 0 and back > at - 5 and row[back].kind in _NAMES:
            back -= 1
        opening = row[back] if back >= 0 else None
        if opening is None or back == at - 1 or opening.kind != "scaffold":
            continue
        if opening.low.split()[-1] in ("another", "other") or opening.low.endswith("part in"):
            trial = Chunk("trial", row[back + 1].start, chunk.end, low=chunk.low)
            return [*row[: back + 1], trial, *_trials(row[at + 1 :])]
    return row


def _age_at(row: list[Chunk], left_out: LeftOut) -> list[Chunk]:
    """ "Age at the time of bypass surgery > 15 years": at which time is no part of the question."""
    for at, chunk in enumerate(row):
        if chunk.kind != "age":
            continue
        after = at + 1
        while after < len(row) and after < at + 10 and row[after].kind not in (*_JOINTS, "comparison", "number"):
            after += 1
        said = row[at + 1 : after]
        if after >= len(row) or row[after].kind != "comparison" or not said or said[0].kind == "term":
            continue
        if any(c.kind in ("term", "word") for c in said) and {"at", "on"} & set(f"{chunk.low} {said[0].low}".split()):
            left_out(said)
            return [*row[: at + 1], *_age_at(row[after:], left_out)]
    return row


def _places(row: list[Chunk], text: str) -> list[Chunk]:
    """ "A plant in Northfield, Ohio": the comma inside a place joins nothing."""
    out: list[Chunk] = []
    located = False
    for at, chunk in enumerate(row):
        located = (located or chunk.low in ("in", "at")) and chunk.kind not in ("conjunction", "semicolon", "stop")
        if chunk.kind == "comma" and located and 0 < at < len(row) - 1:
            before, after = row[at - 1], row[at + 1]
            ends = at + 2 == len(row) or row[at + 2].kind in ("comma", "stop", "semicolon")
            if ends and all(c.kind == "word" and text[c.start].isupper() for c in (before, after)):
                out.append(replace(chunk, kind="mark"))
                continue
        out.append(chunk)
    return out
