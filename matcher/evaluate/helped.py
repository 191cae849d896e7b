"""“Inadequate response to methotrexate”: asked is a treatment that did not help; one that the notes say helped is none.

Who takes a drug may have failed it, and notes seldom say so: its use is enough. Where the sentence says that it helps
("excellent response to methotrexate"), it was no failure.
"""

from __future__ import annotations

import re
from functools import cache

from matcher.evaluate.event import EventPlan
from matcher.evaluate.index import Index, dated
from matcher.evaluate.outcome import Outcome
from matcher.evaluate.plan import Setting, rules
from matcher.model import Fact, Leaf
from matcher.patterns import alternatives

_BEFORE, _BEHIND = 120, 24
_ENDS = re.compile(r"[;:\n]|(?<!\be\.g)(?<!\bi\.e)\.\s")


def asked(leaf: Leaf, setting: Setting) -> bool:
    """Whether the words around a drug or an operation ask that it failed."""
    if leaf.op not in ("medication", "procedure") or leaf.concept is None or setting.protocol is None:
        return False
    text = setting.protocol.text
    before = _ENDS.split(text[max(0, leaf.start - _BEFORE) : leaf.start])[-1]
    behind = _ENDS.split(text[leaf.end : leaf.end + _BEHIND])[0]
    return _asked("before").search(f"{before} ") is not None or _asked("behind").match(behind) is not None


class UnhelpedPlan(EventPlan):
    """Not met by a treatment that every sentence on it says helps."""

    def positive(self, index: Index, yes: list[Fact], no: list[Fact]) -> Outcome:
        helped = [f for f in yes if _helped(f, index)]
        known = {f.concept.id for f in helped if f.concept is not None}
        # a list that names the drug says nothing of what it did; a sentence that tells of a failure does
        failed = {f.concept.id for f in yes if f.concept is not None and _failed(f, index)}
        rest = [f for f in yes if f.concept is None or f.concept.id not in known - failed]
        if rest or not helped:
            return super().positive(index, rest, no)
        return self.told(
            "not_met",
            f"{self.name}: “{helped[-1].text}” helped{dated(helped[-1])}",
            f"{self.leaf.op}.helped",
            facts=(helped[-1],),
        )


def _helped(fact: Fact, index: Index) -> bool:
    if _words("doubt").search(_clause(fact, index)) is not None:
        return False
    before, behind = index.around(fact)
    return _said("before").search(before) is not None or _said("behind").match(behind) is not None


def _failed(fact: Fact, index: Index) -> bool:
    return _words("failed").search(_clause(fact, index)) is not None


def _clause(fact: Fact, index: Index) -> str:
    """Of "sertraline no benefit; bupropion worked well" what is said of the one drug."""
    quote = index.quote(fact)
    at = max(quote.find(fact.text), 0)
    start = max((m.end() for m in _ENDS.finditer(quote, 0, at)), default=0)
    end = _ENDS.search(quote, at + len(fact.text) + 1)
    return quote[start : end.start() if end is not None else len(quote)]


@cache
def _words(name: str) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w)(?:{alternatives(rules()['helped'][name])})(?!\w)", re.IGNORECASE)


@cache
def _said(side: str) -> re.Pattern[str]:
    """ "Excellent clinical response to |", "doing well on |"; "| with good effect", "| has helped a lot"."""
    table = rules()["helped"]
    good, outcome = alternatives(table["good"]), alternatives(table["outcome"])
    told = alternatives(table[side])
    if side == "before":
        of = rf"(?:{good})(?:\s\w+){{0,2}}?\s(?:{outcome})(?:\s\w+){{0,4}}?\s(?:to|with|on|from|of)"
        return re.compile(rf"(?<!\w)(?:{of}|{told})(?:\s[\w-]+){{0,3}}\s$", re.IGNORECASE)
    came = alternatives(table["came"])
    of = rf"(?:(?:{came})\s|[:,(–-]\s?)(?:an?\s|very\s)*(?:{good})(?:\s\w+){{0,2}}?\s(?:{outcome})"
    return re.compile(rf"(?:\s[\w-]+){{0,4}}?,?\s?(?:{of}|{told})(?!\w)", re.IGNORECASE)


@cache
def _asked(side: str) -> re.Pattern[str]:
    table = rules()["helped"]
    words = alternatives(table[f"asked_{side}"])
    if side == "behind":
        return re.compile(rf"[\s-](?:{words})(?!\w)", re.IGNORECASE)
    return re.compile(rf"(?<!\w)(?:{words})(?:\s\(?[\w,/.-]+){{0,10}}\s*\(?\s+$", re.IGNORECASE)
