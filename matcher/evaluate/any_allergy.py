"""An allergy to whatever drug, or of whatever kind: "no known drug allergies", "multiple medication allergies"."""

from __future__ import annotations

from matcher.evaluate import lists
from matcher.evaluate.event import EventPlan
from matcher.evaluate.index import Index, dated
from matcher.evaluate.outcome import Outcome
from matcher.evaluate.plan import PROTOCOL_TERM, Setting, rules
from matcher.model import Fact, Leaf

_DRUGS = frozenset({"drug", "drug_class"})
_NOT_LISTED = frozenset({"list.none", "list.unknown", "allergy.withdrawn", "allergy.stopped"})


def asked(leaf: Leaf) -> bool:
    """Whether a leaf asks for an allergy and names no allergen."""
    table = rules()["any_allergy"]
    if leaf.cmp is not None or leaf.window is not None:
        return False
    if leaf.op == "allergy":
        words = [w for w in leaf.term.lower().split() if w not in table["plain"]]
        drugs = frozenset(rules()["allergy_list"]["of_drugs"])
        return leaf.concept is None and bool(words) and drugs.issuperset(words)
    named = leaf.concept.id if leaf.concept is not None else ""
    return leaf.op == "condition" and named in (*table["of_drugs"], *table["any"])


class AnyAllergyPlan(EventPlan):
    """Met by an entry of the allergy list: a drug, or anything where no kind is asked."""

    looks_at = frozenset({"condition", "allergy"})

    def __init__(self, leaf: Leaf, setting: Setting) -> None:
        super().__init__(leaf, setting)
        table = rules()["any_allergy"]
        self.drugs_only = leaf.concept is None or leaf.concept.id in table["of_drugs"]
        said = {w for text in (leaf.term, *leaf.qualifiers) for w in text.lower().split()}
        self.more_than_one = not said.isdisjoint(table["several"])
        self.degree = bool({q.lower() for q in leaf.qualifiers}.difference(table["plain"], table["several"]))

    def lists(self) -> frozenset[str]:
        return frozenset({"allergy", "condition"})

    def evaluate(self, index: Index, spared: frozenset[str] = frozenset()) -> Outcome:
        found = [f for f in index.by_kind.get("allergy", ()) if f.assertion in self.yes and self._fits(f)]
        found = [f for f in found if f.concept is None or f.concept.id not in spared]
        own = {f.concept.id if f.concept is not None else f.text.lower() for f in found}
        if not found:
            none = index.closed.get("allergy")
            if none is not None:
                return self.told("not_met", f"“{none.text}”{dated(none)}", "allergy.none", facts=(none,))
            if (open_ := lists.not_known(self, index)) is not None:
                return open_
            return super().evaluate(index, spared)
        names = ", ".join(dict.fromkeys(f"“{f.text}”" for f in found[-3:]))
        if self.more_than_one and len(own) < 2:
            return self.told("not_met", f"only {names} is listed{dated(found[-1])}", "allergy.one", facts=(found[-1],))
        if self.degree:
            return self.open(
                f"{names} is listed; how severe it was is not said",
                "allergy.degree",
                facts=tuple(found[-3:]),
                needs=f"ask: {self.name}",
            )
        return self.told("met", f"{names} is listed{dated(found[-1])}", "allergy.any", facts=tuple(found[-3:]))

    def _fits(self, fact: Fact) -> bool:
        if fact.rule in _NOT_LISTED:
            return False
        if fact.concept is not None and fact.concept.id.startswith(PROTOCOL_TERM):
            return False  # "similar", "this class": words that only a protocol has, of this run's protocols any
        if not self.drugs_only or fact.concept is None:
            return not self.drugs_only
        listed = fact.concept.id not in rules()["allergy_list"]["no_drugs"]
        known = self.setting.terminology.known(fact.concept.id)
        return listed and known is not None and self.setting.terminology.kind(known) in _DRUGS
