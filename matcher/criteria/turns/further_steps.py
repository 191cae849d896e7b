"""A further step of a scale, which some may have: "ECOG 0-1, or 2 if due to X"."""

from __future__ import annotations

from dataclasses import replace

from matcher.criteria.chunks import Chunk
from matcher.criteria.comparisons import Comparison
from matcher.criteria.lexicon import lexicon
from matcher.criteria.limits import stepped
from matcher.criteria.turns.turn import Context, plain, walked

_JOINT = frozenset({"comma", "semicolon", "conjunction"})
_SOME = ("condition", "group")
_STEPWISE = ("between", "=", "<=", "<", "")


def step_of_some(row: list[Chunk], context: Context) -> list[Chunk]:
    """ "ECOG 0-1 | , or | 2 | if | due to X", "NYHA | II, or III | if | …", "ASA I-II | (| III | if | obese)"."""

    def step(at: int, out: list[Chunk]) -> int:
        if not out:
            return 0
        if row[at].kind == "bracket":
            inner = _bare_step(row[at].inner, out[-1].comparison)
            out += [replace(row[at], inner=inner)] if inner else []
            return at + 1 if inner else 0
        found = row[at].comparison
        if found is None or at + 2 >= len(row) or row[at + 1].kind not in _SOME:
            return 0
        if found.value2 is not None:
            parts = _parted(row[at], found, context.text) if row[at + 1].kind == "condition" and out[-1].mention else []
            out += parts
            return at + 1 if parts else 0
        before = next((c.comparison for c in reversed(out) if c.kind not in _JOINT), None)
        if row[at].kind != "number" or before is None or not plain(found) or before.cmp not in _STEPWISE:
            return 0
        if out[-1].kind not in _JOINT or before.unit is not None or before.age or before.uln or before.lln:
            return 0
        if out[-1].value != "or":
            if out[-1].kind == "conjunction":
                return 0
            out[-1] = replace(out[-1], kind="comma")
            out.append(Chunk("conjunction", row[at].start, row[at].start, "or", "or"))
        out.append(replace(row[at], kind="comparison", comparison=replace(found, cmp="=")))
        return at + 1

    return walked(row, step)


def _parted(chunk: Chunk, found: Comparison, text: str) -> list[Chunk]:
    """ "I-II | , or | III": the last step apart; empty where no comma stands before it."""
    said, comma, last = text[chunk.start : chunk.end].rpartition(", or ")
    if not comma:
        return []
    high = said.replace("–", "-").partition("-")[2].strip()
    end, begun = chunk.start + len(said), chunk.end - len(last)
    lower = replace(found, end=end, cmp="between" if high else "=", value2=stepped(high) if high else None)
    upper = replace(found, start=begun, cmp="=", value=found.value2 or "", value2=None)
    return [
        replace(chunk, end=end, low=said.lower(), comparison=lower),
        Chunk("comma", end, end, low=","),
        Chunk("conjunction", end, begun, "or", "or"),
        replace(chunk, start=begun, low=last.lower(), comparison=upper),
    ]


def _bare_step(inner: list[Chunk], before: Comparison | None) -> list[Chunk]:
    """A bracket that opens with a step ("(III if due to obesity)"), read as one; empty where it does not."""
    if before is None or not isinstance(before.value, str) or len(inner) < 3 or inner[1].kind != "condition":
        return []
    first = inner[0]
    if first.low not in lexicon().turns["bare_step"]:
        return []
    own = replace(before, start=first.start, end=first.end, cmp="=", value=first.low.upper(), value2=None)
    return [replace(first, kind="comparison", comparison=own), *inner[1:]]
