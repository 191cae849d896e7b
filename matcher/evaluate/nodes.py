"""Three-valued (Kleene) logic over compiled leaves, with the basis and the evidence of what decides."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol as Shape

from matcher.evaluate.any_disease import AnyDiseasePlan
from matcher.evaluate.event import EventPlan
from matcher.evaluate.index import Index
from matcher.evaluate.other import AdministrativePlan
from matcher.evaluate.outcome import Outcome
from matcher.evaluate.person import ContraceptionPlan, LactationPlan, PregnancyPlan, SexPlan
from matcher.evaluate.plan import Bearing, Plan, Setting
from matcher.model import Basis, Fact, Truth

_QUOTES = 6


class Node(Shape):
    """A compiled part of a criterion's logic."""

    label: str

    def evaluate(self, index: Index) -> Outcome: ...


def plans(node: object) -> list[Plan]:
    """The leaves of a compiled tree."""
    if isinstance(node, Plan):
        return [node]
    if isinstance(node, NotNode):
        return plans(node.child)
    if isinstance(node, ExceptNode | WaivedNode):
        return [p for part in (node.base, *node.spares) for p in plans(part)]
    if isinstance(node, IfNode):
        return plans(node.premise) + plans(node.then)
    return [p for child in getattr(node, "children", ()) for p in plans(child)]


_ORDER: dict[Basis, int] = {"documented": 0, "not_applicable": 1, "assumed": 2, "conflict": 3, "none": 4}


def _strongest(outcomes: Sequence[Outcome]) -> Outcome:
    """The outcome that decides alone: documented before not applicable before assumed."""
    return min(outcomes, key=_order)


def _order(outcome: Outcome) -> int:
    return _ORDER[outcome.basis]


def _quotes(outcomes: Sequence[Outcome]) -> tuple[Fact, ...]:
    if len(outcomes) == 1 and len(outcomes[0].facts) < 2:
        return outcomes[0].facts
    facts: list[Fact] = []
    for outcome in outcomes:
        for fact in outcome.facts:
            if not facts or fact not in facts:
                facts.append(fact)
    return tuple(facts[:_QUOTES])


def _needs(outcomes: Sequence[Outcome]) -> str | None:
    found = list(dict.fromkeys(o.needs for o in outcomes if o.needs))
    return "; ".join(found[:4]) or None


def _all(children: list[Outcome], label: str) -> Outcome:
    """Every child must hold."""
    return _kleene(children, label, "not_met", "met", "and.not_applicable")


def _any(children: list[Outcome], label: str) -> Outcome:
    """One child is enough."""
    return _kleene(children, label, "met", "not_met", "or.not_applicable")


def _kleene(children: list[Outcome], label: str, decides: Truth, otherwise: Truth, empty: str) -> Outcome:
    """One child with the truth ``decides`` settles it; ``empty``: the rule where no child applies."""
    live = [c for c in children if not c.neutral]
    if not live:
        return _joined(otherwise, "not_applicable", children, children, label, empty, neutral=True)
    settled = [c for c in live if c.truth == decides]
    if settled:
        best = _strongest(settled) if len(settled) > 1 else settled[0]
        return _joined(decides, best.basis, [best], children, label, best.rule)
    open_ = [c for c in live if c.truth == "unknown"]
    if open_:
        basis: Basis = "conflict" if any(c.basis == "conflict" for c in open_) else "none"
        return _joined("unknown", basis, open_, children, label, open_[0].rule)
    return _joined(otherwise, _weakest(live), live, children, label, _weak(live).rule)


def _weakest(outcomes: Sequence[Outcome]) -> Basis:
    """A verdict that needs every child stands on assumption where one does."""
    bases = {o.basis for o in outcomes}
    if "assumed" in bases:
        return "assumed"
    return "not_applicable" if bases == {"not_applicable"} else "documented"


def _weak(outcomes: Sequence[Outcome]) -> Outcome:
    return next((o for o in outcomes if o.basis == "assumed"), outcomes[0])


def _joined(truth, basis, deciding, children, label, rule, neutral=False) -> Outcome:  # type: ignore[no-untyped-def]
    near = None
    if len(deciding) == 1:
        near, reason = deciding[0].near, deciding[0].reason
    else:
        reason = "; ".join(dict.fromkeys([o.reason for o in deciding[:4]]))
        if len(deciding) > 4:
            reason += f"; and {len(deciding) - 4} more"
    return Outcome(
        truth,
        basis,
        reason,
        rule,
        facts=_quotes(deciding),
        needs=_needs(deciding) if truth == "unknown" else None,
        near=near,
        children=tuple(children),
        label=label,
        neutral=neutral,
    )


class _Part:
    """A part of a tree, with its outcome where nothing bears on it."""

    __slots__ = ("bearing", "node", "silent")

    def __init__(self, node: Node) -> None:
        self.node = node
        self.bearing = Bearing(plans(node))
        self.silent: Outcome | None = None

    def evaluate(self, index: Index) -> Outcome:
        if self.bearing.on(index):
            return self.node.evaluate(index)
        if self.silent is None:
            self.silent = self.node.evaluate(index)
        return self.silent


class _Branch:
    """Parts whose outcomes are joined; where each is that of silence, so is what they make.

    It is one object for all patients, by which a verdict is known to be that of silence.
    """

    _parts: list[_Part]
    _silent: Outcome | None = None

    def evaluate(self, index: Index) -> Outcome:
        outcomes = [part.evaluate(index) for part in self._parts]
        for part, outcome in zip(self._parts, outcomes, strict=True):
            if outcome is not part.silent:
                return self.joined(outcomes)
        if self._silent is None:
            self._silent = self.joined(outcomes)
        return self._silent

    def joined(self, outcomes: list[Outcome]) -> Outcome:
        raise NotImplementedError


class NotNode:
    """Truth swapped; basis, reason and evidence kept."""

    def __init__(self, child: Node) -> None:
        self.child = child
        self.label = f"not: {child.label}"
        self._last: tuple[Outcome, Outcome] | None = None
        """The last outcome without facts, which is that of silence for most patients, and what it became."""

    def evaluate(self, index: Index) -> Outcome:
        outcome = self.child.evaluate(index)
        if outcome.facts:
            return outcome.negated()
        if self._last is None or self._last[0] is not outcome:
            self._last = outcome, outcome.negated()
        return self._last[1]


class AllNode(_Branch):
    def __init__(self, children: list[Node], setting: Setting, shown: Sequence[tuple[int, int]] = ()) -> None:
        self.children = children
        self.shown = shown
        """Diseases that another part shows where it holds, by their places."""
        self._parts = list(map(_Part, children))
        self.label = "all of: " + "; ".join(c.label for c in children)
        about = [c for c in children if not isinstance(c, SexPlan)]
        mothers = [c for c in about if _motherhood(c)]
        self.favourable: Truth = "met" if setting.wanted else "not_met"
        applies = setting.kind == "exclusion" or (bool(about) and len(mothers) == len(about))
        self.sexed = [c for c in children if isinstance(c, SexPlan)] if applies or mothers else []
        # "adults of both sexes (females use contraception)": the rest of the criterion stands for everyone
        self.judged = [] if setting.wanted else [n for n, c in enumerate(children) if _relative(c)]
        """Clauses on what is named before them that only a person can judge ("claustrophobia that precludes MRI")."""
        self.own = [] if applies else [n for n, c in enumerate(children) if c in self.sexed or c in mothers]

    def joined(self, outcomes: list[Outcome]) -> Outcome:
        silent = {
            ill
            for ill, other in self.shown
            if (outcomes[ill].truth, outcomes[ill].basis) == ("not_met", "assumed")
            and (outcomes[other].truth, outcomes[other].basis) == ("met", "documented")
        }
        if silent:
            outcomes = [o for n, o in enumerate(outcomes) if n not in silent]
            return _all(outcomes, self.label)
        found = _all(outcomes, self.label)
        if self.judged and found.truth == "not_met" and found.basis == "assumed" and self._left_to_person(outcomes):
            return _joined("unknown", "none", outcomes, outcomes, self.label, "and.judged")
        if (found.truth == "not_met" or found.neutral) and self.sexed and len(outcomes) > 1:
            # an exclusion of women says nothing of a man
            for child, outcome in zip(self.children, outcomes, strict=True):
                if isinstance(child, SexPlan) and outcome.truth == "not_met" and outcome.basis == "documented":
                    rest = [o for n, o in enumerate(outcomes) if self.own and n not in self.own]
                    if rest:
                        return _all(rest, self.label)
                    return _joined(
                        self.favourable, "not_applicable", [outcome], outcomes, self.label, "sex.not_applicable"
                    )
        return found

    def _left_to_person(self, outcomes: Sequence[Outcome]) -> bool:
        """Whether all but the clauses is documented: what is left is for a person to judge."""
        rest = [o for n, o in enumerate(outcomes) if n not in self.judged]
        return bool(rest) and all(o.truth == "met" and o.basis == "documented" for o in rest)


def _relative(node: Node) -> bool:
    leaf = node.leaf if isinstance(node, AdministrativePlan) else None
    return leaf is not None and leaf.term.lower().startswith(("that ", "which "))


def _motherhood(node: Node) -> bool:
    """Whether a part speaks of pregnancy, breastfeeding or contraception."""
    told = isinstance(node, PregnancyPlan | LactationPlan | ContraceptionPlan)
    return told or bool(getattr(node, "pregnancy", False))


class AnyNode(_Branch):
    def __init__(self, children: list[Node]) -> None:
        self.children = children
        self._parts = list(map(_Part, children))
        self.label = "any of: " + "; ".join(c.label for c in children)

    def joined(self, outcomes: list[Outcome]) -> Outcome:
        return _any(outcomes, self.label)


class TellingNode(AnyNode):
    """Alternatives, and one more way to tell: what it documents settles what the alternatives do not hold of."""

    def __init__(self, children: list[Node], telling: Node) -> None:
        super().__init__([*children, telling])

    def joined(self, outcomes: list[Outcome]) -> Outcome:
        *own, told = outcomes
        outcome = _any(own, self.label)
        settled = outcome.truth == "met" or told.truth == "unknown" or told.basis != "documented"
        return outcome if settled else told


class OwnFirstNode(AnyNode):
    """A question, and what tells of it where the notes do not answer it ("hepatitis B" for a positive HBsAg)."""

    def joined(self, outcomes: list[Outcome]) -> Outcome:
        own = outcomes[0]
        return own if own.basis == "documented" else _any(outcomes, self.label)


class CountNode(_Branch):
    """At least ``n`` of the children."""

    def __init__(self, n: int, children: list[Node]) -> None:
        self.n = n
        self.children = children
        self._parts = list(map(_Part, children))
        self.label = f"at least {n} of: " + "; ".join(c.label for c in children)

    def joined(self, outcomes: list[Outcome]) -> Outcome:
        holding = [o for o in outcomes if o.truth == "met" and not o.neutral]
        open_ = [o for o in outcomes if o.truth == "unknown"]
        if len(holding) >= self.n:
            holding.sort(key=_order)
            deciding = holding[: self.n]
            return _joined("met", _weakest(deciding), deciding, outcomes, self.label, "at_least.enough")
        if len(holding) + len(open_) < self.n:
            failed = [o for o in outcomes if o.truth == "not_met" or o.neutral]
            # only as many denials as are needed must stand
            failed.sort(key=_order)
            deciding = failed[: len(outcomes) - self.n + 1]
            return _joined("not_met", _weakest(deciding), deciding, outcomes, self.label, "at_least.too_few")
        return _joined("unknown", "none", open_, outcomes, self.label, "at_least.open")


class ExceptNode:
    """The base, but not what the exceptions take out. A spared subtype takes out only its own facts."""

    def __init__(self, base: Node, spares: list[Node], assume: bool = True) -> None:
        self.base = base
        self.spares = spares
        self.assume = assume
        self._last: tuple[Outcome, Outcome] | None = None
        """As `NotNode` keeps it, of a base that needs no exception."""
        self.label = f"{base.label}, except: " + "; ".join(s.label for s in spares)
        own = base.ids if isinstance(base, EventPlan) else frozenset()
        wide = isinstance(base, AnyDiseasePlan)
        self.subtypes = frozenset(
            i for s in spares for leaf in _events(s) for i in leaf.ids if wide or (i in own and not own <= leaf.ids)
        )

    def evaluate(self, index: Index) -> Outcome:
        base = self.base.evaluate(index)
        if base.truth == "not_met" or base.neutral:
            if self._last is not None and self._last[0] is base:
                return self._last[1]
            found = _joined(base.truth, base.basis, [base], [base], self.label, base.rule, neutral=base.neutral)
            if not base.facts:
                self._last = base, found
            return found
        if self.subtypes and isinstance(self.base, EventPlan) and base.truth == "met":
            rest = self.base.evaluate(index, self.subtypes)
            if rest.truth == "met" and rest.rule != "condition.by_scale":  # a "Gleason 6" is of the cancer spared
                return _joined("met", rest.basis, [rest], [rest], self.label, rest.rule)
        spares = [s.evaluate(index) for s in self.spares]
        if self.assume:
            spares = [_unproven(s) for s in spares]
        spared = _any(spares, "an exception").negated()
        found = _all([base, spared], self.label)
        if found.truth == "met" and found.basis == "assumed" and base.basis == "documented":
            # nothing in the notes speaks for the exception: the base stands, the assumption is marked
            return _joined("met", "assumed", [base, spared], [base, *spares], self.label, "except.unmentioned")
        return _joined(
            found.truth,
            found.basis,
            [base] if found.truth == "met" else [spared, base],
            [base, *spares],
            self.label,
            found.rule,
        )


class WaivedNode:
    """A limit of an inclusion, and who need not keep it ("bilirubin ≤ 1.5 × ULN unless Gilbert syndrome")."""

    def __init__(self, base: Node, spares: list[Node]) -> None:
        self.base = base
        self.spares = spares
        self.label = f"{base.label}, unless: " + "; ".join(s.label for s in spares)

    def evaluate(self, index: Index) -> Outcome:
        base = self.base.evaluate(index)
        if base.truth == "met":
            return base
        spares = [s.evaluate(index) for s in self.spares]
        spared = _any(spares, "a waiver")
        if base.truth == "not_met" and spared.truth == "met":
            return _joined("met", spared.basis, [spared, base], [base, *spares], self.label, "except.waived")
        truth: Truth = "unknown" if spared.truth == "unknown" else base.truth
        basis: Basis = "none" if truth == "unknown" and base.truth != "unknown" else base.basis
        return _joined(truth, basis, [base], [base, *spares], self.label, base.rule)


def _unproven(spare: Outcome) -> Outcome:
    """An exception of which only a word is missing ("unless controlled") does not spare: it has to be shown."""
    if spare.truth != "unknown" or not spare.rule.endswith(".qualifier_unstated"):
        return spare
    return Outcome(
        "not_met", "assumed", spare.reason, "except.unproven", facts=spare.facts, needs=spare.needs,
        details=("an exception counts only where the notes show it",), children=spare.children, label=spare.label,
    )  # fmt: skip


def _events(node: Node) -> list[EventPlan]:
    if isinstance(node, EventPlan):
        return [node]
    return [leaf for child in getattr(node, "children", ()) for leaf in _events(child)]


class IfNode:
    """Where the premise fails, the criterion is not applicable: neutral, and in the patient's favour."""

    def __init__(self, premise: Node, then: Node, setting: Setting) -> None:
        self.premise = premise
        self.then = then
        self.favourable: Truth = "met" if setting.wanted else "not_met"
        self.label = f"if {premise.label}: {then.label}"

    def evaluate(self, index: Index) -> Outcome:
        premise = self.premise.evaluate(index)
        if premise.truth == "not_met":
            assumed = premise.basis == "assumed"
            return Outcome(
                self.favourable,
                "assumed" if assumed else "not_applicable",
                f"not applicable: {premise.reason}",
                "if.not_applicable",
                facts=premise.facts,
                children=(premise,),
                label=self.label,
                neutral=True,
            )
        then = self.then.evaluate(index)
        if premise.truth == "met" or then.truth == self.favourable:
            deciding = [then, premise] if premise.truth == "met" else [then]
            basis = then.basis
            if then.truth != "unknown" and premise.basis == "assumed" and basis == "documented":
                basis = "assumed"
            return Outcome(
                then.truth,
                basis,
                then.reason,
                then.rule,
                facts=_quotes(deciding),
                needs=then.needs,
                near=then.near,
                children=(premise, then),
                label=self.label,
            )
        return _joined("unknown", "none", [premise], [premise, then], self.label, "if.premise_open")
