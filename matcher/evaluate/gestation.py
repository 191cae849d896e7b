"""Criteria that tell a gestational age in other words: "born before 37 weeks", "first trimester", "term pregnancy"."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cache
from typing import Any

from matcher.evaluate.plan import Setting, rules
from matcher.model import Concept, Leaf
from matcher.patterns import alternatives

_WEEKS = re.compile(r"(?P<value>\d{1,2})\s*(?:completed\s)?weeks?")


@cache
def _table() -> dict[str, Any]:
    return rules()["gestation"]


@cache
def _words() -> re.Pattern[str]:
    return re.compile(rf"\b(?:{alternatives(_table()['words'])})\b", re.IGNORECASE)


@cache
def _trimesters() -> re.Pattern[str]:
    return re.compile(rf"\b(?P<which>{alternatives(_table()['trimesters'])})[\s-]trimester\b", re.IGNORECASE)


def aged(leaf: Leaf, setting: Setting) -> Leaf:
    """The leaf as a limit on the gestational age, where its words tell one, or as it is."""
    if leaf.op not in ("measurement", "condition", "other", "procedure", "pregnancy"):
        return leaf
    trimester = _trimesters().search(leaf.term)
    if trimester is not None and leaf.op != "measurement":
        low, high = _table()["trimesters"][trimester["which"].lower()]
        return _limit(leaf, "between", low, high)
    if not _words().search(leaf.term):
        return leaf
    if leaf.op == "measurement" and isinstance(leaf.value, int | float) and "week" in (leaf.unit or ""):
        return _limit(leaf, leaf.cmp, leaf.value, leaf.value2 if isinstance(leaf.value2, int | float) else None)
    if leaf.window is not None and leaf.op != "measurement":
        for said, cmp in ((leaf.window.within, "<"), (leaf.window.at_least_ago, ">=")):
            weeks = _WEEKS.fullmatch(said.strip()) if said else None
            if weeks is not None and int(weeks["value"]) >= _table()["least"]:
                return _limit(leaf, cmp, float(weeks["value"]), None)
    return leaf


def _limit(leaf: Leaf, cmp: str | None, value: float, value2: float | None) -> Leaf:
    concept = Concept("LOINC", _table()["concept"], "gestational age")
    return replace(
        leaf,
        op="measurement",
        concept=concept,
        term="gestational age",
        cmp=cmp or "=",
        value=value,
        value2=value2,
        unit="weeks",
        window=None,
        status=None,
        qualifiers=(),
    )
