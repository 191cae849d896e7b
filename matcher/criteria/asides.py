"""What a statement says beside its question: why it is asked, and how the answer is shown."""

from __future__ import annotations

from .chunks import Chunk
from .coordination import names
from .rows import place

_NAMES = frozenset({"term", "word", "conjunction", "comma", "slash", "scaffold", "qualifier"})


def without_reason(row: list[Chunk]) -> tuple[list[Chunk], list[Chunk]]:
    """The row and what was left out: ", since radiotherapy often changes the mucosa"."""
    at = place(row, "reason")
    if at is None or at == 0 or row[at - 1].kind not in ("comma", "dash", "bracket") or not names(row[:at]):
        return row, []
    end = next((i for i in range(at, len(row)) if row[i].kind == "semicolon"), len(row))
    return row[:at] + row[end:], row[at:end]


def without_evidence(row: list[Chunk]) -> tuple[list[Chunk], list[Chunk]]:
    """The row and what was left out: "≥ 70 % by duplex, CTA or angiography", "ultrasound or MRI evidence of X"."""
    for at, chunk in enumerate(row):
        if chunk.kind != "scaffold" or not 0 < at < len(row) - 1:
            continue
        if chunk.low == "by" and names(row[:at]) and _tests(row[at + 1 :]):
            return row[:at], row[at:]
        if chunk.low.endswith("evidence of") and _tests(row[:at]):
            return row[at:], row[:at]
    return row, []


def _tests(row: list[Chunk]) -> bool:
    """Whether the row names procedures only, two at least (one is part of a name)."""
    terms = [c for c in row if c.kind == "term"]
    return (
        len(terms) > 1
        and all(c.kind in _NAMES for c in row)
        and all(c.mention is not None and c.mention.type == "procedure" for c in terms)
    )
