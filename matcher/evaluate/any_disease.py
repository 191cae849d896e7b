"""Exclusions that name no disease: "co-morbidity", "other severe chronic diseases", "a disease other than COPD".

Every disease that the notes document bears on them, but the trial's own. Where a degree is asked ("serious", "acute"),
a disease that the notes call so; that nobody calls one so is silence on it, and read as the policy on silence says.
"""

from __future__ import annotations

import re

from matcher.evaluate import another
from matcher.evaluate.event import EventPlan
from matcher.evaluate.index import Index, dated
from matcher.evaluate.outcome import Outcome
from matcher.evaluate.plan import Setting, rules
from matcher.evaluate.windows import counted
from matcher.model import Fact, Leaf

_WORD = re.compile(r"[a-z-]+")
_PIECE = re.compile(r"[a-z-]+|[(,:/]|\d+")
_CLAUSE = re.compile(r"[.;:,\n()]")
_BRACKET_BEHIND = re.compile(r"[a-z]\s\((?!e\.?g|i\.?e|as )[^)]*\b(?:diseases?|disorders?|conditions?)\b")
_END = re.compile(r"[.;\n]")


def names_none(leaf: Leaf, setting: Setting) -> bool:
    """Whether an exclusion's leaf says "disease" and no more than a degree of it."""
    if setting.wanted or leaf.op not in ("condition", "other") or leaf.window is not None:
        return False
    if leaf.concept is not None or leaf.count is not None or leaf.cmp is not None:
        return False
    table = rules()["any_disease"]
    if setting.protocol is not None and not _plain_behind(setting.protocol.text[leaf.end : leaf.end + 120]):
        return False
    words = _WORD.findall(leaf.term.lower())
    asked = [w for q in leaf.qualifiers for w in _WORD.findall(q.lower())]
    nouns, plain, degrees = (frozenset(table[name]) for name in ("nouns", "plain", "degrees"))
    return not nouns.isdisjoint(words) and all(w in nouns | plain | degrees for w in (*words, *asked))


def _plain_behind(text: str) -> bool:
    """Whether nothing behind says which: no "that affect growth", "of the liver", "(renal failure)", "such as …"."""
    table = rules()["any_disease"]
    clause = _END.split(text.lower(), maxsplit=1)[0]
    words = iter(_PIECE.findall(clause))
    skipped = frozenset((*table["nouns"], *table["plain"], *table["degrees"], ","))
    first = next((w for w in words if w not in skipped), None)
    if _BRACKET_BEHIND.search(clause) is not None:
        return False  # "other than atherosclerosis (inflammatory or autoimmune disease)" says which
    return first is None or first in table["then"]


def _named_before(leaf: Leaf, setting: Setting) -> list[str]:
    """The degree that stands before two nouns ("significant condition or disease")."""
    if setting.protocol is None:
        return []
    table = rules()["any_disease"]
    passed = frozenset((*table["nouns"], *table["plain"], *table["degrees"]))
    line = _CLAUSE.split(setting.protocol.text[max(0, leaf.start - 80) : leaf.start].lower())[-1]
    words = _WORD.findall(line)[::-1]
    return words[: next((n for n, word in enumerate(words) if word not in passed), len(words))]


class AnyDiseasePlan(EventPlan):
    """Met by any disease of the notes but the trial's own, and of the degree that is asked."""

    looks_at = frozenset({"condition"})

    def __init__(self, leaf: Leaf, setting: Setting) -> None:
        super().__init__(leaf, setting)
        said = _WORD.findall(f"{leaf.term} {' '.join(leaf.qualifiers)}".lower())
        self.weighed = [w for w in (*said, *_named_before(leaf, setting)) if w in rules()["any_disease"]["degrees"]]
        self.systems = tuple(rules()["disease_systems"])
        self.family = another.index_family(setting)
        terms = setting.terminology
        infections = {d for id in rules()["stays"]["infection"]["of"] for d in terms.descendants(id)}
        self.brief = infections - {d for id in rules()["passing"]["lasting"] for d in terms.descendants(id)}
        self.chronic_ones = frozenset(d for id in rules()["any_disease"]["chronic"] for d in terms.descendants(id))
        self.weighty = frozenset(d for id in rules()["any_disease"]["weighty"] for d in terms.descendants(id))

    def _over(self, fact: Fact, index: Index) -> bool:
        """An infection of long ago is no disease that the patient has ("encephalitis in 2010")."""
        if fact.concept is None or fact.concept.id not in self.brief:
            return False
        time, as_of = counted(fact, index.as_of)
        end = (time.end or time.start) if time is not None else None
        return end is not None and as_of is not None and (as_of - end).days > rules()["stays"]["infection"]["days"]

    def evaluate(self, index: Index, spared: frozenset[str] = frozenset()) -> Outcome:
        found = [
            f
            for f in index.by_kind.get("condition", ())
            if f.concept is not None
            and f.concept.id.startswith(self.systems)
            and f.assertion == "present"
            and f.status != "past"
            and f.concept.id not in self.family
            and f.concept.id not in spared
            and not self._over(f, index)
        ]
        if not self.family:  # one line of disease is taken for the one that the trial is about
            _, found = another.parted(found, index, self.setting.terminology)
        if not found:
            return super().evaluate(index, spared)
        if self.weighed:
            table = rules()["any_disease"]
            degrees = frozenset(self.weighed)
            if not degrees.isdisjoint(table["grave"]):
                degrees |= frozenset(table["told_by"])
            heavy = [f for f in found if not degrees.isdisjoint(f.qualifiers)]
            if not heavy and degrees == frozenset(table["lasting"]):
                heavy = [f for f in found if f.concept is not None and f.concept.id in self.chronic_ones]
            weighty = [f for f in found if f.concept is not None and f.concept.id in self.weighty]
            if not heavy and weighty and not degrees.isdisjoint(table["grave"]):
                said = f"“{weighty[-1].text}” is documented{dated(weighty[-1])}"
                return self.open(
                    f"{said}; whether it is {self.weighed[0]} is not said",
                    "condition.any_unweighed",
                    facts=tuple(weighty[-3:]),
                    needs="human judgement",
                )
            if not heavy:
                # nobody calls any of them so: as silence on the degree is read elsewhere
                return super().evaluate(index, spared)
            found = heavy
        shown = tuple(found[-3:])
        names = ", ".join(dict.fromkeys(f"“{f.text}”" for f in shown))
        return self.told("met", f"{names} is documented{dated(found[-1])}", "condition.any", facts=shown)
