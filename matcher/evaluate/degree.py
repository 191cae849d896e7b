"""A disease that the notes name without the degree or complication that a criterion excludes.

Who writes down an asthma that once threatened the patient's life says so: physicians read its silence as they read that
on a disease. A kind or a stage ("with aura", "metastatic") stays open: many notes leave it out.
"""

from __future__ import annotations

from collections.abc import Sequence

from matcher.evaluate import data
from matcher.evaluate.event_leaf import EventLeaf
from matcher.evaluate.index import Index, dated, day
from matcher.evaluate.mentions import narrowing
from matcher.evaluate.outcome import Outcome
from matcher.evaluate.plan import rules, wider
from matcher.model import Fact

ROW = "condition.degree.exclusion.unfavourable"


def unstated(plan: EventLeaf, words: tuple[str, ...], fact: Fact) -> Outcome | None:
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
    return plan.assumed(
        "not_met",
        f"“{fact.text}” is documented{dated(fact)}; {', '.join(lacks)} is not mentioned; assumed absent",
        f"silence.{row.name}",
        facts=(fact,),
        details=(f"policy on silence, {row.name}: {row.why}",),
    )


def unneeded(plan: EventLeaf, needs: Sequence[str], fact: Fact) -> Outcome | None:
    """Assumed absent, where a disease is documented and what it needs for an exclusion ("requiring insulin") is not.

    An infection and what names no treatment stay open: that they are treated is often left out.
    """
    if plan.leaf.op != "condition" or not plan.assumes or fact.assertion not in plan.yes or plan.leaf.concept is None:
        return None
    table = data.table("qualifiers")["degree"]
    is_a, own = plan.setting.terminology.is_a, plan.leaf.concept.id
    if any(own == of or is_a(own, of) for of in table["treated_anyway"]):
        return None
    if any(not frozenset(need.lower().split()).isdisjoint(table["any_treatment"]) for need in needs):
        return None
    row = plan.setting.policy.named(ROW)
    if row is None or row.answer != "not_met":
        return None
    return plan.assumed(
        "not_met",
        f"“{fact.text}” is documented{dated(fact)}; {', '.join(needs)} is not mentioned; assumed absent",
        f"silence.{row.name}",
        facts=(fact,),
        details=(f"policy on silence, {row.name}: {row.why}",),
    )


def narrower(plan: EventLeaf, fact: Fact, index: Index) -> Outcome | None:
    """Assumed absent, where a fact is of a wider thing than an exclusion asks and silence on the thing excludes it.

    "Polyps" say nothing of a colorectal polyp: it is as unmentioned as if there were none. What is only possible, and
    a kind that notes leave out ("with aura"), stays open, and so do a cause that the notes name somewhere and a drug of
    a class, which may be the one asked.
    """
    if plan.leaf.op not in ("condition", "procedure", "other") or not plan.assumes or fact.assertion not in plan.yes:
        return None
    above = wider(plan.leaf, plan.setting.terminology)[:1]
    if plan.leaf.op == "condition" and fact.concept is not None and fact.concept.id in above:
        return None  # a "myocardial infarction" may well be the NSTEMI that is asked
    words = f" {plan.leaf.term.lower()} "
    causes = (f" {cause} " for cause in rules()["cause_words"])
    if any(word in words for word in data.table("qualifiers")["degree"]["left_out"]):
        return None
    asked, found = plan.leaf.concept, fact.concept
    # a tuberculosis is a kind of its own, and no infection by a mold
    kind = asked is not None and found is not None and found.id != asked.id and found.id in plan.ids
    known = not plan.causes.isdisjoint(index.ids) or (not plan.causes and not kind)
    if known and any(cause in words for cause in causes):
        return None  # the cause is in the notes, or none that could be looked for
    return plan.assumed(
        "not_met",
        f"“{fact.text}” is documented{dated(fact)}; {plan.name} is not; assumed absent",
        plan.silent.rule,
        facts=(fact,),
        details=plan.silent.details,
    )


def denied(plan: EventLeaf, yes: Sequence[Fact], no: Sequence[Fact]) -> Outcome | None:
    """ "No active Crohn disease": the very degree that is asked is denied of a disease that is there."""
    asked = {q.lower() for q in plan.leaf.qualifiers} & narrowing()
    if not asked or any(asked & set(fact.qualifiers) for fact in yes):
        return None
    against = [fact for fact in no if fact.assertion == "absent" and asked & set(fact.qualifiers)]
    if not against or day(against[-1]) < max(day(fact) for fact in yes):
        return None
    return plan.told(
        "not_met",
        f"{plan.name}: “{against[-1].text}” is denied{dated(against[-1])}",
        f"{plan.leaf.op}.absent",
        facts=(against[-1],),
    )


def unexplained(plan: EventLeaf, index: Index, mentioned: list[Fact]) -> list[Fact]:
    """Mentions of a wider thing that no other kind explains: "colitis" beside an ulcerative colitis is that."""
    if not mentioned or plan.leaf.op != "condition":
        return mentioned
    is_a = plan.setting.terminology.is_a
    others = {
        f.concept.id
        for f in index.by_kind.get("condition", ())
        if f.assertion in plan.yes and f.concept is not None and f.concept.id not in plan.parents
    }
    return [f for f in mentioned if f.concept is None or not any(is_a(other, f.concept.id) for other in others)]
