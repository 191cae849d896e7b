"""A disease that is asked to be in remission: its name alone does not tell that it is."""

from __future__ import annotations

import re
from functools import cache

from matcher.evaluate.event import EventPlan
from matcher.evaluate.index import Index, dated
from matcher.evaluate.outcome import Outcome
from matcher.evaluate.plan import rules
from matcher.model import Fact, Leaf
from matcher.patterns import alternatives


def asked(leaf: Leaf) -> bool:
    """ "Leukemia in remission", "inactive lupus"; a window or a count asks for bouts."""
    plain = leaf.op == "condition" and leaf.concept is not None and leaf.window is None and leaf.count is None
    return plain and any(_words("asked").search(said) is not None for said in (leaf.term, *leaf.qualifiers))


class RemissionPlan(EventPlan):
    """Met by a disease that is over for now, not met by one that is told to be there."""

    def positive(self, index: Index, yes: list[Fact], no: list[Fact]) -> Outcome:
        op, last = self.leaf.op, yes[-1]
        over, there = _state(last, index)
        if there and not over:
            return self.told(
                "not_met", f"{self.name}: “{last.text}” is active{dated(last)}", f"{op}.active", facts=(last,)
            )
        if over and not there:
            return self.told(
                "met", f"{self.name}: “{last.text}” is in remission{dated(last)}", f"{op}.remission", facts=(last,)
            )
        return self.open(
            f"“{last.text}” is documented{dated(last)}; whether it is in remission is not said",
            f"{op}.qualifier_unstated",
            facts=(last,),
            needs=f"ask: {self.name}",
        )


def _state(fact: Fact, index: Index) -> tuple[bool, bool]:
    """Whether the sentence of a disease says that it is over for now, and whether it says that it is there; where it
    says both, what it says of today counts ("relapsed, now in remission")."""
    quote = index.quote(fact)
    said = [m.start() for m in _words("over").finditer(quote)]
    there = [m.start() for m in _words("there").finditer(quote) if _of_disease(quote, m)]
    over = [at for at in said if _before("hoped", quote, at) is None]
    own = [at for at in over if _before("denied", quote, at) is None]
    if len(own) < len(over):
        return bool(own), True  # "is not currently in remission"
    if not own:
        return fact.status == "past" and not said, bool(there)
    there = [at for at in there if _before("past", quote, at) is None]
    if not there:
        return True, False
    now, again = (_before("today", quote, at[-1]) is not None for at in (own, there))
    return now or not again, again or not now


def _of_disease(quote: str, cue: re.Match[str]) -> bool:
    """Whether a cue is not denied, and not of something else that is called active."""
    if _before("denied", quote, cue.start()) is not None or _before("not_of_it", quote, cue.start()) is not None:
        return False
    return cue.group().lower() != "active" or _called().match(quote, cue.end()) is None


def _before(name: str, quote: str, at: int) -> re.Match[str] | None:
    return _just_before(name).search(quote, max(0, at - _REACH), at)


_REACH = 60
"""Characters before a cue that may change what it says."""


@cache
def _just_before(name: str) -> re.Pattern[str]:
    table = rules()["remission"]
    return re.compile(rf"(?<!\w)(?:{alternatives(table[name])})\s(?:[\w-]+\s){{0,{table['reach']}}}\Z", re.IGNORECASE)


@cache
def _called() -> re.Pattern[str]:
    return re.compile(rf"\s(?:{alternatives(rules()['remission']['called_active'])})(?!\w)", re.IGNORECASE)


@cache
def _words(name: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![\w-])(?:{alternatives(rules()['remission'][name])})(?!\w)", re.IGNORECASE)
