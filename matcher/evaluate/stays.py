"""Stays and visits with their reason: "hospitalization for heart failure", "asthma-related emergency visit".

A stay counts where its sentence names the reason; one for something else does not, and one without a reason is open.
"""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cache

from matcher.evaluate.event import EventPlan
from matcher.evaluate.index import Index
from matcher.evaluate.outcome import Outcome
from matcher.evaluate.plan import Setting, rules
from matcher.model import Fact, Leaf
from matcher.patterns import alternatives

_SAID = frozenset({"present", "historical", "possible"})


def stay(leaf: Leaf, setting: Setting) -> tuple[Leaf, frozenset[str]] | None:
    """The stay alone, and the ids of its reason; None where the leaf asks for no stay, or for one of any cause."""
    if leaf.op not in ("procedure", "other", "condition") or not leaf.term:
        return None
    for kind in sorted(rules()["stays"]["kinds"]):
        found = _term(kind).fullmatch(leaf.term.strip())
        if found is None:
            continue
        reason = setting.terminology.normalise((found["first"] or found["last"]).strip()).concept
        if reason is None or setting.terminology.kind(reason.id) != "condition":
            return None
        concept = setting.terminology.concept(rules()["stays"]["kinds"][kind]["concept"])
        implied = frozenset(rules()["stays"]["implied"])
        kept = tuple(q for q in leaf.qualifiers if q.lower() not in implied)
        return replace(leaf, op="procedure", concept=concept, qualifiers=kept), setting.terminology.descendants(
            reason.id
        )
    return None


class StayPlan(EventPlan):
    """Whether the patient stayed or was seen for the reason that is asked."""

    def __init__(self, own: Leaf, reason: frozenset[str], leaf: Leaf, setting: Setting) -> None:
        super().__init__(own, setting)
        self.extra = ()
        self._reason = reason
        known = leaf.concept is not None and own.concept is not None and leaf.concept.id != own.concept.id
        self._named = setting.terminology.descendants(leaf.concept.id) if known and leaf.concept else frozenset()
        """Stays that have the reason in their name."""
        self._hospital = own.concept is not None and own.concept.id == rules()["stays"]["kinds"]["hospital"]["concept"]

    def reach(self) -> frozenset[str]:
        return super().reach() | self._reason

    def counted(self, index: Index, yes: list[Fact]) -> Outcome:
        """A stay without a reason may or may not be one of those that are counted."""
        unsaid = [f for f in self._of_leaf(index) if f.assertion == "possible"]
        return super().counted(index, [*yes, *(replace(f, time=None, ago=None) for f in unsaid)])

    def _of_leaf(self, index: Index) -> list[Fact]:
        leads = _leads(index) if self._hospital else {}
        found = [f for f in leads.values() if f.concept is not None and f.concept.id in self._reason]
        for fact in super()._of_leaf(index):
            if fact.concept is not None and fact.concept.id in self._named:
                found.append(fact)
                continue
            told = [f for f in index.by_kind.get("condition", ()) if _beside(f, fact)]
            reasons = [f for f in told if f.concept is not None and f.concept.id in self._reason]
            if reasons:
                when = [f for f in reasons if f.time is not None or f.ago is not None]
                if fact.time is not None or fact.ago is not None or not when:
                    found.append(fact)
                else:
                    found += [replace(fact, time=f.time, ago=f.ago) for f in when]
            elif not told and fact.note_id in leads:
                continue  # the stay that the summary tells of
            elif not told and fact.assertion in ("present", "historical"):
                found.append(replace(fact, assertion="possible"))
            elif not told:
                found.append(fact)
        return found


def _leads(index: Index) -> dict[str, Fact]:
    """The diagnosis that leads each discharge summary: what the patient was in hospital for."""
    table = rules()["stays"]["summary"]
    named = (f for f in index.by_kind.get("condition", ()) if f.section in table["sections"])
    told = [f for f in named if f.assertion == "present"]
    leads: dict[str, Fact] = {}
    for fact in sorted(told, key=lambda f: (f.note_id, f.start)):
        note = index.notes.get(fact.note_id)
        if note is not None and fact.note_id not in leads and _summary().search(note.text, 0, table["reach"]):
            leads[fact.note_id] = replace(fact, time=None, ago=None)
    return leads


@cache
def _summary() -> re.Pattern[str]:
    return re.compile(rf"\b(?:{alternatives(rules()['stays']['summary']['words'])})\b", re.IGNORECASE)


def _beside(condition: Fact, fact: Fact) -> bool:
    same = condition.note_id == fact.note_id and condition.quote_start == fact.quote_start
    return same and (condition.assertion in _SAID or fact.assertion == condition.assertion)


@cache
def _term(kind: str) -> re.Pattern[str]:
    table = rules()["stays"]
    words, joins, ties = (alternatives(some) for some in (table["kinds"][kind]["words"], table["joins"], table["ties"]))
    lead = alternatives(table["lead"])
    return re.compile(
        rf"(?:(?:{lead}) )*(?:{words})(?: (?:{joins}))+ (?P<first>.+)|(?P<last>.+?)(?:{ties})?[ -](?:{words})",
        re.IGNORECASE,
    )
