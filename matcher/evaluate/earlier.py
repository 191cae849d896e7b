"""What a criterion asks of earlier times: a disease for the first time, one of an earlier pregnancy."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cache, lru_cache
from typing import TYPE_CHECKING

from matcher.evaluate.index import Index, dated
from matcher.evaluate.limits import span
from matcher.evaluate.mentions import at_hand
from matcher.evaluate.plan import Setting, rules
from matcher.evaluate.windows import counted, till_now
from matcher.model import Fact, Leaf
from matcher.patterns import alternatives

if TYPE_CHECKING:
    from matcher.evaluate.event import EventPlan
    from matcher.evaluate.outcome import Outcome

FIRST = "first-time"
"""The qualifier of a leaf that asks for a disease for the first time."""
_CLAUSE = re.compile(r"[;.]|\bbut\b")
_BEHIND = 40


def named(leaf: Leaf, setting: Setting) -> Leaf:
    """ "First-time patellar dislocation", "first episode of pancreatitis": the disease, and that it is the first."""
    asked = _first().match(leaf.term) if leaf.op in ("condition", "other") else None
    if asked is None:
        return leaf
    rest = leaf.term[asked.end() :]
    found = setting.terminology.normalise(rest).concept
    own = found is not None and setting.terminology.kind(found.id) == "condition"
    if not own or (leaf.concept is not None and setting.terminology.normalise(leaf.term).how == "exact"):
        return leaf
    return replace(leaf, op="condition", term=rest, concept=found, qualifiers=(*leaf.qualifiers, FIRST), status=None)


@cache
def _first() -> re.Pattern[str]:
    return re.compile(rf"(?:{alternatives(rules()['first_time']['asks'])})\s(?!(?:degree|line)\b)", re.IGNORECASE)


@cache
def _again() -> re.Pattern[str]:
    """What tells right before a mention that it was not the first."""
    return re.compile(rf"\b(?:{alternatives(rules()['first_time']['before'])})\s(?:[\w-]+\s){{0,3}}\Z", re.IGNORECASE)


@cache
def _before() -> re.Pattern[str]:
    """What tells so behind it, or by a count anywhere in its clause."""
    table = rules()["first_time"]
    return re.compile(rf"\b(?:{alternatives([*table['behind'], *table['counted']])})\b", re.IGNORECASE)


@lru_cache(maxsize=256)
def _numbered(noun: str) -> re.Pattern[str]:
    """ "His third | dislocation", said after the disease was named."""
    return re.compile(rf"\b(?:{alternatives(rules()['first_time']['numbered'])})\s{re.escape(noun)}\b", re.IGNORECASE)


@cache
def _none_before() -> re.Pattern[str]:
    return re.compile(rf"\b(?:{alternatives(rules()['first_time']['none'])})\b", re.IGNORECASE)


@cache
def _pregnancy() -> re.Pattern[str]:
    return re.compile(rf"\s(?:{alternatives(rules()['earlier_pregnancy']['asks'])})\b", re.IGNORECASE)


@cache
def _first_pregnancy() -> re.Pattern[str]:
    return re.compile(rf"\b(?:{alternatives(rules()['earlier_pregnancy']['none'])})\b", re.IGNORECASE)


class Earlier:
    """What a leaf asks of earlier times; false where it asks nothing of the kind."""

    __slots__ = ("first", "pregnancy")

    def __init__(self, leaf: Leaf, setting: Setting) -> None:
        self.first = FIRST in leaf.qualifiers
        behind = setting.protocol.text[leaf.end : leaf.end + _BEHIND] if setting.protocol is not None else ""
        self.pregnancy = leaf.op in ("condition", "other", "procedure") and _pregnancy().match(behind) is not None

    def __bool__(self) -> bool:
        return self.first or self.pregnancy

    def read(self, plan: EventPlan, facts: list[Fact], index: Index) -> Outcome | None:
        """What settles it before the mentions are looked at one by one."""
        if self.first:
            told = [f for f in facts if f.assertion not in plan.no]
            again = next((f for f in told if _told_again(f, index)), None) or _old(told, index)
            if again is None:
                return None
            reason = f"“{again.text}” is documented, and not for the first time{dated(again)}"
            return plan.told("not_met", reason, f"{plan.leaf.op}.not_first", facts=(again,))
        said = [f for f in facts if f.assertion in plan.yes]
        if not said or not all(at_hand(f) for f in said):
            return None
        if _first_now(index):
            reason = f"{plan.name}: “{said[-1].text}” is of the first pregnancy{dated(said[-1])}"
            return plan.told("not_met", reason, f"{plan.leaf.op}.first_pregnancy", facts=(said[-1],))
        if not any(f.assertion == "present" for f in index.by_kind.get("pregnancy", ())):
            return None
        return plan.open(
            f"“{said[-1].text}” is documented; of which pregnancy is not said",
            f"{plan.leaf.op}.which_pregnancy",
            facts=(said[-1],),
            needs=f"ask: {plan.name}",
        )


def _old(facts: list[Fact], index: Index) -> Fact | None:
    """The one that lies long back, where there is one of today as well."""
    if not any(at_hand(f) for f in facts):
        return None
    days = rules()["first_time"]["days"]
    spans = [(f, *counted(f, index.as_of)) for f in facts]
    ends = [(f, (day - time.end).days) for f, time, day in spans if day and time is not None and time.end is not None]
    return next((f for f, ago in ends if ago > days), None)


def _told_again(fact: Fact, index: Index) -> bool:
    """Whether a mention, or the words beside it, tell that it had been there before."""
    many = frozenset(rules()["many_said"])
    if not many.isdisjoint(fact.qualifiers) or not many.isdisjoint(fact.text.lower().split()):
        return True
    quote = index.quote(fact)
    at = fact.start - (fact.quote_start or 0)
    if quote[at : at + len(fact.text)] != fact.text and (at := quote.find(fact.text)) < 0:
        return False
    low = max((m.end() for m in _CLAUSE.finditer(quote, 0, at)), default=0)
    high = next((m.start() for m in _CLAUSE.finditer(quote, at + len(fact.text))), len(quote))
    before, behind = quote[low:at], quote[at + len(fact.text) : high]
    if _none_before().search(quote[low:high]) is not None:
        return False
    if _numbered(fact.text.split()[-1].lower()).search(quote) is not None or _counted_next(fact, index):
        return True
    if till_now(fact):
        return False  # "a history of retention for the past two days" is this one
    return _again().search(before) is not None or _before().search(f"{before}{fact.text}{behind}") is not None


def _counted_next(fact: Fact, index: Index) -> bool:
    """ "Shoulder dislocation today. | His third dislocation.": where the next sentence opens with its number."""
    note = index.notes.get(fact.note_id)
    if note is None or fact.quote_end is None:
        return False
    told = _numbered(fact.text.split()[-1].lower()).search(note.text, fact.quote_end, fact.quote_end + _OPENS)
    return told is not None and _WHOSE.fullmatch(note.text, fact.quote_end, told.start()) is not None


_OPENS = 60
"""Characters behind a sentence in which the next one counts the disease."""
_WHOSE = re.compile(
    r"[\s.;]*(?:(?:this|it|that)\s(?:is|was)\s)?(?:(?:now|already)\s)?(?:his|her|their|the|a)\s", re.IGNORECASE
)


def _first_now(index: Index) -> bool:
    """Whether the notes tell that today's pregnancy is the first."""
    table = rules()["earlier_pregnancy"]
    counted = [f for f in index.by_id.get(table["count"], ()) if f.quantity is not None]
    if counted and counted[-1].quantity is not None:
        return span(counted[-1].quantity).high <= 1
    return any(_first_pregnancy().search(note.text) is not None for note in index.notes.values())
