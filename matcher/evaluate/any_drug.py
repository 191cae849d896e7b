"""A drug of whatever kind: "no current medications", "any prescription medication", "five or more medications"."""

from __future__ import annotations

import re

from matcher.evaluate import compare
from matcher.evaluate.compare import Range
from matcher.evaluate.event import EventPlan
from matcher.evaluate.index import Index, dated
from matcher.evaluate.outcome import Outcome
from matcher.evaluate.plan import Setting, rules
from matcher.model import Fact, Leaf

_END = re.compile(r"[.;\n]")


def asked(leaf: Leaf, setting: Setting) -> bool:
    """Whether a leaf asks for a drug, says none, and nothing behind it says which."""
    if leaf.op != "medication" or leaf.concept is not None or leaf.window is not None or setting.protocol is None:
        return False
    table = rules()["any_drug"]
    words = [w for text in (leaf.term, *leaf.qualifiers) for w in text.lower().split()]
    named = frozenset(table["nouns"])
    if named.isdisjoint(words) or not named.union(table["plain"]).issuperset(words):
        return False
    behind = _END.split(setting.protocol.text[leaf.end : leaf.end + 80], maxsplit=1)[0]
    return all(w in table["behind"] for w in behind.lower().split())


class AnyDrugPlan(EventPlan):
    """Met by a drug that is listed as taken now; counted by drug."""

    looks_at = frozenset({"medication"})

    def evaluate(self, index: Index, spared: frozenset[str] = frozenset()) -> Outcome:
        found = {f.concept.id: f for f in index.by_kind.get("medication", ()) if f.concept is not None and _taken(f)}
        if not found:
            none = index.closed.get("medication")
            if none is None:
                return super().evaluate(index, spared)
            return self.told("not_met", f"“{none.text}”{dated(none)}", "medication.none", facts=(none,))
        facts = tuple(found.values())[-3:]
        names = ", ".join(f"“{f.text}”" for f in facts)
        if self.leaf.count is None:
            return self.told("met", f"{names} is taken{dated(facts[-1])}", "medication.any", facts=facts)
        limit = Range(float(self.leaf.count), float(self.leaf.count))
        # the list may go on elsewhere: the drugs that are named are the least
        truth = compare.compare(Range(float(len(found)), float("inf")), self.leaf.count_cmp or ">=", limit, None)
        if truth == "unknown":
            return self.open(
                f"{len(found)} drugs are listed: {names}", "medication.counted", facts=facts, needs=f"ask: {self.name}"
            )
        return self.told(truth, f"{len(found)} drugs are listed: {names}", "medication.counted", facts=facts)


def _taken(fact: Fact) -> bool:
    """Whether a drug is one of a list of what is taken, or said to be taken now."""
    listed = fact.section in rules()["any_drug"]["sections"] and fact.status != "past"
    return fact.assertion == "present" and (listed or fact.status == "current")
