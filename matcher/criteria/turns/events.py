"""What came before or after an operation, what is planned for a disease, what went wrong after a treatment."""

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


def planned_for(row: list[Chunk], context: Context) -> list[Chunk]:
    """ "Obesity | scheduled for | A | or | B", "being | considered | for | A | or | B": either is planned."""
    known = lexicon().turns

    def step(at: int, out: list[Chunk]) -> int:
        named = out[-1].mention if out else None
        if named is None or named.type != "condition":
            return 0
        begun = at + (row[at].kind == "link" and row[at].low == "being")
        if begun + 2 >= len(row) or row[begun].low.startswith(tuple(known["need"])):
            return 0
        weighed = row[begun].low in known["considered"] and row[begun + 1].low == "for"
        if not weighed and (row[begun].kind != "planned" or begun > at):
            return 0
        rest = row[begun + 1 + weighed :]
        listed = next((i for i, c in enumerate(rest) if c.value == "or"), 0)
        if not listed or any(c.kind not in _ACT for c in rest) or not any(_done(c) for c in rest):
            return 0
        plan = Chunk("planned", row[begun].start, row[begun + weighed].end, low="planned") if weighed else row[begun]
        out += [Chunk("link", row[at].start, row[at].start, low="who"), plan]
        return begun + 1 + weighed

    return walked(row, step)


def planned_behind(row: list[Chunk], context: Context) -> list[Chunk]:
    """ "A | or | B | planned": either is planned, where each is something that is done."""
    at = next((i for i, c in enumerate(row) if c.kind == "planned"), 0)
    before = row[:at]
    if not row[at].low.endswith("ed") or any(c.kind not in _DATED for c in row[at + 1 :]):
        return row
    joined = [c for c in before if c.kind == "conjunction"]
    if not joined or any(c.value != "or" for c in joined) or any(c.kind not in _LISTED for c in before):
        return row
    named = [c for c in before if c.kind in _NAMED]
    return [row[at], *before, *row[at + 1 :]] if len(named) > 1 and all(map(_done, named)) else row


def _done(chunk: Chunk) -> bool:
    operated = chunk.mention is not None and chunk.mention.type in ("procedure", "drug")
    return operated or chunk.low.split()[-1:] == ["treatment"]


_DATED = frozenset({"window", "when", "scaffold"})
_LISTED = frozenset({"term", "word", "conjunction", "comma", "scaffold", "qualifier"})
_ACT = frozenset({"term", "word", "conjunction", "comma", "scaffold", "qualifier", "window", "when", "dash"})


def setbacks_joined(row: list[Chunk], context: Context) -> list[Chunk]:
    """ "Progressed | , | recurred | or | persisted | after | X": any of them, said by one."""
    known = lexicon()
    words = known.setbacks | known.turns["setback_again"]

    def step(at: int, out: list[Chunk]) -> int:
        if row[at].low not in known.setbacks:
            return 0
        end, last = at, at
        while end < len(row) and (row[end].low in words or row[end].kind in _JOINTS):
            last = end if row[end].kind not in _JOINTS else last
            end += 1
        joined = any(c.value == "or" for c in row[at:end]) and not any(c.value == "and" for c in row[at:end])
        if not joined or end >= len(row):
            return 0
        treated = row[end].kind == "head" and row[end].low.split()[0] in words and end > last + 1
        if not treated and (end > last + 1 or row[end].low not in known.setback_ties):
            return 0
        context.left_out(row[at + 1 : end])
        out += [] if treated else [row[at]]
        return end

    return walked(row, step)


_JOINTS = frozenset({"comma", "conjunction", "slash"})
