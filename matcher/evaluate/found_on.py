"""“Epileptiform discharges on EEG”: a finding of an examination, which one that was normal did not find."""

from __future__ import annotations

import re
from functools import cache

from matcher.evaluate.beside import THERE, Beside
from matcher.evaluate.index import Index, dated
from matcher.evaluate.outcome import Outcome
from matcher.evaluate.plan import Plan, Setting, rules
from matcher.model import Fact, Leaf
from matcher.patterns import alternatives

_LONGEST = 4
_ENDS = re.compile(r"[.;\n]")


def asked(leaf: Leaf, setting: Setting) -> tuple[str, frozenset[str]] | None:
    """The examination on which a finding is asked for, and the places that a scan of any place is held to."""
    finding = leaf.op in ("condition", "other") or (leaf.op == "procedure" and leaf.concept is None)
    if not finding or leaf.window is not None or leaf.count is not None:
        return None
    found = _on().search(leaf.term)
    if found is None:
        return None
    test, _, of = found["test"].lower().partition(" of ")
    words, where = test.split(), of.split()
    for size in range(min(_LONGEST, len(words)), 0, -1):
        name = setting.terminology.normalise(" ".join(words[-size:]))
        if name.concept is None or name.how not in ("exact", "abbreviation"):
            continue
        if setting.terminology.kind(name.concept.id) != "procedure":
            return None
        table = rules()["found_on"]
        places = frozenset(p for p in table["places"] if not {*words[:-size], *where}.isdisjoint(p.split("|")))
        if name.concept.id in table["of_any_place"] and not places:
            return None
        return name.concept.id, places
    return None


class FoundOnPlan(Beside):
    """The leaf as it stands; where the notes do not tell the finding, an examination that was normal denies it."""

    def __init__(self, own: Plan, test: tuple[str, frozenset[str]], leaf: Leaf, setting: Setting) -> None:
        super().__init__(own, leaf, setting)
        id, places = test
        self.tells = setting.terminology.descendants(id)
        self._places = [frozenset(p.split("|")) for p in places]

    def told_beside(self, index: Index) -> Outcome | None:
        done = [f for f in index.of(self.tells) if f.kind == "procedure" and f.assertion in THERE]
        normal = [f for f in done if self._of_place(f, index) and _normal(f, index)]
        if not normal or any(_abnormal(f, index) for f in done):
            return None
        fact = normal[-1]
        return self.told(
            "not_met", f"{self.name}: “{fact.text}”{dated(fact)} is normal", "condition.normal_test", facts=(fact,)
        )

    def _of_place(self, fact: Fact, index: Index) -> bool:
        words = set(re.findall(r"\w+", index.quote(fact).lower()))
        return all(not words.isdisjoint(place) for place in self._places)


def _normal(fact: Fact, index: Index) -> bool:
    """Whether the sentence calls the whole of it normal, and excepts nothing."""
    before, behind = index.around(fact)
    part = _ENDS.split(behind, maxsplit=1)[0]
    if _excepted().search(part) is not None:
        return False
    return _whole().match(part) is not None or (_called().search(before) is not None and not part.strip(" ,)"))


def _abnormal(fact: Fact, index: Index) -> bool:
    return _bad().search(index.quote(fact)) is not None  # of this one, or of another beside it


@cache
def _on() -> re.Pattern[str]:
    return re.compile(rf"\s(?:{alternatives(rules()['found_on']['on'])})\s(?P<test>[\w\s-]+)$", re.IGNORECASE)


def _results(sign: str) -> str:
    return alternatives(rules()["told_result"][sign])


@cache
def _whole() -> re.Pattern[str]:
    links = alternatives(rules()["told_result"]["links"])
    return re.compile(
        rf"[^.;\n]{{0,60}}?(?:(?<!\w)(?:{links})|^\s?[:(=–-])\s(?:[\w-]+ly\s|all\s|both\s|again\s|found\sto\sbe\s)*"
        rf"(?:{_results('normal')})\s*(?:$|[,)])",
        re.IGNORECASE,
    )


@cache
def _called() -> re.Pattern[str]:
    return re.compile(rf"(?<!\w)(?<!not\s)(?<!near\s)(?:{_results('normal')})\s(?:[\w-]+\s)?$", re.IGNORECASE)


@cache
def _excepted() -> re.Pattern[str]:
    return re.compile(rf"(?<!\w)(?:{alternatives(rules()['found_on']['excepted'])})(?!\w)", re.IGNORECASE)


@cache
def _bad() -> re.Pattern[str]:
    return re.compile(rf"(?<!\w)(?<!not\s)(?:{_results('abnormal')})(?!\w)", re.IGNORECASE)
