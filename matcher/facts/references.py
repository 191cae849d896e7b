"""The reference range beside a value: "(3.5-5.0)", "normal < 40", "ULN 35", a column of its own."""

from __future__ import annotations

import re
from dataclasses import replace

from matcher.facts import gaps, tables
from matcher.facts.page import Draft
from matcher.model import Concept
from matcher.ner.quantities import Number
from matcher.terms import analytes

_WORDS = tables.toml("values")
_LONG = 3
_REF = re.compile(
    rf"[\s,;(\[{{|]*(?:(?:{tables.words(_WORDS['reference_of'])})\s+){{0,2}}"
    rf"(?P<word>{tables.words([*_WORDS['reference'], *_WORDS['upper_limit'], *_WORDS['lower_limit']])})?"
    r"[\s:=<>]*(?:is|of|up to|less than|greater than)?[\s:=]*$",
    re.IGNORECASE,
)
_UPPER = re.compile(tables.words(_WORDS["upper_limit"]), re.IGNORECASE)
_LOWER = re.compile(tables.words(_WORDS["lower_limit"]), re.IGNORECASE)
_FLAGGED: dict[str, list[str]] = _WORDS["flagged"]
_LETTERS = {way: [word for word in words if word.isupper() and len(word) < _LONG] for way, words in _FLAGGED.items()}
_FLAG = re.compile(rf"[\s|(]*(?:{tables.words(_WORDS['flags'])})?[)\s|]*$")
_COLUMN = re.compile(r"[|\t]|\s{2,}")
_BARE = {
    way: re.compile(rf"\s?\*?(?:{tables.words(w)})\*?(?=\s*(?:$|[,;|(\[\n]|\.\s|\s\d|\s{{2}}|\s[a-z%]+/))")
    for way, w in _LETTERS.items()
    if w
}
_CLOSED = {way: re.compile(rf"\s?[(\[]\s?\*?(?:{tables.words(w)})\*?\s?[)\],;]") for way, w in _FLAGGED.items()}
"""Behind a value, where it lies: "180 (L)", "5.9 [High]", and "3.2 L," without a bracket."""


def read(text: str, drafts: list[Draft], gap: str, number: Number) -> bool:
    """Take ``number`` as the reference range of the last value where the text says so."""
    value = drafts[-1].quantity
    if value is None or value.ref_low is not None or value.ref_high is not None:
        return False
    match = _REF.match(gap)
    word = match.group("word") if match else None
    bracket = gap.rstrip().endswith(("(", "["))
    column = bool(_COLUMN.search(gap)) and bool(_FLAG.match(gap))
    limit = number.kind == "range" or (bool(number.cmp) and number.unit in (None, value.unit))
    if not word and not (limit and (bracket or (column and (number.kind == "range" or _ranged(drafts[-1]))))):
        return False
    low: float | None = number.low
    high: float | None = number.high
    if number.cmp in ("<", "<="):
        low = None
    elif number.cmp in (">", ">="):
        high = None
    elif number.kind != "range":
        if word and _UPPER.fullmatch(word.strip()):
            low = None
        elif word and _LOWER.fullmatch(word.strip()):
            high = None
        elif re.search(r"<|less than|up to", gap):
            low = None
        elif re.search(r">|greater than", gap):
            high = None
        else:
            return False
    for draft in drafts:
        if draft.quantity is not None and draft.quantity.ref_high is None and draft.quantity.ref_low is None:
            draft.quantity = replace(draft.quantity, ref_low=low, ref_high=high)
    drafts[-1].end = gaps.closed(text, drafts[-1].start, max(drafts[-1].end, number.end))
    return True


def flag(text: str, end: int, draft: Draft) -> str | None:
    """Where a value lies that ends at ``end``, by the flag behind it, of what has a range of normal: "low"."""
    if text[end : end + 3].strip() and _ranged(draft):
        for way in _FLAGGED:
            if _CLOSED[way].match(text, end) or (way in _BARE and _BARE[way].match(text, end)):
                return way
    return None


def takes(concept: Concept | None, number: Number) -> bool:
    """Whether a number can be a value as it stands, without what looks like its unit: "K 3.2 L", not "FEV1 1.6 L"."""
    return concept is not None and analytes.takes(concept.id, number.low, None)


def _ranged(draft: Draft) -> bool:
    """Whether laboratories give a range of normal for what was measured."""
    if draft.concept is None or draft.kind != "measurement":
        return False
    known = analytes.get(draft.concept.id)
    return known is not None and {*known.ref_male, *known.ref_female} != {None}
