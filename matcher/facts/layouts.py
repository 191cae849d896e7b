"""Layouts of values that name their measure elsewhere, or not at all."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from matcher.facts import persons, shares, sizes, tables
from matcher.facts.fit import Anchor
from matcher.facts.page import Draft, Page, Sentence
from matcher.facts.phrases import Hit
from matcher.ner import quantities
from matcher.ner.quantities import Number, is_pressure

if TYPE_CHECKING:
    from matcher.facts.values import Values

_TALL = {"cm": (45, 230), "m": (0.45, 2.3)}
"""From and to what a number with such a unit is a person's height."""
_STANDS = re.compile(r"\b(?:he|she|patient|who)\s(?:is|stands|was|measures)\s(?:about\s)?$", re.IGNORECASE)
_WHO = re.compile(
    r"(?:\b(?:years?|months?|yrs?)[\s-]old|\b\d{1,3}\s?(?:years?|yrs?|y)|\by/?o|\b\d{1,3}\s?(?:y/?o\s?)?[MF])"
    rf"(?:\s(?:[a-z-]{{1,12}}\s){{0,2}}(?:{tables.words(['child', 'patient', *persons.persons()])}))?"
    r"(?:,\s\d{2,3}\s?cm)?(?:\s?[,;(]\s?|\s)(?:weighing\s)?$",
    re.IGNORECASE,
)
"""A person with an age, and a comma or bracket behind."""
_IS = re.compile(
    rf"\b(?:{tables.words(tables.toml('values')['weighs_who'])}|(?:mr|mrs|ms)\.?\s\w+)\s(?:is|was|are|were)\s"
    rf"(?:(?:{tables.words(tables.toml('values')['weighs_now'])})\s)?"
    rf"(?:(?:{tables.words(tables.toml('values')['size_about'])})\s)?$",
    re.IGNORECASE,
)
_WHOLE = re.compile(
    rf"(?:\s?\([^()]{{1,20}}\))?\s?(?:[.,;)]|\Z|\n|\s(?:{tables.words(tables.toml('values')['weighs_behind'])})\b)",
    re.IGNORECASE,
)
"""A weight that is the person's own: "he is about | 90 kg", not "20 kg | over his ideal weight"."""
_PERSON = re.compile(
    rf"\s(?:[a-z-]{{1,12}}\s){{0,2}}(?:{tables.words(['patient', *persons.persons()])})\b", re.IGNORECASE
)
"""The person whose weight opens a sentence: "340 lb man"."""
_COLUMN = re.compile(r"(?:[ \t]*\|[ \t]*|\t+|[ ]{2,})(?:(?:HH?|LL?|A|N|C|\*)[ \t]*(?:\||\t|[ ]{2,})[ \t]*)?")
_LOST = re.compile(
    rf"(?:{tables.words(tables.toml('values')['lost'])})\s"
    rf"(?:(?:{tables.words(tables.toml('values')['lost_sum'])})\s)?(?:[a-z]+\s){{0,2}}$",
    re.IGNORECASE,
)
_LOST_BEFORE = re.compile(
    rf"\b(?:weight[\s-]loss|{tables.words(tables.toml('values')['lost'])})"
    r"(?:\s?(?:[:=~≈-]|(?:of|was|is|about|approximately|approx\.?)\b))*"
    r"(?P<mass>\s?\d+(?:\.\d+)?\s?(?:kg|kgs|lbs?|pounds|kilos?|kilograms)\b\.?(?:\s?[(,/=]|\sor)?)?"
    r"(?:\s?(?:about|approximately|approx\.?|i\.?e\.?,?|[~≈]))?\s?$",
    re.IGNORECASE,
)
"""A loss of weight before its share of the body's: "lost 4 kg (", "weight loss of about"."""
_LOSS_BEHIND = re.compile(
    rf"\s(?:(?:{tables.words(tables.toml('values')['loss_is'])})\s){{0,2}}weight[\s-]loss\b", re.IGNORECASE
)
_OF_WEIGHT = re.compile(r"\sof\s(?:(?:his|her|their|the|total)\s){0,2}(?:body[\s-])?(?:weight|mass)\b", re.IGNORECASE)
_SIZE_BEFORE, _SIZE_AFTER = 30, 40
_COURSE: dict[str, list[str]] = tables.toml("values")["course"]
_COMES = (
    rf"\b(?:{tables.stems(_COURSE['of'])})\s(?:(?:{tables.stems(_COURSE['before'])})\s){{0,3}}"
    rf"(?:{tables.stems(_COURSE['goes'])})\s(?:(?:{tables.stems(_COURSE['behind'])})\s){{0,2}}"
    r"(?:to|at)\s(?:about\s|approximately\s)?"
)
_IT = re.compile(_COMES + "$", re.IGNORECASE)
_ANEW = re.compile(
    rf"[\s*•-]*(?:{tables.words(_COURSE['opens'])})(?:(?:\s[\w-]+){{0,5}}?(?:\s?[:=]|\s(?:{tables.words(_COURSE['to'])})))?\s?",
    re.IGNORECASE,
)
_GOES_ON = re.compile(_COMES, re.IGNORECASE)
_TO = re.compile(r"\s(?:[Tt][Oo]|[Aa][Tt])\s")
"""What `_COMES` cannot do without: quickly looked for."""


def goes_on(text: str, start: int, end: int) -> bool:
    """Whether a sentence may give another value of what the one before it speaks of (`again`)."""
    came = _TO.search(text, start, end) is not None and _GOES_ON.search(text, start, end) is not None
    return came or _ANEW.match(text, start, end) is not None


def pair(values: Values, page: Page, sentence: Sentence, hit: Hit, used: set[int]) -> bool:
    """Add the values of "H and H stable at 14.1 and 48.7" and say whether there are such."""
    concepts = values.fit.pair(hit.phrase)
    region = [n for n in sentence.numbers if n.start >= hit.end]
    if concepts is not None and region:
        group = [Anchor(hit.start, hit.end, "measurement", concept) for concept in concepts]
        return shares.share(values, page, group, region, used)
    return False


def again(values: Values, page: Page, sentence: Sentence) -> None:
    """ "Creatinine of 1.4. During the stay it was decreased to 0.8": the value that a pronoun speaks of."""
    before, draft = page.last_value or (None, None)
    if before is None or draft is None or not 0 <= sentence.start - before.end <= 3 or draft.quantity is None:
        return
    for number in sentence.numbers:
        anew = _ANEW.fullmatch(page.text, sentence.start, number.start) is not None
        anchor = Anchor(draft.start, draft.end, draft.kind, draft.concept)
        if anew and is_pressure(number) and values.fit.is_pressure(anchor):
            for past in before.drafts:
                if past.rule == "value.pressure":
                    past.assertion, past.rule = "historical", "value.past"
            for part in values.pressure(replace(anchor, start=number.start, end=number.end), number, page.text):
                page.add(part)
            return
        if not anew and _IT.search(page.text, sentence.start, number.start) is None:
            continue
        if draft.quantity.unit is not None and number.unit not in (None, draft.quantity.unit):
            continue
        quantity = values.fit.quantity(anchor, number)
        if quantity is not None:
            draft.assertion, draft.rule = "historical", "value.past"
            page.add(
                Draft(
                    draft.kind, number.start, number.end, draft.concept, quantity, rule="value.again",
                    type="measurement",
                )
            )  # fmt: skip
        return


def size_of(page: Page, sentence: Sentence, anchor: Anchor) -> list[Draft]:
    """The length beside what a protocol measures: "a 4 x 4-cm mass in the lung", "the defect was 6 cm"."""
    for quantity in sizes.lengths(page.text, sentence.numbers):
        before, after = anchor.start - quantity.end, quantity.start - anchor.end
        near = 0 <= before <= _SIZE_BEFORE or 0 <= after <= _SIZE_AFTER
        between = page.text[min(quantity.end, anchor.end) : max(quantity.start, anchor.start)]
        if near and _parted(page.text, sentence.start, anchor.start, between, before >= 0):
            continue
        if near and re.search(r"[;:.\n]", between) is None and sizes.is_length(quantity):
            start, end = min(anchor.start, quantity.start), max(anchor.end, quantity.end)
            place = (anchor.start, anchor.end)
            return [Draft("measurement", start, end, anchor.concept, quantity, rule="value.size", anchor=place)]
    return []


def _parted(text: str, start: int, anchor: int, between: str, before: bool) -> bool:
    """ "6 mm haematoma without shift", "no shift, 6 mm haematoma": the length is of something else."""
    table = tables.toml("values")
    behind = frozenset(table["size_parts"])
    if before and not behind.isdisjoint(re.findall(r"[a-z]+", between.lower())):
        return True
    last = re.findall(r"[a-z]+", text[max(start, anchor - 24) : anchor].lower())
    return last[-1:] != [] and last[-1] in table["size_denied"]


def of_person(values: Values, page: Page, sentence: Sentence) -> None:
    """What is said of the person without a measure's name: height, weight, weight lost."""
    weight_lost(values, page, sentence)
    for number in sentence.numbers:
        if number.kind == "compound" and number.unit == "inches":
            height(values, page, sentence, number)
        elif number.kind == "plain" and number.unit is not None and sizes.is_mass(number.unit):
            weight(values, page, sentence, number)
        elif number.kind == "plain" and number.unit in _TALL:
            height(values, page, sentence, number)
    _both(values, page, sentence)


def _both(values: Values, page: Page, sentence: Sentence) -> None:
    """ "128 kg, 1.71 m", "5'4", 248 lb": a weight and a height that begin a sentence need no name."""
    if len(sentence.numbers) < 2:
        return
    first, second = sentence.numbers[:2]
    if page.text[sentence.start : first.start].strip(" -*•") or page.text[first.end : second.start].strip(" ,/;"):
        return
    mass, tall = (first, second) if sizes.is_mass(first.unit or "") else (second, first)
    if not sizes.is_mass(mass.unit or "") or not 20 <= mass.low <= 400:
        return
    feet = tall.kind == "compound" and tall.unit == "inches" and 40 <= tall.low <= 96
    if feet or (tall.unit == "m" and 1 <= tall.low <= 2.5) or (tall.unit == "cm" and 100 <= tall.low <= 250):
        for number, concept in ((mass, values.fit.weight), (tall, values.fit.height)):
            page.add(
                Draft(
                    "measurement", number.start, number.end, concept, number.quantity(), rule="value.both",
                    type="measurement",
                )
            )  # fmt: skip


def column_unit(text: str, number: Number, stop: int) -> Number:
    """The unit in the next column of a table."""
    if number.unit is not None:
        return number
    match = _COLUMN.match(text, number.end, stop)
    if match is None:
        return number
    unit, end = quantities.unit_at(text, match.end(), stop)
    return number if unit is None else replace(number, unit=unit, end=end)


def weight_lost(values: Values, page: Page, sentence: Sentence) -> None:
    """ "She has lost 30 pounds over 3 months": weight loss, with how much."""
    for number in sentence.numbers:
        if number.unit == "%":
            _share_lost(values, page, sentence, number)
        if number.unit is None or not sizes.is_mass(number.unit):
            continue
        match = _LOST.search(page.text, max(sentence.start, number.start - 40), number.start)
        if match is not None:
            lost = values.fit.weight_loss
            page.add(Draft("condition", match.start(), number.end, lost, number.quantity(), rule="value.lost"))


def _share_lost(values: Values, page: Page, sentence: Sentence, number: Number) -> None:
    """ "Lost 4 kg (5%)", "lost 9% of his body weight", "weight loss 3 kg (4%)", "8% weight loss"."""
    text = page.text
    before = _LOST_BEFORE.search(text, max(sentence.start, number.start - 60), number.start)
    named = before is None or "weight" in before[0].lower() or before["mass"] is not None
    if named and before is None and _LOSS_BEHIND.match(text, number.end, sentence.end) is None:
        return
    if not named and _OF_WEIGHT.match(text, number.end, sentence.end) is None:
        return
    start = before.start() if before is not None else number.start
    lost = values.fit.weight_loss
    page.add(Draft("condition", start, number.end, lost, number.quantity(), rule="value.lost"))


def weight(values: Values, page: Page, sentence: Sentence, number: Number) -> None:
    """ "82-year-old woman, 50 kg, creatinine 1.5": a person's weight right behind the age needs no name."""
    text = page.text
    before = text[max(sentence.start, number.start - 40) : number.start]
    after = text[number.end : number.end + 1]
    person = _WHO.search(before) or (
        not before.strip().strip("Aan ") and _PERSON.match(text, number.end, sentence.end) is not None
    )
    person = person or (_IS.search(before) is not None and _WHOLE.match(text, number.end, sentence.end) is not None)
    most = 900 if (number.unit or "")[:1] in "lLpP" else 400
    if person and (not after or after in ",;.)\n ") and 1 <= number.low <= most:
        page.add(
            Draft(
                "measurement", number.start, number.end, values.fit.weight, number.quantity(), rule="value.weight",
                type="measurement",
            )
        )  # fmt: skip


def height(values: Values, page: Page, sentence: Sentence, number: Number) -> None:
    """ "She is 5 feet 11 inches", "he is 172 cm tall": a person's height needs no name."""
    before = page.text[max(sentence.start, number.start - 16) : number.start]
    tall = page.text[number.end : number.end + 8].strip(" .").lower().startswith("tall")
    if number.unit == "inches" and not page.text[sentence.start : number.start].strip(" -*•"):
        tall = tall or not page.text[number.end : sentence.end].strip(" .,;\n")  # the sentence is nothing else
    low, high = _TALL.get(number.unit or "", (30, 96))
    if low <= number.low <= high and (tall or (number.unit not in _TALL and _STANDS.search(before))):
        quantity = number.quantity()
        page.add(
            Draft(
                "measurement", number.start, number.end, values.fit.height, quantity, rule="value.height",
                type="measurement",
            )
        )  # fmt: skip
