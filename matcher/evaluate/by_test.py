"""A disease by the test that tells it: who is HBsAg positive has hepatitis B, though no note names the disease.

The tests and what each result says are ``resources/evaluate/by_test.csv``. A result is read as a statement on the
disease itself, so that status and windows apply to it; one that is awaited leaves the disease open.
"""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cache

from matcher.evaluate import data
from matcher.evaluate.index import Index
from matcher.evaluate.plan import Setting, rules
from matcher.model import Assertion, Concept, Fact, Leaf
from matcher.patterns import alternatives


class Tests:
    """The tests that tell the disease of one leaf."""

    __slots__ = ("_past", "_rows", "ids")

    def __init__(self, leaf: Leaf, setting: Setting) -> None:
        self._rows: dict[str, tuple[dict[str, str], bool]] = {}
        self._past = leaf.status in ("ever", "past")
        if leaf.op == "condition" and leaf.concept is not None:
            is_a = setting.terminology.is_a
            for row in data.rows("by_test"):
                own = leaf.concept.id == row["condition"]
                if own or (row["wider"] == "yes" and is_a(row["condition"], leaf.concept.id)):
                    self._rows[row["test"]] = row, own
                elif is_a(leaf.concept.id, row["condition"]):
                    self._rows[row["test"]] = {**row, "positive": "possible"}, True
        self.ids = frozenset(self._rows)

    def facts(self, index: Index) -> list[Fact]:
        """What the tests say of the disease, in order; the last result of a test counts."""
        found: list[Fact] = []
        for id in sorted(self.ids & index.ids):
            row, own = self._rows[id]
            said = [(f, how) for f in index.by_id[id] if (how := self._said(f, row, own, index)) is not None]
            found += [_read(fact, how, row) for fact, how in said[-1:]]
        return sorted(found, key=lambda f: (f.assertion in _LATER, f.note_id, f.start))

    def _said(self, fact: Fact, row: dict[str, str], own: bool, index: Index) -> Assertion | None:
        if fact.kind == "procedure" and fact.experiencer == "patient":
            # "s/p CABG" tells the disease that it was done for, and nothing of the kinds of it
            told = row["positive"] == "present" and fact.assertion in ("present", "historical")
            return "present" if told else None
        if fact.kind not in ("biomarker", "measurement") or fact.experiencer != "patient":
            return None
        result = rules()["results"]["same"].get(fact.result or "", "")
        if not result and fact.quantity is not None and fact.quantity.low and fact.kind == "measurement":
            result = "positive"  # copies that were counted
        if result == "positive" and _refuted(fact, index):
            return "absent"
        if result == "positive":
            return _ASSERTIONS[row["positive"]]
        if result == "negative":
            return "absent" if own and row["negative"] and not self._past else None
        return "possible" if fact.result == "pending" or _waits(fact, index) else None


_LATER = frozenset({"present"})
"""What decides over the other tests of the disease."""
_ASSERTIONS: dict[str, Assertion] = {"present": "present", "possible": "possible"}


def _read(fact: Fact, how: Assertion, row: dict[str, str]) -> Fact:
    says = tuple(row["says"].split("|")) if row["says"] and how == "present" else ()
    return replace(
        fact,
        kind="condition",
        concept=Concept("", row["condition"], row["name"]),
        assertion=how,
        quantity=None,
        result=None,
        qualifiers=says,
    )


def _refuted(fact: Fact, index: Index) -> bool:
    """Whether a result is called a false one: "HIV screen reactive. Considered false positive"."""
    note = index.notes.get(fact.note_id)
    behind = note.text[fact.start : max(fact.end, fact.quote_end) + _BEHIND] if note is not None else ""
    return "false" in behind.lower() and _false().search(behind) is not None


_BEHIND = 40


@cache
def _false() -> re.Pattern[str]:
    return re.compile(rf"(?<!not )(?<!not a )\b(?:{alternatives(rules()['results']['refuted'])})\b", re.IGNORECASE)


def _waits(fact: Fact, index: Index) -> bool:
    """Whether the words that decided its assertion say that its result is awaited."""
    note = index.notes.get(fact.note_id)
    if fact.result or fact.cue is None or note is None:
        return False
    return note.text[fact.cue.start : fact.cue.end].lower().strip(" :,;") in _pending()


@cache
def _pending() -> frozenset[str]:
    return frozenset(rules()["pending_words"])
