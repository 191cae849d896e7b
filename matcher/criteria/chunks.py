"""The lattice: a criterion's words as chunks, each a term, a cue, a comparison, a window, a bracket or a plain word.

At every word the longest reading wins: a term of the recogniser shields the cues inside it ("head and neck cancer").
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from matcher.criteria import tnm
from matcher.criteria.comparisons import NAMED, Comparer, Comparison
from matcher.criteria.cues import cues
from matcher.criteria.lexer import Token, tokens
from matcher.criteria.lexicon import Lexicon, load
from matcher.criteria.steps import SCALES
from matcher.criteria.windows import Clock, Timed
from matcher.model import Concept, Mention
from matcher.terms.scales import of_word

_DEPTH = 12
"""Brackets nested deeper are read as flat text."""
_OPEN, _CLOSE = "([{", ")]}"


@dataclass(slots=True)
class Chunk:
    """``kind``: term, word, number, comparison, window, bracket, comma, semicolon, colon, stop, slash, mark, or the
    category of a cue; ``value`` the cue's value."""

    kind: str
    start: int
    end: int
    value: str = ""
    low: str = ""
    """The words in lower case (of words and cues)."""
    mention: Mention | None = None
    comparison: Comparison | None = None
    timed: Timed | None = None
    inner: list[Chunk] = field(default_factory=list)
    """Bracket: what stands in it."""


_MARKS = {
    ",": "comma",
    ";": "semicolon",
    ":": "colon",
    "/": "slash",
    "•": "semicolon",
    "，": "comma",
    "；": "semicolon",
    "：": "colon",
}


def chunks(text: str, start: int, end: int, mentions: Sequence[Mention], lexicon: Lexicon) -> list[Chunk]:
    """The chunks of ``text[start:end]``, brackets nested; every word of the span is in one of them."""
    row = tokens(text, start, end)
    if not row:
        return []
    comparer = Comparer(text, row)
    clock = Clock(comparer)
    starts: dict[int, Mention] = {}
    for mention in mentions:
        if start <= mention.start and mention.end <= end and mention.type not in _NO_TERMS:
            old = starts.get(mention.start)
            if old is None or mention.end > old.end:
                starts[mention.start] = mention
    stack: list[list[Chunk]] = [[]]
    opened: list[int] = []
    at = 0
    formulas = tnm.formulas(text, start, end)
    while at < len(row):
        token = row[at]
        if token.start in formulas:
            formula, first = formulas[token.start], at
            at = max(_index(row, at, formula[-1].end), at + 1)
            stack[-1].extend(_stepped(text, step, first, at) for step in formula)
            continue
        if token.kind == "mark":
            if token.low == "(" and at + 2 < len(row) and row[at + 1].low in ("s", "es") and row[at + 2].low == ")":
                at += 3  # "trial(s)"
                continue
            if token.low in _OPEN and len(stack) <= _DEPTH:
                stack.append([])
                opened.append(token.start)
                at += 1
                continue
            if token.low in _CLOSE:
                if len(stack) > 1:
                    _close(stack, opened, token.end)
                at += 1
                continue
        chunk, nxt = _read(text, row, at, end, starts, comparer, clock, lexicon)
        stack[-1].append(chunk)
        nxt = max(nxt, at + 1)
        step = None
        if chunk.kind == "word" and comparer.step(nxt) is not None:
            chunk = _named(text, chunk)
        if chunk.kind == "term" and _scale(chunk.mention) and (step := comparer.step(nxt, named=True)) is not None:
            # "NYHA III-IV", "Child-Pugh C", "GOLD II": the step stands right behind the scale
            written = text[step.start : step.end]
            stack[-1].append(Chunk("comparison", step.start, step.end, low=written, comparison=step))
            nxt = step.last
        if step is None and chunk.kind == "term" and nxt > at + 1 and row[nxt - 1].low in SCALES:
            # "NYHA class" is a name whose last word also opens "class III or IV"
            step = comparer.at(nxt - 1)
            if step is not None and step.last > nxt:
                limit = text[chunk.end : step.end].strip()
                start = step.end - len(limit)
                stack[-1].append(
                    Chunk("comparison", start, step.end, low=limit.lower(), comparison=replace(step, start=start))
                )
                nxt = step.last
        at = nxt
    while len(stack) > 1:
        _close(stack, opened, row[-1].end)
    return stack[0]


def _stepped(text: str, step: tnm.Step, first: int, last: int) -> Chunk:
    """A step of T, N or M as a limit of its scale."""
    found = Comparison(step.start, step.end, first, last, step.cmp, step.low, step.high, scale=step.scale)
    return Chunk("comparison", step.start, step.end, low=text[step.start : step.end].lower(), comparison=found)


_WITHOUT = (["or", "without"], ["and", "without"])
_NO_TERMS = frozenset({"value", "temporal", "negation", "person"})


def _close(stack: list[list[Chunk]], opened: list[int], end: int) -> None:
    inner = stack.pop()
    stack[-1].append(Chunk("bracket", opened.pop(), end, inner=inner))


_ALLERGEN = 4
"""Words of a name that ends with "allergy"."""


def _opens_limit(cue_end: int, comparer: Comparer, clock: Clock) -> bool:
    """Whether the last word of a cue is the first of a window or of a limit that goes on behind it."""
    timed = clock.at(cue_end - 1)
    if timed is not None and timed.window is not None and timed.last > cue_end:
        return True
    found = comparer.at(cue_end - 1)
    return found is not None and bool(found.cmp) and found.last > cue_end


def _allergen(row: list[Token], at: int, end: int, lexicon: Lexicon) -> bool:
    """Whether a name says to what an allergy is, and not of which kind it is."""
    turns = lexicon.turns
    if end > at + _ALLERGEN or row[end - 1].low not in turns["allergic_to"]:
        return False
    return turns["allergy_kind"].isdisjoint(token.low for token in row[at : end - 1])


def _named(text: str, chunk: Chunk) -> Chunk:
    """ "GOLD | III": a plain word that names a scale where a step stands behind it."""
    scale = of_word().get(text[chunk.start : chunk.end])
    if scale is None:
        return chunk
    concept = Concept("SCALE", scale.id, scale.name)
    return replace(chunk, kind="term", mention=Mention(chunk.start, chunk.end, scale.name, "observation", concept))


def _scale(mention: Mention | None) -> bool:
    """Whether a name is that of a score or a class."""
    return mention is not None and mention.concept is not None and mention.concept.system == "SCALE"


def _index(row: list[Token], at: int, offset: int) -> int:
    while at < len(row) and row[at].start < offset:
        at += 1
    return at


def _read(
    text: str,
    row: list[Token],
    at: int,
    stop: int,
    starts: dict[int, Mention],
    comparer: Comparer,
    clock: Clock,
    lexicon: Lexicon,
) -> tuple[Chunk, int]:
    """The chunk that begins at token ``at`` and the index after it."""
    token = row[at]
    mention = starts.get(token.start)
    mention_end = _index(row, at, mention.end) if mention is not None else at
    if mention_end > at + 1 and _habit(row, at, mention_end, lexicon):
        mention, mention_end = None, at
    if mention is not None and mention_end > at + 1 and mention.type in ("condition", "allergy"):
        opens = lexicon.cues.match(row, at)
        if opens is not None and opens[1].value == "allergy" and opens[0] > at + 1 and opens[0] < mention_end:
            mention, mention_end = None, at  # "allergy to egg proteins": to what is asked
        elif _allergen(row, at, mention_end, lexicon):
            mention, mention_end = None, at  # "peanut allergy": an allergy to that
    if mention_end <= at + 1 and _genus(text, row, at):
        end = row[at + 2].end
        return Chunk("word", token.start, end, low=text[token.start : end].lower()), at + 3
    timed = clock.at(at)
    if timed is not None and timed.last >= mention_end:
        return Chunk(
            "window", timed.start, timed.end, low=text[timed.start : timed.end].lower(), timed=timed
        ), timed.last
    cue = lexicon.cues.match(row, at)
    short = token.end - token.start <= _SHORT and text[token.start : token.end].isupper()
    if cue is not None and cue[1].category == "person" and cue[0] == at + 1 and short:
        cue = None  # "HE" is hepatic encephalopathy, "PT" prothrombin time; "PATIENTS" are patients
    if cue is not None and cue[1].category == "scaffold" and cue[0] == at + 1 and at and mention is not None:
        written = text[token.start : token.end]
        if len(written) > 1 and written.isupper() and not text[row[0].start : row[-1].end].isupper():
            cue = None  # "relapsed ALL"
    cue_end = cue[0] if cue is not None else at
    if cue is not None and cue_end - at > 1 and _opens_limit(cue_end, comparer, clock):
        # "diagnosed | at least 6 months before", "with | no less than 70 %", "performed | in the last 2 weeks"
        cue_end -= 1
        shorter = lexicon.cues.match(row[:cue_end], at)
        cue = shorter if shorter is not None and shorter[0] == cue_end else (cue_end, cue[1])
    if cue_end - at > 1 and row[cue_end - 1].low == "with" and [t.low for t in row[cue_end : cue_end + 2]] in _WITHOUT:
        cue_end -= 1  # "treatment | with or without prednisone"
    found = comparer.at(at) if cue is None or cue[1].category not in ("list", "listall", "listnone") else None
    found_end = found.last if found is not None else at
    graded = found is not None and found.scale and token.low in SCALES and at < found_end < mention_end
    if graded and mention is not None and mention.type == "condition":
        mention_end = at  # "stage 3 | chronic kidney disease"
    if mention is not None and mention_end > cue_end and (mention_end > found_end or (mention_end == found_end)):
        return Chunk(
            "term", mention.start, mention.end, low=text[mention.start : mention.end].lower(), mention=mention
        ), mention_end
    if (
        found is not None
        and found_end == at + 1
        and at
        and not found.unit
        and token.start > 1
        and text[token.start - 1] == "-"
        and text[token.start - 2].isalpha()
    ):
        return Chunk("word", token.start, token.end, "-", token.low), at + 1  # "CALGB-9665"
    if found is not None and _times_name(text, row, found, lexicon):
        return Chunk("word", found.start, found.end, "-", text[found.start : found.end].lower()), found_end
    if found is not None and at and row[at - 1].low in NAMED and not found.cmp and found.value2 is None:
        # "type 1 DM": a name, and no unit
        number = replace(found, end=token.end, last=at + 1, unit=None)
        return Chunk("number", token.start, token.end, low=token.low, comparison=number), at + 1
    if found is not None and found_end >= cue_end:
        kind = "comparison" if found.cmp or found.unit or found.uln or found.lln else "number"
        return Chunk(
            kind, found.start, found.end, low=text[found.start : found.end].lower(), comparison=found
        ), found_end
    if token.low == "non" and cue is None and (negated := _non(text, row, at, lexicon)) is not None:
        return negated
    if token.low == "non" and cue is None and _glued(text, row, at) and lexicon.cues.match(row, at + 1) is None:
        end = row[at + 1].end  # "non-valvular"
        return Chunk("word", token.start, end, low=text[token.start : end].lower()), at + 2
    if cue is not None:
        end = row[cue_end - 1].end
        inside = starts.get(token.start) if mention_end == cue_end else None
        low = " ".join(t.low for t in row[at:cue_end])
        return Chunk(cue[1].category, token.start, end, cue[1].value, low, mention=inside), cue_end
    if (
        token.kind == "mark"
        and token.low in "+-−"
        and at
        and row[at - 1].end == token.start
        and row[at - 1].kind == "word"
        and text[row[at - 1].start].isupper()
        and row[at - 1].low not in lexicon.prefixes
    ):
        nxt = row[at + 1] if at + 1 < len(row) else None
        hung = nxt is not None and nxt.low in ("or", "and", "to")  # "second- or third-degree"
        if not hung and (nxt is None or nxt.start > token.end or nxt.low in ")],;/."):
            return Chunk(
                "result", token.start, token.end, "positive" if token.low == "+" else "negative", token.low
            ), at + 1
    if token.kind == "mark":
        kind = _MARKS.get(token.low, "mark")
        if token.low == ".":
            nxt = row[at + 1] if at + 1 < len(row) else None
            kind = "stop" if nxt is None or (nxt.start > token.end and not _shortened(text, row, at)) else "mark"
        if token.low in "–—-" and at + 1 < len(row) and row[at + 1].start > token.end and at > 0:
            kind = "dash"
        return Chunk(kind, token.start, token.end, low=token.low), at + 1
    glued = "-" if token.start > 0 and text[token.start - 1] in "-‐‑" else ""
    return Chunk("word", token.start, token.end, glued, token.low), at + 1


_SHORT = 3
"""Letters of the longest abbreviation that is spelt like a word for a person ("PT")."""


def _glued(text: str, row: list[Token], at: int) -> bool:
    """Whether a word follows behind a hyphen."""
    if at + 1 >= len(row) or row[at + 1].kind != "word":
        return False
    return row[at + 1].start == row[at].end + 1 and text[row[at].end] == "-"


_SPECIES = 4
"""Letters of the shortest name of a species behind its genus ("E. coli")."""


def _shortened(text: str, row: list[Token], at: int) -> bool:
    """Whether the full stop at ``at`` ends an abbreviation ("max. weight", "350 lbs. (159 kg)"), and no sentence."""
    known = cues().abbreviations | cues().shortened
    if not at or row[at - 1].end != row[at].start:
        return False
    return row[at - 1].low in known and not text[row[at + 1].start].isupper()


def _genus(text: str, row: list[Token], at: int) -> bool:
    """Whether a capital and its full stop stand for the genus of the species behind them ("E. coli")."""
    if at + 2 >= len(row) or row[at].end - row[at].start != 1 or not text[row[at].start].isupper():
        return False
    mark, species = row[at + 1], row[at + 2]
    near = mark.low == "." and mark.start == row[at].end and species.start - mark.end <= 1
    return near and species.kind == "word" and len(species.low) >= _SPECIES and text[species.start].islower()


def _non(text: str, row: list[Token], at: int, lexicon: Lexicon) -> tuple[Chunk, int] | None:
    """What "non" says of a cue: "non-smoker" denies it, "non-prescription supplements" are a kind of them."""
    named = lexicon.cues.match(row, at + 1) if at + 1 < len(row) else None
    if named is None:
        return None
    first, (last, cue) = row[at], named
    used = lexicon.cues.match(row[: at + 2], at + 1)
    if cue.category == "head" and last == at + 2:
        end = row[at + 1].end
        return Chunk("word", first.start, end, low=text[first.start : end].lower()), last
    if cue.value == "contraception" and (used is None or used[1].category != "head"):
        end = row[last - 1].end  # "non-hormonal contraceptives", but "non-use of contraceptives"
        return Chunk(cue.category, first.start, end, cue.value, text[first.start : end].lower()), last
    if cue.category in ("leaf", "childbearing", "behaviour", "head"):
        return Chunk("negation", first.start, first.end, low="non"), at + 1
    return None


def _habit(row: list[Token], at: int, end: int, lexicon: Lexicon) -> bool:
    """ "Chronic alcohol consumption": a habit with its qualifier, also where a table has a name for the whole."""
    opens = lexicon.cues.match(row, at)
    if opens is None or opens[1].category not in ("qualifier", "status", "certainty") or opens[0] >= end:
        return False
    rest = lexicon.cues.match(row, opens[0])
    return rest is not None and rest[0] == end and rest[1].category in ("behaviour", "leaf", "childbearing")


def _times_name(text: str, row: list[Token], found: Comparison, lexicon: Lexicon) -> bool:
    """ "2-hour plasma glucose", "6-month lifestyle program": a time that belongs to the name behind it."""
    if found.cmp or found.age or found.value2 is not None or found.last >= len(row) or not found.unit:
        return False
    said, after = text[found.start : found.end], row[found.last]
    hung = re.match(r"[\d.]+-[a-z]{1,6}$", said, re.IGNORECASE) is not None
    if hung and after.low in ("<", ">", "≤", "≥", "<=", ">=") and found.duration is not None:
        return True  # "1-h ≥ 180 mg/dL"
    if found.duration is None:
        # "75-g glucose tolerance test", "10-m walk test"
        return hung and after.kind == "word" and after.start - found.end <= 1 and after.low not in _NO_NAMES
    hourly = (found.unit or "").lower().startswith(("h", "min")) and len(said.split()) < 3
    if "-" not in said and not hourly:
        return False
    if after.kind != "word" or after.start - found.end > 1 or after.low in _NO_NAMES:
        return False
    cue = lexicon.cues.match(row, found.last)
    return cue is None or cue[1].category in ("behaviour", "leaf", "administrative", "result", "qualifier", "trial")


_NO_NAMES = frozenset(load("comparisons")["reading"]["after_time"])


def show(row: list[Chunk]) -> str:
    """A row of chunks for debugging."""
    return " ".join(
        f"({show(c.inner)})" if c.kind == "bracket" else f"{c.kind}{':' + c.value if c.value else ''}<{c.low}>"
        for c in row
    )


__all__: list[Any] = ["Chunk", "chunks", "show"]
