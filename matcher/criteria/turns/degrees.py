"""Degrees of one thing: "low-risk or intermediate-risk", "second degree, third degree"."""

from __future__ import annotations

from matcher.criteria.chunks import Chunk
from matcher.criteria.lexicon import lexicon
from matcher.criteria.turns.turn import Context, walked


def risked(row: list[Chunk], context: Context) -> list[Chunk]:
    """ "High-risk papillomavirus": a kind of it."""
    known = lexicon().turns["degree"]

    def step(at: int, out: list[Chunk]) -> int:
        if row[at].low != "risk" or row[at].value != "-" or not out or out[-1].low not in known:
            return 0
        if at + 1 == len(row) or not (row[at + 1].kind in ("word", "term", "qualifier") or _said_later(row, at)):
            return 0
        more = out.pop(-2).low + "-" if len(out) > 1 and out[-2].low in lexicon().turns["rather"] else ""
        start = out[-1].start - len(more)
        out[-1] = Chunk("qualifier", start, row[at].end, "risk", f"{more}{out[-1].low}-risk")
        return at + 1

    return walked(row, step)


def _said_later(row: list[Chunk], at: int) -> bool:
    """ "Low-risk | or | intermediate-risk melanoma", "second degree | or | third degree tear": of another step."""
    later = (c for c in row[at + 2 : at + _LATER] if c.kind != "comma")
    again = any(row[at].low in c.low.replace("-", " ").split() for c in later)
    return row[at + 1].kind in ("conjunction", "comma", "slash") and again


_LATER = 8
"""Chunks in which a word is said again."""


def degrees(row: list[Chunk], context: Context) -> list[Chunk]:
    """ "Second | degree |, third | degree |, or fourth | degree | tear": what is graded is named once."""

    def step(at: int, out: list[Chunk]) -> int:
        if row[at].low != "degree" or not out or out[-1].kind not in ("word", "number") or at + 1 == len(row):
            return 0
        if not _said_later(row, at):
            return 0
        context.left_out([row[at]])
        return at + 1

    return walked(row, step)
