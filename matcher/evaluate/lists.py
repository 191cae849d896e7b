"""Lists without entries: what one that is empty denies, and what one that nobody knows leaves open."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from matcher.evaluate.index import Index, dated
from matcher.evaluate.mentions import is_test
from matcher.evaluate.outcome import Outcome
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
        if not plan.ids.isdisjoint(_given_once(plan.setting.terminology)):
            return False  # a vaccine that was had stands on no list of drugs
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


def in_full(plan: EventPlan, closed: Fact) -> Outcome:
    """What a list that is given in full does not hold."""
    return plan.told("not_met", f"{plan.name}: not in the full list “{closed.text}”", closed.rule, facts=(closed,))


def not_known(plan: EventPlan, index: Index) -> Outcome | None:
    """Where the notes say that nobody knows what is on a list, silence says nothing of what may be on it."""
    said = index.unlisted.get(plan.leaf.op)
    if said is None or plan.leaf.op in index.closed:
        return None
    return plan.open(
        f"{plan.name} is not mentioned, and what there is is not known: “{said.text}”{dated(said)}",
        said.rule,
        facts=(said,),
        needs=f"ask: {plan.name}",
    )


def _given_once(terminology: Any) -> frozenset[str]:
    return frozenset().union(*(terminology.descendants(id) for id in rules()["given_once"]["classes"]))
