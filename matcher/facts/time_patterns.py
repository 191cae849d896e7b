"""Regular expressions of time in notes, by the word they begin with, so that few words are tried."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from typing import Any

from matcher import dates, resources

YEAR = r"(?:19[3-9]\d|20[0-4]\d)"
_N10 = "one|two|three|four|five|six|seven|eight|nine|ten"
_VISIT = (
    r"(?:this |the |his |her )?"
    r"(?:admission|presentation|arrival|visit|consultation|hospitali[sz]ation|evaluation|today)"
)
_NOT_UNIT = (
    r"(?![\d/%]|[.,]\d|-\d|[ ]?(?:mg|mcg|ml|units?|iu|g|kg|k?cal|calories|cc|mm|cm|hours|hrs|h|steps|x|ng|pg|mmol|u"
    r"|cells|copies|m)\b)"
)
_SHORT = r"(?:[12]\d|3[01]|0?[1-9])/(?:[12]\d|3[01]|0?[1-9])(?![\d/])"
_ORDINAL = r"(?:[12]\d|3[01]|0?[1-9])(?:st|nd|rd|th)?"


@cache
def data() -> dict[str, Any]:
    """``resources/time/words.toml``."""
    return resources.toml("time/words")


@cache
def names(table: str) -> dict[str, int]:
    """Words of months or weekdays -> their number."""
    return {word: int(number) for number, words in data()[table].items() for word in words}


def _any(words: Sequence[str]) -> str:
    escaped = (re.escape(w).replace(r"\ ", r"[ \t\n]+") for w in sorted(words, key=lambda w: (-len(w), w)))
    return "|".join(escaped)


def _firsts(words: Sequence[str]) -> list[str]:
    return sorted({re.split(r"[^a-z]", w)[0] for w in words})


@cache
def _parts() -> list[tuple[str, list[str], str]]:
    """(name, first words, pattern); "0" stands for a digit, "#" for a number word."""
    month, weekday = _any(list(names("months"))), _any(list(names("weekdays")))
    season, decades = _any(list(data()["seasons"])), _any(list(data()["decades"]))
    holidays = list(data()["holidays"])
    feast = _any(holidays)
    months, seasons = sorted(names("months")), sorted(data()["seasons"])
    d = dates.pattern()
    of_year = rf"(?:{YEAR}|'\d\d)"
    before = rf"(?:ago|earlier|previously|back|(?:prior|before)(?:[ \t]*\n?[ \t]*(?:to[ \t]*\n?[ \t]*)?{_VISIT})?)"
    table = ["ages", "days_ago", "days_ahead"]
    parts = [(name, _firsts(list(data()[name])), rf"(?:{_any(list(data()[name]))})\b") for name in table]
    return [
        *parts,
        (
            "iso",
            ["0"],
            r"(?:19|20)\d\d(?P<i>[-/.])(?:0?[1-9]|1[0-2])(?:(?P=i)(?:0?[1-9]|[12]\d|3[01]))?(?![\d/-])",
        ),
        (
            "slash",
            ["0"],
            r"(?:[12]\d|3[01]|0?[1-9])(?P<s>[/.-])(?:[12]\d|3[01]|0?[1-9])(?P=s)(?:(?:19|20)\d\d|\d\d)(?![\d/])",
        ),
        ("years", ["0"], rf"{YEAR}[ ]?(?:-|–|to|through|until)[ ]?(?:{YEAR}|present|now)\b"),
        (
            "short_months",
            ["0"],
            r"(?:1[0-2]|0?[1-9])/\d\d[ ]?[-–][ ]?(?:1[0-2]|0?[1-9])/\d\d(?![\d/])",
        ),
        ("month_year", ["0"], r"(?:1[0-2]|0?[1-9])/(?:19|20)\d\d(?![\d/])"),
        ("day_month", ["0"], rf"{_ORDINAL}[ -](?:of )?(?:{month})\.?,?(?:[ -](?:of )?{of_year})?(?!\w)"),
        (
            "month_day",
            months,
            rf"(?:{month})\.?[ ]?{_ORDINAL}(?!\d|[/.]\d|[ ]?(?:mg|mcg))(?:,?[ ]{{1,2}}(?:of )?{of_year})?\b",
        ),
        (
            "month",
            [*months, "early", "late", "mid", "the", "end", "last", "this"],
            rf"(?:(?:early|late|mid|the end of|last|this past|the beginning of|end of)[ -])?(?:{month})\.?,?"
            rf"(?:[ -]|[ ]of[ ]){of_year}\b",
        ),
        ("last_month", ["last", "this", "next"], rf"(?:last|this past|this|next)[ ](?:{month})\b"),
        (
            "seasons_ago",
            ["0", "#", "the", *seasons],
            rf"(?:(?:\d|{_N10})[ ](?:{season})s[ ]ago|(?:the[ ])?(?:{season})[ ]before[ ]last)\b",
        ),
        (
            "holiday",
            "at over around on during before after since last this shortly just".split() + _firsts(holidays),
            r"(?:(?:(?:shortly |just )?(?:at|over|around|on|during|before|after|since|last|this past)[ ])"
            rf"(?:{feast})(?:(?:,?[ ](?:of )?{YEAR})|[ ]this[ ]year)?|(?:{feast}),?[ ](?:of )?{YEAR})\b"
            r"(?![ ](?:disease|factor))",
        ),
        (
            "season",
            ["last", "this", "in", "since", "early", "late", "the", *seasons],
            rf"(?:(?:(?:last|this past|this|in the|in|since|early|late|the)[ ])(?:{season})(?:,?[ ](?:of )?{YEAR})?"
            rf"|(?:{season}),?[ ](?:of )?{YEAR})\b",
        ),
        (
            "in_month",
            "in since until through from of during by early late mid end beginning".split(),
            r"(?:(?:in|since|until|through|from|of|during|by)[ ](?:the |her |his |their )?"
            r"(?:early |late |mid[- ]?|(?:end|beginning) of )?|(?:early|late|mid|end of|beginning of)[ -])"
            rf"(?:{month})\b(?!\.?[ ]?\d)",
        ),
        ("weekday", ["on", "last", "this", "since"], rf"(?:on|last|this past|this|since)[ ](?:{weekday})\b"),
        ("ago", ["0", "#"], rf"{d}[ ](?:and[ ]{d}[ ])?{before}\b"),
        (
            "vague_ago",
            ["many", "some", "long", "several", "years", "decades", "months", "weeks", "days", "time"],
            r"(?:(?:many|some|long|several)[ ])?(?:years|decades|months|weeks|days|time)[ ]ago\b",
        ),
        (
            "post",
            ["0", "#"],
            rf"{d}[ ]?(?:post[- ]?partum|post[- ]?op(?:eratively|erative)?|status[ ]post|s/p|post|after|out from"
            r"|following|since|pp)\b",
        ),
        (
            "pod",
            ["pod", "post", "postop", "postoperative", "postpartum", "ppd", "postprocedure"],
            r"(?:POD|post[- ]?op(?:erative)?[ ]day|postpartum[ ]day|PPD|post-?procedure[ ]day)[ ]?"
            rf"(?:#|number|no\.)?[ ]?(?:\d{{1,3}}|{_N10})\b",
        ),
        (
            "hospital_day",
            ["hospital", "hd", "hod", "icu"],
            rf"(?:hospital[ ]day|HD[ ]?\#|HOD|ICU[ ]day)[ ]?(?:#|number|no\.)?[ ]?(?:\d{{1,3}}|{_N10})\b",
        ),
        (
            "day_of",
            ["day"],
            r"(?<!cycle )(?<!\d )day[ ]?#?[ ]?\d{1,2}(?:[ ]of[ ]\d{1,2})?\b"
            r"(?![ ]of[ ](?:each|every|a|the)\b|[ ]?(?:,|and|-)[ ]?\d)",
        ),
        (
            "past_unit",
            ["the", "last", "past", "previous", "early", "late", "mid", "end", "beginning"],
            r"(?:(?:early|late|mid|(?:the )?(?:end|beginning) of)[ -])?(?:the[ ])?(?:last|previous)[ ](?:month|year)\b",
        ),
        (
            "past",
            ["for", "over", "in", "during", "within", "throughout", "the", "this", "last", "past", "previous"],
            r"(?:(?:for|over|in|during|within|throughout)[ ])?(?:the[ ]|this[ ])?(?:last|past|previous|preceding)[ ]"
            rf"(?:{d}|week|month|year|decade|fortnight)\b",
        ),
        (
            "for",
            ["for", "x", "times", "over"],
            r"(?:for|x|×|times|over)[ ]?(?:about |approximately |almost |nearly |over |more than |at least |the |> ?"
            rf"|~ ?|greater than )?{d}\b(?![ ](?:ago|after|post|prior))",
        ),
        ("history", ["0", "#"], rf"{d}['’]?[ ](?:history|hx|h/o|duration|course|of[ ](?=[a-z]))"),
        (
            "gestation",
            ["0", "at"],
            r"(?:(?:at[ ])?\d{1,2}(?:[ ]?\d/7|\+\d)?[ -](?:weeks?|wks?)['’]?[ ](?:gestation(?:al age)?|pregnant|GA"
            r"|of gestation|EGA|IUP|intrauterine)|at[ ](?:2\d|3\d|4[0-2])[ ](?:weeks|wks)|\d{1,2}w\dd?)\b",
        ),
        (
            "age",
            ["since", "at", "from", "until", "by", "age", "aged", "when"],
            r"(?:(?:since|at|from|until|by)[ ](?:the[ ])?(?:age of|around age|age about|age)|aged|age of|age"
            r"|when (?:he|she|they) (?:was|were))[ ](?:of[ ])?\d{1,2}(?:[ ](?:years|months)(?:[ ]old|[ ]of[ ]age)?)?\b"
            r"(?!\.\d)"
            r"|(?:(?<=diagnosed )|(?<=onset )|(?<=began )|(?<=started )|(?<=dx )|(?<=debut ))at[ ]\d{1,2}"
            r"(?:[ ]?(?:yrs?|years|y)\b(?:[ ]old|[ ]of[ ]age)?|(?![\w%/:.]|[ ][a-z]))",
        ),
        (
            "decade_of_life",
            ["in", "since", "during"],
            r"(?:in|since|during)[ ](?:his|her|their|the)[ ](?:(?:early|mid|late)[ -])?"
            rf"(?:{decades}|[2-9]0['’]?s)\b",
        ),
        (
            "decade",
            ["0", "in", "the", "early", "mid", "late"],
            r"(?:in[ ])?(?:the[ ])?(?:early |mid-?|late |mid )?(?:19[3-9]0|20[0-4]0)['’]?s\b",
        ),
        ("year", ["0"], YEAR + _NOT_UNIT),
        (
            "short",
            ["on", "since", "from", "until", "through", "of", "dated", "by", "last", "thru"],
            r"(?:on|since|from|until|through|of|dated|by|last|thru)[ ]" + _SHORT,
        ),
        # "Hb 9.1 (April), 10.8 today"; "(MAR)" is a list of medications
        ("month_in_brackets", months, rf"(?<=\()(?!mar\b)(?:{month})\.?(?=\))"),
        ("short_in_brackets", ["0"], r"(?<=\()" + _SHORT + r"(?=\))"),
        ("now", ["now", "currently", "presently"], r"(?:now|currently|presently)\b(?![ ](?:age[d ]|\d{2}(?![\w.%/])))"),
    ]


@cache
def _starts() -> dict[str, tuple[int, ...]]:
    """First word -> the patterns that can begin with it."""
    _, numbers = dates.words()
    starts: dict[str, list[int]] = {}
    for n, (_, firsts, _) in enumerate(_parts()):
        for first in firsts:
            for word in _firsts(list(numbers)) if first == "#" else [first]:
                starts.setdefault(word, []).append(n)
    return {word: tuple(sorted(set(found))) for word, found in starts.items()}


@cache
def _compiled(numbers: tuple[int, ...]) -> re.Pattern[str]:
    parts = _parts()
    return re.compile("|".join(f"(?P<{parts[n][0]}>{parts[n][2]})" for n in numbers), re.IGNORECASE)


_WORDS = re.compile(r"[a-z]+")


@cache
def _evidence() -> frozenset[str]:
    """A text without digits names a time only with one of these words."""
    units, _ = dates.words()
    plain = {word for table in ("months", "weekdays") for word in names(table)}
    phrases = {word for table in ("ages", "days_ago", "days_ahead", "holidays") for word in data()[table]}
    distinct = {max(_WORDS.findall(phrase), key=len) for phrase in phrases}
    more = {"ago", "last", "past", "previous", "preceding", "now", "currently", "presently", "day", "time", "pod"}
    decades = set(data()["decades"]) | set(data()["seasons"]) | {f"{season}s" for season in data()["seasons"]}
    return frozenset(plain | distinct | more | decades | {u for u in units if len(u) > 1})


_DIGIT = re.compile(r"\d")


def tells(word: str) -> bool:
    """Can this word, in lower case, be what makes a phrase name a time?"""
    return _DIGIT.search(word) is not None or not _evidence().isdisjoint(_WORDS.findall(word))


def worth_reading(text: str, start: int, end: int) -> bool:
    """Can this stretch of text name a time at all?"""
    if _DIGIT.search(text, start, end):
        return True
    return not _evidence().isdisjoint(_WORDS.findall(text[start:end].lower()))


def at(word: str) -> re.Pattern[str] | None:
    """The expression that can begin with this word ("0" for digits), or None."""
    numbers = _starts().get(word)
    return _compiled(numbers) if numbers else None
