"""Measures and their limits: scales, scores, pressures."""

from __future__ import annotations

from dataclasses import replace

from matcher.criteria.atoms import RATED
from matcher.criteria.chunks import Chunk
from matcher.criteria.lexicon import lexicon
from matcher.criteria.turns.turn import Context, plain, walked
from matcher.ner.quantities import unit_at
from matcher.terms import lexical

_FAR = 12
"""Chunks that a turn of phrase looks ahead."""
_NEAR = 4
"""Chunks between a measure and its limit."""
_AHEAD = 40
"""Chunks in which the limit of an association is looked for."""
_PLACES = frozenset({"word", "term", "scaffold", "qualifier", "comma", "conjunction", "slash"})
_JOINTS = frozenset({"comma", "semicolon", "stop", "conjunction", "colon"})


def score_on(row: list[Chunk], context: Context) -> list[Chunk]:
    """ "A score > 15 on the NIH stroke scale": the score of that scale."""
    known = lexicon().turns

    def step(at: int, out: list[Chunk]) -> int:
        if at + 3 >= len(row) or row[at].low not in known["scored"]:
            return 0
        limit = at + 1 + (row[at + 1].low == "of")  # "a score | of | at least 4"
        if limit + 2 >= len(row) or not plain(row[limit].comparison):
            return 0
        if row[limit + 1].low.split()[:1] not in (["on"], ["in"], ["of"]):
            return 0
        name = limit + 2
        while name < len(row) and name < at + _FAR and (row[name].kind == "scaffold" or _range(row[name])):
            name += 1  # "on the | 0-10 | NRS"
        end = name
        while end < len(row) and row[end].kind in ("word", "term") and end < name + _FAR:
            end += 1
        if end == name or not (row[end - 1].low.split()[-1] in known["scale"] or _is_scale(row[end - 1])):
            return 0
        context.left_out([row[at]])
        context.left_out([c for c in row[limit + 1 : name] if _range(c)])
        out += [*row[name:end], row[limit]]
        return end

    return walked(row, step)


def _range(chunk: Chunk) -> bool:
    """How far a scale goes: "0-10"."""
    found = chunk.comparison
    return found is not None and found.value2 is not None and found.unit is None and not found.scale


def _is_scale(chunk: Chunk) -> bool:
    concept = chunk.mention.concept if chunk.mention is not None else None
    return concept is not None and concept.system == "SCALE"


def rated(row: list[Chunk], context: Context) -> list[Chunk]:
    """ "Heart failure | NYHA class III", "asthma | FEV1 < 80 %": a disease, and with it what limits it."""
    known = lexicon()

    def step(at: int, out: list[Chunk]) -> int:
        chunk = row[at]
        before = row[at - 1] if at else None
        if before is None or before.mention is None or before.mention.type != "condition":
            return 0
        if chunk.mention is None or chunk.mention.type != "measurement" or before.end + 1 != chunk.start:
            return 0
        if known.inside["plain_scale"].fullmatch(chunk.low) or known.inside["pressure"].search(before.low):
            return 0
        limit = at + 1
        while limit < len(row) and limit < at + _NEAR and row[limit].kind in ("word", "scaffold"):
            limit += 1
        if limit == len(row) or row[limit].comparison is None:
            return 0
        out += [Chunk("link", chunk.start, chunk.start, RATED, "rated"), chunk]
        return at + 1

    return walked(row, step)


def unit_behind(row: list[Chunk], context: Context) -> list[Chunk]:
    """ "Platelets > 100 (x10^9/L)", "hemoglobin > 9 (g/dL)": the unit of the limit stands in brackets."""

    def step(at: int, out: list[Chunk]) -> int:
        chunk, limit = row[at], out[-1].comparison if out else None
        if chunk.kind != "bracket" or limit is None or not limit.cmp or not plain(limit):
            return 0
        said = context.text[chunk.start + 1 : chunk.end - 1].strip()
        said = said[said.lower().startswith("in ") and 3 :]
        unit, end = unit_at(said, 0)
        if unit is None or end < len(said):
            return 0
        out[-1] = replace(out[-1], comparison=replace(limit, unit=unit))
        context.left_out([chunk])
        return at + 1

    return walked(row, step)


def measured_at(row: list[Chunk], context: Context) -> list[Chunk]:
    """ "T-score ≤ -2.5 at the lumbar spine, total hip or femoral neck": places where it is measured, of one limit."""

    def step(at: int, out: list[Chunk]) -> int:
        if not out or out[-1].comparison is None or row[at].low not in lexicon().turns["placed_at"]:
            return 0
        end, said, joined = at + 1, "", False
        while end < len(row) and row[end].kind in _PLACES:
            if row[end].kind in ("comma", "conjunction", "slash"):
                if not _place(said):
                    return 0
                said, joined = "", True
            elif row[end].kind != "scaffold":
                said = f"{said} {row[end].low}".strip()
            end += 1
        if not joined or not _place(said):
            return 0
        context.left_out(row[at:end])
        return end

    return walked(row, step)


def _place(said: str) -> bool:
    """ "Lumbar spine", "total hip"."""
    return lexical.only_a_place(said) or lexical.only_a_place(said.rpartition(" ")[2])


def out_of(row: list[Chunk], context: Context) -> list[Chunk]:
    """ "A score of 20 out of 30": how far the scale goes is no limit."""

    def step(at: int, out: list[Chunk]) -> int:
        end = _scale_end(row, at)
        context.left_out(row[at:end])
        return end

    return walked(row, step)


def _scale_end(row: list[Chunk], at: int) -> int:
    """The place behind "out of 30" where that stands behind a number; 0 where it does not."""
    if not 0 < at < len(row) - 2 or row[at].low != "out" or row[at + 1].low != "of" or row[at - 1].comparison is None:
        return 0
    end = at + 2
    while end < len(row) and end < at + 5 and row[end].kind in ("scaffold", "certainty", "word", "qualifier"):
        end += 1
    return end + 1 if end < len(row) and row[end].kind == "number" else 0


def scale_range(row: list[Chunk], context: Context) -> list[Chunk]:
    """ "A score of 4 or more on a 0-10 scale": how far the scale goes is no limit."""
    for at in range(1, len(row)):
        if not row[at].low.startswith(("scale", "point scale")) or row[at].kind not in ("word", "term"):
            continue
        ranged = row[at - 1].comparison
        if ranged is None or ranged.unit is not None or ranged.cmp not in ("between", ""):
            continue
        start = at - 1
        while start and row[start - 1].low in ("on", "a", "an", "the", "of", "from", "out of"):
            start -= 1
        if any(c.comparison is not None for c in row[:start]):
            context.left_out(row[start : at + 1])
            return row[:start] + row[at + 1 :]
    return row


def pressures(row: list[Chunk], context: Context) -> list[Chunk]:
    """ "≥ 140 mmHg systolic": the name stands behind its limit."""
    out = list(row)
    for at in range(len(row) - 1):
        limit, after = row[at], row[at + 1]
        if limit.kind == "comparison" and after.low in lexicon().behind and after.kind in ("word", "term"):
            out[at], out[at + 1] = after, limit
    return out


def associated(row: list[Chunk], context: Context) -> list[Chunk]:
    """ "Heart failure associated with LVEF < 40 %": a limit behind it is a question of its own."""
    out = list(row)
    for at, chunk in enumerate(row):
        if chunk.kind != "scaffold" or not chunk.low.endswith(("associated with", "association with")):
            continue
        for after in row[at + 1 : at + _AHEAD]:
            if after.kind in _JOINTS:
                break
            if after.kind == "comparison":
                out[at] = replace(chunk, kind="conjunction", value="and")
                break
    return out
