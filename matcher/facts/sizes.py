"""The size of a finding: "an 8 mm polyp", "hernia approximately 6 cm in diameter", "30-pound weight loss"."""

from __future__ import annotations

import re
from collections.abc import Sequence

from matcher.facts import tables
from matcher.facts.page import Draft, Page, Sentence
from matcher.model import Quantity
from matcher.ner.quantities import Number

_LENGTH = re.compile(r"(?:mm|cm|millimet(?:er|re)s?|centimet(?:er|re)s?|inch(?:es)?|in\.?)", re.IGNORECASE)
_MASS = re.compile(r"(?:kg|kilos?|kilograms?|lbs?|pounds?|g|grams?|mg)", re.IGNORECASE)
_BODY = re.compile(r"(?:kg|kilos?|kilograms?|lbs?|pounds?)", re.IGNORECASE)
_TIMES = re.compile(r"\s?(?:-?\s?(?:mm|cm)\s?)?(?:x|×|by)\s?", re.IGNORECASE)
_PLACE = re.compile(
    rf"(?P<measured>{tables.words(tables.toml('values')['size_told'])})?\s?\bat\s(?:(?:{tables.words(tables.toml('values')['size_about'])})\s)*\Z",
    re.IGNORECASE,
)
_FROM = re.compile(rf"\s(?:{tables.words(tables.toml('values')['size_away'])})\s", re.IGNORECASE)
"""Where a finding lies, and no size: "at approximately | 10 cm", "8 cm | from the anal verge"."""
_AFTER = 45
_MOST = 40
"""More are a code, a dose or a year."""
_BEFORE = 60


def read(page: Page, sentence: Sentence, drafts: Sequence[Draft]) -> None:
    """Give the conditions and findings of a sentence the size that stands beside them."""
    _counts(page, sentence, drafts)
    sizes = lengths(page.text, sentence.numbers)
    if not sizes:
        return
    words = tables.toml("values")
    link, weights = frozenset(words["size"]), tuple(words["weighed"])
    places = sorted(((d.start, d.end, d) for d in drafts), key=lambda p: p[:2])
    for quantity in sizes:
        mass = _MASS.fullmatch(quantity.unit or "") is not None
        if not mass and _is_place(page.text, quantity):
            continue
        best: Draft | None = None
        for start, end, draft in places:
            if mass != any(word in page.text[start:end].lower() for word in weights):
                continue
            if quantity.end <= start and start - quantity.end <= _BEFORE:
                # What is named right behind its size.
                if re.search(r"[;:.\n]|,\s(?:and|with)\b", page.text[quantity.end : start]) is None:
                    best = best or draft
                break
            if end <= quantity.start and quantity.start - end <= _AFTER:
                gap = page.text[end : quantity.start].lower()
                if all(word in link for word in re.findall(r"[a-z]+", gap)) and not re.search(r"[;:\n]", gap):
                    best = draft
        if best is not None and best.quantity is None:
            best.quantity = quantity


def _counts(page: Page, sentence: Sentence, drafts: Sequence[Draft]) -> None:
    """How many there are: "multiple polyps (5)", "two small nodules"; a quantity without a unit."""
    text = page.text
    words = tables.toml("values")
    not_counting, between = frozenset(words["not_counting"]), re.compile(r"(?:[\s-][a-z-]{3,}){0,3}\s")
    for draft in drafts:
        last = re.split(r"\s(?:in|of|on)\s", text[draft.start : draft.end], maxsplit=1)[0]
        plural = last.lower().endswith("s") and not last.lower().endswith(("ss", "us", "is"))
        several = plural or (last.endswith("s") and last[-2:-1].isupper())
        if draft.quantity is not None or not several:  # "UTIs" are several, "arthritis" is one
            continue
        for number in sentence.numbers:
            if number.unit is not None or number.kind != "plain" or not 1 <= number.low <= _MOST or number.low % 1:
                continue
            if number.end <= draft.start:
                gap = text[number.end : draft.start]
                before = re.findall(r"[a-z#]+", text[max(sentence.start, number.start - 14) : number.start].lower())
                if between.fullmatch(gap) is None or not_counting & set(re.findall(r"[a-z]+", gap)):
                    continue
                glued = number.start > 0 and text[number.start - 1] not in " \n"
                if glued or (before and before[-1] in not_counting):
                    continue
            elif not (text[draft.end : number.start].strip() == "(" and text[number.end : number.end + 1] == ")"):
                continue
            draft.quantity = Quantity(number.low, number.low, None, start=number.start, end=number.end)
            break


def _is_place(text: str, length: Quantity) -> bool:
    """Whether a length says where something lies: "a 1 cm polyp at | 10 cm"."""
    place = _PLACE.search(text, max(0, length.start - 40), length.start)
    return (place is not None and place["measured"] is None) or _FROM.match(text, length.end) is not None


def is_mass(unit: str) -> bool:
    """Whether it is a unit of body weight."""
    return _BODY.fullmatch(unit) is not None


def is_length(quantity: Quantity) -> bool:
    """Whether it is a length, not a mass."""
    return _LENGTH.fullmatch(quantity.unit or "") is not None


def lengths(text: str, numbers: Sequence[Number]) -> list[Quantity]:
    """Lengths and masses; of "4 x 4-cm" and "1.3 cm x 1.2 cm" the longest side."""
    found: list[Quantity] = []
    at = 0
    while at < len(numbers):
        first = last = numbers[at]
        sides = [first]
        while at + len(sides) < len(numbers) and _TIMES.fullmatch(text, last.end, numbers[at + len(sides)].start):
            last = numbers[at + len(sides)]
            sides.append(last)
        at += len(sides)
        unit = next((side.unit for side in reversed(sides) if side.unit), None)
        if unit is None or any(side.kind not in ("plain", "range") for side in sides):
            continue
        if not (_LENGTH.fullmatch(unit) or _MASS.fullmatch(unit)):
            continue
        largest = max(sides, key=lambda side: side.high)
        size = largest.quantity()
        found.append(
            Quantity(size.low, size.high, unit, size.low_open, size.high_open, start=first.start, end=last.end)
        )
    return found
