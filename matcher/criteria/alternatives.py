"""Limits in pairs, each with what goes with it: "BMI 35-40 with A or BMI > 40", "6-17 with A or 18-55 with B"."""

from __future__ import annotations

from dataclasses import replace

from matcher.criteria.chunks import Chunk
from matcher.criteria.limits import time_unit
from matcher.criteria.people import Parted
from matcher.criteria.rows import strip

_NAME = ("term", "word", "age")
_TIES = frozenset({"link", "negation", "condition", "group", "head"})
_PARTS = frozenset({"comma", "conjunction", "semicolon"})


def by_limits(row: list[Chunk]) -> Parted | None:
    """What stands before two limits of one measure, and each limit with what is tied to it; None where the second is
    of another measure ("BMI > 30 with diabetes or LDL > 160"), or of what is tied to the first."""
    first = next((i for i, c in enumerate(row) if c.comparison is not None), None)
    if first is None or not any(c.value == "or" for c in row[first:]):
        return None
    named = first
    while named and row[named - 1].kind in _NAME:
        named -= 1
    if any(c.kind in _PARTS or c.kind in _TIES or c.kind == "mark" for c in row[:named]):
        return None
    name, limit = row[named:first], row[first]
    timed = limit.comparison is not None and limit.comparison.duration is not None and not _aged(limit)
    if timed and name and all(c.kind != "age" for c in name):
        return None  # "10-14 days for resection or 3-5 days for biopsy"
    if not name and not _aged(limit):
        lived = limit.comparison is not None and time_unit(limit.comparison.unit) is not None
        if not lived or not any(c.kind in ("agegroup", "person", "sex") for c in row[:named]):
            return None
        assert limit.comparison is not None
        limit = replace(limit, comparison=replace(limit.comparison, age=True))  # "children 2-5 years with …"
        named = 0 if all(c.kind in ("agegroup", "person", "scaffold") for c in row[:named]) else named
    behind = next((c for c in row[first + 1 :] if c.kind not in ("scaffold", "bracket")), None)
    if behind is None or behind.kind not in _TIES:
        return None
    for at in range(first + 2, len(row) - 1):
        if row[at].kind != "conjunction" or row[at].value != "or":
            continue
        left, right = strip(row[named:at]), strip(row[at + 1 :])
        second = _again(name, limit, right)
        if second is not right and any(c.comparison is not None for c in left[first - named + 1 :]):
            return None  # "HbA1c > 7 % with BMI > 30 or < 20": of what is tied to the first
        if second is not None and not any(c.kind == "semicolon" for c in left):
            return row[:named], "or", [left, second]
    return None


def _again(name: list[Chunk], limit: Chunk, right: list[Chunk]) -> list[Chunk] | None:
    """The second limit under the name of the first; None where it is of something else."""
    people = () if name else ("agegroup", "person")  # "or children 1-5 years with …"
    at = next((i for i, c in enumerate(right) if c.kind != "scaffold" and c.kind not in people), len(right))
    if at == len(right):
        return None
    found, first = right[at].comparison, limit.comparison
    if found is None:
        same = bool(name) and right[at].low == name[0].low and at + 1 < len(right)
        return right if same and right[at + 1].comparison is not None else None
    if first is None or (_aged(right[at]) and _aged(limit)):
        return right if first is not None else None
    tied = at + 1 < len(right) and right[at + 1].kind in _TIES
    lived = time_unit(found.unit) is not None
    alike = found.unit is None or found.unit == first.unit or (lived and _aged(limit))
    plain = not (found.uln or found.lln or found.scale or found.age) or found.uln == first.uln
    if not alike or not plain or not (tied or len(right) == at + 1):
        return None
    aged = replace(found, age=True) if _aged(limit) or (name and name[0].kind == "age") else found
    return [*right[:at], *name, replace(right[at], kind="comparison", comparison=aged), *right[at + 1 :]]


def _aged(chunk: Chunk) -> bool:
    return chunk.comparison is not None and chunk.comparison.age
