"""Places that exclude each other: a disc at L2-3 is none at L5-S1, a stenosis of one artery is none of another."""

from __future__ import annotations

import re
from functools import cache

from matcher.evaluate import data, operations
from matcher.evaluate.event_leaf import EventLeaf
from matcher.evaluate.index import Index, dated
from matcher.evaluate.mentions import todays
from matcher.evaluate.outcome import Outcome
from matcher.evaluate.plan import Setting
from matcher.model import Fact, Leaf
from matcher.patterns import alternatives
from matcher.terms import lexical

_LEVEL = re.compile(r"\b(?P<a>[CTLS])(?P<m>\d{1,2})(?:\s?[-–/]\s?(?P<b>[CTLS])?(?P<n>\d{1,2}))?(?![\w.])")
_TAIL = re.compile(
    r"\b(?:of|in|on|at|over|to|involving|affecting)\s(?:the\s)?(?P<place>[A-Za-z]+(?:\s[A-Za-z]+){0,2})\s*$",
    re.IGNORECASE,
)
_WORD = re.compile(r"[A-Za-z]{3,}")
_BODY = "body"
_KINDS = ("condition", "procedure", "other")
_CLAUSE = re.compile(r"[;,.]|\band\b")


class Sites:
    """The places that the term of one leaf names."""

    __slots__ = ("any", "names", "operations")

    def __init__(self, leaf: Leaf, setting: Setting) -> None:
        self.names = asked(leaf.term) if leaf.op in _KINDS else frozenset()
        generic = leaf.concept is not None and leaf.concept.id in data.table("rules")["means"]["generic"]
        self.any = leaf.concept.id if generic and leaf.concept is not None else None
        """An operation of whatever kind: one that has a name of its own must be of the place, or of today's report."""
        self.operations = operations.of_part(leaf.term, setting) if generic else frozenset()

    def read(self, plan: EventLeaf, facts: list[Fact], index: Index) -> tuple[list[Fact], Outcome | None]:
        """The facts that may lie at the place asked for; an outcome where every one lies at another."""
        if not facts or not self.names:
            return facts, None
        groups = {name.partition(":")[0] for name in self.names}
        here: list[Fact] = []
        open_: list[Fact] = []
        there: list[Fact] = []
        for fact in facts:
            if fact.concept is not None and fact.concept.id in self.operations:
                here.append(fact)
                continue
            said = _body(fact, index, self.names) if _BODY in groups else _of(fact, index, groups)
            (here if said & self.names else there if said else open_).append(fact)
        if self.any is not None and not here:
            open_ = [f for f in open_ if self._may_be(f) or f.assertion not in plan.yes]
            facts = [*open_, *there]
        if here or not there:
            return here or facts, None
        stated = [f for f in there if f.assertion in plan.yes]
        denied = [f for f in open_ if f.assertion in plan.no]
        if denied or not stated:
            return open_ or [f for f in facts if f not in there], None
        last = stated[-1]
        if _BODY not in groups and any(self.names & asked(note.text) for note in index.notes.values()):
            # the place itself is described, and nothing of this is said of it
            return [], plan.told(
                "not_met",
                f"“{last.text}” is documented, of another place{dated(last)}",
                f"{plan.leaf.op}.place",
                facts=(last,),
            )
        if plan.silent.truth != "unknown":
            return [], plan.assumed(
                plan.silent.truth,
                f"“{last.text}” is documented, of another place; {plan.name} is not mentioned; assumed absent",
                f"{plan.leaf.op}.place_silent",
                facts=(last,),
            )
        return [], plan.open(
            f"“{last.text}” is documented, of another place; of {plan.name} nothing is said",
            f"{plan.leaf.op}.place_open",
            facts=(last,),
            needs=f"ask: {plan.name}",
        )


    def _may_be(self, fact: Fact) -> bool:
        """Whether an operation whose place is not told may be one of the place."""
        return fact.concept is None or fact.concept.id == self.any or todays(fact)


def asked(term: str) -> frozenset[str]:
    """The places that a criterion's term names: vertebral levels, names of one group of places, or one of the body."""
    named = frozenset(name for _, _, name in _found(term))
    tail = _TAIL.search(term)
    if named or tail is None or not lexical.only_a_place(tail["place"]):
        return named
    words = [w for w in tail["place"].lower().split() if lexical.stem(w) not in _vague()]
    return frozenset({f"{_BODY}:{words[-1]}"}) if words else named


def _body(fact: Fact, index: Index, places: frozenset[str]) -> set[str]:
    """The place asked for where the sentence names it or a part of it; another, where the clause names only others."""
    quote = index.quote(fact)
    at = quote.find(fact.text)
    if at < 0 or (fact.concept is not None and fact.concept.system == "PROTOCOL"):
        return set()
    low = max((m.end() for m in _CLAUSE.finditer(quote, 0, at)), default=0)
    high = next((m.start() for m in _CLAUSE.finditer(quote, at + len(fact.text))), len(quote))
    name = next(iter(places))
    said = f"{quote} {fact.concept.name if fact.concept else ''}"
    names = (name.partition(":")[2], *data.table("rules")["placed"]["same"].get(name.partition(":")[2], ()))
    if any(lexical.told((one,), said) for one in names):
        return {name}
    stems = {lexical.stem(m.group()) for m in _WORD.finditer(quote, low, high)}
    return {f"{_BODY}:other"} if stems & _body_stems() else set()


@cache
def _body_stems() -> frozenset[str]:
    """Words of places of the body and of their parts."""
    places = lexical.places() - _vague()
    return places | frozenset(part for place in places for part in lexical.parts((place,))[0])


@cache
def _vague() -> frozenset[str]:
    return frozenset(map(lexical.stem, data.table("rules")["placed"]["words"]))


def _of(fact: Fact, index: Index, groups: set[str]) -> set[str]:
    """The places that a fact's sentence gives it: the only one, the one in its clause, or the label before it."""
    own = {name for name in asked(fact.concept.name) if name.partition(":")[0] in groups} if fact.concept else set()
    if own:
        return own
    quote = index.quote(fact)
    found = [one for one in _found(quote) if one[2].partition(":")[0] in groups]
    names = {name for _, _, name in found}
    at = quote.find(fact.text)
    if len(names) < 2 or at < 0:
        return names
    low = max((m.end() for m in _CLAUSE.finditer(quote, 0, at)), default=0)
    high = next((m.start() for m in _CLAUSE.finditer(quote, at + len(fact.text))), len(quote))
    near = {name for start, _, name in found if low <= start < high}
    if near:
        return near
    before = [name for start, _, name in found if start < at]
    return {before[-1]} if before else names


def _found(text: str) -> list[tuple[int, int, str]]:
    found = []
    for match in _LEVEL.finditer(text):
        first = f"{match['a']}{match['m']}"
        second = f"{match['b'] or match['a']}{match['n']}" if match["n"] else ""
        found.append((match.start(), match.end(), f"level:{first}{'-' if second else ''}{second}"))
    found += [(m.start(), m.end(), _names()[" ".join(m.group().lower().split())]) for m in _pattern().finditer(text)]
    return sorted(found)


@cache
def _names() -> dict[str, str]:
    """Each name of a place to its group and first name."""
    groups: dict[str, list[list[str]]] = data.table("rules")["sites_apart"]
    return {name: f"{group}:{row[0]}" for group, rows in groups.items() for row in rows for name in row}


@cache
def _pattern() -> re.Pattern[str]:
    return re.compile(rf"(?<!\w)(?:{alternatives(_names())})(?!\w)", re.IGNORECASE)
