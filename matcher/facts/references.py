"""The reference range beside a value: "(3.5-5.0)", "normal < 40", "ULN 35", a column of its own."""

from __future__ import annotations

import re
from dataclasses import replace

from matcher.facts import gaps, tables
from matcher.facts.page import Draft
from matcher.ner.quantities import Number

_WORDS = tables.toml("values")
_REF = re.compile(
    rf"[\s,;(\[{{|]*(?:(?:{tables.words(_WORDS['reference_of'])})\s+){{0,2}}"
    rf"(?P<word>{tables.words([*_WORDS['reference'], *_WORDS['upper_limit'], *_WORDS['lower_limit']])})?"
    r"[\s:=<>]*(?:is|of|up to|less than|greater than)?[\s:=]*$",
    re.IGNORECASE,
)
_UPPER = re.compile(tables.words(_WORDS["upper_limit"]), re.IGNORECASE)
_LOWER = re.compile(tables.words(_WORDS["lower_limit"]), re.IGNORECASE)
_FLAG = re.compile(rf"[\s|(]*(?:{tables.words(_WORDS['flags'])})?[)\s|]*$")


def read(text: str, drafts: list[Draft], gap: str, number: Number) -> bool:
    """Take ``number`` as the reference range of the last value where the text says so."""
    value = drafts[-1].quantity
    if value is None or value.ref_low is not None or value.ref_high is not None:
        return False
    match = _REF.match(gap)
    word = match.group("word") if match else None
    bracket = gap.rstrip().endswith(("(", "["))
    column = number.kind == "range" and bool(re.search(r"[|\t]|\s{2,}", gap)) and bool(_FLAG.match(gap))
    is_range = number.kind == "range" and (bracket or column)
    if not word and not is_range and not (bracket and number.cmp and number.unit in (None, value.unit)):
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
