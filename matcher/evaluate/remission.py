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
        if last.status == "past" or (_words("over").search(index.quote(last)) is not None and not _there(last, index)):
            return self.told(
                "met", f"{self.name}: “{last.text}” is in remission{dated(last)}", f"{op}.remission", facts=(last,)
            )
        if _there(last, index):
            return self.told(
                "not_met", f"{self.name}: “{last.text}” is active{dated(last)}", f"{op}.active", facts=(last,)
            )
        return self.open(
            f"“{last.text}” is documented{dated(last)}; whether it is in remission is not said",
            f"{op}.qualifier_unstated",
            facts=(last,),
            needs=f"ask: {self.name}",
        )


def _there(fact: Fact, index: Index) -> bool:
    return _words("there").search(index.quote(fact)) is not None


@cache
def _words(name: str) -> re.Pattern[str]:
    denied = r"(?<!\bno )(?<!\bnot )(?<!\bwithout )" if name == "there" else ""
    return re.compile(rf"(?<![\w-]){denied}(?:{alternatives(rules()['remission'][name])})(?!\w)", re.IGNORECASE)
