"""A value that only says from where on a disease counts: "renal failure (creatinine above 2.5 mg/dL)".

Where the notes hold no such value, they would still name the disease: their silence on it answers.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from functools import cache

from matcher.evaluate import data
from matcher.evaluate.event import EventPlan
from matcher.evaluate.index import Index
from matcher.evaluate.outcome import Outcome
from matcher.evaluate.plan import Plan, Setting, rules
from matcher.evaluate.rewrite import leaves
from matcher.model import And, Leaf, Logic, Or
from matcher.patterns import alternatives

_BEFORE = 160
"""Characters before a value in which the disease that it defines is looked for."""
_ENDS = re.compile(r"[;\n]|\.\s")


def shown(parts: Sequence[Logic], setting: Setting) -> list[tuple[int, int]]:
    """Of an exclusion's parts the diseases that another part shows where it holds, each with that part: a NYHA class is
    one of heart failure, named or not."""
    if setting.wanted:
        return []
    table: dict[str, list[str]] = rules()["shown"]["of"]
    found: list[tuple[int, int]] = []
    for at, ill in enumerate(parts):
        if isinstance(ill, Leaf) and ill.op == "behaviour" and ill.cmp is None:
            habits = [p if isinstance(p, Leaf) and p.op == "behaviour" else None for p in parts]
            # "alcohol abuse (> 3 drinks per day)"
            found.extend((at, n) for n, habit in enumerate(habits) if habit is not None and habit.cmp is not None)
        if not isinstance(ill, Leaf) or ill.op != "condition" or ill.concept is None:
            continue
        for other, part in enumerate(parts):
            ids = [leaf.concept.id for leaf in leaves(part) if leaf.cmp is not None and leaf.concept is not None]
            if other != at and any(ill.concept.id in table.get(id, ()) for id in ids):
                found.append((at, other))
    return found


def disease(leaf: Leaf, setting: Setting) -> Leaf | None:
    """The disease that a value defines, named before it; not one that is nothing but the value (a low haematocrit is an
    anaemia)."""
    if leaf.op != "measurement" or leaf.cmp is None or setting.wanted or setting.protocol is None:
        return None
    start = max(0, leaf.start - _BEFORE)
    before = _ENDS.split(setting.protocol.text[start : leaf.start])[-1]
    named = _definition().search(before)
    if named is None or (named["bracket"] and ")" in before[named.end() :]):
        return None
    terminology = setting.terminology
    hits = [h for h in terminology.find(before[: named.start()]) if h.ids]
    if not hits or hits[-1].end < len(before[: named.start()].rstrip()):
        return None
    found, id = hits[-1], hits[-1].ids[0]
    if terminology.kind(id) != "condition" or any(row["condition"] == id for row in data.rows("by_value")):
        return None
    at = leaf.start - len(before)
    return replace(
        leaf,
        op="condition",
        term=before[found.start : found.end],
        concept=terminology.concept(id),
        cmp=None,
        value=None,
        value2=None,
        unit=None,
        uln=False,
        lln=False,
        qualifiers=(),
        start=at + found.start,
        end=at + found.end,
    )


def by_values(logic: And, setting: Setting) -> And:
    """ "Iron deficiency, defined as ferritin below 100": values that meet it are the disease, named or not."""
    named, *values = logic.args
    if setting.protocol is None or not isinstance(named, Leaf) or named.op != "condition" or not values:
        return logic
    asked = [leaf for part in values for leaf in leaves(part)]
    if not asked or not all(leaf.op == "measurement" and leaf.cmp is not None for leaf in asked):
        return logic
    begins = min(leaf.start for leaf in asked)
    if named.end > begins or _whole_definition().fullmatch(setting.protocol.text, named.end, begins) is None:
        return logic
    told = values[0] if len(values) == 1 else And(tuple(values))
    return And((Or((named, told)), *values))


@cache
def _whole_definition() -> re.Pattern[str]:
    words = alternatives(rules()["whole_definition"])
    return re.compile(rf"[\s,(]*(?:{words})(?!\w)(?:\s+(?:an?|the|by|as))?\s*", re.IGNORECASE)


class DefinedPlan(Plan):
    """The value decides; without one, a disease that is not there."""

    def __init__(self, value: Plan, own: Leaf, setting: Setting) -> None:
        self._value = value
        self._disease = EventPlan(own, setting)
        super().__init__(value.leaf, setting)
        self.label = value.label
        self.looks_at, self.unnamed, self.supporting = value.looks_at, value.unnamed, value.supporting
        absent = self._disease.silent
        self.silent = absent if value.silent.truth == "unknown" and absent.truth == "not_met" else value.silent

    def reach(self) -> frozenset[str]:
        return self._value.reach() | self._disease.reach()

    def lists(self) -> frozenset[str]:
        return self._value.lists() | self._disease.lists()

    def evaluate(self, index: Index) -> Outcome:
        valued = self._value.evaluate(index)
        if valued.truth != "unknown" or valued.facts:
            return valued
        absent = self._disease.evaluate(index)
        return absent if absent.truth == "not_met" else valued


@cache
def _definition() -> re.Pattern[str]:
    words = alternatives(rules()["defining_words"])
    return re.compile(rf"\s*(?:(?P<bracket>\()|,?\s*\b(?:{words})(?!\w))", re.IGNORECASE)
