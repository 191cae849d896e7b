"""The value that a measure came to have: "K 2.9, repleted, 4.1 this morning", "ALT 340 in March, since normalized"."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from matcher.facts import gaps, tables, time
from matcher.facts.results import meanings
from matcher.ner.quantities import Number

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matcher.facts.page import Draft, Page

_REACH = 110
"""Characters between an earlier value and the later one."""
_BEHIND = 60
_SEPARATOR = re.compile(r"[,;()]\s*|\s(?:->|→|then|but)\s|\s[-–—]\s")
_WORD_NEXT = re.compile(r"\s?[a-z]")


class _Patterns(NamedTuple):
    latest: re.Pattern[str]
    """All of what leads a number that is the latest: "recheck", "most recent echo", "back to baseline of"."""
    empty: re.Pattern[str]
    """What leads a number and says nothing of when it was."""
    changed: re.Pattern[str]
    """A change between two values."""
    wish: re.Pattern[str]
    late: re.Pattern[str]
    """Behind a number: it is the later one."""
    early: re.Pattern[str]
    """Behind the earlier value, or before it: it was not the last."""
    goes_on: re.Pattern[str]
    """What may follow a number that stands for itself: not "2 | bleeding episodes"."""
    given: re.Pattern[str]
    """Right before an amount of what was given: "after | 2 L"."""
    worded: re.Pattern[str]
    """A clause that says what became of a value in words."""


@cache
def _patterns() -> _Patterns:
    table = tables.toml("values")
    own, turn, moments = table["came_to"], table["turn"], table["moments"]
    words = tables.words
    opens = rf"(?:(?:{words(own['opens'])})\s)*"
    latest = rf"(?:{words([*own['latest'], *turn['now']])})(?:\s(?:{words(own['taken'])})){{0,3}}"
    gone = rf"(?:{words(own['changed'])})(?:\s(?:{words(own['changed_how'])})){{0,2}}"
    back = rf"(?:{words(own['back_to'])})"
    being = rf"(?:\s?(?:{words([*turn['is'], *own['is']])}))?[\s:=~#]*"
    said = [phrase for phrase in meanings("measurement") if phrase not in own["not_became"]]
    ends = rf"(?=\s?(?:[,;.)\n]|$)|\s(?:{words(own['ends'])}))"
    led = (
        rf"(?:{latest}|#\s?[2-9]:?|(?:{gone}\s)?{back}|{gone}\s(?:to|at)|{gone}(?=\s?[:<>≤≥]?\s?\Z)"
        rf"|(?:{words(moments['follows'])})(?:\s[\w./%-]+){{1,5}}(?=\s\Z))"
    )
    behind = words([*moments["between"], *moments["late"], *turn["late"], *own["late"]])
    now = rf"(?:{words([*turn['now'], *own['since']])})\s(?:(?:is|are|has been|all|both)\s)?"
    return _Patterns(
        re.compile(rf"\s*{opens}{led}{being}", re.I),
        re.compile(rf"\s*{opens}{being}", re.I),
        re.compile(rf"{words(own['changed'])}", re.I),
        re.compile(rf"\b(?!until\s\d)(?:{tables.stems(turn['wish'])})", re.I),
        re.compile(rf"\s?\(?(?:(?:on|at|by)\s)?(?:{behind})", re.I),
        re.compile(rf"(?:{words([*moments['early'], *turn['first'], *own['early']])})", re.I),
        re.compile(rf"\s?\(?(?:{words([*own['ends'], *moments['early']])})", re.I),
        re.compile(rf"[,;]\s(?:then\s|and\s)?(?:{words(own['given'])})\s\Z", re.I),
        re.compile(
            rf"(?P<closes>\s?\))?(?:(?:\s?[,;]|\s[-–—]|\s(?:but|and|then|->))\s|\s(?=(?:{words(own['changed'])})))"
            rf"(?P<all>(?:(?:{words(own['all'])})\s)?){opens}"
            rf"(?:{now}(?P<now>{words(said)}){ends}"
            rf"|(?P<became>{words(own['normal'])}){ends}"
            rf"|(?P<since>{words(said)})\s(?:on\s[\w/-]+\s)?(?:{words(own['since_behind'])}))",
            re.I,
        ),
    )  # fmt: skip


def came_to(text: str, earlier: tuple[int, int], number: Number) -> bool:
    """Whether ``number`` is what the value before it (``earlier``: where its measure begins and it ends) came to."""
    start, at = earlier
    gap = text[at : number.start]
    pattern = _patterns()
    if not 2 < len(gap) <= _REACH or pattern.wish.search(gap) is not None or not _alone(text, number):
        return False
    parted = list(_SEPARATOR.finditer(gap))
    lead = gap[parted[-1].end() :] if parted else gap
    if pattern.latest.fullmatch(lead) is not None and lead.strip():
        return bool(parted) or pattern.changed.search(gap) is not None
    if not parted or pattern.empty.fullmatch(lead) is None:
        return False
    said = text[start:at] + " " + gap[: parted[-1].start()]
    if gaps.after(text, number.end) or pattern.late.match(text, number.end) is not None:
        return pattern.late.match(text, at) is None
    behind = time.find(text[number.end : number.end + 30])
    dated = bool(behind) and behind[0].start <= _CLOSE
    return dated and (pattern.early.search(said) is not None or pattern.changed.search(said) is not None)


def led(text: str, at: int, stop: int) -> int | None:
    """Where the step begins that is led as the latest behind one that ends at ``at``: "IV at admission, now | I"."""
    pattern = _patterns()
    stop = min(stop, at + _BEHIND)
    for parted in _SEPARATOR.finditer(text, at, stop):
        lead = pattern.latest.match(text, parted.end(), stop)
        if lead is not None and pattern.wish.search(text, at, lead.end()) is None:
            return lead.end()
    return None


_CLOSE = 5
"""Characters between a value and its own time ("on ", "in ")."""


def both_dated(text: str, at: int, number: Number) -> bool:
    """Whether two values have a time each right behind them: "101.5 F | last night, | 99.0 F this morning"."""
    gap = text[at : number.start]
    if gaps.dated_again(gap, text, number.end):
        return True
    first = time.find(gap)
    behind = time.find(text[number.end : number.end + 30])
    if not first or not behind or first[0].start > _CLOSE or behind[0].start > _CLOSE:
        return False
    return re.fullmatch(r"\)?\s?[,;]\s(?:and\s|then\s|but\s)?", gap[first[-1].end :]) is not None


def _alone(text: str, number: Number) -> bool:
    """Whether a number stands for itself and counts nothing ("now 2 bleeding episodes")."""
    if number.unit is not None or _WORD_NEXT.match(text, number.end) is None:
        return True
    pattern, at = _patterns(), number.end
    goes_on = pattern.goes_on.match(text, at) is not None or pattern.late.match(text, at) is not None
    return goes_on or gaps.after(text, at)


def passed(text: str, at: int, number: Number, drugs: Sequence[int]) -> bool:
    """Whether a number between two values is a dose or counts something ("KCl | 60 |", "transfused | 2 | units").

    ``at``: where the earlier value ends; ``drugs``: where the drugs of the sentence end."""
    if number.unit is not None and _patterns().given.search(text, at, number.start) is not None:
        return True
    times = text[max(0, number.start - 2) : number.start].strip().lower() == "x"
    return times or any(0 <= number.start - end <= 1 for end in drugs) or not _alone(text, number)


def worded(page: Page, values: Sequence[Draft], stop: int) -> list[Draft]:
    """What the words behind a value say that it became; the values themselves are made past.

    ``values``: those of the sentence, the last of which the words stand behind."""
    last = values[-1]
    if last.quantity is None or last.quantity.unit in ("ULN", "LLN"):
        return []
    text, low = page.text, last.end
    pattern = _patterns()
    stop = min(stop, low + _BEHIND)
    found = None
    at = low
    while found is None and 0 <= at < stop:
        found = pattern.worded.match(text, at, min(len(text), stop + 30))
        parted = _SEPARATOR.search(text, at + 1, stop) if found is None else None
        at = parted.start() if parted is not None else -1
    if found is None or pattern.wish.search(text, low, found.start()) is not None:
        return []
    spoken = [last]
    opened = text.rfind("(", last.start - 80 if last.start > 80 else 0, last.start)
    if found["closes"] and opened >= 0:
        spoken = [v for v in values if v.start > opened]
    elif found["all"].strip():
        spoken = list(values)
    word = found["now"] or found["became"] or found["since"]
    result = "normal" if found["became"] else meanings("measurement")[word.lower()]
    end = max(found.end(group) for group in ("now", "became", "since"))
    became = []
    for value in spoken:
        if value.quantity is None or value.assertion not in (None, "present") or not value.rule.startswith("value."):
            continue
        value.assertion, value.rule = "historical", "value.past"
        became.append(
            replace(
                value, end=end, quantity=None, result=result, assertion="present", rule="result.later",
                said_at=(end - len(word), end),
            )
        )  # fmt: skip
    return became
