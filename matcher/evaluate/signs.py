"""What speaks of a disease that no note names: a value that defines it, its own scale, an open complaint.

A low platelet count is thrombocytopenia; a NYHA class is one of heart failure. A complaint that the disease may cause
leaves it open: a note on vomited blood that says nothing of varices was written before the endoscopy.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache
from typing import Any

from matcher import resources
from matcher.evaluate import by_treatment, data
from matcher.evaluate.by_severity import Severity
from matcher.evaluate.index import Index, dated
from matcher.evaluate.limits import sex_of
from matcher.evaluate.measure import MeasurePlan
from matcher.evaluate.outcome import Outcome
from matcher.evaluate.plan import Plan, Setting, rules
from matcher.evaluate.qualifiers import Asked
from matcher.model import Concept, Fact, Leaf


@cache
def _table() -> tuple[dict[str, frozenset[str]], dict[str, frozenset[str]]]:
    """Disease -> findings, and finding -> diseases, of ``resources/evaluate/differential.csv``."""
    findings: dict[str, set[str]] = {}
    diseases: dict[str, set[str]] = {}
    for row in data.rows("differential"):
        findings.setdefault(row["disease"], set()).add(row["finding"])
        diseases.setdefault(row["finding"], set()).add(row["disease"])
    return (
        {key: frozenset(value) for key, value in findings.items()},
        {key: frozenset(value) for key, value in diseases.items()},
    )


def findings_of(leaf: Leaf, terminology: Any) -> frozenset[str]:
    """The findings that may be the first sign of what the leaf asks; none for what lies in the past."""
    if leaf.op != "condition" or leaf.concept is None or leaf.window is not None or leaf.status in ("past", "ever"):
        return frozenset()
    table, _ = _table()
    own = (leaf.concept.id, *(c.id for c in terminology.ancestors(leaf.concept.id)))
    found: set[str] = set()
    for finding in {f for id in own for f in table.get(id, ())}:
        found |= terminology.descendants(finding)
    return frozenset(found)


def unexplained(index: Index, findings: frozenset[str], terminology: Any) -> Fact | None:
    """The latest present finding that no disease of the notes explains."""
    if findings.isdisjoint(index.ids):
        return None
    _, explains = _table()
    for fact in reversed(index.of(findings)):
        if fact.assertion != "present" or fact.status == "past" or fact.concept is None:
            continue
        own = (fact.concept.id, *(c.id for c in terminology.ancestors(fact.concept.id)))
        causes = {d for id in own for d in explains.get(id, ())}
        known = frozenset(i for d in sorted(causes) for i in terminology.descendants(d))
        if not any(f.assertion in ("present", "historical") for f in index.of(known)):
            return fact
    return None


def _explaining(findings: frozenset[str], terminology: Any) -> frozenset[str]:
    """The diseases that would explain one of these findings."""
    if not findings:
        return frozenset()
    _, explains = _table()
    causes = {
        d for id, known in explains.items() if not findings.isdisjoint(terminology.descendants(id)) for d in known
    }
    return frozenset(i for d in sorted(causes) for i in terminology.descendants(d))


def scales_of(leaf: Leaf, terminology: Any) -> frozenset[str]:
    """The scales that are read of patients with the disease alone."""
    if leaf.op != "condition" or leaf.concept is None:
        return frozenset()
    ids = terminology.descendants(leaf.concept.id)
    return frozenset(row["scale"] for row in resources.rows("terms/scale_of") if row["condition"] in ids)


def by_value(leaf: Leaf, setting: Setting) -> Plan | None:
    """The measurement that defines a condition (fever, anemia): read where the words are missing."""
    if leaf.op not in ("condition", "other") or leaf.concept is None or leaf.window is not None:
        return None
    plans: dict[str, Plan] = {}
    for row in data.rows("by_value"):
        if row["condition"] == leaf.concept.id:
            limit = replace(
                leaf,
                op="measurement",
                concept=Concept("LOINC", row["measurement"], row["name"]),
                term=row["name"],
                cmp=row["cmp"],
                value=float(row["value"]),
                unit=row["unit"],
                qualifiers=(),
                status=None,
            )
            plans[row["sex"]] = MeasurePlan(limit, setting)
    return plans.get("") or (BySex(leaf, setting, plans) if plans else None)


def by_word(leaf: Leaf, setting: Setting) -> Plan | None:
    """The same told in words: "elevated white count" of leukocytosis."""
    if leaf.op not in ("condition", "other") or leaf.concept is None or leaf.window is not None:
        return None
    for row in data.rows("by_value"):
        if row["condition"] == leaf.concept.id and row["measurement"] not in rules()["not_by_word"]:
            measure = Concept("LOINC", row["measurement"], row["name"])
            value = "elevated" if row["cmp"].startswith(">") else "low"
            asked = replace(leaf, op="measurement", concept=measure, term=row["name"], cmp="=", value=value)
            return MeasurePlan(replace(asked, unit=None, qualifiers=(), status=None), setting)
    return None


class Kind:
    """A kind of a disease that a value tells: a heart failure by its ejection fraction. The bounds belong to it."""

    __slots__ = ("_high", "_low", "_measurement", "of", "plan")

    def __init__(self, row: Mapping[str, str], leaf: Leaf, setting: Setting) -> None:
        self.of: frozenset[str] = setting.terminology.descendants(row["of"])
        self._low, self._high = float(row["low"] or "-inf"), float(row["high"] or "inf")
        self._measurement = row["measurement"]
        low, high = (float(row[bound]) if row[bound] else None for bound in ("low", "high"))
        limit = replace(
            leaf,
            op="measurement",
            concept=Concept("LOINC", row["measurement"], row["name"]),
            cmp="<=" if low is None else ">=" if high is None else "between",
            value=high if low is None else low,
            value2=None if low is None else high,
            unit=row["unit"],
            status=None,
        )
        self.plan: Plan = MeasurePlan(limit, setting)

    def told(self, plan: Plan, index: Index, mentioned: Sequence[Fact]) -> Outcome | None:
        """Whether the disease that is mentioned is of the kind; None where no value says so, or where they differ:
        an ejection fraction that recovered is of no one kind."""
        own = [f for f in mentioned if f.concept is not None and f.concept.id in self.of]
        own = [f for f in own if f.assertion in ("present", "historical")]
        if not own or not self.plan.bearing.on(index):
            return None
        valued = self.plan.evaluate(index)
        measured = [f.quantity.low for f in index.by_id.get(self._measurement, ()) if f.quantity is not None]
        within = {self._low <= value <= self._high for value in measured if value is not None}
        if valued.basis != "documented" or valued.truth == "unknown" or len(within) > 1:
            return None
        return plan.told(
            valued.truth,
            f"“{own[-1].text}” is documented; {valued.reason}",
            "condition.kind_by_value",
            facts=(own[-1], *valued.facts),
        )


def kind_by_value(leaf: Leaf, setting: Setting) -> Kind | None:
    """The kind of a disease that the leaf asks, where a value tells it."""
    if leaf.op != "condition" or leaf.concept is None or leaf.window is not None:
        return None
    id = leaf.concept.id
    return next((Kind(row, leaf, setting) for row in data.rows("kind_by_value") if row["condition"] == id), None)


BY_SEX = "measurement.by_sex"
"""The rule of a limit that differs by sex, where the sex would decide and is not known."""


class BySex(Plan):
    """A limit that differs by sex (anemia by hemoglobin); where the sex is not known, what both limits say."""

    looks_at = frozenset({"sex"})

    def __init__(self, leaf: Leaf, setting: Setting, plans: Mapping[str, Plan]) -> None:
        super().__init__(leaf, setting)
        self.plans = plans

    def reach(self) -> frozenset[str]:
        return frozenset().union(*(plan.reach() for plan in self.plans.values()))

    def evaluate(self, index: Index) -> Outcome:
        own = self.plans.get(sex_of(index) or "")
        if own is not None:
            return own.evaluate(index)
        found = [plan.evaluate(index) for plan in self.plans.values()]
        if len({outcome.truth for outcome in found}) == 1:
            return found[0]
        return self.open(f"{self.name}: the limit depends on the sex, which is not stated", BY_SEX,
            facts=found[0].facts, needs="sex",
        )  # fmt: skip


class Signs:
    """The signs of one leaf. ``plain``: nothing narrows it; ``assumes``: silence would exclude the disease."""

    __slots__ = ("drugs", "explaining", "findings", "kind", "scales", "severity", "value", "word")

    def __init__(self, leaf: Leaf, setting: Setting, asked: Asked, *, plain: bool, assumes: bool) -> None:
        self.value: Plan | None = by_value(leaf, setting) if plain else None
        self.word: Plan | None = by_word(leaf, setting) if plain else None
        self.kind = kind_by_value(leaf, setting) if plain else None
        self.severity = Severity(leaf, setting, asked.groups.get("severity", frozenset()))
        self.scales = scales_of(leaf, setting.terminology) if plain else frozenset()
        self.findings = findings_of(leaf, setting.terminology) if assumes else frozenset()
        terminology = setting.terminology
        plainly = assumes and leaf.window is None and leaf.status not in ("past", "ever", "new")
        self.drugs = by_treatment.hints(leaf, terminology) if plainly else frozenset()
        told = by_treatment.explaining(self.drugs, terminology)
        self.explaining = _explaining(self.findings, terminology) | told

    def reach(self) -> frozenset[str]:
        """The concept ids that may bear on the leaf."""
        return (
            (self.value.reach() if self.value is not None else frozenset())
            | (self.kind.plan.reach() if self.kind is not None else frozenset())
            | self.severity.reach()
            | self.scales
            | self.findings
            | self.drugs
            | self.explaining
        )

    def known(self, plan: Plan, index: Index) -> Outcome | None:
        """The disease, by a value that defines it or by a step of its own scale."""
        if self.value is not None and self.value.bearing.on(index):
            valued = self.value.evaluate(index)
            if valued.rule == BY_SEX:
                return valued
            past = plan.leaf.status in ("ever", "past")
            if valued.basis == "documented" and (valued.truth == "met" or (valued.truth == "not_met" and not past)):
                return plan.outcome(
                    valued.truth,
                    "documented",
                    valued.reason,
                    "condition.by_value",
                    facts=valued.facts,
                    details=valued.details,
                    near=valued.near,
                )
        worded = self.word.evaluate(index) if self.word is not None and self.word.bearing.on(index) else None
        if worded is not None and worded.basis == "documented" and worded.truth == "met":
            return plan.told("met", worded.reason, "condition.by_word", facts=worded.facts)
        if self.scales and not self.scales.isdisjoint(index.ids):
            steps = [f for f in index.of(self.scales) if f.assertion == "present" and (f.result or f.quantity)]
            if steps:
                return plan.told(
                    "met",
                    f"{plan.name}: “{steps[-1].text}” is read of patients who have it{dated(steps[-1])}",
                    "condition.by_scale",
                    facts=(steps[-1],),
                )
        return None

    def narrowed(self, plan: Plan, index: Index, mentioned: Sequence[Fact]) -> Outcome | None:
        """Where a wider disease is mentioned: the kind of it that a value tells, or what tells the leaf by itself."""
        told = self.kind.told(plan, index, mentioned) if self.kind is not None else None
        if told is not None:
            return told
        known = self.known(plan, index) if mentioned else None
        return known if known is not None and known.truth == "met" else None  # "obese, BMI 41" is morbid obesity

    def open(self, plan: Plan, index: Index) -> Outcome | None:
        """Open, where a complaint may turn out to be the disease."""
        sign = unexplained(index, self.findings, plan.setting.terminology) if self.findings else None
        if sign is None:
            drug = by_treatment.hinted(index, self.drugs, plan.setting.terminology) if self.drugs else None
            if drug is None:
                return None
            return plan.open(
                f"{plan.name} is not mentioned, but “{drug.text}” may be taken for it{dated(drug)}",
                f"{plan.leaf.op}.hinted",
                facts=(drug,),
                needs=f"ask: what {drug.text} is taken for",
                details=plan.silent.details,
            )
        return plan.open(
            f"{plan.name} is not mentioned, but “{sign.text}” may be its sign{dated(sign)}",
            f"{plan.leaf.op}.differential",
            facts=(sign,),
            needs=f"rule out: {plan.name}",
            details=plan.silent.details,
        )
