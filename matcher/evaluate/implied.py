"""A value that no number tells and a finding or a stage does: "obese" of a BMI above 27, "CKD 4" of an eGFR below 30.

The tables are read the other way round in `signs` (a BMI of 33 is an obesity) and here: ``by_value.csv``,
``by_stage.csv``. They hold for adults.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from matcher.dates import MEAN_DAYS
from matcher.evaluate import compare, data
from matcher.evaluate.beside import Beside, stands
from matcher.evaluate.compare import INF, Range
from matcher.evaluate.demography import age
from matcher.evaluate.index import Index, dated
from matcher.evaluate.limits import convert, described, sex_of
from matcher.evaluate.outcome import Outcome
from matcher.evaluate.plan import Plan, Setting, rules
from matcher.evaluate.stage import rank
from matcher.model import Fact, Leaf

_ADULT = 18


def findings(leaf: Leaf) -> list[dict[str, str]]:
    """The rows of the findings that a value of the measure defines."""
    id = _measured(leaf)
    if id is None:
        return []
    return [row for row in data.rows("by_value") if row["measurement"] == id]


def stages(leaf: Leaf) -> list[dict[str, str]]:
    """The rows of the stages that are steps of the measure."""
    id = _measured(leaf)
    same = next((group for group in rules()["staged_alike"] if id in group), [id])
    return [row for row in data.rows("by_stage") if row["measurement"] in same]


def doubtful(leaf: Leaf) -> list[str]:
    """The diseases beside which silence on the measure says nothing."""
    table: dict[str, list[str]] = rules()["impaired"]
    return table.get(leaf.concept.id, []) if leaf.op == "measurement" and leaf.concept is not None and leaf.cmp else []


def asked(leaf: Leaf) -> bool:
    """Whether a leaf asks for a measure that findings, stages or diseases speak of."""
    return bool(findings(leaf) or stages(leaf) or doubtful(leaf))


def _measured(leaf: Leaf) -> str | None:
    if leaf.op != "measurement" or leaf.concept is None or leaf.cmp is None or leaf.window is not None:
        return None
    return leaf.concept.id if isinstance(leaf.value, int | float) and not (leaf.uln or leaf.lln) else None


class ImpliedPlan(Beside):
    """The measure's own plan, and where the notes have no value, the finding or the stage that stands for one."""

    def __init__(self, own: Plan, leaf: Leaf, setting: Setting) -> None:
        super().__init__(own, leaf, setting)
        self.label = own.label
        of = setting.terminology.descendants
        self._findings = {id: row for row in findings(leaf) for id in of(row["condition"])}
        self._rows = findings(leaf)
        self._by_word = _measured(leaf) in rules()["not_by_finding"]
        """Only a word that tells a measurement counts, and it holds at any age: "afebrile"."""
        self._stages = stages(leaf)
        self._scales = frozenset(row["scale"] for row in self._stages)
        """The scales whose stages stand for a value."""
        self._impaired = frozenset(i for id in doubtful(leaf) for i in of(id))
        self.tells = frozenset(self._findings) | self._scales | self._impaired
        self.looks_at = self.looks_at | {"age", "sex"}

    def evaluate(self, index: Index) -> Outcome:
        said = self._own.evaluate(index)
        if said.basis == "documented" or any(fact.quantity is not None for fact in said.facts):
            return said
        known = age(index)
        if known is not None and known[0] / MEAN_DAYS["year"] < _ADULT and not self._by_word:
            return said
        return self.told_beside(index) or said

    def told_beside(self, index: Index) -> Outcome | None:
        for fact in reversed(index.of(frozenset(self._findings) | self._scales)):
            value = self._staged(fact) if fact.kind == "stage" else self._found(fact, index)
            if value is None:
                continue
            assert isinstance(self.leaf.value, int | float)
            second = self.leaf.value2
            upper = Range(float(second), float(second)) if isinstance(second, int | float) else None
            limit = Range(float(self.leaf.value), float(self.leaf.value))
            truth = compare.compare(value, self.leaf.cmp or "", limit, upper)
            shown = f"{self.name}: “{fact.text}”{dated(fact)}"
            if truth != "unknown":
                says = "meets" if truth == "met" else "does not meet"
                return self.told(
                    truth, f"{shown} {says} {self.label}", "measurement.implied", facts=(fact,),
                    details=(f"it stands for {described(value)}",),
                )  # fmt: skip
            return self.open(
                f"{shown} does not settle {self.label}", "measurement.implied", facts=(fact,), needs=self.asks()
            )
        return self._doubtful(index)

    def _doubtful(self, index: Index) -> Outcome | None:
        """Open, where a disease of the very organ is there: who has a renal insufficiency may well have a low eGFR."""
        ill = [f for f in index.of(self._impaired) if stands(f)] if self.silent.truth == "not_met" else []
        if not ill:
            return None
        return self.open(
            f"{self.name} is not mentioned, “{ill[-1].text}” is{dated(ill[-1])}", "measurement.impaired",
            facts=(ill[-1],), needs=self.asks(),
        )  # fmt: skip

    def _staged(self, fact: Fact) -> Range | None:
        """The values of the stage of a fact."""
        scale = fact.concept.id if fact.concept is not None else None
        step = fact.result or (f"{fact.quantity.low:g}" if fact.quantity is not None and fact.quantity.low else None)
        own = rank(scale, step) if step is not None and fact.assertion == "present" else None
        if own is None:
            return None
        within = [row for row in self._stages if (at := rank(scale, row["step"])) and own.low <= at.low <= own.high]
        if not within:
            return None
        low = min(float(row["low"] or -INF) for row in within)
        high = max(float(row["high"] or INF) for row in within)
        return Range(low, high)

    def _found(self, fact: Fact, index: Index) -> Range | None:
        """The values of those who have a finding, or of those who do not; of either sex where the sex is not known."""
        if self._by_word and (fact.assertion != "absent" or fact.text.lower() not in rules()["measured_word"]):
            return None
        if fact.concept is None or fact.status == "past" or fact.assertion not in ("present", "absent"):
            return None
        named: Mapping[str, Any] | None = self._findings.get(fact.concept.id)
        if named is None or (fact.assertion == "absent" and fact.concept.id != named["condition"]):
            return None  # who has no morbid obesity may well be obese
        sex = sex_of(index)
        defined = [row for row in self._rows if row["condition"] == named["condition"]]
        mine = [row for row in defined if row["sex"] in ("", sex or row["sex"])]
        bounds = [convert(float(row["value"]), row["unit"], self.leaf.unit, row["measurement"]) for row in mine]
        limits = [float(f"{bound:.9g}") for bound in bounds if bound is not None]
        if not limits or len(limits) < len(bounds):
            return None
        above = named["cmp"].startswith(">")
        strict = len(named["cmp"]) == 1
        if fact.assertion == "present":
            return Range(min(limits), INF, strict) if above else Range(-INF, max(limits), False, strict)
        return Range(-INF, max(limits), False, not strict) if above else Range(min(limits), INF, not strict)
