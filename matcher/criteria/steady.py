"""A stable dose, of the drug that is named before it: "if on statins, the dose must be stable for 6 weeks"."""

from __future__ import annotations

from dataclasses import replace

from matcher.criteria.lexicon import lexicon
from matcher.criteria.trees import leaves, mapped, rebuilt
from matcher.model import And, Except, If, Leaf, Logic


def is_dose(leaf: Logic | None) -> bool:
    """Whether a leaf asks that a dose has been stable for a time, and does not say of what."""
    return (
        isinstance(leaf, Leaf)
        and leaf.op in ("measurement", "other")
        and leaf.concept is None
        and "stable" in leaf.qualifiers
        and leaf.window is not None
        and lexicon().turns["dose_named"].issuperset(leaf.term.lower().split()[-1:])
    )


def steady(tree: Logic) -> Logic:
    """The tree with each such dose as that of the drugs of its premise, or of what it is an exception to."""
    if isinstance(tree, If):
        return If(tree.premise, _of(tree.premise, steady(tree.then)))
    if isinstance(tree, Except):
        return Except(steady(tree.base), tuple(_of(tree.base, steady(spare)) for spare in tree.spares))
    return rebuilt(tree, steady)


def _of(drugs: Logic, then: Logic) -> Logic:
    own = leaves(drugs)
    if not own or any(leaf.op != "medication" for leaf in own) or not any(map(is_dose, leaves(then))):
        return then

    def held(dose: Leaf) -> Logic:
        if not is_dose(dose) or dose.window is None:
            return dose
        lasting = dose.window.at_least_ago or dose.window.within
        kept = [replace(leaf, stable=lasting, window=None, start=dose.start, end=dose.end) for leaf in own]
        # of several drugs each that is taken
        return kept[0] if len(kept) == 1 else And(tuple(If(leaf, k) for leaf, k in zip(own, kept, strict=True)))

    return mapped(then, held)
