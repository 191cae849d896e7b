"""Places that exclude each other: a disc at L2-3 is none at L5-S1, a stenosis of one artery is none of another."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from matcher.evaluate import data
from matcher.evaluate.index import Index, dated
from matcher.evaluate.outcome import Outcome
from matcher.model import Fact

if TYPE_CHECKING:
    from matcher.evaluate.event import EventPlan

_LEVEL = re.compile(r"\b(?P<a>[CTLS])(?P<m>\d{1,2})(?:\s?[-–/]\s?(?P<b>[CTLS])?(?P<n>\d{1,2}))?(?![\w.])")
_CLAUSE = re.compile(r"[;,.]|\band\b")


def asked(term: str) -> frozenset[str]:
    """The places that a criterion's term names: vertebral levels, or names of one group of places."""
    return frozenset(name for _, _, name in _found(term))


def read(plan: EventPlan, facts: list[Fact], index: Index) -> tuple[list[Fact], Outcome | None]:
    """The facts that may lie at the place asked for; an outcome where every one lies at another."""
    if not facts:
        return facts, None
    groups = {name.partition(":")[0] for name in plan.sites}
    here: list[Fact] = []
    open_: list[Fact] = []
    there: list[Fact] = []
    for fact in facts:
        said = {name for name in _of(fact, index) if name.partition(":")[0] in groups}
        (here if said & plan.sites else there if said else open_).append(fact)
    if here or not there:
        return here or facts, None
    stated = [f for f in there if f.assertion in plan.yes]
    denied = [f for f in open_ if f.assertion in plan.no]
    if denied or not stated:
        return open_ or [f for f in facts if f not in there], None
    last = stated[-1]
    if any(plan.sites & asked(note.text) for note in index.notes.values()):
        # the place itself is described, and nothing of this is said of it
        return [], plan.told(
            "not_met",
            f"“{last.text}” is documented, of another place{dated(last)}",
            f"{plan.leaf.op}.place",
            facts=(last,),
        )
    return [], plan.open(
        f"“{last.text}” is documented, of another place; of {plan.name} nothing is said",
        f"{plan.leaf.op}.place_open",
        facts=(last,),
        needs=f"ask: {plan.name}",
    )


def _of(fact: Fact, index: Index) -> set[str]:
    """The places that a fact's sentence gives it: the only one, the one in its clause, or the label before it."""
    quote = index.quote(fact)
    found = _found(quote)
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
    names = "|".join(r"\s+".join(map(re.escape, name.split())) for name in sorted(_names(), key=len, reverse=True))
    return re.compile(rf"(?<!\w)(?:{names})(?!\w)", re.IGNORECASE)
