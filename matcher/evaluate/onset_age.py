"""How old the patient was when a disease began: "age at onset of migraine below 50", "diagnosed before the age of 18".

The earliest time at which the notes have the disease bounds the age from above; a time that is said to be the
beginning ("since age 15", "diagnosed in 2016") gives it.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import replace
from functools import cache

from matcher.dates import MEAN_DAYS
from matcher.evaluate import demography
from matcher.evaluate.index import Index, dated
from matcher.evaluate.outcome import Outcome
from matcher.evaluate.plan import Plan, Setting, rules
from matcher.evaluate.windows import counted
from matcher.model import Fact, Leaf, Truth
from matcher.patterns import alternatives

_YEAR = MEAN_DAYS["year"]


def asked(leaf: Leaf, setting: Setting) -> Leaf | None:
    """The leaf of the disease whose beginning is asked for; None where the leaf asks for no age at one."""
    if leaf.op == "condition" and leaf.concept is not None:
        return qualified(leaf)
    if leaf.op != "measurement" or leaf.cmp is None or not isinstance(leaf.value, int | float):
        return None
    if not demography.is_age_unit(leaf.unit) or _words("asks").search(leaf.term) is None:
        return None
    for hit in setting.terminology.find(leaf.term):
        for id in hit.ids:
            if setting.terminology.kind(id) == "condition":
                return replace(leaf, op="condition", concept=setting.terminology.concept(id))
    return None


def qualified(leaf: Leaf) -> Leaf | None:
    """ "Asthma after age of 6 years", "stroke before age 50": a beginning not before, or before, an age."""
    for qualifier in leaf.qualifiers:
        after = _after().fullmatch(qualifier.lower())
        if after is not None:
            kept = tuple(q for q in leaf.qualifiers if q != qualifier)
            cmp = ">=" if after["when"] in rules()["onset_age"]["after"] else "<"
            return replace(leaf, cmp=cmp, value=float(after["n"]), unit=after["unit"] or "years", qualifiers=kept)
    return None


class OnsetAgePlan(Plan):
    """The age at the first time of the disease against the limit."""

    looks_at = frozenset({"age"})

    @property
    def _unit(self) -> float:
        return MEAN_DAYS[demography.age_unit(self.leaf.unit)]

    def asks(self) -> str:
        return f"ask: {self.name[:1].lower()}{self.name[1:]}"

    def evaluate(self, index: Index) -> Outcome:
        facts = [f for f in index.of(self.ids) if f.assertion in ("present", "historical")]
        now = demography.age(index)
        if now is not None and self.leaf.cmp in (">", ">=") and now[1] <= float(self.leaf.value or 0) * self._unit:
            # whatever began, it began at a younger age than the one that is asked
            return self.told("not_met", f"“{now[2].text}” is younger than {self.label}", "age.onset", facts=(now[2],))
        if not facts:
            return self.silent
        if now is None:
            return self.open(f"“{facts[-1].text}” is documented, the age is not", "age.onset", needs=self.asks())
        unit = self._unit
        low, high, source = 0.0, now[1], now[2]
        for fact in facts:
            time, as_of = counted(fact, index.as_of)
            if as_of is None or time is None or time.start is None:
                continue
            first, last = time.start, time.end or time.start
            last = first if last >= as_of else last  # "for 30 years"
            oldest = now[1] - (as_of - last).days
            if oldest < high:
                high, source = oldest, fact
            if begins(fact, index):
                low = max(low, now[0] - (as_of - first).days - (_YEAR if _rough(first, fact) else 0))
                source = fact
        return self._judge(low / unit, high / unit, source)

    def _judge(self, low: float, high: float, fact: Fact) -> Outcome:
        value, second = float(self.leaf.value or 0), self.leaf.value2
        truths = {
            "<": _below(low, high, value), "<=": _below(low, high, value + 1), ">": _above(low, high, value + 1),
            ">=": _above(low, high, value),
        }  # fmt: skip
        truth: Truth = truths.get(self.leaf.cmp or "", "unknown")
        if self.leaf.cmp == "between" and isinstance(second, int | float):
            both = _above(low, high, value), _below(low, high, second + 1)
            truth = "not_met" if "not_met" in both else "met" if both == ("met", "met") else "unknown"
        shown = f"“{fact.text}”{dated(fact)}"
        if truth == "unknown" and self.leaf.qualifiers:
            return self.silent  # what is asked beside the age is not mentioned
        if truth == "unknown":
            return self.open(f"{shown} does not settle {self.label}", "age.onset", facts=(fact,), needs=self.asks())
        says = "meets" if truth == "met" else "does not meet"
        return self.told(truth, f"{shown} {says} {self.label}", "age.onset", facts=(fact,))


def begins(fact: Fact, index: Index, by: str = "begins") -> bool:
    """Whether the sentence says that the disease began at its time, by the words of a list."""
    return _words(by).search(index.quote(fact)) is not None


def _rough(first: dt.date, fact: Fact) -> bool:
    """Whether the day is only a year's."""
    return fact.time is not None and fact.time.end is not None and (fact.time.end - first).days > 300


def _below(low: float, high: float, limit: float) -> Truth:
    return "met" if high <= limit else "not_met" if low >= limit else "unknown"


def _above(low: float, high: float, limit: float) -> Truth:
    return "met" if low >= limit else "not_met" if high < limit else "unknown"


@cache
def _after() -> re.Pattern[str]:
    words = alternatives([*rules()["onset_age"]["after"], *rules()["onset_age"]["before"]])
    age = r"(?P<n>\d{1,2})(?: (?P<unit>years?|months?))?"
    return re.compile(rf"(?P<when>{words}) (?=.*\bage)(?:(?:the )?ages? (?:of )?)?{age}(?: of age)?")


@cache
def _words(of: str) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{alternatives(rules()['onset_age'][of])})\b", re.IGNORECASE)
