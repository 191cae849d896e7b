"""What stands around a name and narrows nothing: either of two times, either state of women, where a test was done."""

from __future__ import annotations

import re

from matcher.criteria.chunks import Chunk
from matcher.criteria.lexicon import lexicon
from matcher.criteria.turns.turn import Context, walked

_JOINTS = frozenset({"conjunction", "slash", "comma"})
_ENDS = frozenset({"comma", "semicolon", "stop", "colon", "bracket", "window", "exception", "unless", "condition"})
_SAMPLE = frozenset({"word", "term", "scaffold", "conjunction", "slash", "qualifier", "status", "certainty", "dash"})
_FAR = 12
"""Chunks that a turn of phrase looks ahead."""


def either_time(row: list[Chunk], context: Context) -> list[Chunk]:
    """ "Progression on or after the last therapy", "during or within 6 months of": the later time is asked."""
    known = lexicon().turns["either_time"]

    def step(at: int, out: list[Chunk]) -> int:
        if row[at].low not in known or at + 2 >= len(row) or not out or row[at + 1].low not in ("or", "and or"):
            return 0
        after = row[at + 2]
        if after.kind != "window" and known.isdisjoint(after.low.split()[:1]):
            return 0
        context.left_out(row[at : at + 2])
        return at + 2

    return walked(row, step)


def either_state(row: list[Chunk], context: Context) -> list[Chunk]:
    """ "Women (pre- or postmenopausal)", "pre- and postmenopausal women": of every woman."""
    known = lexicon().turns["menopausal"]
    out: list[Chunk] = []
    at = 0
    while at < len(row):
        chunk = row[at]
        if chunk.kind == "bracket" and out and out[-1].kind == "sex" and _every_state(chunk.inner, known):
            context.left_out([chunk])
            at += 1
            continue
        end = at
        while end < len(row) and end < at + _FAR and (row[end].low in known or row[end].kind in (*_JOINTS, "dash")):
            end += 1
        if end > at and end < len(row) and row[end].kind == "sex" and _every_state(row[at:end], known):
            context.left_out(row[at:end])
            at = end
            continue
        out.append(chunk)
        at += 1
    return out if len(out) < len(row) else row


def _every_state(row: list[Chunk], known: frozenset[str]) -> bool:
    """Whether states that exclude each other are joined, and nothing else is said."""
    said = [c.low for c in row if c.kind not in (*_JOINTS, "dash", "scaffold")]
    return (
        len(said) > 1
        and all(word in known for word in said)
        and any(word.startswith("pre") for word in said)
        and any(word.startswith("post") for word in said)
    )


def specimens(row: list[Chunk], context: Context) -> list[Chunk]:
    """ "PTEN loss in tumor tissue or ctDNA": in what it was found is no part of the question."""
    known = lexicon().turns

    def step(at: int, out: list[Chunk]) -> int:
        if row[at].low not in known["sampled_by"] or not any(_marker(c) for c in out):
            return 0
        end = at + 1
        words: list[str] = []
        while end < len(row) and end < at + _FAR and row[end].kind in _SAMPLE:
            words += [] if row[end].kind in ("conjunction", "scaffold", "slash") else row[end].low.split()
            end += 1
        if end < len(row) and row[end].kind not in _ENDS:
            return 0
        if not words or not known["sample"].issuperset(words) or known["sample_of"].isdisjoint(words):
            return 0
        context.left_out(row[at:end])
        return end

    return walked(row, step)


def repeated(row: list[Chunk], context: Context) -> list[Chunk]:
    """ "< 10 g/dL (mean of two values at least 4 days apart)", "on two occasions 1 week apart": how often the same was
    measured is no further limit."""

    def step(at: int, out: list[Chunk]) -> int:
        if not out or not (out[-1].comparison is not None or out[-1].kind == "result"):
            return 0
        if row[at].kind == "bracket":
            run, end = row[at].inner, at + 1
        else:
            end = at
            while end < len(row) and end < at + _FAR and _of_repeat(row[end]):
                end += 1
            while end > at and row[end - 1].kind in _JOINTS:
                end -= 1
            run = row[at:end]
            if end < len(row) and row[end].kind not in _ENDS | {"conjunction"}:
                return 0
        words = {word for c in run for word in c.low.split()}
        if words.isdisjoint(lexicon().turns["repeated"]) or not all(map(_of_repeat, run)):
            return 0
        context.left_out(run)
        return end

    return walked(row, step)


def _of_repeat(chunk: Chunk) -> bool:
    known = lexicon().turns["repeated_by"] | lexicon().turns["repeated"]
    words = [word for word in chunk.low.split() if not word[:1].isdigit()]
    return chunk.kind not in ("bracket", "negation") and all(word in known for word in words)


def on_scale(row: list[Chunk], context: Context) -> list[Chunk]:
    """ "Heart failure classified as NYHA II", "in WHO functional class II": the disease with its scale right behind."""
    known = lexicon().turns

    def step(at: int, out: list[Chunk]) -> int:
        if not out or out[-1].kind not in ("term", "bracket"):
            return 0
        end = at
        if row[at].low in known["scaled"] and at + 1 < len(row) and row[at + 1].low in known["scaled_by"]:
            end = at + 2
        elif row[at].low in known["scaled_by"]:
            end = at + 1
        if end == at or end + 1 >= len(row) or not _scale(row[end]) or row[end + 1].kind != "comparison":
            return 0
        context.left_out(row[at:end])
        out.append(Chunk("comma", row[at].start, row[at].end, low=","))
        return end

    return walked(row, step)


def _scale(chunk: Chunk) -> bool:
    concept = chunk.mention.concept if chunk.mention is not None else None
    return chunk.kind == "term" and concept is not None and concept.system == "SCALE"


def _marker(chunk: Chunk) -> bool:
    return chunk.mention is not None and chunk.mention.type == "biomarker"


def assayed(row: list[Chunk], context: Context) -> list[Chunk]:
    """ "HER2-negative (IHC 0 or 1+, or IHC 2+/ISH-negative)": how a result is read is no further question."""
    known = lexicon().turns["assay"]
    out: list[Chunk] = []
    for chunk in row:
        if chunk.kind == "bracket" and out and _resulted(out) and _reads(chunk.inner, known):
            context.left_out(chunk.inner)
        else:
            out.append(chunk)
    return out if len(out) < len(row) else row


def _resulted(out: list[Chunk]) -> bool:
    """Whether a marker with its result stands right before."""
    last = re.split(r"[\s-]", out[-1].low)[-1]
    ended = out[-1].kind == "term" and last in lexicon().results
    return ended or (out[-1].kind == "result" and any(_marker(c) for c in out[-4:-1]))


def _reads(inner: list[Chunk], known: frozenset[str]) -> bool:
    """Whether a bracket speaks of assays and their steps only."""
    named = [word for c in inner if c.kind in ("term", "word") for word in c.low.split()]
    limited = any(c.comparison is not None or c.kind in ("result", "number") for c in inner)
    return limited and known.issuperset(named) and not any(c.kind in ("condition", "exception") for c in inner)
