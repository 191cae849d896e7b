"""What a criterion says beside its question: what a pregnancy is, why it is asked, which part of a trial is closed."""

from __future__ import annotations

from dataclasses import replace

from matcher.criteria.chunks import Chunk
from matcher.criteria.coordination import names
from matcher.criteria.lexicon import lexicon
from matcher.criteria.turns.turn import Context, walked

_STATES = frozenset({"pregnancy", "lactation"})
_CLOSES = frozenset({"stop", "semicolon"})
_BACK = 12
"""Chunks in which the state is looked for that is defined."""
_NOTE = 8
"""Chunks of a note on accrual."""
_PARTS = frozenset({"comma", "semicolon", "stop"})


def pregnancy_defined(row: list[Chunk], context: Context) -> list[Chunk]:
    """ "Pregnant women | , where pregnancy | is defined as | the state of a female after conception …, | confirmed by |
    a positive hCG test": every pregnancy is one."""

    def step(at: int, out: list[Chunk]) -> int:
        if row[at].kind == "bracket" and row[at].inner and row[at].inner[0].kind == "definition":
            state = next((c.value for c in reversed(out) if c.kind not in ("sex", "person")), "")
            if state not in _STATES:
                return 0
            context.left_out(row[at : at + 1])
            return at + 1  # "pregnancy (defined as …)"
        if row[at].kind != "definition" or at + 1 >= len(row):
            return 0
        begun, states = len(out), 0
        while begun and len(out) - begun < _BACK and out[begun - 1].kind in _DEFINED:
            begun -= 1
            states += out[begun].value in _STATES
        if not states or any(c.value == "childbearing" for c in out[begun:]):
            return 0
        end = next((i for i in range(at, len(row)) if row[i].kind in _CLOSES or _goes_on(row, i)), len(row))
        gone = [i for i in range(begun, len(out)) if out[i].kind in _TIES]
        if gone and any(c.value in _STATES for c in out[begun : gone[0]]):
            context.left_out(out[gone[0] :])
            del out[gone[0] :]  # ", where pregnancy", said again to be defined
        elif out[-1].kind == "comma":
            out.pop()
        context.left_out(row[at:end])
        return end

    return walked(row, step)


def _goes_on(row: list[Chunk], at: int) -> bool:
    """ ", or | lactation": the list goes on behind the definition."""
    behind = next((c for c in row[at + 1 : at + 5] if c.kind not in ("scaffold", "comma")), None)
    return row[at].kind == "conjunction" and row[at].value == "or" and behind is not None and behind.kind == "leaf"


_TIES = frozenset({"condition", "link"})
_DEFINED = frozenset({"leaf", "sex", "person", "comma", "condition", "link", "bracket", "conjunction", "scaffold"})


def closed(row: list[Chunk], context: Context) -> list[Chunk]:
    """ "Anaplastic astrocytoma (closed to accrual 12/19/2000)": a note on the trial."""
    known = lexicon().turns
    out = [c for c in row if not (c.kind == "bracket" and len(c.inner) <= _NOTE and _of_accrual(c.inner, known))]
    if len(out) == len(row):
        return row
    for chunk in row:
        if chunk not in out:
            context.left_out([chunk])
    return out


def _of_accrual(inner: list[Chunk], known: dict[str, frozenset[str]]) -> bool:
    words = [word for c in inner for word in c.low.split() if c.kind not in ("number", "comparison", "slash", "window")]
    ended = not known["accrual_ended"].isdisjoint(words)
    return ended and all(word in known["accrual_ended"] | known["accrual"] for word in words)


def explained(row: list[Chunk], context: Context) -> list[Chunk]:
    """ "Pregnancy | , | as | the effects on the fetus are unknown": a clause with a verb, and no manner."""
    known = lexicon().turns

    def step(at: int, out: list[Chunk]) -> int:
        if row[at].low.split()[:1] != ["as"] or not out or out[-1].kind != "comma" or not names(out):
            return 0
        end = next((i for i in range(at, len(row)) if row[i].kind in _CLOSES), len(row))
        clause = row[at + 1 : end]
        words = context.text[row[at].start : row[end - 1].end].lower().split()
        judged = bool(clause) and clause[0].kind == "administrative"
        if row[at].kind == "definition" or judged or any(c.kind in ("definition", "comparison") for c in clause):
            return 0
        if len(words) < 2 or words[1] in known["as_shown"] or known["clause_verb"].isdisjoint(words[2:]):
            return 0
        out.pop()
        context.left_out(row[at:end])
        if end < len(row):
            out.append(replace(row[end], kind="stop"))
            return end + 1
        return end

    return walked(row, step)


def prohibited(row: list[Chunk], context: Context) -> list[Chunk]:
    """ "Use of | prohibited | concomitant | medications": of the protocol's own list, which a person must look up."""
    known = lexicon()

    def step(at: int, out: list[Chunk]) -> int:
        if row[at].low not in known.turns["prohibited"]:
            return 0
        noun = at + 1 + (at + 1 < len(row) and row[at + 1].kind == "status")
        if noun >= len(row) or row[noun].low not in known.drugs:
            return 0
        noun += noun + 1 < len(row) and row[noun + 1].low in known.turns["drug_list"]
        listed = any(c.kind in ("list", "listall", "colon", "example", "bracket") for c in row)
        if listed or (noun + 1 < len(row) and row[noun + 1].kind not in _BEHIND):
            return 0
        said = " ".join(context.text[row[at].start : row[noun].end].lower().split())
        out.append(Chunk("administrative", row[at].start, row[noun].end, "logistics", said))
        return noun + 1

    return walked(row, step)


_BEHIND = frozenset({"comma", "stop", "semicolon", "window", "when", "conjunction"})


def of_known_cause(row: list[Chunk], context: Context) -> list[Chunk]:
    """ "Interstitial lung disease | of | known | cause": the secondary one."""
    known = lexicon().turns

    def step(at: int, out: list[Chunk]) -> int:
        end = at
        while end < len(row) and end < at + _BETWEEN and row[end].low in known["of_cause"]:
            end += 1
        if end == at or not out or out[-1].kind != "term" or end + 1 >= len(row):
            return 0
        if row[end].low not in known["known_cause"] or row[end + 1].low not in known["a_cause"]:
            return 0
        context.left_out(row[at : end + 2])
        ill = out.pop()
        out += [Chunk("qualifier", ill.start, ill.start, "", "secondary"), ill]
        return end + 2

    return walked(row, step)


_BETWEEN = 3
"""Chunks between a disease and the word for its cause."""
