"""Lists without entries: what one that is empty denies."""

from __future__ import annotations

from typing import TYPE_CHECKING

from matcher.evaluate.mentions import is_test
from matcher.evaluate.plan import rules
from matcher.model import Fact

if TYPE_CHECKING:
    from matcher.evaluate.event import EventPlan


def cover(plan: EventPlan, closed: Fact) -> bool:
    """A list of current drugs, of allergies, or of past diseases, which says nothing of the present one."""
    leaf = plan.leaf
    if leaf.op == "medication":
        if plan.window is not None and plan.setting.wanted:
            return False  # what is taken now says nothing of the past year
        if plan.planned and plan.setting.wanted:
            return False  # ... nor of what a patient is suitable for
        return plan.status == "current" and leaf.concept is not None and not is_test(leaf.term)
    if leaf.op == "condition":
        denies = not plan.setting.wanted and not plan.setting.premise
        return denies or leaf.status in ("ever", "past")
    if leaf.op == "allergy":
        of = rules()["allergy_list"]
        if frozenset(of["of_drugs"]).isdisjoint(closed.text.lower().split()):
            return True
        # "NKDA" says nothing of food or latex
        concept = leaf.concept
        return concept is not None and concept.system in ("UNII", "CLASS") and concept.id not in of["no_drugs"]
    return leaf.op != "procedure" or plan.ids.isdisjoint(rules()["surgical_history"]["not_surgical"])
