"""Predicates on steps of an ordered scale: stages, grades, scores written as words."""

from __future__ import annotations

from matcher.evaluate import compare, data
from matcher.evaluate.beside import Beside, stands
from matcher.evaluate.compare import Range
from matcher.evaluate.index import Index, dated, day
from matcher.evaluate.limits import number, span
from matcher.evaluate.measure import MeasurePlan
from matcher.evaluate.outcome import Outcome
from matcher.evaluate.plan import Plan, Setting, rules
from matcher.model import Fact, Leaf, Truth


class StagePlan(MeasurePlan):
    """``stage``, and scores written as words: ranks of an ordered scale (IIA < IIB < III)."""

    def __init__(self, leaf: Leaf, setting: Setting) -> None:
        super().__init__(leaf, setting)
        self.bare = leaf.concept is None and leaf.op == "stage"
        self.of: frozenset[str] = frozenset()
        """What a bare step is asked of, where the criterion names it beside."""
        self.scales = frozenset(rules()["bare_steps"].get(leaf.term.lower(), ())) if self.bare else frozenset()
        if self.bare:
            self.looks_at = self.looks_at | {"stage"}

    def reach(self) -> frozenset[str]:
        """A bare "stage" may be that of any scale of its name."""
        return super().reach() | self.scales

    def facts(self, index: Index) -> list[Fact]:
        """Of the scale itself; a bare "stage" or "grade" is that of the disease the note speaks of."""
        if not self.bare:
            return index.of(self.ids)
        own, other = self.scales, rules()["other_stages"]["scales"]
        ids = [(f, f.concept.id if f.concept else "") for f in index.facts if f.result or f.quantity is not None]
        found = [f for f, id in ids if id in own or (f.kind == "stage" and id not in other)]
        if self.of.isdisjoint(index.ids):
            return found
        # "grade 3 neutropenia. Grade 1 mucositis": a grade in the sentence of the disease is its own
        told = {(f.note_id, f.quote_start) for f in index.of(self.of) if f.assertion in ("present", "historical")}
        return [f for f in found if (f.note_id, f.quote_start) in told] or found

    def judge(self, fact: Fact, index: Index) -> Outcome | None:
        leaf = self.leaf
        cmp = leaf.cmp or "="
        if leaf.value is None:
            return None
        scale = leaf.concept.id if leaf.concept is not None else None
        if scale in rules()["pain"]["tenths"] and fact.quantity is not None:
            return self._of_ten(fact, cmp)
        own, spread = fact.result, None
        if own is None and fact.quantity is not None:
            value = span(fact.quantity)
            if isinstance(leaf.value, int | float):
                low = Range(float(leaf.value), float(leaf.value))
                second = leaf.value2
                high = Range(float(second), float(second)) if isinstance(second, int | float) else None
                return self.ranked(fact, compare.compare(value, cmp, low, high))
            own = number(value.low) if value.low == value.high else None
            if own is None and value.low > -compare.INF and value.high < compare.INF:
                least, most = rank(scale, value.low), rank(scale, value.high)  # a score of 10 to 12 points
                spread = Range(least.low, most.high) if least is not None and most is not None else None
        if own is None and spread is None:
            return None
        placed, low_rank = spread or rank(scale, own), rank(scale, leaf.value)
        high_rank = rank(scale, leaf.value2) if leaf.value2 is not None else None
        if placed is None or low_rank is None:
            return None
        return self.ranked(fact, compare.compare(placed, cmp, low_rank, high_rank))

    def _of_ten(self, fact: Fact, cmp: str) -> Outcome | None:
        """Both ends on the scale of ten: "≥ 50 mm" is 5, "65 of 100" is 6.5."""
        low, high = out_of_ten(self.leaf.value, self.leaf.unit), out_of_ten(self.leaf.value2, self.leaf.unit)
        quantity = fact.quantity
        if low is None or quantity is None:
            return None
        value = span(quantity)
        by = 10.0 if (quantity.unit or "").lower() == "mm" or max(value.low, value.high) > 10 else 1.0
        if self.leaf.value2 is not None and high is not None and high < low:
            low /= 10
        placed = Range(value.low / by, value.high / by, value.low_open, value.high_open)
        return self.ranked(
            fact, compare.compare(placed, cmp, Range(low, low), Range(high, high) if high is not None else None)
        )

    def ranked(self, fact: Fact, truth: Truth) -> Outcome:
        leaf = self.leaf
        wanted = compare.words(leaf.cmp or "=", leaf.value, leaf.value2)
        shown = f"{self.name}: “{fact.text}”{dated(fact)}"
        if truth == "unknown":
            return self.outcome(
                truth,
                "none",
                f"{shown} does not settle {wanted}",
                f"{leaf.op}.straddles",
                facts=(fact,),
                needs=self.name,
            )
        return self.outcome(
            truth,
            "documented",
            f"{shown} {'meets' if truth == 'met' else 'does not meet'} {wanted}",
            f"{leaf.op}.value",
            facts=(fact,),
            near=f"{self.name} {fact.result or fact.text} against {wanted}",
        )


class MeasuredStagePlan(Beside):
    """A stage that no note tells, by the value that defines it: "CKD, eGFR 38" is a stage 3b."""

    def __init__(self, own: Plan, leaf: Leaf, setting: Setting) -> None:
        super().__init__(own, leaf, setting)
        rows = steps(leaf)
        self._steps = sorted(((float(row["low"] or 0), row["step"]) for row in rows), reverse=True)
        of = setting.terminology.descendants
        self._values = frozenset(row["measurement"] for row in rows)
        self._ill = frozenset(of(rules()["staged_disease"][rows[0]["scale"]]))
        self.tells = self._values | self._ill

    def told_beside(self, index: Index) -> Outcome | None:
        values = [f for f in index.of(self._values) if f.quantity is not None and f.assertion == "present"]
        if not values or not any(stands(f) for f in index.of(self._ill)) or self.leaf.value is None:
            return None
        fact = max(values, key=day)
        assert fact.quantity is not None
        value, scale = span(fact.quantity), self.leaf.concept.id if self.leaf.concept is not None else None
        found = {next((step for low, step in self._steps if end >= low), "") for end in (value.low, value.high)}
        limit, second = rank(scale, self.leaf.value), self.leaf.value2
        placed = rank(scale, found.pop()) if len(found) == 1 else None
        if placed is None or limit is None:
            return None
        upper = rank(scale, second) if second is not None else None
        truth = compare.compare(placed, self.leaf.cmp or "=", limit, upper)
        if truth == "unknown":
            return None
        wanted = compare.words(self.leaf.cmp or "=", self.leaf.value, second)
        says = f"{'meets' if truth == 'met' else 'does not meet'} {wanted}"
        return self.told(truth, f"{self.name}: “{fact.text}”{dated(fact)} {says}", "stage.by_value", facts=(fact,))


def steps(leaf: Leaf) -> list[dict[str, str]]:
    """The rows of the values that define the steps of the stage that is asked."""
    id = leaf.concept.id if leaf.op == "stage" and leaf.concept is not None and leaf.value is not None else None
    return [row for row in data.rows("by_stage") if row["scale"] == id and id in rules()["staged_disease"]]


def out_of_ten(value: float | str | None, unit: str | None) -> float | None:
    """A limit on a scale of ten, where it may be written in millimetres or out of a hundred."""
    text, _, whole = str(value if value is not None else "").partition("/")
    try:
        plain = float(text)
    except ValueError:
        return None
    return plain / 10 if (unit or "").lower().endswith("mm") or whole.strip() == "100" or plain > 10 else plain


def rank(scale: str | None, value: object) -> Range | None:
    """A stage's or grade's place in its scale; plain numbers where the scale is not known."""
    from matcher.terms import scales

    text = number(value) if isinstance(value, float) else str(value)
    try:
        low, high = scales.rank(scale, text)
    except (KeyError, ValueError, TypeError):
        try:
            low = high = float(text)
        except ValueError:
            return None
    return Range(low, high)
