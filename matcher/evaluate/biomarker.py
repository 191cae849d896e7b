"""Predicates on biomarkers: receptors, variants, serology. The latest test of each kind counts."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cache
from typing import Any

from matcher import resources
from matcher.evaluate.index import Index, dated, day
from matcher.evaluate.levels import by_level
from matcher.evaluate.measure import MeasurePlan
from matcher.evaluate.outcome import Outcome
from matcher.evaluate.person import barren
from matcher.evaluate.plan import Setting, rules
from matcher.model import Fact, Leaf, Truth
from matcher.terms import lexical


@cache
def marker_families() -> dict[str, dict[str, Any]]:
    """Markers that are told by others, by their ids."""
    return {row["id"]: row for row in rules()["marker_families"]}


@cache
def _told_by_disease(marker: str) -> dict[str, str]:
    """The diseases whose name says what a marker is, with that."""
    return {
        row["concept"]: test["value"]
        for row in rules()["composite"]
        if "concept" in row and not row.get("any")
        for test in row["tests"]
        if test["id"] == marker and test["value"] in ("positive", "negative")
    }


@cache
def marker_values() -> dict[str, str]:
    """What says the state of a marker, as `spelt`, to positive or negative."""
    table: dict[str, list[str]] = rules()["marker_states"]
    return {word: value for value in ("positive", "negative") for word in table[value]}


def spelt(words: str) -> str:
    """Words as the table of states writes them."""
    return " ".join(words.lower().replace("-", " ").split())


class BiomarkerPlan(MeasurePlan):
    """Positive or negative; for HER2 by immunohistochemistry and in-situ hybridisation together (ASCO/CAP 2018)."""

    def __init__(self, leaf: Leaf, setting: Setting) -> None:
        if leaf.concept is None:
            leaf = _gene(leaf, setting)
        super().__init__(leaf, setting)
        table = rules()["biomarkers"]
        asked = f"{leaf.term} {leaf.value or ''} {' '.join(leaf.qualifiers)}".lower()
        self.two_tests = leaf.concept is not None and leaf.concept.id in table["two_tests"]
        if not self.two_tests:
            self.two_tests = any(f" {w} " in f" {asked.replace('-', ' ')} " for w in table["two_test_words"])
        tests = rules()["childbearing"]["tests"]
        self.pregnancy = leaf.concept is not None and leaf.concept.id in tests
        if self.pregnancy:
            self.looks_at = frozenset({"sex", "age"})
        self.low = any(word in asked for word in table["low_words"])
        self.wanted_result = self.as_found or self.result or marker_values().get(spelt(leaf.term)) or "positive"
        known = rules()["results"]["same"]
        written = tuple(m.group().lower() for m in _VARIANT.finditer(leaf.term))
        written += tuple(map(lexical.exon, lexical.EXON.finditer(leaf.term)))
        self.variants = written or tuple(
            q.lower() for q in leaf.qualifiers if q.lower() not in known and any(c.isdigit() for c in q)
        )

        self.substances = _substances(leaf)
        self.diseases = _told_by_disease(leaf.concept.id) if leaf.concept is not None else {}
        family = marker_families().get(leaf.concept.id) if leaf.concept is not None else None
        self.members = _members(leaf, setting, family, self.wanted_result) if family is not None else {}
        self.needed = tuple(family["needed"]) if family is not None else ()

    def reach(self) -> frozenset[str]:
        return super().reach().union(self.diseases, *(plan.reach() for plan in self.members.values()))

    def evaluate(self, index: Index) -> Outcome:
        if self.leaf.cmp is not None and isinstance(self.leaf.value, int | float):
            return super().evaluate(index)
        facts = [f for f in index.of(self.ids) if f.assertion not in ("hypothetical", "planned", "declined")]
        if self.pregnancy:
            cannot = barren(index)
            if cannot is not None:
                favourable: Truth = "met" if self.setting.wanted else "not_met"
                return self.not_applicable(cannot, "pregnancy.cannot", favourable, neutral=True)
        if not facts:
            return self._by_members(index) or self._by_disease(index) or self.silent
        if self.two_tests:
            return self.her2(facts)
        return self.simple(facts)

    def _by_members(self, index: Index) -> Outcome | None:
        """By the markers that the family is made of: RAS by KRAS and NRAS."""
        known = {id: plan.evaluate(index) for id, plan in self.members.items() if not index.ids.isdisjoint(plan.ids)}
        if not known:
            return None
        one: Truth = "met" if self.wanted_result == "positive" else "not_met"
        told = next((outcome for outcome in known.values() if outcome.truth == one), None)
        if told is not None:
            return told
        if self.needed and all(id in known and known[id].truth not in (one, "unknown") for id in self.needed):
            return known[self.needed[-1]]
        last = next(reversed(known.values()))
        return self.open(
            f"{self.name}: {last.reason}; the others are not known",
            "biomarker.family",
            facts=last.facts,
            needs=f"result: {self.name}",
        )

    def _by_disease(self, index: Index) -> Outcome | None:
        """By the name of a disease that says it: a triple-negative cancer has no estrogen receptor."""
        for fact in reversed(index.of(frozenset(self.diseases))):
            if fact.concept is not None and fact.assertion in ("present", "historical"):
                return self.said(self.diseases[fact.concept.id], fact)
        return None

    def simple(self, facts: list[Fact]) -> Outcome:
        """One kind of test: the latest result that says anything."""
        same: dict[str, str] = rules()["results"]["same"]
        facts = self._of_substances(facts)
        sure: list[tuple[str, Fact]] = []
        for fact in facts:
            result = fact.result or ""
            sign = by_level(fact) or _percent(fact) or _titre(fact)
            if sign is not None:
                sure.append((sign, fact))
            elif result in same:
                sure.append((same[result], fact))
            elif not result and fact.assertion == "absent":
                sure.append(("negative", fact))
            elif _own(fact) or _test(fact):
                continue  # "surgical margins" that are named are not positive, nor is a culture that was taken
            elif not result and fact.assertion in ("present", "historical") and fact.kind != "measurement":
                sure.append(("positive", fact))
            elif result[:1].isdigit() and result.endswith("+"):
                sure.append(("positive" if int(result[0]) >= 1 else "negative", fact))
        if self.variants:
            return self.variant(facts, sure)
        if not sure:
            last = facts[-1]
            waiting = last.result == "pending"
            return self.open(
                f"{self.name}: “{last.text}”{dated(last)}"
                + (", the result is pending" if waiting else " states no result"),
                f"biomarker.{'pending' if waiting else 'no_value'}",
                facts=(last,),
                needs=f"result: {self.name}",
            )
        found, fact = sure[-1]
        clash = [f for r, f in sure if r != found and day(f) == day(fact) and f.note_id != fact.note_id]
        if clash:
            return self.outcome(
                "unknown",
                "conflict",
                f"the notes disagree on {self.name}",
                "biomarker.conflict",
                facts=(fact, clash[-1]),
                needs=f"repeat: {self.name}",
            )
        return self.said(found, fact)

    def _of_substances(self, facts: list[Fact]) -> list[Fact]:
        """Of a test of several substances, what it says of those that are asked for, else of the whole."""
        own = [f for f in facts if not self.substances.isdisjoint(f.qualifiers)]
        whole = [f for f in facts if f.rule != "result.of"]
        listed = {(f.note_id, f.start) for f in facts if f.rule == "result.of"}
        if not self.substances:
            return whole or facts
        if own:
            return [f for f in own if f.result == "positive" and day(f) == day(own[-1])][-1:] or own
        # what is named as found is all that was found
        return [
            replace(f, result="negative") if (f.note_id, f.start) in listed
            else f if f.result == "negative" else replace(f, result="equivocal" if f.result else None)
            for f in whole
        ]  # fmt: skip

    def said(self, found: str, *facts: Fact) -> Outcome:
        fact = facts[0]
        shown = f"{self.name}: “{fact.text}”{dated(fact)}"
        if found == self.wanted_result:
            truth: Truth = "met"
        elif found in ("positive", "negative") and self.wanted_result in ("positive", "negative"):
            truth = "not_met"
        elif found == "normal" and self.wanted_result == "positive":
            truth = "not_met"  # "cultures were unremarkable"
        else:
            return self.open(
                f"{shown} does not say whether {self.wanted_result}",
                "biomarker.equivocal",
                facts=facts,
                needs=f"result: {self.name}",
            )
        return self.outcome(truth, "documented", f"{shown} is {found}", "biomarker.result", facts=facts)

    def variant(self, facts: list[Fact], sure: list[tuple[str, Fact]]) -> Outcome:
        """A named variant (V600E, exon 19): another variant of the gene does not count, wild type denies."""
        for result, fact in reversed(sure):
            own = " ".join(fact.qualifiers)
            if result == "negative":
                return self.said("negative", fact)
            if all(v in own or v in fact.text.lower() for v in self.variants):
                return self.said("positive", fact)
        others = [f for r, f in sure if r == "positive" and any(any(c.isdigit() for c in q) for q in f.qualifiers)]
        if others:
            return self.outcome(
                "not_met" if self.wanted_result == "positive" else "met",
                "documented",
                f"{self.name}: another variant, “{others[-1].text}”{dated(others[-1])}",
                "biomarker.other_variant",
                facts=(others[-1],),
            )
        last = facts[-1]
        return self.open(
            f"{self.name}: “{last.text}” does not name the variant",
            "biomarker.variant_unstated",
            facts=(last,),
            needs=f"variant: {self.name}",
        )

    def her2(self, facts: list[Fact]) -> Outcome:
        """IHC 3+ or ISH amplified is positive; 0 or 1+ negative; 2+ needs ISH. HER2-low: 1+, or 2+ and ISH negative."""
        ihc: tuple[int, Fact] | None = None
        ish: tuple[str, Fact] | None = None
        word: tuple[str, Fact] | None = None
        for fact in facts:
            result = fact.result or ""
            if result[:1].isdigit() and result.endswith("+"):
                ihc = (int(result[0]), fact)
            elif not result and fact.quantity is not None and fact.quantity.low in (0.0, 1.0, 2.0, 3.0):
                ihc = (int(fact.quantity.low), fact)
            elif result in ("amplified", "not_amplified"):
                ish = (result, fact)
            elif result == "pending":
                ish = ish or ("pending", fact)
            elif result in ("positive", "negative"):
                word = (result, fact)
            elif not result and fact.assertion == "absent":
                word = ("negative", fact)
        state: str | None = None
        shown: list[Fact] = []
        if ihc is not None and ihc[0] == 3:
            state, shown = "positive", [ihc[1]]
        elif ish is not None and ish[0] == "amplified":
            state, shown = "positive", [ish[1]]
        elif ihc is not None and ihc[0] <= 1:
            state, shown = ("low" if ihc[0] == 1 else "zero"), [ihc[1]]
        elif ihc is not None and ish is not None and ish[0] == "not_amplified":
            state, shown = "low", [ihc[1], ish[1]]
        elif ihc is not None and word is not None and word[0] == "negative":
            state, shown = "low", [ihc[1], word[1]]
        elif ihc is None and ish is not None and ish[0] == "not_amplified":
            state, shown = "negative", [ish[1]]
        elif ihc is None and word is not None:
            state, shown = word[0], [word[1]]
        if state is None:
            last = [f for f in (ihc and ihc[1], ish and ish[1]) if f] or [facts[-1]]
            return self.open(
                f"{self.name}: “{last[0].text}” needs in-situ hybridisation",
                "biomarker.equivocal",
                facts=tuple(last),
                needs="HER2 ISH result",
            )
        if self.low:
            if state == "negative":
                return self.open(
                    f"{self.name}: negative, the IHC score is not stated",
                    "biomarker.equivocal",
                    facts=tuple(shown),
                    needs="HER2 IHC score",
                )
            truth: Truth = "met" if state == "low" else "not_met"
            return self.outcome(
                truth, "documented", f"{self.name}: “{shown[0].text}”", "biomarker.her2", facts=tuple(shown)
            )
        return self.said("positive" if state == "positive" else "negative", *shown)


_VARIANT = re.compile(r"\b(?:[A-Z]\d{1,4}[A-Z]|del\(\d+[pq]\)|t\(\d+;\d+\))")


def _members(leaf: Leaf, setting: Setting, family: dict[str, Any], wanted: str) -> dict[str, BiomarkerPlan]:
    """The plans of the members of a family of markers, each asked so that it answers as the family would."""
    opposite = {"positive": "negative", "negative": "positive"}
    value = opposite.get(wanted, wanted) if family.get("lost") else wanted
    plans: dict[str, BiomarkerPlan] = {}
    for id in family["members"]:
        concept = setting.terminology.concept(id)
        plans[id] = BiomarkerPlan(replace(leaf, term=concept.name, concept=concept, cmp="=", value=value), setting)
    return plans


def _substances(leaf: Leaf) -> frozenset[str]:
    """The substances that a test of several is asked for ("urine drug screen positive for opioids")."""
    table = resources.toml("facts/concepts")["screens"]
    if leaf.concept is None or leaf.concept.id not in table["tests"]:
        return frozenset()
    words = f" {' '.join(re.findall(r'[a-z0-9-]+', leaf.term.lower()))} "
    return frozenset(name for name, some in table["substances"].items() if any(f" {word} " in words for word in some))


def _gene(leaf: Leaf, setting: Setting) -> Leaf:
    """The leaf with the gene that its words name ("KRAS G12C mutation")."""
    for hit in setting.terminology.find(leaf.term):
        for id in hit.ids:
            if setting.terminology.kind(id) == "biomarker":
                return replace(leaf, concept=setting.terminology.concept(id))
    return leaf


def _test(fact: Fact) -> bool:
    """Whether what is named is a test, which says nothing without its result."""
    name = fact.concept.name.lower().split() if fact.concept is not None else []
    return not fact.result and name[-1:] != [] and name[-1] in rules()["result_needed"]


def _own(fact: Fact) -> bool:
    """A protocol's own term, without a result."""
    return not fact.result and fact.concept is not None and fact.concept.system == "PROTOCOL"


_DILUTED = re.compile(r"(?<!\d)1:\d")


def _titre(fact: Fact) -> str | None:
    """Positive where a titre is told ("RPR 1:32")."""
    told = fact.quantity is not None and fact.quantity.low is not None and not fact.result
    return "positive" if told and _DILUTED.search(fact.text) else None


def _percent(fact: Fact) -> str | None:
    """Positive or negative by the share of stained cells (ASCO/CAP 2020: 1 % for hormone receptors)."""
    limits: dict[str, float] = rules()["biomarkers"]["percent_positive"]
    quantity = fact.quantity
    if fact.concept is None or fact.concept.id not in limits or quantity is None or quantity.unit != "%":
        return None
    limit = limits[fact.concept.id]
    if quantity.low is not None and quantity.low >= limit:
        return "positive"
    return "negative" if quantity.high is not None and quantity.high < limit else None
