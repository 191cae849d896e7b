"""Habits: when one that is over ended, of which substance a disease of use is, what a limit or a bracket asks."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from functools import cache

from matcher import dates
from matcher.evaluate.index import Index
from matcher.evaluate.plan import Setting, rules
from matcher.model import And, Fact, Interval, Leaf, Logic, Or
from matcher.patterns import alternatives

_INCLUDING = re.compile(r"[\s,(]{1,3}(?:including|incl\.?|such as|e\.g\.,?)\s", re.IGNORECASE)


def ended(fact: Fact, index: Index) -> Fact:
    """The fact of a former habit, dated by its end: "clean since 2009", "sober for 12 years"."""
    time, noted = fact.time, fact.note_date
    if time is not None and time.start is not None:
        since = time.end is None or (noted is not None and time.start < time.end == noted.end)
        return replace(fact, time=Interval(time.start, time.start)) if since else fact
    if time is not None or noted is None or noted.end is None:
        return fact
    told = _for().search(index.quote(fact))
    if told is None:
        return fact
    last = dates.subtract(noted.end, told["since"] or told["first"])
    return replace(fact, time=Interval(None if told["more"] else last, last))


def given_up(stated: list[Fact], index: Index) -> Fact:
    """What was said last of a habit; behind a list that only names it ("smoker"), when it was given up ("quit three
    years ago")."""
    last = stated[-1]
    if last.result != "current" or last.quantity is not None or _now().search(index.quote(last)) is not None:
        return last
    behind = [f for f in stated if f.result == "former" and f.note_id == last.note_id and f.start > last.start]
    over = [f for f in behind if f.time is not None or _for().search(index.quote(f)) is not None]
    return over[-1] if over else last


@cache
def _now() -> re.Pattern[str]:
    return re.compile(rf"\b(?:{alternatives(rules()['behaviour']['now_said'])})\b|\d", re.IGNORECASE)


@cache
def _for() -> re.Pattern[str]:
    table = rules()["behaviour"]
    words, between = alternatives(table["over_words"]), alternatives(table["over_between"])
    more = r"(?P<more>more\sthan|over|>|at\sleast|greater\sthan)?\s?"
    lasting = rf"\b(?:{words})\b[,:(]?\s?(?:(?:{between})\s?)*{more}(?P<since>{dates.pattern()})"
    return re.compile(rf"{lasting}(?!\sago)|(?P<first>{dates.pattern()})\s(?:{words})\b", re.IGNORECASE)


def told_of(substance: str | None, words: str, named: list[Fact], habits: Iterable[Fact]) -> list[Fact]:
    """What diseases of use tell of a substance: of drugs, alcoholism nothing; of "substances", with when it ended."""
    cues = rules()["behaviour"]["substances"]
    kept: list[Fact] = []
    for fact in named:
        said = f"{fact.text} {fact.concept.name if fact.concept is not None else ''}".lower()
        own = next((s for s, known in cues.items() if any(c in said for c in known)), substance)
        if own == substance or substance is None:
            kept.append(fact)
        elif any(word in words for word in rules()["behaviour"]["any_substance"]):
            over = [f for f in habits if own in f.qualifiers and f.result == "former" and f.note_id == fact.note_id]
            kept += over or [fact]
    return kept


def counted(logic: And) -> Logic:
    """ "No more than five occasions of smoking": beside an upper limit a habit without an amount asks nothing."""
    own = [a for a in logic.args if isinstance(a, Leaf) and a.op == "behaviour"]
    if any(a.cmp in ("<", "<=") for a in own):
        kept = tuple(a for a in logic.args if a not in own or a.cmp is not None or a.window is not None)
        return logic if kept == logic.args else And(kept) if len(kept) > 1 else kept[0]
    return logic


def abused(logic: Or, setting: Setting) -> Or:
    """ "Substance use disorder (including alcohol)": of what stands in brackets the disorder is asked."""
    first, *rest = logic.args
    if setting.protocol is None or not isinstance(first, Leaf) or first.op != "behaviour" or " " not in first.term:
        return logic
    what = first.term.partition(" ")[2]
    args = [
        replace(part, term=f"{part.term} {what}")
        if isinstance(part, Leaf)
        and part.op == "behaviour"
        and " " not in part.term
        and _INCLUDING.fullmatch(setting.protocol.text[first.end : part.start])
        else part
        for part in rest
    ]
    return Or((first, *args))
