"""The severity of a disease that is named, told by a value: a COPD by its FEV1, a depression by its PHQ-9."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from matcher.evaluate import data
from matcher.evaluate.index import Index
from matcher.evaluate.measure import MeasurePlan
from matcher.evaluate.outcome import Outcome
from matcher.evaluate.plan import Plan, Setting
from matcher.model import Fact, Leaf

_Bounds = tuple[MeasurePlan | None, MeasurePlan | None]


class Severity:
    """What a leaf's degrees are in the values of ``severity_by_value.csv``: alternatives that meet are one range."""

    __slots__ = ("_asked", "_by")

    def __init__(self, leaf: Leaf, setting: Setting, degrees: frozenset[str]) -> None:
        """``degrees``: those that the leaf asks, of which each is enough."""
        self._asked = degrees
        rows = _rows(leaf, setting, degrees) if degrees else []
        of: dict[str, list[dict[str, str]]] = {}
        for row in rows:
            of.setdefault(row["measurement"], []).append(row)
        whole = (some for some in of.values() if degrees == {row["severity"] for row in some})
        self._by = [_bounds(some, leaf, setting) for some in whole]

    def reach(self) -> frozenset[str]:
        """The concept ids that may bear on the leaf."""
        plans = [plan for bounds in self._by for plan in bounds if plan is not None]
        return frozenset().union(*(plan.reach() for plan in plans))

    def told(self, plan: Plan, lacking: Sequence[str], fact: Fact, index: Index) -> Outcome | None:
        """Whether the disease that is mentioned has the degree; None where no value says so."""
        if not self._asked.issuperset(word.lower() for word in lacking):
            return None
        for bounds in self._by:
            found = [one.evaluate(index) for one in bounds if one is not None and one.bearing.on(index)]
            if not found or any(one.basis != "documented" or one.truth == "unknown" for one in found):
                continue
            deciding = next((one for one in found if one.truth == "not_met"), found[0])
            return plan.told(
                deciding.truth,
                f"“{fact.text}” is documented; {deciding.reason}",
                "condition.severity_by_value",
                facts=(fact, *deciding.facts),
            )
        return None


def _rows(leaf: Leaf, setting: Setting, words: frozenset[str]) -> list[dict[str, str]]:
    """The rows of the leaf's disease, else of the nearest wider one, for the degrees asked."""
    if leaf.op != "condition" or leaf.concept is None or leaf.window is not None:
        return []
    for id in (leaf.concept.id, *(concept.id for concept in setting.terminology.ancestors(leaf.concept.id))):
        own = [row for row in data.rows("severity_by_value") if row["condition"] == id]
        if own:
            return [row for row in own if row["severity"] in words]
    return []


def _bounds(rows: Sequence[dict[str, str]], leaf: Leaf, setting: Setting) -> _Bounds:
    """The range of the rows together: at least the lowest, below the highest; None where it is open."""
    least = min(float(row["at_least"] or "-inf") for row in rows)
    most = max(float(row["below"] or "inf") for row in rows)
    first = rows[0]

    def limit(cmp: str, value: float) -> MeasurePlan | None:
        if value in (float("-inf"), float("inf")):
            return None
        concept = setting.terminology.concept(first["measurement"])
        assert concept is not None, first
        asked = replace(
            leaf, op="score" if concept.system == "SCALE" else "measurement", term=concept.name, concept=concept,
            cmp=cmp, value=value, value2=None, unit=first["unit"] or None, status=None, qualifiers=(),
        )  # fmt: skip
        return MeasurePlan(asked, setting)

    return limit(">=", least), limit("<", most)
