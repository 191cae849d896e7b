"""How much of a drug: the amount beside its name, with or without a unit, in tablets, in several doses a day."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cache
from typing import Any

from matcher.facts import tables
from matcher.facts.page import Draft, Page, Sentence
from matcher.model import Mention, Quantity
from matcher.ner.quantities import Number
from matcher.numerals import NUMERALS

_YEARS = range(1900, 2101)


@cache
def _dose_units() -> frozenset[str]:
    return frozenset(tables.toml("drugs")["dose"]["units"])


@cache
def _between() -> frozenset[str]:
    return frozenset(tables.toml("drugs")["dose"]["between"])


def _owns(text: str, number: Number, start: int) -> bool:
    """Whether a dose stands right before the drug that begins at ``start`` ("40 mg of lisinopril")."""
    if not 0 <= start - number.end < 12:
        return False
    gap = text[number.end : start].strip().lower()
    return not gap or gap in _between()


def read(page: Page, sentence: Sentence, mention: Mention, stop: int, previous: int, draft: Draft) -> None:
    """The dose: the first amount after the drug, or right before it."""
    following = next(
        (m.start for m in sentence.mentions if m.type == "drug" and m.start >= mention.end), len(page.text)
    )
    for number in sentence.numbers:
        if number.start >= mention.end and (unit := _bare(page, mention, number)) is not None:
            number = replace(number, unit=unit)
        if number.unit is None or number.unit.strip().lower().partition("/")[0] not in _dose_units():
            continue
        if mention.start <= number.start < stop:
            if page.text[mention.end : number.start].strip() and _owns(page.text, number, following):
                break  # "2% lidocaine and 0.05% Marcaine": the dose of the next drug
            if number.start < mention.end or number.start - mention.end < 40:
                draft.quantity = _in_tablets(page.text, number, stop)
                draft.end = max(draft.end, number.end)
                draft.anchor = (mention.start, mention.end)
            return
        behind = previous > sentence.start and not page.text[previous : number.start].strip()
        if previous <= number.end and not behind and _owns(page.text, number, mention.start):
            draft.quantity = number.quantity()
            draft.start = number.start
            draft.anchor = (mention.start, mention.end)
            return


def _in_tablets(text: str, number: Number, stop: int) -> Quantity:
    """ "500 mg, 2 tabs daily": what is taken at a time."""
    quantity = number.quantity()
    taken = _tablets().match(text, number.end, stop)
    if taken is None or quantity.low is None or quantity.high is None:
        return quantity
    count = float(taken["n"]) if taken["n"][0].isdigit() else NUMERALS[taken["n"].lower()]
    return replace(quantity, low=quantity.low * count, high=quantity.high * count)


@cache
def _tablets() -> re.Pattern[str]:
    some = tables.words(_bare_words()["tablets"])
    count = "|".join(word for word, value in NUMERALS.items() if value <= 6)
    return re.compile(
        rf"\s?(?:{some})?[\s,:;-]*(?:(?:{tables.words(_bare_words()['take'])})\s)?(?P<n>[1-6](?:\.5)?|{count})\s(?:{some})",
        re.IGNORECASE,
    )


def a_day(page: Page, sentence: Sentence, draft: Draft, stop: int) -> list[str]:
    """The frequency of a drug whose doses differ over the day, and their sum as its dose ("20 units in the morning and
    14 units at night"); nothing where there is one dose."""
    quantity = draft.quantity
    if quantity is None or quantity.low is None or quantity.high is None:
        return []
    total, at = quantity.low, quantity.end
    once, joined = _once()
    for number in sentence.numbers:
        if number.start < at or number.start >= stop or number.kind != "plain" or number.cmp:
            continue
        same = number.unit is None or number.unit.lower().rstrip("s") == (quantity.unit or "").lower().rstrip("s")
        if not same or joined.fullmatch(page.text, at, number.start) is None:
            break
        if once.match(page.text, number.end, sentence.end) is None:
            break
        total, at = total + number.low, number.end
    if total == quantity.low:
        return []
    draft.quantity, draft.end = replace(quantity, low=total, high=total), max(draft.end, at)
    return ["1/day"]


@cache
def _once() -> tuple[re.Pattern[str], re.Pattern[str]]:
    """When in the day one dose of several is taken; between two of them."""
    when = tables.words(tables.toml("drugs")["dose"]["in_the_day"])
    return (
        re.compile(rf"\s?(?:{when})", re.IGNORECASE),
        re.compile(rf"\s?(?:{when})\s?(?:(?:,|and|then|plus|\+|/|&)\s?){{1,2}}", re.IGNORECASE),
    )


def _bare(page: Page, mention: Mention, number: Number) -> str | None:
    """The unit that is meant where a number alone stands behind a drug ("ASA 81", "Lasix 80 bid"); None: no dose."""
    if number.unit is not None or number.kind != "plain" or number.word or number.cmp:
        return None
    text, bare = page.text, _bare_words()
    if _form().fullmatch(text, mention.end, number.start) is None:
        return None
    timed = _taken().match(text, number.number_end)
    if timed is None or (timed["often"] is None and number.low.is_integer() and int(number.low) in _YEARS):
        return None
    if number.low in bare["counts"]:
        return None  # "aspirin 1 daily": tablets
    name = (mention.concept.name if mention.concept else mention.text).lower()
    for unit, names in bare["unit"].items():
        if any(one in name or one in mention.text.lower() for one in names):
            return None if unit == "none" else "mg" if unit == "mcg" and number.low < 1 else unit
    return "mg"


@cache
def _bare_words() -> dict[str, Any]:
    bare: dict[str, Any] = tables.toml("drugs")["dose"]["bare"]
    return bare


@cache
def _form() -> re.Pattern[str]:
    return re.compile(rf"(?:\s(?:{tables.words(_bare_words()['form'])}))?\s?[:=]?\s", re.IGNORECASE)


@cache
def _taken() -> re.Pattern[str]:
    often = [phrase for some in tables.toml("drugs")["frequency"].values() for phrase in some]
    ends = tables.words(_bare_words()["behind"])
    return re.compile(rf"\s?(?:(?P<often>{tables.words(often)})|(?:{ends})|[,;.)]?\s*\Z|[,;)\n]|\.\s)", re.IGNORECASE)
