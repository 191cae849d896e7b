"""Limits that are more than a sign and a number behind a name: on both sides of it, said in words, steps of a scale."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

from matcher import resources
from matcher.criteria.chunks import Chunk
from matcher.criteria.lexicon import lexicon
from matcher.criteria.steps import SCALES
from matcher.criteria.turns.turn import Context, walked

_NEAR = 4
"""Chunks between a measure and its limit."""
_STEP_ENDS = frozenset({"comma", "semicolon", "stop", "conjunction", "bracket", "window", "link", "negation"})
_MIRRORED = {"<": ">", "<=": ">=", "≤": ">="}


def bounded(row: list[Chunk], context: Context) -> list[Chunk]:
    """ "Minimum | hemoglobin | of | 10 g/dL": how far it may go is said in front."""
    bounds: dict[str, str] = {
        **dict.fromkeys(lexicon().turns["lowest"], ">="),
        **dict.fromkeys(lexicon().turns["highest"], "<="),
    }

    def step(at: int, out: list[Chunk]) -> int:
        cmp = bounds.get(row[at].low)
        named = row[at + 1].mention if cmp is not None and at + 2 < len(row) else None
        if cmp is None or named is None or named.type in ("condition", "drug", "procedure"):
            return 0
        limit = at + 2
        while limit < len(row) - 1 and row[limit].kind == "scaffold" and limit < at + _NEAR:
            limit += 1
        found = row[limit].comparison
        if found is None or found.cmp not in ("", "=") or found.value2 is not None:
            return 0
        context.left_out([row[at]])
        out += [*row[at + 1 : limit], replace(row[limit], comparison=replace(found, cmp=cmp))]
        return limit + 1

    return walked(row, step)


def between(row: list[Chunk], context: Context) -> list[Chunk]:
    """ "10 | < | = | hemoglobin | <= 18 g/dL": the lower limit stands in front of the name."""

    def step(at: int, out: list[Chunk]) -> int:
        first = row[at].comparison
        if row[at].kind != "number" or first is None or not isinstance(first.value, float) or at + 3 >= len(row):
            return 0
        signs = [c.low for c in row[at + 1 : at + 3] if c.kind == "mark"]
        cmp = _MIRRORED.get("".join(signs))
        name = at + 1 + len(signs)
        found = row[name + 1].comparison if name + 1 < len(row) and row[name].mention is not None else None
        if cmp is None or found is None or found.cmp not in ("<", "<=") or found.value2 is not None:
            return 0
        low = replace(found, cmp=cmp, value=first.value, start=row[at].start, end=row[at].end)
        context.left_out(row[at + 1 : name])
        out += [
            row[name],
            replace(row[at], kind="comparison", comparison=low),
            Chunk("conjunction", row[name].end, row[name].end, "and", "and"),
            row[name + 1],
        ]
        return name + 2

    return walked(row, step)


def outside(row: list[Chunk], context: Context) -> list[Chunk]:
    """ "BMI | outside the | range 18-35", "heart rate | not | between 50 and 100": below the one or above the other."""
    beyond = lexicon().turns["outside"]

    def step(at: int, out: list[Chunk]) -> int:
        if not out or out[-1].mention is None or (row[at].low not in beyond and row[at].low != "not"):
            return 0
        limit = at + 1
        while limit < len(row) - 1 and row[limit].kind == "scaffold" and limit < at + _NEAR:
            limit += 1
        found = row[limit].comparison if limit < len(row) else None
        if found is None or not isinstance(found.value, float) or not isinstance(found.value2, float) or found.duration:
            return 0
        context.left_out(row[at:limit])
        chunk = row[limit]
        low = replace(found, cmp="<", value2=None)
        high = replace(found, cmp=">", value=found.value2, value2=None)
        out += [
            replace(chunk, comparison=low),
            Chunk("conjunction", chunk.start, chunk.start, "or", "or"),
            replace(chunk, comparison=high),
        ]
        return limit + 1

    return walked(row, step)


def staged(row: list[Chunk], context: Context) -> list[Chunk]:
    """ "Heart failure, NYHA III-IV", "CKD, stage 4", "psoriasis of PASI > 12": a step of the disease's own scale."""
    own = _diseases()

    def step(at: int, out: list[Chunk]) -> int:
        named = row[at].mention
        if named is None or named.type != "condition" or at + 2 >= len(row):
            return 0
        tie = row[at + 1]
        if tie.kind != "comma" and tie.low != "of":
            return 0
        limit = at + 2
        if row[limit].mention is not None and limit + 1 < len(row):
            diseases = own.get(_id(row[limit]), ())
            called = f"{row[at].low} {named.concept.name.lower() if named.concept is not None else ''}"
            if not any(disease in called for disease in diseases):
                return 0
            limit += 1
        elif tie.kind != "comma" or SCALES.isdisjoint(row[limit].low.split()[:1]):
            return 0
        if row[limit].comparison is None or (limit + 1 < len(row) and row[limit + 1].kind not in _STEP_ENDS):
            return 0
        out += [row[at], replace(tie, kind="link", low="with"), *row[at + 2 : limit + 1]]
        return limit + 1

    return walked(row, step)


@cache
def _diseases() -> dict[str, frozenset[str]]:
    """Scale → names of the diseases whose own it is."""
    rows = resources.rows("terms/scale_of")
    return {row["scale"]: frozenset(r["condition_name"] for r in rows if r["scale"] == row["scale"]) for row in rows}


def _id(chunk: Chunk) -> str:
    concept = chunk.mention.concept if chunk.mention is not None else None
    return concept.id if concept is not None else ""
