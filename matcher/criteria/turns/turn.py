"""What every turn of phrase is made of: where it is looked for, and one pass over a row."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from matcher.criteria.chunks import Chunk
from matcher.criteria.comparisons import Comparison
from matcher.criteria.lexicon import lexicon
from matcher.model import EntityType, Mention


@dataclass(frozen=True, slots=True)
class Context:
    """What a turn of phrase may need beside its row."""

    text: str
    left_out: Callable[[list[Chunk]], None]
    """Takes the chunks that are understood and ask nothing."""


@dataclass(frozen=True, slots=True)
class Turn:
    """A turn of phrase."""

    straight: Callable[[list[Chunk], Context], list[Chunk]]
    """The row in plainer words; the row itself where it has no such turn."""
    kinds: frozenset[str] = frozenset()
    """It is looked for in rows that hold a chunk of one of these kinds; empty: in all."""
    groups: tuple[str, ...] = ()
    """Groups of ``heads.toml`` [turn]: it is looked for where the first word of one of their phrases stands."""
    words: frozenset[str] = frozenset()
    """Words, one of which must stand in the row, beside those of ``groups``."""

    def openings(self) -> frozenset[str]:
        """The words of which one must stand in the row; none: it is looked for without."""
        known = lexicon().turns
        return self.words.union(phrase.split()[0] for group in self.groups for phrase in known[group])



Step = Callable[[int, list[Chunk]], int]
"""Given a place of the row and what stands for the chunks before it: puts there what stands for the turn that begins
at the place, and gives the place behind that; 0 where none begins."""


def walked(row: list[Chunk], step: Step) -> list[Chunk]:
    """The row with every turn that ``step`` finds put straight, in one pass; the row itself where it finds none."""
    out: list[Chunk] = []
    at, end = 0, len(row)
    found = False
    while at < end:
        behind = step(at, out)
        if behind:
            at, found = behind, True
        else:
            out.append(row[at])
            at += 1
    return out if found else row


def clause(out: list[Chunk], ends: frozenset[str]) -> int:
    """Where the last clause of ``out`` begins: behind the last chunk of a kind that ends one."""
    begun = len(out)
    while begun and out[begun - 1].kind not in ends:
        begun -= 1
    return begun


def name(text: str, start: int, end: int, kind: EntityType) -> Chunk:
    """A stretch of text as one name."""
    low = " ".join(text[start:end].lower().split())
    return Chunk("term", start, end, low=low, mention=Mention(start, end, text[start:end], kind))


def plain(found: Comparison | None) -> bool:
    """Whether a number stands alone: no unit, scale or multiple of normal."""
    return found is not None and not (found.unit or found.uln or found.lln or found.scale or found.age)
