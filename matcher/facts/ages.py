"""Ages without "old": beside a sex ("47 y female", "57/M", "Female, 72."), a name ("Mrs Jones (67)") or a pronoun.

They are looked for where no age is told in plainer words.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Set
from functools import cache

from matcher.facts import persons, tables
from matcher.facts.near import around, whole
from matcher.facts.page import Draft, Page
from matcher.model import Quantity

_NUMBER = r"(?P<n>\d{1,3})(?!\d|\s?[.,]\d)"
_WITH_UNIT = (
    _NUMBER + r"[\s-]?(?P<u>y(?:ears?|rs?)?|m(?:o|os|ths?|onths?)|w(?:ks?|eeks?)|d(?:ays?)?)(?![a-z])\.?"
    r"(?:\s?(?P<more>\d{1,2})\s?m(?:onths?|ths?|o)?(?![a-z]))?(?:[\s-]old\b)?"
)
"""A number with its unit: "47 y", "7y10m", "14 yrs", "18 mo"."""
_UNITS = {"y": ("years", 1), "m": ("months", 12), "w": ("weeks", 52), "d": ("days", 365)}
_OPENS = r"(?:^|\n|[.;:(]\s)[ \t]{0,3}\(?"
_NAME = r"(?:[A-Z]\.){0,2}[A-Z][\w'’-]*\.?(?:\s[A-Z][\w'’-]*\.?){0,2}"
_LETTER = r"(?-i:[MF])(?![\w/:°]|\.\d|\s?=)"
_NUMBERED = re.compile(r"(?<![\d./,])[0-9]{1,3}(?![\d%]|[./,][0-9])")
_IS = re.compile(r"(?:is|was|['’]s)\s(?:now\s)?[0-9]{1,3}(?![0-9])")
_LIFE_DAY = re.compile(r"\b(?:DOL|day\sof\slife)(?:\s?[#:]|\s)\s?(?P<n>\d{1,3})\b(?P<day>)", re.IGNORECASE)
_OF_LIFE = frozenset(("dol", "life"))
"""Words of a newborn's age in days: "DOL 3"."""
_BEFORE = 40
_OLDEST = 110


@cache
def titles() -> dict[str, str]:
    """Titles before a name and the sex that they tell."""
    data = tables.toml("demographics")["sex"]
    return {title: sex for sex in ("male", "female") for title in data[f"{sex}_titles"]}


@cache
def _by_sex() -> tuple[re.Pattern[str], ...]:
    data = tables.toml("demographics")["age"]
    sexes = tables.words(word for word in persons.sex_words() if len(word) > 2)
    joins = rf"(?=\s?[,.;:)\n]|\s(?:{tables.words(data['joins'])})|\s*$)"
    leads = rf"(?:{_OPENS}|,\s|(?:{tables.words(data['opens'])})\s)"
    patterns = (
        rf"{leads}{_WITH_UNIT}[\s-](?:(?:{tables.words(data['kinds'])})\s)?(?P<sex>{sexes}|{_LETTER})",
        rf"{_OPENS}{_WITH_UNIT}\s?[,/]\s?(?P<sex>{sexes}|{_LETTER}){joins}",
        rf"(?:{_OPENS}|,\s){_NUMBER}\s?/\s?(?P<sex>{sexes}|{_LETTER})(?!\w)",
        rf"{_OPENS}(?P<sex>{sexes})(?:\s?[,/]\s?|\s)(?:(?:aged?|of|age:)\s)?(?:{_WITH_UNIT}){joins}",
        rf"{_OPENS}(?P<sex>{sexes})(?:\s?[,/]\s?|\s)(?:(?:aged?|of|age:)\s)?{_NUMBER}{joins}",
        rf"{_OPENS}(?P<sex>(?-i:[MF]))\s?/\s?{_NUMBER}(?![/%])",
        rf"{_OPENS}(?:{tables.words(data['header'])})[^\n]{{0,40}}?[,;|:]\s{{0,3}}{_WITH_UNIT}{joins}",
    )
    return tuple(re.compile(pattern, re.IGNORECASE) for pattern in patterns)


@cache
def _by_name() -> tuple[re.Pattern[str], ...]:
    data = tables.toml("demographics")["age"]
    title = "(?P<title>" + "|".join(name.capitalize() for name in sorted(titles())) + r")\.?\s"
    met = rf"(?i:{tables.words(data['met'])})\s"
    ends = r"(?=\s?[,.;)\n]|\s*$)"
    patterns = (
        rf"(?<!\w){title}{_NAME}\s?\((?:(?i:aged?)\s)?(?:{_WITH_UNIT})\)",
        rf"(?<!\w){title}{_NAME}\s?\((?:(?i:aged?)\s)?{_NUMBER}(?=\)|,)",
        rf"(?<!\w){title}{_NAME},\s(?:(?i:aged?)\s)?(?:{_WITH_UNIT}){ends}",
        rf"(?<!\w){title}{_NAME},\s(?:(?i:aged?)\s)?{_NUMBER}{ends}",
        rf"(?<!\w)[A-Z][a-z]+\s\((?:(?i:aged?)\s)?(?:{_WITH_UNIT})(?=\)|,)",
        rf"(?:^|\n|[.;:(]\s){title}{_NAME}\s(?:is|was)\s(?:now\s)?{_NUMBER}(?=\s?[.,;)\n](?!\d)|\sand\s(?!\d)|\s*$)",
        rf"(?<!\w){met}{_NAME}(?:,\s|\s\()(?:(?i:aged?)\s)?(?:{_WITH_UNIT}){ends}",
    )
    return tuple(re.compile(pattern) for pattern in patterns)


@cache
def _by_subject() -> re.Pattern[str]:
    data = tables.toml("demographics")["age"]
    return re.compile(
        rf"{_OPENS}(?:the\s)?(?:{tables.words(data['who'])})(?:['’]s|\s(?:is|was))\s(?:now\s)?{_NUMBER}"
        rf"(?=\s?[.,;)\n](?!\d)|\s(?:{tables.words(data['joins'])}|now|and\s(?!\d))|\s?(?:years?|yrs?|y)\s?[.,;)\n]|\s*$)",
        re.IGNORECASE,
    )


@cache
def _sexes() -> frozenset[str]:
    return frozenset((*persons.sex_words(), *tables.toml("demographics")["age"]["header"]))


@cache
def _names() -> frozenset[str]:
    return frozenset((*titles(), *tables.toml("demographics")["age"]["met"]))


_VERBS = frozenset(("is", "was", "s"))


def beside() -> frozenset[str]:
    """Words without one of which `found` finds nothing."""
    return _sexes() | _names() | _VERBS | _OF_LIFE


def found(text: str, low: str, words: Set[str]) -> Iterator[re.Match[str]]:
    """The ages that a text tells in these ways. ``low``: the text in small letters; ``words``: some of its words."""
    for names, patterns in ((_sexes(), _by_sex()), (_names(), _by_name())):
        told = sorted(
            place
            for word in words & names
            for place in whole(low, word)
            if _NUMBERED.search(low, max(0, place - 24), place + 48)
        )
        for pattern in patterns if told else ():
            yield from around(pattern, text, told, _BEFORE)
    if not words.isdisjoint(_OF_LIFE):
        yield from _LIFE_DAY.finditer(text)
    if not words.isdisjoint(_VERBS):
        yield from around(_by_subject(), text, [match.start() for match in _IS.finditer(low)], _BEFORE)


def read(page: Page) -> None:
    """Add the first of these ages, and the sex beside it."""
    if page.age is not None:
        return
    some = sorted(found(page.text, page.low, page.phrases.vocabulary), key=lambda m: m.start("n"))
    for match in some:
        groups = match.groupdict()
        unit, a_year = _UNITS["d" if "day" in groups else (groups.get("u") or "y")[0].lower()]
        value = float(match["n"])
        if groups.get("more"):
            value, unit, a_year = value / a_year + float(match["more"]) / 12, "years", 1
        years = value / a_year
        if not 0 < years <= _OLDEST or _anothers(page, match):
            continue
        start = match.start("n")
        quantity = Quantity(value, value, unit, start=start, end=match.end("u") if groups.get("u") else match.end("n"))
        page.age = years
        end = quantity.end
        page.add(Draft("age", start, end, quantity=quantity, rule="age.stated", assertion="present", type="person"))
        group = "sex" if groups.get("sex") else "title" if groups.get("title") else None
        if group is not None and not page.sex_known:
            sex = (persons.sex_words() if group == "sex" else titles())[match[group].lower()]
            page.add(
                Draft("sex", *match.span(group), result=sex, rule="sex.stated", assertion="present", type="person")
            )
            page.sex_known = True
        return


def of_relative(text: str, start: int, end: int, stop: int) -> Quantity | None:
    """The age at which a relative had what stands at ``start:end`` of a sentence that ends at ``stop``."""
    behind = text[end : min(stop, end + _BEFORE)]
    if any(c.isdigit() for c in behind) and (match := _kin_behind().match(behind)) is not None:
        at = end
    else:
        at = max(0, start - _BEFORE)
        match = _kin_before().search(text[at:start])
    if match is None:
        return None
    value = float(match["n"])
    high = value + 9 if match.groupdict().get("decade") else value
    return Quantity(value, high, "years", start=at + match.start("n"), end=at + match.end("n"))


@cache
def _kin_behind() -> re.Pattern[str]:
    data = tables.toml("demographics")["kin_age"]
    words = tables.words((*data["told"], *data["between"], *data["opens"]))
    ends = r"(?:\s?(?:yo|y/o|yrs?|years?(?:\sold|\sof\sage)?))?(?=\s*(?:[,.;)]|and\b|$))"
    return re.compile(
        rf"[\s,]*\(?(?:(?:{words})[\s,(]*)*(?P<n>\d{{2}})(?!\d|[\d.]*%|\.\d)(?:(?P<decade>['’]?s)|{ends})",
        re.IGNORECASE,
    )


@cache
def _kin_before() -> re.Pattern[str]:
    data = tables.toml("demographics")["kin_age"]
    opens, told, leads = (tables.words(data[name]) for name in ("opens", "told", "leads"))
    return re.compile(
        rf"(?:{opens}|{told})\s(?:(?:{opens})\s)?(?P<n>\d{{2}})\s(?:(?:{leads})\s)(?:an?\s|the\s)?(?:[\w-]+\s)?$",
        re.IGNORECASE,
    )


def _anothers(page: Page, match: re.Match[str]) -> bool:
    """Whether the age is a relative's, or the writer's or donor's."""
    if page.section_at(match.start("n")) in persons.FAMILY_SECTIONS:
        return True
    before = page.text[max(0, match.start() - _BEFORE) : match.start("n")]
    before = re.split(r"[.;\n](?=\s)", before[: match.end() - match.start() + _BEFORE])[-1].lower()
    data = tables.toml("demographics")["age"]
    words = set(re.findall(r"[a-z]+", before))
    return not words.isdisjoint((*data["relatives"], *data["not_the_patient"]))
