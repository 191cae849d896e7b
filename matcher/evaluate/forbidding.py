"""“Contraindication to MRI”, told by what forbids it: a pacemaker, an allergy to the drug that is asked for.

What forbids which test or treatment is ``resources/evaluate/forbidding.csv``.
"""

from __future__ import annotations

import re
from functools import cache

from matcher.evaluate import data
from matcher.evaluate.beside import THERE, Beside, stands
from matcher.evaluate.index import Index, dated
from matcher.evaluate.outcome import Outcome
from matcher.evaluate.plan import Plan, Setting, rules
from matcher.model import Concept, Fact, Leaf
from matcher.patterns import alternatives


def asked(leaf: Leaf, setting: Setting) -> Concept | None:
    """The test or treatment whose contraindications are asked for; None for another leaf."""
    found = _term().fullmatch(leaf.term.strip()) if leaf.term else None
    if found is None:
        return None
    name = found["first"] or found["last"]
    return setting.terminology.normalise(name.strip()).concept


class ForbiddingPlan(Beside):
    """The leaf as it stands, and where the notes do not name it, what forbids the treatment."""

    def __init__(self, own: Plan, treatment: Concept, leaf: Leaf, setting: Setting) -> None:
        super().__init__(own, leaf, setting)
        terminology = setting.terminology
        self._refused = terminology.descendants(treatment.id)
        every = {treatment.id, *(c.id for c in terminology.ancestors(treatment.id))}
        by: dict[str, frozenset[str]] = {"yes": frozenset(), "current": frozenset(), "": frozenset()}
        for row in data.rows("forbidding"):
            if row["treatment"] in every:
                by[row["certain"]] |= terminology.descendants(row["forbids"])
        self._certain, self._current, self._open = by["yes"], by["current"], by[""]
        self.tells = self._certain | self._current | self._open | self._refused

    def told_beside(self, index: Index) -> Outcome | None:
        allergy = [f for f in index.of(self._refused) if f.kind == "allergy" and f.assertion in THERE]
        there = [f for f in index.of(self._certain) if f.kind != "allergy" and stands(f)]
        now = [f for f in index.of(self._current) if f.kind != "allergy" and stands(f)]
        going_on = [f for f in now if _going_on(f, index)]
        there += going_on
        clear = [f for f in there if _cleared().search(index.quote(f)) is not None]
        forbids = [*allergy, *(f for f in there if f not in clear)]
        if forbids:
            return self.told(
                "met", f"“{forbids[-1].text}” forbids it{dated(forbids[-1])}", "forbidding.known", facts=(forbids[-1],)
            )
        maybe = [*clear, *(f for f in now if f not in going_on)]
        maybe += (f for f in index.of(self._open) if f.kind != "allergy" and stands(f))
        if maybe:
            return self.open(
                f"{self.name}: “{maybe[-1].text}” may forbid it{dated(maybe[-1])}",
                "forbidding.possible",
                facts=(maybe[-1],),
                needs=f"ask: {self.name}",
            )
        return None


def _going_on(fact: Fact, index: Index) -> bool:
    """Whether a bleeding is of now: it forbids what a past one makes a person ask about."""
    if fact.assertion != "present" or fact.status == "past":
        return False
    last = fact.time.end or fact.time.start if fact.time is not None else None
    return last is None or index.as_of is None or (index.as_of - last).days <= rules()["forbidding"]["current_days"]


@cache
def _cleared() -> re.Pattern[str]:
    """What is known to be safe with the test ("MR conditional")."""
    table = rules()["forbidding"]
    return re.compile(rf"(?<!\bnot )(?<!\bnon[ -])\b(?:{alternatives(table['cleared'])})\b", re.IGNORECASE)


@cache
def _term() -> re.Pattern[str]:
    table = rules()["forbidding"]
    names, unable = alternatives(table["names"]), alternatives(table["unable"])
    return re.compile(
        rf"(?:(?:{alternatives(table['known'])}) )*(?:(?:{names}) (?:to|for|of|against)|(?:{unable}))"
        rf" (?:(?:{alternatives(table['acts'])}) )*(?P<first>[^,;()]+)|(?P<last>[^,;()]+?) (?:{names})",
        re.IGNORECASE,
    )
