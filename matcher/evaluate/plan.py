"""A leaf compiled for evaluation: what all predicates share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from matcher.evaluate import compare, data
from matcher.evaluate.index import Index
from matcher.evaluate.outcome import Outcome
from matcher.evaluate.silence import Policy
from matcher.evaluate.windows import WindowPlan
from matcher.model import Fact, Kind, Leaf, Protocol, Truth

PROTOCOL_TERM = "PROTOCOL:"
AGAINST = "against"
"""The qualifier of a fact that is of the other side, or of another degree, than the protocol's term."""


@dataclass(frozen=True, slots=True)
class Setting:
    """What compiling a leaf may use: terminology, policy, site settings, the criterion's kind and side."""

    terminology: Any
    policy: Policy
    kind: Kind
    wanted: bool = True
    """Whether the criterion speaks for the patient where this leaf holds (false inside a ``not``, or an exclusion)."""
    premise: bool = False
    """Whether the leaf tells to whom the criterion applies ("if diabetic, …")."""
    listed: bool = False
    """Whether the leaf is one of several reasons, of which others are no measurements."""
    clause: bool = False
    """Whether the leaf says of what is named beside it what a person must judge ("that would interfere with …")."""
    site: Mapping[str, Any] = field(default_factory=dict)
    protocol: Protocol | None = None


class Plan:
    """One compiled leaf. ``evaluate`` is pure; ``silent`` is its outcome where the notes say nothing."""

    looks_at: frozenset[str] = frozenset()
    """Kinds of facts that it reads whatever their concept (age, sex …)."""
    unnamed: frozenset[str] = frozenset()
    """Of those kinds, the ones of which it reads but the facts without a concept; of the others, what it reaches."""
    supporting: frozenset[str] = frozenset()
    """Of those kinds, the ones that tell nothing without a fact within its reach (the age that a picture wants)."""

    def __init__(self, leaf: Leaf, setting: Setting) -> None:
        self.leaf = leaf
        self.setting = setting
        self._sited = bool(getattr(setting.terminology, "has_site_terms", False))
        self.name = leaf.term or (leaf.concept.name if leaf.concept else leaf.op.replace("_", " "))
        self.ids = accepted(leaf, setting.terminology)
        self.window = WindowPlan(leaf.window) if leaf.window is not None else None
        self.label = self.describe()
        self.silent = setting.policy.outcome(
            leaf, setting.kind, setting.wanted, setting.terminology, self.asks(), self.label, setting.listed
        )

    def reach(self) -> frozenset[str]:
        """Every concept id that may bear on the leaf: where a record holds none, the leaf is silent."""
        return self.ids

    @cached_property
    def reached(self) -> frozenset[str]:
        """`reach`, worked out once."""
        return self.reach()

    @cached_property
    def bearing(self) -> Bearing:
        """What of a record may bear on the leaf."""
        return Bearing([self])

    def wider(self) -> frozenset[str]:
        """Concept ids all kinds of which may bear on the leaf where something within its reach is told."""
        return frozenset()

    def lists(self) -> frozenset[str]:
        """The kinds of facts whose list, where a note gives it in full, may settle the leaf."""
        return frozenset({self.leaf.op})

    def describe(self) -> str:
        """The leaf in words."""
        leaf = self.leaf
        parts = []
        if leaf.status in ("current", "past", "new"):
            parts.append({"current": "current", "past": "past", "new": "newly found"}[leaf.status])
        name = self.name.lower()
        parts += [q for q in leaf.qualifiers if q.lower() not in name]
        parts.append(self.name)
        if leaf.cmp is not None:
            multiple = " × ULN" if leaf.uln else " × LLN" if leaf.lln else ""
            unit = (leaf.unit or "") + multiple
            parts.append(compare.words(leaf.cmp, leaf.value, leaf.value2, unit.strip()))
        elif leaf.value is not None:
            parts.append(compare.number(leaf.value))
        if leaf.count is not None:
            parts.append(f"({compare.words(leaf.count_cmp or '>=', leaf.count)} times)")
        if leaf.stable:
            parts.append(f"stable for {leaf.stable}")
        if self.window is not None:
            parts.append(self.window.text)
        return " ".join(p for p in parts if p)

    def asks(self) -> str:
        """What would settle the leaf where nothing is known."""
        return f"{self.name} {self.window.text}" if self.window is not None else f"ask: {self.name}"

    def evaluate(self, index: Index) -> Outcome:
        raise NotImplementedError

    def outcome(self, truth: Any, basis: Any, reason: str, rule: str, **more: Any) -> Outcome:
        if self._sited:
            named = self.setting.terminology.site_settings
            said = dict.fromkeys(words for fact in more.get("facts", ()) for words in named(fact.text))
            if said:
                reason += f" (by {'; '.join(said)})"
        return Outcome(truth, basis, reason, rule, label=self.label, **more)

    def told(self, truth: Truth, reason: str, rule: str, **more: Any) -> Outcome:
        """An outcome that the notes document."""
        if not self._sited:
            return Outcome(truth, "documented", reason, rule, label=self.label, **more)
        return self.outcome(truth, "documented", reason, rule, **more)

    def assumed(self, truth: Truth, reason: str, rule: str, **more: Any) -> Outcome:
        """An outcome that the notes do not say outright."""
        return self.outcome(truth, "assumed", reason, rule, **more)

    def not_applicable(self, why: tuple[str, Fact], rule: str, truth: Truth = "not_met", **more: Any) -> Outcome:
        """An outcome for whom the leaf does not concern, with the fact that says so."""
        reason, fact = why
        return self.outcome(truth, "not_applicable", f"not applicable: {reason}", rule, facts=(fact,), **more)

    def open(self, reason: str, rule: str, **more: Any) -> Outcome:
        """An outcome that leaves the leaf open."""
        return self.outcome("unknown", "none", reason, rule, **more)


class Bearing:
    """What of a record may bear on leaves; of one that holds none of it, their outcome is the same for all patients."""

    __slots__ = ("ids", "kinds", "lists")

    def __init__(self, leaves: Sequence[Plan]) -> None:
        self.ids: frozenset[str] = frozenset().union(*(leaf.reached for leaf in leaves))
        self.kinds: frozenset[str] = frozenset().union(*(leaf.looks_at - leaf.supporting for leaf in leaves))
        """Of facts that bear whatever their concept."""
        self.lists: frozenset[str] = frozenset().union(*(leaf.lists() for leaf in leaves))
        """Of facts whose list may be given in full."""

    def on(self, index: Index) -> bool:
        """Whether a record holds something that bears."""
        return not (
            self.kinds.isdisjoint(index.kinds)
            and self.ids.isdisjoint(index.ids)
            and (not index.lists or self.lists.isdisjoint(index.lists))
        )


def accepted(leaf: Leaf, terminology: Any) -> frozenset[str]:
    """The concept ids whose facts speak of the leaf: its concept's descendants, and the protocol's own term."""
    ids: set[str] = set()
    if leaf.concept is not None:
        ids |= terminology.descendants(leaf.concept.id)
        ids.add(leaf.concept.id)
        ids.update(rules()["measured_by"].get(leaf.concept.id, ()))
        if leaf.op == "allergy":  # "latex allergy" is a disease by its own name
            found = terminology.normalise(f"{leaf.concept.name} allergy")
            if found.concept is not None and found.how == "exact":
                ids |= terminology.descendants(found.concept.id)
    if leaf.term:
        ids.add(PROTOCOL_TERM + leaf.term)
        ids.add(PROTOCOL_TERM + leaf.term.lower())
    return frozenset(ids)


def wider(leaf: Leaf, terminology: Any) -> tuple[str, ...]:
    """The ids of every ancestor of the leaf's concept, nearest first."""
    if leaf.concept is None:
        return ()
    return tuple(c.id for c in terminology.ancestors(leaf.concept.id))


def rules() -> dict[str, Any]:
    """``resources/evaluate/rules.toml``."""
    return data.table("rules")
