"""“Abnormal EEG”, “normal colonoscopy”, “elevated CRP”: a test, and what came of it in words.

A finding that is named by a test and its result ("elevated ESR") is also told by the test; the result of an examination
that has no value is read from the sentence that tells of it ("the EEG was normal", "MRI showed a meningioma").
"""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cache

from matcher.evaluate.index import Index, dated, day
from matcher.evaluate.outcome import Outcome
from matcher.evaluate.plan import Plan, Setting, rules
from matcher.model import Fact, Leaf, Truth
from matcher.patterns import alternatives

_FAR = 90
_ENDS = re.compile(r"[.;\n]")
_TOLD = frozenset({"present", "historical"})


def named(leaf: Leaf, setting: Setting) -> Leaf | None:
    """The test of a finding that is called after its result: "elevated ESR", "abnormal EEG"."""
    first, _, rest = leaf.term.partition(" ")
    sign = rules()["results"]["same"].get(first.lower())
    if leaf.op != "condition" or not rest or sign not in ("elevated", "low", "abnormal", "normal") or leaf.window:
        return None
    found = setting.terminology.normalise(rest)
    if found.concept is None or found.how not in ("exact", "abbreviation"):
        return None
    if setting.terminology.kind(found.concept.id) not in ("measurement", "procedure"):
        return None
    return replace(leaf, op="measurement", term=rest, concept=found.concept, cmp="=", value=first.lower())


def asked(leaf: Leaf, setting: Setting) -> bool:
    """Whether the result of an examination that has no value is asked for."""
    if leaf.op != "measurement" or leaf.concept is None or leaf.window is not None or not isinstance(leaf.value, str):
        return False
    return _sign(leaf.value) is not None and setting.terminology.kind(leaf.concept.id) == "procedure"


class ResultPlan(Plan):
    """Met where the sentence on the examination gives the result that is asked for."""

    def evaluate(self, index: Index) -> Outcome:
        done = [f for f in index.of(self.ids) if f.kind == "procedure" and f.assertion in _TOLD]
        told = [(f, sign) for f in done if (sign := _told(f, index)) is not None]
        if not told:
            return self.silent
        last = [(f, sign) for f, sign in told if day(f) == day(told[-1][0])]
        if len({sign for _, sign in last}) > 1:
            return self.open(f"{self.name}: its results differ", "measurement.word", facts=(told[-1][0],))
        fact, sign = told[-1]
        truth: Truth = "met" if sign == _sign(str(self.leaf.value)) else "not_met"
        return self.told(truth, f"{self.name}: “{fact.text}”{dated(fact)} is {sign}", "measurement.word", facts=(fact,))


def _sign(word: str) -> str | None:
    table = rules()["told_result"]
    return next((sign for sign in ("normal", "abnormal") if word.lower() in table[sign]), None)


def _told(fact: Fact, index: Index) -> str | None:
    """What the sentence says of the examination; None where it says nothing, or both."""
    before, behind = index.around(fact)
    behind = _ENDS.split(behind[:_FAR], maxsplit=1)[0]
    signs = {sign for sign in ("normal", "abnormal") if _said(sign, "behind").search(behind)}
    if not signs:
        signs = {sign for sign in ("normal", "abnormal") if _said(sign, "before").search(before)}
    end = fact.end + len(behind)
    if _shows().search(behind) is not None and any(
        f.assertion == "present" and f.note_id == fact.note_id and fact.end <= f.start < end
        for f in index.by_kind.get("condition", ())
    ):
        signs = {"abnormal"}
    return signs.pop() if len(signs) == 1 else None


@cache
def _said(sign: str, side: str) -> re.Pattern[str]:
    table = rules()["told_result"]
    words = alternatives(table[sign])
    if side == "before":
        return re.compile(rf"(?<!\w)(?<!not\s)(?:{words})\s$", re.IGNORECASE)
    turned = alternatives(table["abnormal" if sign == "normal" else "normal"])
    links = alternatives(table["links"])
    return re.compile(
        rf"(?:(?<!\w)(?:{links})\s|^\s?[:,(=–-]?\s?)(?:[\w-]+ly\s|all\s|both\s|again\s)*(?:{words}|not\s(?:{turned}))(?!\w)",
        re.IGNORECASE,
    )


@cache
def _shows() -> re.Pattern[str]:
    return re.compile(rf"(?<!\w)(?:{alternatives(rules()['told_result']['shows'])})(?!\w)", re.IGNORECASE)
