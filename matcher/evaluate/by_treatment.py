"""Treated or untreated, told by the treatment: hypothyroidism on levothyroxine is treated.

What treats which disease is ``resources/evaluate/by_treatment.csv``: drugs and devices that are given for the disease
as a rule, so that one that is taken now treats it where the note names both.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Any

from matcher.evaluate import data
from matcher.evaluate.index import Index, dated
from matcher.evaluate.outcome import Outcome
from matcher.evaluate.plan import Plan, Setting, rules
from matcher.model import Fact, Leaf, Truth
from matcher.patterns import alternatives

_TAKEN = frozenset({"present", "historical"})


@cache
def _asked() -> dict[str, Truth]:
    """What a treatment says of each qualifier that asks for one."""
    table = rules()
    asked: dict[str, Truth] = dict.fromkeys(table["treated_asked"], "met")
    return {**asked, **dict.fromkeys(table["untreated_asked"], "not_met")}


@cache
def _way(qualifier: str) -> Truth | None:
    """What a treatment says of a qualifier, also of "untreated or unstable"."""
    asked = _asked()
    parts = [asked.get(part.strip()) for part in re.split(r"\s(?:and/or|or)\s|/", qualifier)]
    return asked.get(qualifier) or ("not_met" if "not_met" in parts else None)


@cache
def _told() -> re.Pattern[str]:
    """That a thing was treated, with the word before it in a group of its own."""
    table = rules()
    ends = "|".join(rf"\w+{end}" for end in map(re.escape, table["treated_ends"]))
    before = alternatives(table["treated_not"])
    return re.compile(rf"(?P<not>\b(?:{before})\s)?\b(?:{alternatives(table['treated_told'])}|{ends})\b", re.IGNORECASE)


@cache
def _of() -> dict[str, tuple[str, ...]]:
    found: dict[str, list[str]] = {}
    for row in data.rows("by_treatment"):
        found.setdefault(row["condition"], []).append(row["treatment"])
    return {condition: tuple(treatments) for condition, treatments in found.items()}


def usual(leaf: Leaf, terminology: Any) -> frozenset[str]:
    """The drugs and devices that treat the leaf's disease as a rule."""
    return _given(leaf, terminology, _of())


def hints(leaf: Leaf, terminology: Any) -> frozenset[str]:
    """Those of them that are seldom given for anything else: who takes levothyroxine may have hypothyroidism."""
    return _given(leaf, terminology, _hinting())


def _given(leaf: Leaf, terminology: Any, of: dict[str, tuple[str, ...]]) -> frozenset[str]:
    if leaf.op != "condition" or leaf.concept is None:
        return frozenset()
    own = (leaf.concept.id, *(c.id for c in terminology.ancestors(leaf.concept.id)))
    return frozenset(i for id in own for t in of.get(id, ()) for i in terminology.descendants(t))


def hinted(index: Index, drugs: frozenset[str], terminology: Any) -> Fact | None:
    """The latest drug of these that is taken, where no disease is told that it treats."""
    if drugs.isdisjoint(index.ids):
        return None
    for fact in reversed(index.of(drugs)):
        if fact.kind == "allergy" or fact.assertion != "present" or fact.status == "past" or fact.concept is None:
            continue
        own = {fact.concept.id, *(c.id for c in terminology.ancestors(fact.concept.id))}
        for_ = (condition for condition, treatments in _of().items() if not own.isdisjoint(treatments))
        known = frozenset(i for condition in for_ for i in terminology.descendants(condition))
        if not any(f.assertion in _TAKEN for f in index.of(known)):
            return fact
    return None


def explaining(drugs: frozenset[str], terminology: Any) -> frozenset[str]:
    """The diseases for which one of these may be taken."""
    rows = _of().items() if drugs else ()
    told = {c for c, treatments in rows for t in treatments if not drugs.isdisjoint(terminology.descendants(t))}
    return frozenset(i for c in told for i in terminology.descendants(c))


@cache
def _hinting() -> dict[str, tuple[str, ...]]:
    found: dict[str, list[str]] = {}
    for row in data.rows("by_treatment"):
        if row["hint"] == "yes":
            found.setdefault(row["condition"], []).append(row["treatment"])
    return {condition: tuple(treatments) for condition, treatments in found.items()}


@cache
def _courses() -> frozenset[str]:
    """Diseases that a course of treatment ends: who took it was treated."""
    return frozenset(row["condition"] for row in data.rows("by_treatment") if row["course"] == "yes")


@cache
def _unfinished() -> re.Pattern[str]:
    return re.compile(rf"\b(?:{alternatives(rules()['treated_unfinished'])})\b", re.IGNORECASE)


class Treatments:
    """The treatments that tell whether the disease of one leaf is treated; none where the leaf does not ask it."""

    __slots__ = ("asked", "ids")

    def __init__(self, leaf: Leaf, setting: Setting) -> None:
        self.ids: frozenset[str] = frozenset()
        self.asked = leaf.op == "condition" and any(_way(q) is not None for q in leaf.qualifiers)
        if self.asked and leaf.concept is not None:
            self.ids = usual(leaf, setting.terminology)

    def read(self, plan: Plan, missing: str, ill: Fact, index: Index) -> Outcome | None:
        """The outcome where all that is missing is whether the disease is treated, and its treatment is taken now."""
        way = _way(missing)
        if way is None or not self.asked:
            return None
        said = _said(ill, index.quote(ill))
        if said is not None:
            words = f"“{ill.text}” is treated: “{said}”{dated(ill)}"
            return plan.told(way, words, "condition.treatment", facts=(ill,))
        if (none := _untold(ill, index.quote(ill))) is not None:
            return plan.told(
                _opposite(way),
                f"“{ill.text}” is not treated: “{none}”{dated(ill)}",
                "condition.treatment",
                facts=(ill,),
            )
        if not self.ids:
            return self._beside(plan, way, ill, index)
        given = [f for f in index.of(self.ids) if f.kind != "allergy" and f.assertion in _TAKEN]
        ended = plan.leaf.concept is not None and plan.leaf.concept.id in _courses()
        now = [f for f in given if ended or (f.status != "past" and (f.assertion == "present" or f.status is not None))]
        if ended and missing in rules()["treated_fully"]:
            # a course that still goes on, or was broken off
            now = [f for f in now if f.status != "current" and _unfinished().search(index.quote(f)) is None]
        elif missing in rules()["treatment_over"]:
            now = [f for f in given if f.status == "past" or f.assertion == "historical"]
        if not now:
            return self._forgone(plan, way, ill, index)
        return plan.told(
            way,
            f"“{ill.text}” is treated: “{now[-1].text}”{dated(now[-1])}",
            "condition.treatment",
            facts=(ill, now[-1]),
        )

    def _beside(self, plan: Plan, way: Truth, ill: Fact, index: Index) -> Outcome | None:
        """ "Wilson disease, on penicillamine": a drug said right behind a disease of which no table tells the drugs."""
        if plan.leaf.concept is None:
            return None
        note, is_a = index.notes.get(ill.note_id), plan.setting.terminology.is_a
        for fact in index.facts:
            if fact.kind != "medication" or fact.assertion != "present" or fact.status == "past" or note is None:
                continue
            if fact.concept is None or any(is_a(fact.concept.id, apart) for apart in rules()["treated_apart"]):
                continue
            near = fact.note_id == ill.note_id and ill.end < fact.start < ill.end + _BESIDE
            if near and _on().fullmatch(note.text, ill.end, fact.start) and not _for_else().match(note.text, fact.end):
                words = f"“{ill.text}” is treated: “{fact.text}”{dated(fact)}"
                return plan.told(way, words, "condition.treatment", facts=(ill, fact))
        return None

    def _forgone(self, plan: Plan, way: Truth, ill: Fact, index: Index) -> Outcome | None:
        """ "OSA, declined CPAP": the sentence of the disease tells that its treatment is not taken up, or not borne."""
        terminology = plan.setting.terminology
        for fact in index.of(self.ids):
            beside = fact.note_id == ill.note_id and fact.quote_start == ill.quote_start
            whole = fact.kind == "procedure" or (
                fact.concept is not None and len(terminology.descendants(fact.concept.id)) > 1
            )
            if beside and whole and (fact.assertion in ("declined", "absent") or fact.status == "past"):
                how = "over" if fact.status == "past" else fact.assertion
                return plan.told(
                    _opposite(way),
                    f"“{ill.text}” is not treated: “{fact.text}” is {how}{dated(fact)}",
                    "condition.treatment",
                    facts=(ill, fact),
                )
        return None


def _opposite(truth: Truth) -> Truth:
    return "met" if truth == "not_met" else "not_met"


_BESIDE = 60


@cache
def _for_else() -> re.Pattern[str]:
    """Behind a drug: it is taken for something else, and not for so long."""
    return re.compile(rf"[^.;,\n]*\sfor\s(?!\d|(?:{alternatives(rules()['treated_for_time'])})\b)", re.IGNORECASE)


@cache
def _on() -> re.Pattern[str]:
    taken = alternatives(rules()["treated_by"])
    already = rf"(?:(?:{alternatives(rules()['treated_already'])})\s)*"
    return re.compile(rf"\s?[,(]?\s?{already}(?:{taken})\s(?:[\w-]+\s)?", re.IGNORECASE)


_FOR = re.compile(r"(?:\s(?:in\s)?\d{4})?\sfor\s(?:an?\s|the\s|his\s|her\s)?(?:[a-z-]+\s)?", re.IGNORECASE)
"""Between a treatment and what it was for: "prostatectomy 2021 for localized"."""


@cache
def _none() -> re.Pattern[str]:
    return re.compile(rf"\b(?:{alternatives(rules()['untreated_told'])})\b", re.IGNORECASE)


def _untold(ill: Fact, quote: str) -> str | None:
    """That a disease was not treated, said behind it in its sentence."""
    at = quote.find(ill.text)
    found = _none().search(quote, at + len(ill.text)) if at >= 0 else None
    return found[0] if found is not None else None


def _said(ill: Fact, quote: str) -> str | None:
    """What the sentence of a disease says behind it of how it was treated."""
    at = quote.find(ill.text)
    before = [m for m in _told().finditer(quote, 0, max(at, 0)) if _FOR.fullmatch(quote, m.end(), at)]
    found = before or (list(_told().finditer(quote, at + len(ill.text))) if at >= 0 else [])
    return found[0][0] if found and all(m["not"] is None for m in found) else None
