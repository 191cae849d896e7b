"""A criterion's logic compiled: put into the evaluator's words, a plan for each leaf, a node for each branch."""

from __future__ import annotations

from dataclasses import replace
from typing import cast

from matcher.evaluate import (
    abilities,
    also_told,
    any_allergy,
    any_drug,
    composites,
    converted,
    defining,
    extent,
    forbidding,
    found_on,
    habits,
    helped,
    implied,
    narrowed,
    onset_age,
    onset_of,
    remission,
    rewrite,
    stays,
    told_result,
    treatment_asked,
    windows,
)
from matcher.evaluate.any_disease import AnyDiseasePlan, names_none
from matcher.evaluate.biomarker import BiomarkerPlan
from matcher.evaluate.event import EventPlan
from matcher.evaluate.family import FamilyPlan
from matcher.evaluate.measure import MeasurePlan
from matcher.evaluate.nodes import (
    AllNode,
    AnyNode,
    CountNode,
    ExceptNode,
    IfNode,
    Node,
    NotNode,
    OwnFirstNode,
    TellingNode,
    WaivedNode,
)
from matcher.evaluate.other import AdministrativePlan, BehaviourPlan, HealthyPlan, TherapyPlan
from matcher.evaluate.person import AgePlan, ContraceptionPlan, LactationPlan, MenopausePlan, PregnancyPlan, SexPlan
from matcher.evaluate.plan import Plan, Setting, rules
from matcher.evaluate.stage import MeasuredStagePlan, StagePlan, steps
from matcher.model import And, AtLeast, Except, Leaf, Logic, Not, Op, Or

_PLANS: dict[str, type[Plan]] = {
    "age": AgePlan,
    "sex": SexPlan,
    "measurement": MeasurePlan,
    "score": StagePlan,
    "stage": StagePlan,
    "biomarker": BiomarkerPlan,
    "pregnancy": PregnancyPlan,
    "lactation": LactationPlan,
    "contraception": ContraceptionPlan,
    "family_history": FamilyPlan,
    "therapy_lines": TherapyPlan,
    "behaviour": BehaviourPlan,
    "administrative": AdministrativePlan,
}


def compile(logic: Logic, setting: Setting) -> Node:
    """The tree with its leaves compiled."""
    if isinstance(logic, Leaf):
        parts = composites.had_or_planned(logic)  # of the leaf as it is asked: a rewriting may give it a status again
        if parts is None:
            logic = rewrite.leaf(logic, setting)
            parts = composites.parted(logic, setting)
        if parts is not None:
            return compile(parts, setting)
        listed = rewrite.allergen(logic, setting) or rewrite.by_drug(logic)
        if listed is not None:
            return AnyNode([_plan(logic, setting), compile(listed, setting)])
        by_test = told_result.named(logic, setting)
        if by_test is not None:
            return TellingNode([_plan(logic, setting)], _plan(by_test, setting))
        also, own_first = also_told.ways(logic, setting)
        if also is not None:
            both = [_plan(logic, setting), _told(also, setting)]
            if isinstance(also, Not):
                return AllNode(both, setting)
            return OwnFirstNode(both) if own_first else AnyNode(both)
        cancers = extent.asked(logic, setting)
        if cancers:
            alike: list[Node] = [_plan(part, setting) for part in (logic, *cancers)]
            node: Node = AnyNode(alike)
            for told in extent.stages(logic, setting):
                node = TellingNode([node], _plan(told, setting))
            return node
        return _plan(logic, setting)
    if isinstance(logic, Not):
        return NotNode(compile(logic.arg, _flipped(setting)))
    if isinstance(logic, And | Or):
        logic = rewrite.same_gene(logic)
    if isinstance(logic, And):
        plain = rewrite.any_sex(logic)
        plain = habits.counted(plain) if isinstance(plain, And) else plain
        if not isinstance(plain, And):
            return compile(plain, setting)
        logic = defining.by_values(rewrite.defined(rewrite.without_fillers(plain)), setting)
        judged = replace(setting, clause=not setting.wanted and any(map(_names_illness, logic.args)))
        asked = [rewrite.graded(a, logic.args) for a in logic.args]
        nodes = [compile(a, judged if _is_judged(a) else setting) for a in asked]
        ill = [a.concept.id for a in asked if isinstance(a, Leaf) and a.op == "condition" and a.concept is not None]
        for node in nodes:
            if isinstance(node, StagePlan) and node.bare:
                node.of = frozenset(i for id in ill for i in setting.terminology.descendants(id))
        return AllNode(nodes, setting, defining.shown(asked, setting))
    if isinstance(logic, Or):
        parted = rewrite.of_other_studies(logic)
        if isinstance(parted, Or):
            parted = rewrite.or_other(parted, setting)
        if not isinstance(parted, Or):
            return compile(parted, setting)
        logic = habits.abused(rewrite.spared(parted, setting), setting)
        logic = composites.one_route(composites.any_kind(composites.unlabelled(logic, setting), setting))
        mixed = any(not rewrite.of_laboratory(leaf) for a in logic.args for leaf in rewrite.leaves(a))
        own = replace(setting, listed=setting.listed or (mixed and not setting.wanted))
        return AnyNode([compile(a, own) for a in logic.args])
    if isinstance(logic, AtLeast):
        return CountNode(logic.n, [compile(a, setting) for a in logic.args])
    if isinstance(logic, Except):
        if (taken := windows.ended_long_ago(logic)) is not None:
            return compile(taken, setting)
        placed = rewrite.excepted(logic, setting)
        if placed != logic:
            return compile(placed, setting)
        if setting.wanted and rewrite.waives(logic):
            return WaivedNode(
                compile(logic.base, setting), [compile(s, replace(setting, wanted=False)) for s in logic.spares]
            )
        return ExceptNode(
            compile(logic.base, setting),
            [compile(s, replace(setting, wanted=False)) for s in logic.spares],
            assume=not setting.policy.off,
        )
    premise = compile(logic.premise, replace(setting, wanted=False, premise=True))
    return IfNode(premise, compile(logic.then, setting), setting)


def _told(logic: Logic, setting: Setting) -> Node:
    """What tells of a leaf by another name, itself told by nothing else."""
    return NotNode(_told(logic.arg, _flipped(setting))) if isinstance(logic, Not) else _plan(cast(Leaf, logic), setting)


def _is_judged(part: Logic) -> bool:
    return isinstance(part, Leaf) and part.op == "administrative"


def _names_illness(part: Logic) -> bool:
    return any(leaf.op == "condition" for leaf in rewrite.leaves(part))


def _plan(leaf: Leaf, setting: Setting) -> Plan:
    treatment = forbidding.asked(leaf, setting)
    own = _own_plan(leaf, setting)
    if treatment is not None:
        return forbidding.ForbiddingPlan(own, treatment, leaf, setting)
    if steps(leaf):
        own = MeasuredStagePlan(own, leaf, setting)
    if implied.asked(leaf):
        own = implied.ImpliedPlan(own, leaf, setting)
    vessel = narrowed.asked(leaf)
    if vessel is not None:
        own = narrowed.NarrowedPlan(own, vessel, leaf, setting)
    test = found_on.asked(leaf, setting)
    if test is not None:
        own = found_on.FoundOnPlan(own, test, leaf, setting)
    ability = abilities.asked(leaf)
    return own if ability is None else abilities.AbilityPlan(own, ability, leaf, setting)


def _own_plan(leaf: Leaf, setting: Setting) -> Plan:
    plan = _PLANS.get(leaf.op, EventPlan)
    if leaf.op == "measurement" and leaf.concept is not None and leaf.unit is None and not (leaf.uln or leaf.lln):
        kind = setting.terminology.kind(leaf.concept.id)
        if (
            kind in ("condition", "procedure", "drug", "device")
            and leaf.cmp in (">=", "=", None)
            and leaf.value in (1.0, None)
        ):
            op: Op = "medication" if kind == "drug" else "condition" if kind == "condition" else "procedure"
            return EventPlan(replace(leaf, op=op, cmp=None, value=None), setting)
    if told_result.asked(leaf, setting):
        return told_result.ResultPlan(leaf, setting)
    complaints = onset_of.asked(leaf)
    if complaints is not None:
        return onset_of.SymptomsPlan(complaints, setting)
    begun = onset_age.asked(leaf, setting)
    if begun is not None:
        return onset_age.OnsetAgePlan(begun, setting)
    ill = treatment_asked.disease(leaf, setting)
    if ill is not None:
        return treatment_asked.TreatedPlan(ill, leaf, setting)
    stay = stays.stay(leaf, setting)
    if stay is not None:
        return stays.StayPlan(*stay, leaf, setting)
    if any_drug.asked(leaf, setting):
        return any_drug.AnyDrugPlan(leaf, setting)
    if any_allergy.asked(leaf):
        return any_allergy.AnyAllergyPlan(leaf, setting)
    if plan is EventPlan and names_none(leaf, setting):
        return AnyDiseasePlan(leaf, setting)
    if leaf.op == "other":
        term = leaf.term.lower()
        if any(word in term for word in rules()["childbearing"]["potential_words"]):
            plan = PregnancyPlan
        elif term in rules()["healthy_words"]:
            plan = HealthyPlan
        elif any(word in term for word in rules()["naive_words"]):
            plan = TherapyPlan
        elif term in rules()["childbearing"]["state_words"]:
            plan = MenopausePlan
    if plan is EventPlan and helped.asked(leaf, setting):
        return helped.UnhelpedPlan(leaf, setting)
    if plan is EventPlan and converted.asked(leaf):
        return converted.ConvertedPlan(leaf, setting)
    if plan is EventPlan and remission.asked(leaf):
        return remission.RemissionPlan(leaf, setting)
    own = defining.disease(leaf, setting)
    return plan(leaf, setting) if own is None else defining.DefinedPlan(plan(leaf, setting), own, setting)


def _flipped(setting: Setting) -> Setting:
    return replace(setting, wanted=not setting.wanted)
