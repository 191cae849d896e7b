"""Bouts of a disease: an exacerbation that is named alone, and one that had to be treated ("requiring steroids")."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cache

from matcher.evaluate import by_treatment, data
from matcher.evaluate.index import Index
from matcher.evaluate.plan import Setting, rules
from matcher.evaluate.windows import WindowPlan
from matcher.model import Fact, Leaf, Window
from matcher.patterns import alternatives


class Bouts:
    """What a leaf asks of the bouts of its disease; false where it asks for none."""

    __slots__ = ("_bare", "_given", "_injected", "_usual", "asked", "others")

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
        self._injected: set[str] = set()
        self._usual = by_treatment.usual(leaf, terminology)
        """What treats the disease as a rule: it need not stand in the sentence of the disease."""
        for qualifier in leaf.qualifiers if leaf.op == "condition" else ():
            said = _requiring().match(qualifier)
            ids = self._treatments(qualifier[said.end() :], leaf, setting) if said is not None else frozenset[str]()
            if ids:
                self.asked[qualifier] = ids
        self._given = frozenset().union(*self.asked.values())

    def _treatments(self, words: str, leaf: Leaf, setting: Setting) -> frozenset[str]:
        """What the treatments are that a qualifier asks for, one or the other of them."""
        terminology, table = setting.terminology, rules()["bouts"]
        ids: frozenset[str] = frozenset()
        for name in re.split(r",\s*(?:or\s)?|\s(?:or|and/or)\s|/", words.strip()):
            name = _acts().sub("", name.strip().lower())
            own = leaf.concept.id if leaf.concept is not None else ""
            rows = (row for row in table["general"] if name in row["words"] and terminology.is_a(own, row["of"]))
            general = next((row["by"] for row in rows), None)
            found = terminology.normalise(name).concept if general is None else terminology.concept(general)
            if found is None:
                plain = not set(name.split()).isdisjoint(data.table("qualifiers")["degree"]["any_treatment"])
                ids |= self._usual if plain and leaf.window is None else frozenset()
                continue
            kinds = terminology.descendants(found.id)
            ids |= kinds
            if not set(name.split()).isdisjoint(table["into_vein"]):
                self._injected |= kinds
        return ids

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

    def treated(self, facts: list[Fact], index: Index, window: WindowPlan | None) -> list[Fact]:
        """Those in whose sentence every treatment that is asked for was given, not outside the window."""
        for ids in self.asked.values():
            told = [
                f
                for f in index.of(ids)
                if f.assertion in ("present", "historical")
                and self._as_asked(f)
                and (window is None or window.place(f, index.as_of) != "out")
            ]
            if window is None and any(self._taken(f) for f in told):
                continue
            given = {(f.note_id, f.quote_start) for f in told}
            facts = [f for f in facts if (f.note_id, f.quote_start) in given]
        return facts

    def _taken(self, fact: Fact) -> bool:
        """Whether a drug that treats the disease as a rule is taken now."""
        usual = fact.concept is not None and fact.concept.id in self._usual
        return usual and fact.kind != "allergy" and fact.assertion == "present" and fact.status != "past"

    def over(self, facts: list[Fact], index: Index, window: WindowPlan | None) -> Fact | None:
        """The last treatment of one of them, where all lie outside the window."""
        given = [f for ids in self.asked.values() for f in index.of(ids) if f.assertion in ("present", "historical")]
        own = {(f.note_id, f.quote_start) for f in facts}
        given = [f for f in given if (f.note_id, f.quote_start) in own]
        gone = window is not None and all(window.place(f, index.as_of) == "out" for f in given)
        return given[-1] if given and gone else None

    def _as_asked(self, fact: Fact) -> bool:
        """Whether a drug that is asked by vein was not given by mouth."""
        by_vein = fact.concept is None or fact.concept.id not in self._injected
        return by_vein or frozenset(fact.qualifiers).isdisjoint(rules()["bouts"]["other_routes"])


@cache
def _acts() -> re.Pattern[str]:
    table = rules()["bouts"]
    acts, behind = alternatives(table["acts"]), alternatives(table["acts_behind"])
    return re.compile(rf"^(?:(?:{acts})\s(?:with|of)\s|the\s|any\s)+|\s(?:{behind})$")


def recurring(leaf: Leaf, setting: Setting) -> Leaf:
    """ "Recurrent urinary tract infections (3 or more per year)" counts the infections: that many are recurrent."""
    first, _, name = leaf.term.partition(" ")
    if leaf.op not in ("condition", "measurement") or first.lower() not in rules()["bouts"]["recurring"]:
        return leaf
    window, per = leaf.window, _per().fullmatch(leaf.unit or "")
    number = leaf.count if leaf.count is not None else leaf.value
    if window is None and per is not None:
        window = Window(within=f"1 {per[1].lower()}")
    if window is None or not isinstance(number, int | float) or (leaf.count is None and leaf.unit and per is None):
        return leaf
    found = setting.terminology.normalise(name).concept
    if found is None or setting.terminology.kind(found.id) != "condition":
        return leaf
    cmp = leaf.count_cmp if leaf.count is not None else leaf.cmp
    return replace(
        leaf, op="condition", term=name, concept=found, window=window, count=int(number), count_cmp=cmp,
        cmp=None, value=None, unit=None,
    )  # fmt: skip


@cache
def _per() -> re.Pattern[str]:
    return re.compile(r"(?:\w+\s)?(?:per|a|each|/)\s?(year|month|week)", re.IGNORECASE)


@cache
def _requiring() -> re.Pattern[str]:
    return re.compile(rf"(?:{alternatives(rules()['bouts']['requiring'])})\s+", re.IGNORECASE)
