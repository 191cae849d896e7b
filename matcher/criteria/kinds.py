"""Names beside a name: its kinds, its instances, and alternatives of which a patient has one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from matcher.criteria.chunks import Chunk
from matcher.criteria.lexicon import lexicon
from matcher.criteria.trees import leaves
from matcher.model import And, Leaf, Logic, Not, Or

if TYPE_CHECKING:
    from matcher.terms import Terminology


def instances(base: Logic, said: Logic) -> bool:
    """Whether what stands behind a colon lists kinds of the disease before it, and not only its limits."""
    named = isinstance(base, Leaf) and base.op in ("condition", "other") and base.value is None
    kinds = [leaf for leaf in leaves(said) if leaf.op in ("condition", "procedure", "medication")]
    several = isinstance(said, Or) and (len(said.args) > 2 or len(kinds) == len(said.args))
    return named and several and bool(kinds)


def kinds_of(base: Logic, said: Logic) -> bool:
    """Whether most of the entries below a disease are diseases or operations: kinds of it, and no limits of those who
    have it."""
    ill = [leaf for leaf in leaves(said) if leaf.op in ("condition", "procedure")]
    return instances(base, said) and 2 * len(ill) > len(leaves(said))


def alternatives(lead: list[Chunk], base: Logic | None, said: And, terms: Terminology | None) -> bool:
    """ "Diagnosis of" / "asthma" / "COPD"; "lymphoma" / "mantle cell lymphoma" / …; "high risk, defined as" / "stroke"
    / …: a patient has one of them."""
    entries = leaves(said)
    risk = any(not lexicon().turns["named_risk"].isdisjoint(c.low.split()) for c in lead)
    if risk and any(c.kind == "definition" for c in lead[-2:]):
        return not any(isinstance(arg, Not) or (isinstance(arg, Leaf) and arg.cmp) for arg in said.args)
    if any(leaf.op != "condition" or leaf.cmp for leaf in entries) or any(isinstance(arg, Not) for arg in said.args):
        return False
    if base is None:
        return any(c.kind == "head" and c.value == "condition" for c in lead)
    wide = [leaf for leaf in leaves(base) if leaf.op == "condition"]
    if any(leaf.cmp for leaf in leaves(base)):
        return False
    return 2 * sum(any(_kind_of(leaf, of, terms) for of in wide) for leaf in entries) >= len(entries)


def _kind_of(leaf: Leaf, of: Leaf, terms: Terminology | None) -> bool:
    """Whether a disease is a kind of another; any cancer counts for one ("lung cancer" / "adenocarcinoma")."""
    if terms is not None and leaf.concept is not None and of.concept is not None:
        cancer = terms.normalise("cancer").concept
        if cancer is not None and terms.is_a(leaf.concept.id, cancer.id) and terms.is_a(of.concept.id, cancer.id):
            return True
        if terms.is_a(leaf.concept.id, of.concept.id):
            return True
    return leaf.term.lower().split()[-1].rstrip("s") == of.term.lower().split()[-1].rstrip("s")


def aged_groups(entries: list[Logic | None]) -> bool:
    """ "Premenopausal women: 18 to 45 years" / "men: 18 to 70 years": groups of people, each with its ages."""
    said = [leaves(entry) for entry in entries if isinstance(entry, And)]
    if len(said) < len(entries) or len(said) < 2:
        return False
    ages = [[(leaf.cmp, leaf.value, leaf.value2) for leaf in found if leaf.op == "age" and leaf.cmp] for found in said]
    whose = [tuple(leaf.term.lower() for leaf in found if leaf.op in ("sex", "other")) for found in said]
    return all(ages) and all(whose) and len(set(whose)) == len(whose) and any(age != ages[0] for age in ages)
