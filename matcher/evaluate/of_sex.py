"""What only one sex can have: an exclusion of ovarian cancer does not concern a man."""

from __future__ import annotations

from typing import Any

from matcher.evaluate.demography import sex
from matcher.evaluate.index import Index
from matcher.evaluate.outcome import Outcome
from matcher.evaluate.plan import Plan, Setting, rules
from matcher.model import Leaf

LOOKS_AT = frozenset({"sex"})
"""Kinds of facts that are read."""


def bound(leaf: Leaf, setting: Setting) -> str | None:
    """The sex that alone can have what an exclusion asks; None where both can, or the criterion wants it."""
    if leaf.concept is None or setting.kind != "exclusion" or setting.wanted:
        return None
    table: dict[str, Any] = rules()["of_sex"]
    own = leaf.concept.id
    found = [
        name for name in ("female", "male") if any(own == id or setting.terminology.is_a(own, id) for id in table[name])
    ]
    return found[0] if len(found) == 1 else None


def elsewhere(plan: Plan, only: str | None, index: Index) -> Outcome | None:
    """Not applicable, where the patient is of the other sex; None where that is not known."""
    if only is None:
        return None
    own = sex(index)
    if own is None or own[0] == only or own[0] not in ("female", "male"):
        return None
    return plan.not_applicable((f"the patient is {own[0]}", own[1]), f"{plan.leaf.op}.of_sex", neutral=True)
