"""Severity, side, acuity, control and extent in the words around a mention."""

from __future__ import annotations

import re
from functools import cache

from matcher.facts import tables
from matcher.facts.phrases import Phrases
from matcher.facts.words import denial
from matcher.patterns import alternatives

_NONE = "-"
_DEGREES = frozenset({"mild", "moderate", "severe"})
_BEFORE = 44
_AFTER = 34
_STOP = re.compile(r"[;:\n.(]|\b(?:and|but|with|or|no|without|denies|who|which|for|on|had|has|is|was)\b", re.IGNORECASE)
_STOP_AFTER = re.compile(
    r"[;:\n.)]|\b(?:and|but|or|no|without|who|which|for|had|has)\b"
    r"|,(?!\s(?:left|right|bilateral|severe|mild|moderate|stable))",
    re.IGNORECASE,
)


_FINDING = 80
"""Characters behind a heading in which what it heads may stand."""
_HEAD_ENDS = re.compile(r"[;\n:]|\.\s")
_NEXT = 16
"""Characters of what may stand between two mentions, and of the qualifier that opens the second."""
_NEXT_SIDE = re.compile(r"\s\w")
_GOES_ON = alternatives(tables.toml("qualifiers")["goes_on"])
_ALONE = re.compile(rf"\s*(?:[,.;)\n]|$)|\s(?:{_GOES_ON})(?!\w)", re.IGNORECASE)


def _alone(text: str, start: int, end: int) -> bool:
    """Whether a word stands by itself behind a comma."""
    return text[max(0, start - 2) : start].rstrip()[-1:] == "," and _ALONE.match(text, end) is not None


@cache
def _table() -> dict[str, tuple[str, bool, bool]]:
    """Phrase to qualifier, whether it counts behind a mention, and whether there behind a comma, too."""
    return {
        row["phrase"].lower(): (row["qualifier"], row["where"] != "before", row["where"] == "clause")
        for row in tables.rows("qualifiers")
    }


def of(text: str, phrases: Phrases, low: int, start: int, end: int, high: int) -> tuple[str, ...]:
    """Qualifiers of the mention ``text[start:end]`` within its sentence ``text[low:high]``, in order.

    A phrase of the table whose qualifier is "-" ("secondary to", "left intact") hides the word in it that looks like
    one.
    """
    before, after = max(low, start - _BEFORE), min(high, end + _AFTER)
    hits = phrases.of("qualifier", before, after)
    if not hits:
        return _spread(text, phrases, end, high)
    if hits[0].start < start:
        for match in _STOP.finditer(text, before, start):
            before = match.end()
    if hits[-1].end > end and (stop := _STOP_AFTER.search(text, end, after)):
        after = stop.start()
    # What leads up to the next mention without a break is that one's ("…, moderate right …").
    next_one = high
    for hit in reversed(hits):
        if hit.start >= end and hit.end <= next_one and text[next_one : next_one + 1].strip(" .;:,\n"):
            if text[hit.end : next_one].strip():
                break
            next_one = hit.start
    found: list[str] = []
    for hit in hits:
        name, near, far = _table()[hit.phrase]
        if far and hit.start >= end and "." not in text[end : hit.start] and name not in found:
            found.append(name)  # "adenocarcinoma encasing the artery, unresectable"
            continue
        if near and _alone(text, hit.start, hit.end):
            # "diabetes, poorly controlled, hypertension": it is of what stands before it
            if hit.start >= end and not text[end : hit.start].strip(" ,") and name not in found:
                found.append(name)
            continue
        if hit.start < before or hit.end > after or (hit.start >= end and not near):
            continue
        if hit.start >= max(end, next_one):
            continue
        if hit.start >= end and name in _DEGREES and not _DEGREES.isdisjoint(found):
            # "mild mitral regurgitation, severe …": the second degree is the next one's
            continue
        other_side = hit.start >= end and name in tables.SIDES and not tables.SIDES.isdisjoint(found)
        if other_side and "," in text[end : hit.start] and _NEXT_SIDE.match(text, hit.end):
            # "glaucoma OS, right eye normal": the second side is the next thing's
            continue
        if name != _NONE and name not in found:
            found.append(name)
    return tuple(dict.fromkeys((*found, *_spread(text, phrases, end, high))))


def headed(text: str, phrases: Phrases, low: int, start: int) -> str | None:
    """The side that heads what is found there ("X-ray left hip: severe OA"); a denial stays as wide as it is."""
    colon = text.rfind(":", max(low, start - _FINDING), start)
    if colon < 0 or _HEAD_ENDS.search(text, colon + 1, start) or denial().search(text, colon, start):
        return None
    hits = phrases.of("qualifier", max(low, colon - _BEFORE), start)
    sides = {_table()[hit.phrase][0] for hit in hits if not _HEAD_ENDS.search(text, hit.end, colon)} & tables.SIDES
    return sides.pop() if len(sides) == 1 else None


def _spread(text: str, phrases: Phrases, end: int, high: int) -> tuple[str, ...]:
    """ "Breast cancer, | metastatic to bone": the next mention says what has become of this one."""
    if text[end:high].strip(" ,(-") or high - end > _NEXT:
        return ()
    return tuple(
        _table()[hit.phrase][0]
        for hit in phrases.of("qualifier", high, high + _NEXT)
        if hit.start == high and text.startswith(" to ", hit.end)
    )
