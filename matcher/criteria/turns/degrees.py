"""Degrees of one thing: "low-risk or intermediate-risk", "second degree, third degree"."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from itertools import pairwise

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


def graded_kind(row: list[Chunk], context: Context) -> list[Chunk]:
    """ "Peripheral | grade 2 | neuropathy": the adjective belongs to what is graded."""

    def step(at: int, out: list[Chunk]) -> int:
        found, said = row[at].comparison, out[-1] if out else None
        if found is None or found.scale not in _GRADES or said is None or said.kind not in ("word", "term"):
            return 0
        if at + 1 == len(row) or not _ill(row[at + 1]):
            return 0
        if " " in said.low or not said.low.endswith(_ends("adjective_ends")):
            return 0
        if len(out) > 1 and out[-2].kind in ("word", "term"):
            return 0  # "prior chemotherapy residual grade 2 neuropathy" is a name of its own
        noun = row[at + 1]
        context.left_out([noun])
        lent = Chunk("borrowed", noun.start, noun.end, "noun", noun.low, noun.mention)
        out[-1:] = [replace(said, kind="word", mention=None), lent, row[at]]
        return at + 2

    return walked(row, step)


def _ill(chunk: Chunk) -> bool:
    if chunk.kind not in ("term", "word") or not chunk.low:
        return False
    if chunk.mention is None:
        return lexicon().nouns.get(chunk.low) == "condition"
    return chunk.mention.type == "condition"


_GRADES = frozenset({"grade", "stage"})


@cache
def _ends(group: str) -> tuple[str, ...]:
    return tuple(sorted(lexicon().turns[group]))


def such_or(row: list[Chunk], context: Context) -> list[Chunk]:
    """ "Asthma | that is | severe | or | requires steroids": severe asthma, or asthma that requires steroids."""

    def step(at: int, out: list[Chunk]) -> int:
        named = out[-1].mention if out else None
        if row[at].kind != "link" or row[at].low not in lexicon().turns["such_is"] or named is None:
            return 0
        end = at + 1
        while end < len(row) and row[end].kind in ("qualifier", "comma", "conjunction"):
            end += 1
        said = row[at + 1 : end]
        plain = bool(said) and said[0].kind == "qualifier" and said[-1].value == "or"
        if not plain or named.type != "condition" or end >= len(row) or row[end].kind not in _GOES_ON:
            return 0
        if any(c.kind in ("comma", "conjunction") for c in row[end:]):
            return 0  # what it requires is a list of its own
        said = [replace(c, kind="conjunction", value="or", low="or") if c.kind == "comma" else c for c in said]
        thing = out.pop()
        said = [c for c, after in pairwise(said) if not c.kind == after.kind == "conjunction"]
        out += [*said, thing, Chunk("conjunction", row[end].start, row[end].start, "or", "or"), thing]
        return end

    return walked(row, step)


_GOES_ON = frozenset({"planned", "head"})


def non_such(row: list[Chunk], context: Context) -> list[Chunk]:
    """ "Non-diabetic | , | non-hypertensive | adults": people who are not so; "non-invasive ventilation" is a name."""

    def step(at: int, out: list[Chunk]) -> int:
        word = row[at].low
        if row[at].kind != "word" or not word.startswith("non-") or " " in word:
            return 0
        if not word.endswith(_ends("such_ends")):
            return 0
        after = row[at + 1].kind if at + 1 < len(row) else "stop"
        if after not in _PEOPLE or any(c.kind == "negation" and c.low != "non" for c in out):
            return 0
        cut = row[at].start + len("non-")
        out += [
            Chunk("negation", row[at].start, cut, "", "non"),
            Chunk("word", cut, row[at].end, low=word.removeprefix("non-"), mention=row[at].mention),
        ]
        return at + 1

    return walked(row, step)


_PEOPLE = frozenset({"comma", "conjunction", "sex", "person", "agegroup", "stop", "semicolon"})
