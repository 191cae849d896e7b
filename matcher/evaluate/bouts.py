"""Bouts of a disease: an exacerbation that is named alone, and one that had to be treated ("requiring steroids")."""

from __future__ import annotations

import re
from functools import cache

from matcher.evaluate.index import Index
from matcher.evaluate.plan import Setting, rules
from matcher.model import Fact, Leaf
from matcher.patterns import alternatives


class Bouts:
    """What a leaf asks of the bouts of its disease; false where it asks for none."""

    __slots__ = ("_bare", "_given", "asked", "others")

    def __init__(self, leaf: Leaf, setting: Setting) -> None:
        terminology = setting.terminology
        bare: str = rules()["bouts"]["concept"]
        own = leaf.concept.id if leaf.concept is not None else ""
        asks = leaf.op == "condition" and own != bare and bool(own) and terminology.is_a(own, bare)
        self._bare = frozenset({bare}) if asks else frozenset[str]()
        self.others: frozenset[str] = frozenset()
        """Diseases of which a bare bout may be as well."""
        if asks:
            mine = {own, *(c.id for c in terminology.ancestors(own))}
            all_ = {c.id for id in terminology.descendants(bare) for c in terminology.ancestors(id)[:1]}
            self.others = frozenset(all_ - mine)
        self.asked: dict[str, frozenset[str]] = {}
        """Qualifiers that ask for a treatment, with the concepts that it may be."""
        for qualifier in leaf.qualifiers if leaf.op == "condition" else ():
            said = _requiring().match(qualifier)
            found = terminology.normalise(qualifier[said.end() :]).concept if said is not None else None
            if found is not None:
                self.asked[qualifier] = terminology.descendants(found.id)
        self._given = frozenset().union(*self.asked.values())

    def __bool__(self) -> bool:
        return bool(self._bare or self.asked)

    def reach(self) -> frozenset[str]:
        """The concepts that are looked for."""
        return self._bare | self._given | self.others

    def bare(self, index: Index) -> list[Fact]:
        """Bouts without a disease's name, where no other disease is told that has bouts."""
        if not self._bare or self._bare.isdisjoint(index.ids) or not self.others.isdisjoint(index.ids):
            return []
        return [f for f in index.of(self._bare) if f.assertion in ("present", "historical")]

    def treated(self, facts: list[Fact], index: Index) -> list[Fact]:
        """Those in whose sentence every treatment that is asked for was given."""
        for ids in self.asked.values():
            given = {(f.note_id, f.quote_start) for f in index.of(ids) if f.assertion in ("present", "historical")}
            facts = [f for f in facts if (f.note_id, f.quote_start) in given]
        return facts


@cache
def _requiring() -> re.Pattern[str]:
    return re.compile(rf"(?:{alternatives(rules()['bouts']['requiring'])})\s+", re.IGNORECASE)
