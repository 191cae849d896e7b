"""Words for the patient: by sex ("gentleman"), by age ("toddler", "octogenarian"), by decade ("in his sixties")."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cache

from matcher import resources
from matcher.facts import tables
from matcher.facts.near import around, whole
from matcher.facts.page import Draft, Page
from matcher.model import Quantity

FAMILY_SECTIONS = frozenset({"family_history"})
_BRACKETED = re.compile(
    r"\s?\((?P<n>\d{1,3})(?:\s?(?:y|yo|years?(?:\sold)?))?\)"
    r"|(?:\s[a-z]{2,12}){0,2},\s(?P<told>\d{2,3})(?=[,.;)]|\s*\Z)",
    re.IGNORECASE,
)
_SUBJECT = 120
"""Characters between a subject's first and what is told of it ("the patient is a very pleasant … lady")."""


@cache
def sex_words() -> dict[str, str]:
    data = tables.toml("demographics")["sex"]
    return {word: sex for sex in ("male", "female") for word in data[sex]}


def persons() -> list[str]:
    """Words for the patient by sex or age ("gentleman", "infant"), those of a letter or two apart."""
    groups = tables.toml("demographics")["age"]["groups"]
    return [word for word in sex_words() if len(word) > 2] + [name for *_, names in groups for name in names]


def told_of(page: Page, pattern: re.Pattern[str], words: Iterable[str]) -> Iterator[re.Match[str]]:
    """The matches of a subject with one of some words that is told of it."""
    low, told = page.low, page.phrases.vocabulary.intersection(words)
    return around(pattern, page.text, sorted(place for word in told for place in whole(low, word)), _SUBJECT)


@cache
def groups() -> tuple[re.Pattern[str], dict[str, tuple[float, float, str]]]:
    data = tables.toml("demographics")
    of = {name: (low, high, unit) for low, high, unit, names in data["age"]["groups"] for name in names}
    return (
        re.compile(
            rf"(?:(?:{tables.words(data['sex']['subject'])}|{tables.words(data['age']['patient'])}"
            rf"|\A\s*an?(?!\s(?:[\w-]+\s){{0,3}}(?:{tables.words(data['age']['no_opening'])})\b))"
            rf"\s(?:[\w'’/-]{{1,20}},?[\s-]){{0,4}}?|\A\s*)(?P<name>{tables.words(of)})(?!'s)",
            re.I,
        ),
        of,
    )


def age_group(page: Page) -> None:
    """An age told by a word alone ("the patient is a toddler")."""
    pattern, of = groups()
    if page.age is not None or page.phrases.vocabulary.isdisjoint(of):
        return
    match = next(told_of(page, pattern, of), None)
    if match is None or page.section_at(match.start()) in FAMILY_SECTIONS:
        return
    low, high, unit = of[match["name"].lower()]
    start, end = match.span("name")
    if (exact := _BRACKETED.match(page.text, end)) is not None and low <= _told(exact) <= high:
        low, end = _told(exact), exact.end()  # "octogenarian (84)", "octogenarian lady, 82,"
        high = low
    quantity = Quantity(low, high, unit, start=start, end=end)
    page.add(Draft("age", start, end, quantity=quantity, rule="age.group", assertion="present", type="person"))


def _told(exact: re.Match[str]) -> float:
    return float(exact["n"] or exact["told"])


@cache
def _decades() -> tuple[re.Pattern[str], dict[str, int], dict[str, list[int]]]:
    words, data = tables.toml("demographics"), resources.toml("time/words")
    people = [*persons(), *words["age"]["own"], *words["age"]["whoever"]]
    parts = words["age"]["parts"]
    return (
        re.compile(
            rf"\b(?:{tables.words(people)})\s(?:is\s)?(?:aged\s)?in\s(?:his|her|their)\s(?:(?P<part>{tables.words(parts)})[\s-])?"
            rf"(?P<name>{tables.words(data['decades'])})\b",
            re.IGNORECASE,
        ),
        data["decades"],
        parts,
    )


def decade(page: Page) -> None:
    """An age told by its decade ("a gentleman in his mid-sixties")."""
    pattern, decades, parts = _decades()
    if page.age is not None or page.phrases.vocabulary.isdisjoint(decades):
        return
    match = next(told_of(page, pattern, decades), None)
    if match is None or page.section_at(match.start()) in FAMILY_SECTIONS:
        return
    first, last = parts[match["part"].lower()] if match["part"] else (0, 9)
    low = decades[match["name"].lower()]
    quantity = Quantity(low + first, low + last, "years", start=match.start("name"), end=match.end("name"))
    page.add(Draft("age", *match.span(), quantity=quantity, rule="age.group", assertion="present", type="person"))
