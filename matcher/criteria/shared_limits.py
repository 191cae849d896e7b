"""What stands once behind a list of measures: a limit in brackets ("AST and ALT (> 2 x ULN)"), when they were taken."""

from __future__ import annotations

from matcher.criteria.chunks import Chunk
from matcher.criteria.coordination import Segment
from matcher.criteria.rows import bare


def bracket_of_both(row: list[Chunk], after: list[Chunk]) -> Chunk | None:
    """The limit in brackets behind the second of two measures that is of the first, too: a multiple of the normal
    limit, which every measure has; of a number with a unit nothing is known."""
    if not after or after[-1].kind != "bracket" or not (_measure(row) and _measure(after[:-1])):
        return None
    if any(c.kind in ("comparison", "window", "negation", "bracket") for c in (*row, *after[:-1])):
        return None
    said = [c for c in after[-1].inner if c.kind != "scaffold"]
    limit = said[0].comparison if len(said) == 1 else None
    return after[-1] if limit is not None and (limit.uln or limit.lln) else None


def _measure(row: list[Chunk]) -> bool:
    named = bare(row)
    return bool(named) and any(c.mention is not None and c.mention.type == "measurement" for c in named)


def windows_of_measures(found: list[Segment]) -> None:
    """ "NIHSS > 15, mRS > 3 or Barthel < 60 | within a week": each was measured then."""
    last = found[-1].row
    window = last[-1] if last and last[-1].kind == "window" else None
    timed = window.timed if window is not None else None
    if window is None or timed is None or timed.own or timed.lasting is not None or len(found) < _SEVERAL:
        return
    if not all(_limited(segment) for segment in found):
        return
    for segment in found[:-1]:
        segment.row = [*segment.row, window]


def _limited(segment: Segment) -> bool:
    """A measure with a limit, and nothing else."""
    limits = [c.comparison for c in segment.row if c.comparison is not None]
    if segment.but or segment.apart or segment.verb or len(limits) != 1 or limits[0].age or limits[0].duration:
        return False
    if any(c.kind == "age" for c in segment.row):
        return False
    behind = segment.row[next(i for i, c in enumerate(segment.row) if c.comparison is not None) + 1 :]
    plain = all(c.kind in ("window", "scaffold", "when") or c.low in _TAKEN for c in behind)
    return plain and sum(c.kind == "window" for c in behind) <= (1 if segment.row[-1].kind == "window" else 0)


_TAKEN = frozenset({"measured", "obtained", "assessed", "taken"})
_SEVERAL = 3
"""Measures of a list that were plainly taken together."""
