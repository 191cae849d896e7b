"""Predicates on values: laboratory results, vital signs, scores. The latest value wins."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache

from matcher import numerals
from matcher.dates import MEAN_DAYS
from matcher.evaluate import compare, data, limits, normal, stated_limit
from matcher.evaluate.compare import INF, Range
from matcher.evaluate.demography import age
from matcher.evaluate.dimensions import Dimensions
from matcher.evaluate.index import Index, dated, day
from matcher.evaluate.limits import (
    comparable,
    described,
    grown,
    number,
    sign,
)
from matcher.evaluate.mentions import BECAME, latest_last, numbers_first
from matcher.evaluate.outcome import Outcome
from matcher.evaluate.plan import Plan, Setting, rules
from matcher.evaluate.qualifiers import Asked
from matcher.model import Fact, Leaf, Truth
from matcher.patterns import alternatives

_FRACTION = re.compile(r"(\d+)\s*/\s*(\d+)")
_RATE = re.compile(
    r"(?:(?:days|times|episodes|attacks)\s?)?(?:per\s|/|a\s)(?P<unit>day|week|month|year)s?", re.IGNORECASE
)
_MINUTE = re.compile(r"\b(?P<n>[a-z]+|\d+)[\s-]?min(?:ute)?s?\b", re.IGNORECASE)
_NO_VALUE = frozenset({"pending", "not_reportable"})


_WAYS = {"elevated": (">", ">="), "low": ("<", "<=")}


def _findings(analyte: str | None, result: str | None, setting: Setting) -> frozenset[str]:
    if analyte is None or result not in _WAYS:
        return frozenset()
    rows = (row for row in data.rows("by_value") if row["measurement"] == analyte and row["cmp"] in _WAYS[result])
    return frozenset(id for row in rows for id in setting.terminology.descendants(row["condition"]))


class MeasurePlan(Plan):
    """``measurement`` and ``score``: a number against a limit, or a result in words against another."""

    def __init__(self, leaf: Leaf, setting: Setting) -> None:
        table = rules()
        results: dict[str, str] = table["results"]["same"]
        words = [str(leaf.value).lower()] if isinstance(leaf.value, str) else []
        words += [q.lower() for q in leaf.qualifiers]
        self.result = next((results[w] for w in words if w in results), None)
        skip = frozenset(table["results"]["not_qualifiers"])
        free = tuple(q for q in leaf.qualifiers if q.lower() not in results and q.lower() not in skip)
        self.asked = Asked(free)
        often = _RATE.fullmatch(leaf.unit.strip()) if leaf.unit else None
        if often is not None:
            leaf = replace(leaf, unit=f"/{often['unit'].lower()}")  # "15 days per month"
        super().__init__(leaf, setting)
        asked = {*leaf.term.lower().split(), *(q.lower() for q in leaf.qualifiers)}
        known = {*asked, *(leaf.concept.name.lower().split() if leaf.concept is not None else ())}
        means = {} if known.isdisjoint(table["serology"]["words"]) else table["serology"]["means"]
        self.as_found: str | None = means.get(self.result)  # an antibody that is elevated is one that was found
        self.analyte = leaf.concept.id if leaf.concept is not None else None
        wide = rules()["sizes"]["of"].get(self.analyte or "", ())
        self.sized = frozenset(i for w in wide for i in setting.terminology.descendants(w)) if wide else None
        if self.sized is not None:
            self.looks_at, self.unnamed = self.looks_at | {"condition"}, frozenset({"condition"})
        self.dimensions = Dimensions(leaf, setting) if self.sized is None else None
        if self.dimensions is not None and self.dimensions.names:
            self.looks_at, self.unnamed = self.looks_at | {"condition"}, frozenset({"condition"})
        self.panels = frozenset(panel for panel, members in table["panels"].items() if self.analyte in members)
        self.findings = _findings(self.analyte, self.result, setting)
        """The diseases that the asked result is: a low sodium is a hyponatremia."""
        if self.findings:
            self.looks_at, self.unnamed = self.looks_at | {"condition"}, frozenset({"condition"})
        # asked once of the tallest: whether any age settles it
        self.growing = grown(leaf, INF)
        self.looks_at = self.looks_at | (frozenset() if self.growing is None else {"age"})
        self.stated = stated_limit.stated(leaf, setting)
        self.once = limits.once(leaf, setting)
        self.first = not asked.isdisjoint(table["first_words"])
        acuity = _FRACTION.fullmatch(leaf.value.strip()) if isinstance(leaf.value, str) else None
        if acuity is not None:
            self.leaf = replace(leaf, value=float(acuity[1]) / float(acuity[2]), unit="Snellen")
            other = _FRACTION.fullmatch(leaf.value2.strip()) if isinstance(leaf.value2, str) else None
            if other is not None:
                self.leaf = replace(self.leaf, value2=float(other[1]) / float(other[2]))

    def _in_name(self, index: Index) -> Outcome | None:
        """A result that the notes tell by the name of its disease ("profound hyponatremia")."""
        if self.window is not None:
            return None
        told = [f for f in index.of(self.findings) if f.assertion in ("present", "absent")]
        if not told:
            return None
        last = told[-1]
        return self.told(
            "met" if last.assertion == "present" else "not_met",
            f"{self.name}: “{last.text}”{dated(last)}",
            f"{self.leaf.op}.finding",
            facts=(last,),
        )

    def asks(self) -> str:
        if self.window is not None:
            return f"{self.name} {self.window.text}"
        return self.name

    def evaluate(self, index: Index) -> Outcome:
        facts = [f for f in self.facts(index) if f.assertion not in ("hypothetical", "planned", "declined")]
        if (
            facts
            and self.leaf.unit == "%"
            and not frozenset(rules()["changes"]["words"]).isdisjoint(q.lower() for q in self.leaf.qualifiers)
        ):
            told = [f for f in facts if f.quantity is not None and f.quantity.unit == "%"]
            if not told:
                return self.open(
                    f"{self.name}: by how much it changed is not said", f"{self.leaf.op}.change", facts=(facts[-1],),
                    needs=self.asks(),
                )  # fmt: skip
        if not facts:
            return self.by_age(index) or self._in_name(index) or self.silent
        waiting = [f for f in facts if f.result in _NO_VALUE]
        valued = [f for f in facts if f.result not in _NO_VALUE and (f.quantity is not None or f.result)]
        valued = [f for f in valued if f.assertion != "absent" or f.result]
        valued = self._at_minute(valued)
        valued = latest_last(numbers_first(self.same_way(valued)), index, self.leaf.cmp)
        if self.asked:
            valued = self.fitting(valued, index)
        if self.window is not None:
            valued = [f for f in valued if self.window.place(f, index.as_of) != "out"]
        if not valued:
            if waiting:
                return self.open(
                    f"{self.name}: {waiting[-1].result}{dated(waiting[-1])}",
                    f"{self.leaf.op}.pending",
                    facts=(waiting[-1],),
                    needs=f"result: {self.name}",
                )
            why = f" {self.window.text}" if self.window is not None else ""
            last = facts[-1]
            if last.kind == "condition" and last.assertion == "absent" and self.leaf.cmp in (">", ">="):
                # "no fibroids" are none above 3 cm
                said = f"{self.name}: “{last.text}” is denied{dated(last)}"
                return self.told("not_met", said, f"{self.leaf.op}.absent", facts=(last,))
            return self.open(
                f"{self.name} is mentioned, without a value{why}",
                f"{self.leaf.op}.no_value",
                facts=(facts[-1],),
                needs=self.asks(),
            )
        decided: list[Outcome] = []
        last_day = None
        if self.once and (found := limits.any_value(self, valued, index)) is not None:
            return found
        for fact in valued if self.first else list(reversed(valued)):
            if last_day is not None and day(fact) != last_day:
                break
            found = self.judge(fact, index) or self._undetected(fact)
            if found is None:
                if fact.rule == BECAME and not decided:
                    break  # what it was before is over
                continue
            if last_day is None:
                last_day = day(fact)
            elif decided and fact.note_id == decided[0].facts[0].note_id:
                continue  # in one note, what is said last is the latest
            decided.append(found)
        if not decided:
            return self.open(
                f"{self.name}: “{valued[-1].text}” cannot be compared with {self.label}",
                f"{self.leaf.op}.incomparable",
                facts=(valued[-1],),
                needs=self.asks(),
            )
        first = decided[0]
        for other in decided[1:]:
            if other.truth != first.truth and "unknown" not in (other.truth, first.truth):
                return self.outcome(
                    "unknown",
                    "conflict",
                    f"the notes disagree: {first.reason}; {other.reason}",
                    f"{self.leaf.op}.conflict",
                    facts=first.facts + other.facts,
                    needs=f"repeat: {self.name}",
                )
        return self._other_side(first, valued, index) or self._number(first, valued, index) or first

    def _number(self, found: Outcome, valued: Sequence[Fact], index: Index) -> Outcome | None:
        """Where a word does not settle the limit ("mildly reduced EF"), the latest number of the same note does."""
        if found.truth != "unknown" or not found.facts or found.facts[0].quantity is not None:
            return None
        if found.facts[0].rule == BECAME:
            return None  # the number is of before
        note = found.facts[0].note_id
        numbers = [f for f in valued if f.quantity is not None and f.note_id == note]
        return self.judge(numbers[-1], index) if numbers else None

    def _other_side(self, found: Outcome, valued: Sequence[Fact], index: Index) -> Outcome | None:
        """ "0.62 on the left and 0.95 on the right": where no side is asked, either may meet the limit."""
        if found.truth != "not_met" or not found.facts or self.asked.side:
            return None
        sides = frozenset(rules()["sides"]["words"])
        last = found.facts[0]
        own = sides.intersection(last.qualifiers)
        for fact in reversed(valued) if own else ():
            other = sides.intersection(fact.qualifiers)
            if other and other.isdisjoint(own) and (fact.note_id, fact.quote_start) == (last.note_id, last.quote_start):
                judged = self.judge(fact, index)
                if judged is not None and judged.truth == "met":
                    return judged
        return None

    def _at_minute(self, valued: list[Fact]) -> list[Fact]:
        """Of a score that is taken more than once ("Apgars 8 and 9 at 1 and 5 minutes"), the one that is asked."""
        protocol = self.setting.protocol
        if protocol is None or not any(f.rule == "value.timed" for f in valued):
            return valued
        told = _MINUTE.search(self.leaf.term) or _MINUTE.search(protocol.text[self.leaf.end :].partition("\n")[0])
        minute = told and numerals.number(told["n"])
        if minute is None:
            return valued
        return [f for f in valued if f.rule != "value.timed" or f"{minute:g} minutes" in f.qualifiers]

    def by_age(self, index: Index) -> Outcome | None:
        """A weight that nobody wrote down, but that nearly everyone of the patient's age has ("at least 5 kg")."""
        if self.growing is None or self.setting.policy.off:
            return None
        known = age(index)
        least = grown(self.leaf, known[0] / MEAN_DAYS["year"]) if known is not None else None
        if known is None or least is None:
            return None
        return self.assumed(
            "met",
            f"{self.label} is not mentioned; nearly everyone of this age has more than {number(least[0])}",
            "measurement.by_age",
            facts=(known[2],),
            details=(least[1],),
        )

    def _undetected(self, fact: Fact) -> Outcome | None:
        """What was not detected lies below every limit ("HIV RNA not detected")."""
        wanted = rules()["undetected"].get(self.leaf.cmp or "")
        marker = fact.kind == "biomarker" and fact.result == "negative"  # "ANA neg" has no titre of 1:80
        if wanted is None or fact.quantity is not None:
            return None
        if not marker and fact.result not in rules()["undetected"]["results"]:
            return None
        return self.told(
            wanted, f"{self.name}: “{fact.text}”{dated(fact)} lies below {self.label}", "measurement.undetected",
            facts=(fact,),
        )  # fmt: skip

    def reach(self) -> frozenset[str]:
        """What is measured, the panels that it is a part of, and the findings whose size may stand for it."""
        named: frozenset[str] = self.dimensions.ids if self.dimensions is not None else frozenset()
        return self.ids | self.panels | self.findings | (self.sized or frozenset()) | named

    def facts(self, index: Index) -> list[Fact]:
        """The facts that speak of what is measured."""
        found = index.of(self.ids)
        if not found and self.panels:
            found = [f for f in index.of(self.panels) if f.result == "normal" and f.quantity is None]
        if self.dimensions is not None and self.dimensions.names and not any(f.quantity is not None for f in found):
            return self.dimensions.facts(index) or found
        return found if found or self.sized is None else self.sizes(index)

    def sizes(self, index: Index) -> list[Fact]:
        """Sizes of findings, for a criterion that asks for the size of the tumour."""
        assert self.sized is not None
        lengths = frozenset(rules()["sizes"]["units"])
        conditions = index.by_kind.get("condition", ())
        return [
            f
            for f in conditions
            if f.quantity is not None and (f.quantity.unit or "") in lengths and f.assertion == "present"
            and f.concept is not None and f.concept.id in self.sized
        ]  # fmt: skip

    def same_way(self, facts: list[Fact]) -> list[Fact]:
        """Those that were not measured in another way than the one asked for ("TPS" is no "CPS")."""
        others = _other_ways(f"{self.leaf.term} {' '.join(self.leaf.qualifiers)}")
        return [f for f in facts if others.search(f.text) is None] if others is not None else facts

    def fitting(self, facts: Sequence[Fact], index: Index) -> list[Fact]:
        """Those with the side, state … asked for; where no fact states any, all of them."""
        truths = [(f, self.asked.of(f, index)[0]) for f in facts]
        sure = [f for f, t in truths if t == "met"]
        if sure or self.asked.side:
            return sure
        return [f for f, t in truths if t == "unknown"]

    def judge(self, fact: Fact, index: Index) -> Outcome | None:
        """The verdict by one fact; None where it cannot be compared at all."""
        leaf = self.leaf
        if leaf.cmp is None or not isinstance(leaf.value, int | float):
            return self.judge_words(fact, index)
        ranged = comparable(fact, leaf, index)
        detail: tuple[str, ...]
        if ranged is None:
            if fact.result is None or fact.quantity is not None:
                return None
            worded = self.from_words(fact, index)
            if worded is None:
                return None
            value, text = worded
        else:
            value, text = ranged
        detail = (text,) if text else ()
        second = leaf.value2 if isinstance(leaf.value2, int | float) else None
        if leaf.uln or leaf.lln:
            limit = self.limits(fact, index)
            if limit is None:
                return self.open(
                    f"{self.name}: “{fact.text}”; no reference range is known",
                    f"{leaf.op}.no_range",
                    facts=(fact,),
                    needs=f"upper limit of normal of {self.name}",
                )
            bounds, source, unit = limit
            value_here = comparable(fact, leaf, index, unit) if fact.quantity is not None else (value, text)
            if value_here is None:
                return None
            value = value_here[0]
            low = (leaf.value * bounds[0], leaf.value * bounds[1])
            high = (second * bounds[0], second * bounds[1]) if second is not None else None
            truth = compare.uncertain(value, leaf.cmp, low, high)
            side = "ULN" if leaf.uln else "LLN"
            shown = number(bounds[0]) if bounds[0] == bounds[1] else f"{number(bounds[0])}–{number(bounds[1])}"
            limit_shown = number(low[0]) if low[0] == low[1] else f"{number(low[0])}–{number(low[1])}"
            text = f"{side} {shown} {unit or ''} ({source}) × {number(float(leaf.value))} = {limit_shown}".replace(
                "  ", " "
            )
            detail = (*((value_here[1],) if value_here[1] else ()), text)
            limit_text = f"{sign(leaf.cmp)} {limit_shown} {unit or ''}".strip()
        else:
            limit_low = Range(float(leaf.value), float(leaf.value))
            truth = compare.compare(value, leaf.cmp, limit_low, Range(second, second) if second is not None else None)
            limit_text = compare.words(leaf.cmp, leaf.value, leaf.value2, leaf.unit or "")
        if leaf.cmp == "=" and leaf.op == "measurement" and truth == "not_met":
            # no one asks for an exact value: a lost "≥" is likelier, and below it nothing is certain
            least = Range(float(leaf.value), float(leaf.value))
            truth = "met" if compare.compare(value, ">=", least) == "met" else "unknown"
        shown = f"{self.name}: “{fact.text}”{dated(fact)}"
        if fact.formula:
            detail = (*detail, fact.formula)
        if truth == "unknown":
            return self.open(
                f"{shown} does not settle {limit_text}",
                f"{leaf.op}.straddles",
                facts=(fact,),
                needs=self.asks(),
                details=detail,
            )
        fit = "meets" if truth == "met" else "does not meet"
        near = f"{self.name} {described(value)} against {limit_text}"
        return self.outcome(
            truth,
            "documented",
            f"{shown} {fit} {limit_text}",
            f"{leaf.op}.value",
            facts=(fact,),
            details=detail,
            near=near,
        )

    def limits(self, fact: Fact, index: Index) -> normal.Limit | None:
        return normal.limits(self, fact, index)

    def from_words(self, fact: Fact, index: Index) -> tuple[Range, str] | None:
        return normal.from_words(self, fact, index)

    def judge_words(self, fact: Fact, index: Index) -> Outcome | None:
        """A result in words asked for: positive, negative, normal, elevated, low …"""
        leaf, asked = self.leaf, self.result
        if asked is None:
            return None
        same: dict[str, str] = rules()["results"]["same"]
        found = same.get((fact.result or "").lower())
        shown = f"{self.name}: “{fact.text}”{dated(fact)}"
        truth: Truth | None = None
        if found is not None:
            speaks_against = rules()["results"]["against"].get(found, ())
            if found in (asked, self.as_found) or asked in rules()["results"]["implied"].get(found, ()):
                truth = "met"
            elif asked in speaks_against or self.as_found in speaks_against:
                truth = "not_met"
        copies = limits.copies(fact, self.analyte)
        if truth is None and copies and asked in ("positive", "negative"):
            truth = "met" if asked == copies else "not_met"
        if truth is None and fact.quantity is not None and asked in ("normal", "elevated", "low", "abnormal"):
            truth = normal.against_range(self, fact, index, asked)
        if truth is None:
            return None
        if truth == "unknown":
            return self.open(
                f"{shown}: whether that is {asked} is not certain",
                f"{leaf.op}.straddles",
                facts=(fact,),
                needs=f"reference range of {self.name}",
            )
        return self.outcome(
            truth,
            "documented",
            f"{shown} is {'' if truth == 'met' else 'not '}{asked}",
            f"{leaf.op}.result",
            facts=(fact,),
        )


@lru_cache(maxsize=256)
def _other_ways(asked: str) -> re.Pattern[str] | None:
    """The names of the ways of measuring that exclude the one that is asked for."""
    for ways in rules()["ways_apart"]:
        mine = [way for way in ways if re.search(rf"\b(?:{alternatives(way)})\b", asked, re.IGNORECASE)]
        if len(mine) == 1:
            names = [name for way in ways if way is not mine[0] for name in way]
            return re.compile(rf"\b(?:{alternatives(names)})\b", re.IGNORECASE)
    return None
