"""How much of a habit, in front of it, in brackets behind it, for each sex; how much pain at what."""

from __future__ import annotations

from dataclasses import replace

from matcher.criteria.chunks import Chunk
from matcher.criteria.lexicon import lexicon
from matcher.criteria.limits import time_unit
from matcher.criteria.turns.turn import Context, name, plain, walked

_OF_SEX = frozenset({"comparison", "group", "sex", "conjunction", "comma", "scaffold", "bracket"})
_AMOUNT = 8
"""Chunks between an amount and the time that it is of."""


def amount_first(row: list[Chunk], context: Context) -> list[Chunk]:
    """ "More than 3 | sessions | of | yoga | per | week": the habit, and so much of it."""
    known = lexicon().turns

    def step(at: int, out: list[Chunk]) -> int:
        found = row[at].comparison
        if found is None or not found.cmp or at + 3 >= len(row) or isinstance(found.value, str):
            return 0
        counted = row[at + 1].low if plain(found) and row[at + 1].low in known["amount_of"] else ""
        unit = counted or (found.unit or "").lower()
        of = at + 1 + bool(counted)
        if unit not in known["amount_of"] or row[of].low != "of":
            return 0
        end = next((i for i in range(of + 1, min(len(row), of + _AMOUNT)) if row[i].low in known["each"]), 0)
        if not end or end + 1 >= len(row) or time_unit(row[end + 1].low) is None:
            return 0
        habit = _habit(row[of + 1 : end], context)
        if not habit:
            return 0
        unit = f"{unit} per {row[end + 1].low}"
        context.left_out(row[at + 1 : of + 1])
        context.left_out(row[end : end + 2])
        limit = replace(row[at], kind="comparison", comparison=replace(found, unit=unit))
        taking = out[-2:] and out[-1].low == "in" and out[-2].low in known["doing_it"]
        if taking:
            context.left_out(out[-2:])
            del out[-2:]  # "participation in more than two sessions of …"
        out += [*habit, limit]
        return end + 2

    return walked(row, step)


def _habit(said: list[Chunk], context: Context) -> list[Chunk]:
    """The chunks of a habit; none where something else is counted."""
    if said and said[-1].kind == "behaviour" and all(c.kind in ("qualifier", "word") for c in said[:-1]):
        return [replace(c, kind="qualifier", value="amount") if c.kind == "word" else c for c in said]
    named = bool(said) and all(c.kind in ("word", "term") for c in said)
    if named and said[-1].low.split()[-1] in lexicon().turns["exercise"]:
        whole = name(context.text, said[0].start, said[-1].end, "condition")
        return [replace(whole, kind="behaviour", mention=None)]
    return []


def amount_behind(row: list[Chunk], context: Context) -> list[Chunk]:
    """ "Alcohol consumption | (> 21 units/week in men or > 14 units/week in women)": so much of it."""
    known = lexicon().turns

    def step(at: int, out: list[Chunk]) -> int:
        if row[at].kind != "bracket" or not out or out[-1].kind != "behaviour":
            return 0
        inner = row[at].inner
        first = inner[0].comparison if inner else None
        if first is None or not first.cmp or not first.unit or any(c.kind not in _OF_SEX for c in inner):
            return 0
        if not known["misuse"].isdisjoint(out[-1].low.split()):
            return 0
        out += inner
        return at + 1

    return walked(row, step)


def amount_again(row: list[Chunk], context: Context) -> list[Chunk]:
    """ "Alcohol use > 21 units/week in men or | > 14 units/week | in women": a limit of the habit, too."""

    def step(at: int, out: list[Chunk]) -> int:
        found = row[at].comparison
        if found is None or not found.unit or not out or out[-1].kind not in ("conjunction", "comma"):
            return 0
        before = next((i for i in range(len(out) - 1, -1, -1) if out[i].comparison is not None), 0)
        first = out[before].comparison if before else None
        if first is None or first.unit != found.unit or not first.cmp or out[before - 1].kind != "behaviour":
            return 0
        if any(c.kind not in _OF_SEX for c in out[before + 1 :]) or not any(_sexed(c) for c in out[before + 1 :]):
            return 0
        limit = replace(row[at], kind="comparison", comparison=replace(found, cmp=found.cmp or first.cmp))
        if out[-1].value == "and" and any(_sexed(c) for c in row[at + 1 : at + 3]):
            out[-1] = replace(out[-1], value="or", low="or")  # "< 30 g in men and < 20 g in women"
        out += [out[before - 1], limit]
        return at + 1

    return walked(row, step)


def _sexed(chunk: Chunk) -> bool:
    return chunk.kind == "sex" or any(c.kind == "sex" for c in chunk.inner)


def while_doing(row: list[Chunk], context: Context) -> list[Chunk]:
    """ "Pain | with | normal | activity | ≥ 2/10": one measure."""
    known = lexicon().turns

    def step(at: int, out: list[Chunk]) -> int:
        named = out[-1].mention if out else None
        if row[at].low not in known["while_at"] or named is None or named.type != "condition":
            return 0
        end = at + 1
        while end < len(row) and end < at + _AMOUNT and row[end].kind in _DOING:
            end += 1
        if end == at + 1 or end >= len(row) or row[end].kind not in ("comparison", "scaffold"):
            return 0
        limit = end + (row[end].kind == "scaffold" and end + 1 < len(row))
        found = row[limit].comparison
        if found is None or row[end - 1].low.split()[-1] not in known["exertion"]:
            return 0
        first = out.pop()
        out.append(name(context.text, first.start, row[end - 1].end, "measurement"))
        return limit

    return walked(row, step)


_DOING = frozenset({"word", "result", "qualifier", "behaviour"})
