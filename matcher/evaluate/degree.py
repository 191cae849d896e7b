"""A disease that the notes name without the degree or complication that a criterion excludes.

Who writes down an asthma that once threatened the patient's life says so: physicians read its silence as they read that
on a disease. A kind or a stage ("with aura", "metastatic") stays open: many notes leave it out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from matcher.evaluate import data
from matcher.evaluate.index import dated
from matcher.evaluate.outcome import Outcome
from matcher.model import Fact

if TYPE_CHECKING:
    from matcher.evaluate.event import EventPlan

ROW = "condition.degree.exclusion.unfavourable"


def unstated(plan: EventPlan, words: tuple[str, ...], fact: Fact) -> Outcome | None:
    """Assumed absent, where one of the words that a fact lacks is a grave degree and silence on the disease excludes.

    Words of one group are alternatives: all that are degrees must be grave ("moderate or severe" stays open).
    """
    if plan.leaf.op != "condition" or not plan.assumes or fact.assertion not in plan.yes:
        return None
    table = data.table("qualifiers")["degree"]
    asked = {word.lower() for word in words}
    lacks = sorted(asked.intersection(table["grave"]))
    if not lacks or not asked.isdisjoint(table["slight"]):
        return None
    row = plan.setting.policy.named(ROW)
    if row is None or row.answer != "not_met":
        return None
    return plan.outcome(
        "not_met",
        "assumed",
        f"“{fact.text}” is documented{dated(fact)}; {', '.join(lacks)} is not mentioned; assumed absent",
        f"silence.{row.name}",
        facts=(fact,),
        details=(f"policy on silence, {row.name}: {row.why}",),
    )
