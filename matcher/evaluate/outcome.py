"""What evaluating a part of a criterion's logic gives, before it becomes a verdict.

An outcome keeps its parts, so that the derivation is drawn from it only when somebody asks for it.
"""

from __future__ import annotations

from matcher.model import Basis, Fact, Truth

NEGATED: dict[str, Truth] = {"met": "not_met", "not_met": "met", "unknown": "unknown"}


class Outcome:
    """Truth, basis and everything that explains them. Treated as immutable; shared between patients where silent."""

    __slots__ = (
        "basis",
        "children",
        "details",
        "facts",
        "label",
        "near",
        "needs",
        "neutral",
        "reason",
        "rule",
        "truth",
    )

    def __init__(
        self,
        truth: Truth,
        basis: Basis,
        reason: str,
        rule: str = "",
        *,
        facts: tuple[Fact, ...] = (),
        needs: str | None = None,
        near: str | None = None,
        details: tuple[str, ...] = (),
        children: tuple[Outcome, ...] = (),
        label: str = "",
        neutral: bool = False,
    ) -> None:
        self.truth: Truth = truth
        self.basis: Basis = basis
        self.reason = reason
        self.rule = rule
        """The name of the rule or policy row that decided; the key of the confidence table."""
        self.facts = facts
        """The facts that a reader must see to agree, in the order to show them."""
        self.needs = needs
        self.near = near
        self.details = details
        self.children = children
        self.label = label
        """What was asked, in words."""
        self.neutral = neutral
        """A condition whose premise fails: neither speaks for nor against inside ``and``/``or``."""

    def negated(self) -> Outcome:
        """The outcome of the negated statement: truth swapped, everything else kept."""
        return Outcome(
            NEGATED[self.truth],
            self.basis,
            self.reason,
            self.rule,
            facts=self.facts,
            needs=self.needs,
            near=self.near,
            details=self.details,
            children=(self,),
            label="not: " + self.label,
            neutral=self.neutral,
        )
