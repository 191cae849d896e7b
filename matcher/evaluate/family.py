"""A disease of the patient's family: whose, and at which age ("breast cancer in a mother or sister before age 50")."""

from __future__ import annotations

from matcher import resources
from matcher.evaluate import compare, data, demography, onset_age
from matcher.evaluate.compare import Range
from matcher.evaluate.index import Index, dated
from matcher.evaluate.limits import span
from matcher.evaluate.outcome import Outcome
from matcher.evaluate.plan import Plan, Setting, rules, wider
from matcher.model import Fact, Leaf, Truth


class FamilyPlan(Plan):
    """A relative's disease. The patient's own never counts; a denial in the family history does."""

    looks_at = frozenset({"family_history", "*"})
    unnamed = looks_at

    def __init__(self, leaf: Leaf, setting: Setting) -> None:
        super().__init__(leaf, setting)
        self.above = frozenset(wider(leaf, setting.terminology))
        table: dict[str, list[str]] = rules()["relatives"]
        words = f"{leaf.term} {' '.join(leaf.qualifiers)}".lower()
        named = [k for k in table if k in words]
        self.relatives = frozenset(r for k in named for r in table[k]) or None
        others = resources.toml("assertion/relations")["other"]
        people = [name for names in others.values() for name in names]
        asked = any(name in words for name in (*people, *rules()["persons"]["no_family_asked"]))
        self.strangers = frozenset() if asked else frozenset(others)
        """Persons who are no family: a wife's disease is no family history."""
        self.limits = _limits(leaf)
        early = rules()["family"]["early"].get(leaf.concept.id) if leaf.concept is not None else None
        if early is not None:
            self.ids |= setting.terminology.descendants(early["of"])
        self.treated = frozenset(
            id
            for row in data.rows("by_test")
            if row["positive"] == "present" and row["condition"] in self.ids
            if setting.terminology.kind(row["test"]) == "procedure"
            for id in setting.terminology.descendants(row["test"])
        )
        """Procedures that tell the disease of whoever had them: a mother's bypass."""

    def reach(self) -> frozenset[str]:
        """A wider disease that is denied denies this one."""
        return self.ids | self.above | self.treated

    def evaluate(self, index: Index) -> Outcome:
        facts = [
            f for f in index.others if f.concept is not None and f.concept.id in self.ids and f.assertion != "retracted"
        ]
        facts += [f for f in index.by_kind.get("family_history", ()) if f.concept is None or f.concept.id in self.ids]
        facts += [
            f
            for f in index.others
            if f.concept is not None and f.concept.id in self.treated and f.assertion == "family"
        ]
        yes = [f for f in facts if f.assertion in ("family", "present", "historical") and f.concept is not None]
        yes = [f for f in yes if f.experiencer not in self.strangers]
        if self.relatives is not None:
            near = [f for f in yes if f.experiencer in self.relatives]
            if yes and not near:
                unclear = [f for f in yes if f.experiencer in ("family", "patient", "other")]
                if unclear:
                    return self.open(
                        f"“{unclear[-1].text}”: which relative is not stated",
                        "family.relative_unstated",
                        facts=(unclear[-1],),
                        needs=f"ask: {self.name}",
                    )
                return self.told(
                    "not_met",
                    f"“{yes[-1].text}”: only {yes[-1].experiencer}",
                    "family.other_relative",
                    facts=(yes[-1],),
                )
            yes = near
        if yes and self.limits:
            return self._at_age(yes)
        if yes:
            fact = yes[-1]
            return self.told(
                "met",
                f"{self.name}: “{fact.text}” ({fact.experiencer}){dated(fact)}",
                "family.documented",
                facts=(fact,),
            )
        no = [f for f in facts if f.assertion == "absent"]
        if not no and self.above:
            wide = index.others + index.by_kind.get("family_history", [])
            no = [f for f in wide if f.assertion == "absent" and f.concept is not None and f.concept.id in self.above]
        if no:
            return self.told("not_met", f"{self.name}: denied{dated(no[-1])}", "family.denied", facts=(no[-1],))
        closed = index.closed.get("family_history")
        if closed is not None:
            return self.told("not_met", f"{self.name}: “{closed.text}”", closed.rule, facts=(closed,))
        return self.silent

    def _at_age(self, yes: list[Fact]) -> Outcome:
        """What the ages at which the relatives fell ill say: one that fits is enough."""
        judged = [(self._fits(fact), fact) for fact in yes]
        for truth in ("met", "unknown", "not_met"):
            fact = next((f for said, f in reversed(judged) if said == truth), None)
            if fact is None:
                continue
            if truth == "unknown":
                return self.open(
                    f"“{fact.text}” ({fact.experiencer}): the age is not stated",
                    "family.age_unstated",
                    facts=(fact,),
                    needs=f"ask: {self.name}",
                )
            fits = "is within" if truth == "met" else "is beyond"
            return self.told(
                truth,
                f"{self.name}: the age of “{fact.text}” ({fact.experiencer}) {fits} the limit",
                "family.age",
                facts=(fact,),
            )
        return self.silent

    def _fits(self, fact: Fact) -> Truth:
        if fact.quantity is None or fact.quantity.unit != "years":
            return "unknown"
        said = {
            compare.compare(span(fact.quantity), cmp, Range(low, low), Range(high, high))
            for sex, (cmp, low, high) in self.limits.items()
            if fact.experiencer not in rules()["family"]["other_sex"][sex]
        }
        return said.pop() if len(said) == 1 else "unknown"


def _limits(leaf: Leaf) -> dict[str, tuple[str, float, float]]:
    """By sex, the ages at which the disease of a relative counts; none where the criterion asks for no age."""
    early = rules()["family"]["early"].get(leaf.concept.id) if leaf.concept is not None else None
    aged = onset_age.qualified(leaf) or leaf
    if aged.cmp is not None and isinstance(aged.value, int | float) and demography.is_age_unit(aged.unit):
        high = aged.value2 if isinstance(aged.value2, int | float) else aged.value
        limit = (aged.cmp, float(aged.value), float(high))
        return {"male": limit, "female": limit}
    return {sex: ("<", early[sex], early[sex]) for sex in ("male", "female")} if early is not None else {}
