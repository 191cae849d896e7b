"""What stands between a measure and its value, and between one value and the next."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from matcher.dates import month_names, month_words
from matcher.facts import tables, time
from matcher.ner.quantities import Number

_REACH = 90
_WORDS = tables.toml("values")
DATE = re.compile(
    r"\(?(?:\b(?:on|from|dated|in|since|until)\s)?(?<![\d.])(?:\d{1,2}/\d{4}|\d{1,2}[/-]\d{1,2}(?:[/-]\d{2,4})?|\d{4}-\d\d(?:-\d\d)?"
    r"|(?:(?<=\bin\s)|(?<=\bsince\s)|(?<=\buntil\s)|(?<=\())(?:19|20)\d\d\b"
    rf"|(?i:{month_words()})\.?(?:,?\s\d{{4}}|\s\d{{1,2}}(?:st|nd|rd|th)?(?:,?\s\d{{4}})?))\)?"
    r"(?:,?\s(?:at\s)?\d{1,2}:\d\d(?:\s?[ap]\.?m\.?)?)?"
)
_LINK = frozenset(_WORDS["link"])
_TAKEN = re.compile(
    rf"\s?\((?:{tables.words(_WORDS['taken_when'])})\b"
    rf"(?:[^()\d\n;]|\d{{1,3}}[\s-]?(?:{tables.words(_WORDS['moments']['units'])})\b){{0,60}}\)"
    rf"(?=\s?[:=]|\s(?:{tables.words(_WORDS['taken_is'])})\b)",
    re.IGNORECASE,
)
_GAP = re.compile(r"[\s:=|()\[\]~≈–—\-*.\"'#>,%@]+")
_VERBS = frozenset(_WORDS["verbs"])
LATER = re.compile(
    rf"^[\s,;.(]*(?:(?:and|but)\s)?(?:(?:{tables.words(_WORDS['later_opens'])})\s)?(?:{tables.words(_WORDS['later'])})[\s:=]*"
    r"(?:of|was|is|at|to|same day|value|the next day|later)?[\s:=,]*$",
    re.IGNORECASE,
)
"""Between two values of which the second is the later one."""
LIST = re.compile(
    rf"^\s*(?:{tables.words(_WORDS['list'])}|[\s(|]+)?[\s:=]*(?:{tables.words(_WORDS['link'])}|\s)*$", re.I
)
"""Between two values that stand side by side."""
_COURSE: dict[str, list[str]] = _WORDS["moments"]
_MOMENTS = (_COURSE["early"], _COURSE["between"], _COURSE["late"])
_MOMENT = re.compile(
    "|".join(rf"(?P<m{rank}>{tables.words(words)})" for rank, words in enumerate(_MOMENTS))
    + rf"|(?P<m1b>(?:\d{{1,2}}|{tables.words(_COURSE['numbers'])})\s(?:{tables.words(_COURSE['units'])})\s"
    rf"(?:(?P<after>{tables.words(_COURSE['after'])})|(?P<before>{tables.words(_COURSE['before'])})))"
    rf"|(?P<m1d>in\s(?:early\s|late\s|mid-?\s?)?(?:{month_names()})[a-z]{{0,6}}(?:\s\d{{4}})?)"
    rf"|(?P<m1c>(?:on|at|by)\s(?:hospital\s)?(?:{tables.words(_COURSE['counted'])})\s?#?\d{{1,3}})",
    re.IGNORECASE,
)
_COUNTED = re.compile(
    rf"\b(?:on|at|by|of|hospital|,|{tables.words(_COURSE['follows'])})\s(?:{tables.words(_COURSE['counted'])})\s?#?$",
    re.IGNORECASE,
)
DATED = 3
"""Of a moment that is a date: the dates themselves tell the order."""
_THEN = rf"(?:{tables.words(_COURSE['follows'])})[\s-](?:[a-z]+\s){{1,3}}(?:(?:{tables.words(_COURSE['opens'])})\s)?"
_FOLLOWS = re.compile(rf"\s?(?:on|in|at)?[\s,;]*(?:(?:{tables.words(_COURSE['joins'])})\s)?{_THEN}(?:of|at|to)?\s?")
_SEPARATED = re.compile(
    rf"\s?\)?\s?(?:[,;]|{tables.words(_COURSE['joins'])})\s?(?:[a-z]+(?:\s[a-z]+)?,\s)?(?:{tables.words(_COURSE['opens'])})?\s?"
    rf"(?:(?:{tables.words(_WORDS['later'])})\s?|{_THEN})?",
    re.IGNORECASE,
)
_ARROW_FROM = re.compile(rf"(?:{tables.words(_WORDS['moved'])})[\s:]*$", re.IGNORECASE)
_AND = re.compile(r"\s?(?:and|&)\s")
_PARTED = re.compile(
    r"[\s,]*(?:(?:on|in)\b)?(?:\s(?:on|off|without)(?:\s[a-z]+){1,3})?[\s,]*;\s*|\s*\(\s*(?:(?:on|in)\b)?\s*\)\s*[,;]\s*",
    re.IGNORECASE,
)
_NEAR = 14
"""Characters behind a value, its unit among them, in which its time begins."""
_BETWEEN = re.compile(r"\bbetween\s\Z", re.IGNORECASE)
_TURN: dict[str, list[str]] = _WORDS["turn"]
_WHEN = (
    rf"(?:\(?(?:{tables.words(_TURN['first'])})|(?:{tables.stems(_TURN['stems'])})|(?:{tables.words(_TURN['at'])})\s(?:[\w'-]+\s){{0,2}}?"
    rf"(?:{tables.words(_TURN['moments'])}))(?:\s[\w'-]+){{0,2}}\)?"
)
_UNDER = rf"\(?(?:{tables.words(_TURN['under'])})\s(?:[\w'/.-]+\s?){{1,4}}\)?"
_NO_GOAL = rf"(?!(?:[\w/'-]+\s){{0,6}}(?:{tables.stems(_TURN['wish'])}))"
_NOW = rf"(?:{tables.words(_TURN['now'])})\s?[:=]?(?:\s(?:{tables.words(_TURN['is'])}))?"
_BECAME = (
    rf"(?:[\w/'-]+\s){{0,3}}?(?!(?:{tables.words(_TURN['not_changed'])}))(?:{tables.stems(_TURN['changed'])})(?:\s[\w/'-]+){{0,5}}?"
    rf"\s(?:to|at)(?:\s(?:{tables.words(_TURN['is'])}))?"
)
_TURNED = re.compile(
    rf"\s?(?:{_WHEN}|{_UNDER})?\s?(?:[,;(]\s?|\s?(?:{tables.words(_COURSE['joins'])})\s|\s|\Z){_NO_GOAL}"
    rf"(?:(?:[\w/'-]+,?\s){{0,6}}?{_NOW}|{_BECAME})\s?",
    re.IGNORECASE,
)
"""Behind an earlier value, up to the one that it turned into: "119 | initially, improved with fluids to | 131"."""
_FIRST_THEN = re.compile(
    rf"\s?(?:{_WHEN})\s?(?:[,;]|\s(?:{tables.words(_COURSE['joins'])})\s)\s?(?:(?:{tables.words(_TURN['is'])})\s)?"
    rf"(?:(?:{tables.words(_COURSE['follows'])})\s(?:[\w/'-]+\s){{1,4}})?",
    re.IGNORECASE,
)
_UNDER_THEN = re.compile(rf"\s?(?:{_UNDER}|{_WHEN})\s?[,;](?:\s[\w/'-]+){{0,5}}?[,;]?\s?", re.IGNORECASE)
_LATE_BEHIND = re.compile(
    rf"\s?\(?(?:(?:(?:{tables.words(_TURN['under'])})\s(?:[\w/-]+\s){{1,2}})?(?:{tables.words(_TURN['now'])}"
    rf"|{tables.words(_COURSE['late'])})|{tables.words(_TURN['late'])})",
    re.IGNORECASE,
)
_DRUG_UNDER = re.compile(rf"\b(?:{tables.words(_TURN['with'])})\s(?:[\w-]+\s){{0,2}}$", re.IGNORECASE)


def turned(gap: str, text: str, at: int, drugs: Sequence[int] = (), start: int = 0) -> bool:
    """Whether the value that ends at ``at`` is what the one before ``gap`` turned into in the course of time.

    ``drugs``: where drugs begin between them; the number behind one that nothing leads is its dose. ``start``: where
    the text between begins."""
    if not 3 < len(gap) <= _REACH or any(_DRUG_UNDER.search(text, start, drug) is None for drug in drugs):
        return False
    if _FIRST_THEN.fullmatch(gap) is not None or _TURNED.fullmatch(gap) is not None:
        return True
    return _UNDER_THEN.fullmatch(gap) is not None and _LATE_BEHIND.match(text, at) is not None


_ONCE = re.compile(tables.words(_COURSE["once"]), re.IGNORECASE)


def once(gap: str) -> bool:
    """Whether what a value turned into is itself of before: "35%, | previously recovered to | 50%"."""
    return _ONCE.search(gap) is not None


def counts(gap: str) -> bool:
    """Whether the number behind a gap counts days, cycles or visits."""
    return _COUNTED.search(gap) is not None


def moment(gap: str) -> int | None:
    """How late the value before a gap was taken: "126 | on admission, | 136": 0 early, 1 between, 2 late."""
    text = gap.lstrip(" (")
    found = _MOMENT.match(text)
    if found is None or _SEPARATED.fullmatch(text, found.end()) is None:
        return None
    return _rank(found)


def follows(gap: str) -> bool:
    """Whether what happened before the next value is said: "8.1 on 8/28, | after transfusion | 9.6"."""
    return _FOLLOWS.fullmatch(gap) is not None


def before(earlier: int, text: str, at: int) -> bool:
    """Whether the value that ends at ``at`` was taken before one of the moment ``earlier``."""
    found = _MOMENT.match(text[at : at + 40].lstrip(" ("))
    return found is not None and _rank(found) < earlier


def earlier(text: str, at: int) -> bool:
    """Whether the words behind the value that ends at ``at`` say that it is an old one ("8.0 a year ago")."""
    found = _MOMENT.match(text[at : at + 40].lstrip(" ("))
    return found is not None and _rank(found) == 0


def after(text: str, at: int) -> bool:
    """Whether the words behind the value that ends at ``at`` say that it came later ("180 two hours later")."""
    found = _MOMENT.match(text[at : at + 40].lstrip(" ("))
    return found is not None and _rank(found) in (1, 2)


def dated_again(gap: str, text: str, at: int) -> bool:
    """Whether two values have a time each, the second ends at ``at``: "3.1 | on 2 May; | 1.4 on 28 May"."""
    rest = without_times(gap)
    if ";" in rest and _FOLLOWS.fullmatch(rest) is not None:
        return True  # "12 | in autumn; after iron infusion | 140"
    behind = time.find(text[at : at + 40].partition(";")[0])
    return bool(behind) and behind[0].start <= _NEAR and _PARTED.fullmatch(rest) is not None


def _rank(found: re.Match[str]) -> int:
    if found["m1d"] is not None:
        return DATED
    if found["m1b"] is not None:
        return 1 if found["after"] is not None else 0
    return next((rank for rank in range(len(_MOMENTS)) if found[f"m{rank}"] is not None), 1)


def linked(gap: str) -> bool:
    """Whether only words that may stand between a measure and its value stand there."""
    return len(gap) <= _REACH and all(not word or word in _LINK for word in _GAP.split(gap.lower()))


def without_times(gap: str) -> str:
    """The gap without the times in it: "urate | last month | 7.8", "LVEF | in April | 35%"."""
    for expr in reversed(time.find(gap)):
        gap = f"{gap[: expr.start]} {gap[expr.end :]}"
    return gap


def loosely(gap: str) -> bool:
    """Whether words that end in a verb or preposition of value stand there: "count at EOT was". A unit must follow."""
    if len(gap) > _REACH or re.search(r"[;,()\n]|\.\s", gap):
        return False
    words = [word for word in _GAP.split(gap.lower()) if word]
    return len(words) <= 8 and bool(words) and words[-1] in _VERBS and sum(w not in _LINK for w in words) <= 4


def closed(text: str, start: int, end: int) -> int:
    """``end``, moved behind a bracket that the span opens."""
    opened = text.count("(", start, end) - text.count(")", start, end)
    return end + 1 if opened == 1 and text[end : end + 1] == ")" else end


def splits(text: str, number: Number, gap: str) -> bool:
    """ "from 1.1 to 1.4" is two values in time, not a range."""
    if number.kind != "range" or " to " not in text[number.start : number.end]:
        return False
    return bool(_ARROW_FROM.search(gap))


def behind_when(text: str, at: int) -> int:
    """``at``, moved behind a bracket that says when a measure was taken: "count (within 1 month of stay) | was"."""
    found = _TAKEN.match(text, at) if text[at : at + 2].lstrip(" ")[:1] == "(" else None
    return at if found is None else found.end()


def spanned(text: str, region: Sequence[Number]) -> Sequence[Number]:
    """ "between 1.2 and 1.8": two numbers that are the ends of one range."""
    for at, (low, high) in enumerate(pairwise(region)):
        joined = low.kind == high.kind == "plain" and _AND.fullmatch(text, low.end, high.start) is not None
        if joined and _BETWEEN.search(text, max(0, low.start - 12), low.start) is not None and low.low < high.high:
            both = replace(low, high=high.high, unit=high.unit, end=high.end, number_end=high.number_end)
            return [*region[:at], both, *region[at + 2 :]]
    return region


def dated(text: str, number: Number) -> bool:
    """Whether a number behind a value is a part of the day on which it was taken: "2.6 (2/10)", "8.1 in May 2023"."""
    if number.unit is not None:
        return False
    opens = text.rfind("(", max(0, number.start - 4), number.start)
    if number.kind == "fraction" and opens >= 0:
        return (match := DATE.match(text, opens)) is not None and match.end() >= number.end
    # "98 (10-40)" gives the reference range; "8.1 on 2-10", "8.1 (2-10-24)" the day
    ranged = number.kind == "range"
    return any(
        m.start() < number.start and m.end() >= number.end
        and not (ranged and m.end() < number.end + 2 and not m.group().lstrip("(")[:1].isalpha())
        for m in DATE.finditer(text, max(0, number.start - 16), number.end + 16)
    )  # fmt: skip


_OF_SAMPLE = 2
"""Words between a value and what voids it, at most."""


def disease(tail: str, void: re.Match[str]) -> bool:
    """ "No Gilbert syndrome, hemolysis": a noun some words behind a value is what the patient has, not the sample."""
    return void[0].lower().endswith("lysis") and len(tail[: void.start()].split()) > _OF_SAMPLE


def of_next(text: str, gap: str, number: Number, stop: int) -> bool:
    """ "WBC (21 lymphocytes, 1 monocyte)": a number behind a comma or bracket, right before the next name, is its."""
    return not text[number.end : stop].strip() and gap.strip() in (",", "(", ", and", "and")
