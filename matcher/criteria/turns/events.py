"""What came before or after an operation."""

from __future__ import annotations

from matcher.criteria.chunks import Chunk
from matcher.criteria.lexicon import lexicon
from matcher.criteria.turns.turn import Context, clause, walked

_CLAUSES = frozenset({"comma", "semicolon", "stop"})
_NAMED = frozenset({"term", "word"})
_ENDS = frozenset({"comma", "semicolon", "stop", "conjunction", "window", "bracket", "exception", "negation", "link"})


def around_operation(row: list[Chunk], context: Context) -> list[Chunk]:
    """ "Atrial fibrillation | after | CABG", "diabetes | prior | to | gastric bypass": whoever has both."""
    known = lexicon().turns

    def step(at: int, out: list[Chunk]) -> int:
        tied = at + 1 if row[at].low in known["around"] else 0
        if at + 1 < len(row) and f"{row[at].low} {row[at + 1].low}" in known["around"]:
            tied = at + 2
        if not tied or not out or out[-1].kind not in _NAMED:
            return 0
        begun = tied
        while begun < len(row) and row[begun].kind in ("scaffold", "status"):
            begun += 1
        named = row[begun].mention if begun < len(row) else None
        if named is None or named.type != "procedure" or known["any_operation"].issuperset(row[begun].low.split()):
            return 0
        if begun + 1 < len(row) and row[begun + 1].kind not in _ENDS:
            return 0
        said = out[clause(out, _CLAUSES) :]
        if not any(c.mention is not None and c.mention.type == "condition" for c in said):
            return 0
        if any(c.kind in ("planned", "administrative", "comparison") for c in said):
            return 0
        context.left_out(row[at:begun])
        both = any(c.kind == "conjunction" and c.low == "and/or" for c in said)
        out.append(Chunk("link", row[at].start, row[tied - 1].end, low="accompanied by" if both else "with"))
        return begun

    return walked(row, step)
