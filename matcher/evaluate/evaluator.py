"""One patient's record against one protocol: verdicts with reasons, evidence, derivation and score."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from matcher.evaluate import confidence, data, relevance
from matcher.evaluate.applies import asks_nothing
from matcher.evaluate.index import Index
from matcher.evaluate.nodes import Node, plans
from matcher.evaluate.outcome import Outcome
from matcher.evaluate.plan import Bearing, Setting, rules
from matcher.evaluate.score import Scale, parts, patient, score
from matcher.evaluate.silence import Policy
from matcher.evaluate.steps import evidence, steps
from matcher.evaluate.tree import compile
from matcher.faults import fault_of
from matcher.model import Concept, Criterion, Fragment, Protocol, Record, Screening, Settings, Verdict

_ALWAYS = frozenset({"age", "sex", "pregnancy", "administrative"})
"""Kinds that many predicates ask for on their way."""


class Evaluator:
    """A protocol compiled once. `screen` is pure: no clock, no input or output, no randomness."""

    def __init__(self, protocol: Protocol, terminology: Any, settings: Settings) -> None:
        self.protocol = protocol
        self.settings = settings
        policy = Policy(settings.site, settings.unmentioned)
        self._compiled: list[_Compiled] = []
        faults: list[str] = []
        for criterion in protocol.criteria:
            setting = Setting(
                terminology,
                policy,
                criterion.kind,
                criterion.kind == "inclusion",
                site=settings.site,
                protocol=protocol,
            )
            self._compiled.append(_compiled(criterion, setting, faults))
        self.faults = tuple(faults)
        """Criteria that could not be compiled, with where the program broke off."""
        self._terminology = terminology
        self._wider: frozenset[str] = frozenset().union(*(compiled.wider for compiled in self._compiled))
        self._by_id: dict[str, tuple[int, ...]] = {}
        """The criteria that a concept bears on, by their place; filled as concepts are met."""
        self._by_kind = self._placed(lambda bearing: bearing.kinds)
        self._by_list = self._placed(lambda bearing: bearing.lists)
        self._index_diseases = relevance.Diseases(protocol, terminology)
        self.words = self._index_diseases.all_words
        """The words whose standing in the notes changes how well a patient fits the trial."""
        self._doubt = float(data.overlay("score", settings.site)["review"]["confidence_below"])
        self._scale = Scale(protocol.criteria)

    def silence(self) -> list[Verdict]:
        """The verdicts of criteria of which a record says nothing: `screen` gives these very objects."""
        return [compiled.silent or compiled.unmentioned() for compiled in self._compiled]

    def needs(self) -> tuple[frozenset[str], frozenset[str]]:
        """Concept ids and kinds of all facts that may bear on a criterion; "*" stands for what is said of others.

        Facts without a concept bear on all, and so do those that bear on the score (`bears`).
        """
        ids = frozenset().union(*(compiled.bearing.ids for compiled in self._compiled))
        kinds = frozenset().union(*(compiled.looks_at for compiled in self._compiled))
        return ids.union(*rules()["bare_steps"].values()), kinds | _ALWAYS

    def whole_kinds(self) -> frozenset[str]:
        """Of the kinds of `needs`, those whose facts bear whatever their concept; of the others, those without one."""
        return frozenset().union(*(compiled.whole for compiled in self._compiled)) | _ALWAYS

    def bears(self, concept: Concept) -> bool:
        """Whether a fact of this concept may change how well the patient fits the trial, or explain a wider word."""
        wider = not self._wider.isdisjoint(self._terminology.ancestor_ids(concept.id))
        return wider or self._index_diseases.bears(concept)

    def screen(self, record: Record, *, explain: bool = False, index: Index | None = None) -> Screening:
        """Every criterion's verdict, the patient's verdict and score. ``explain`` adds the derivation's steps.

        ``index`` saves arranging the facts again when one record is screened against several protocols.
        """
        index = index if index is not None else Index(record)
        touched = self._touched(index) if not explain else None
        verdicts = tuple(
            [
                compiled.verdict(index, explain)
                if touched is None or number in touched
                else compiled.silent or compiled.unmentioned()
                for number, compiled in enumerate(self._compiled)
            ]
        )
        decided, basis = patient(verdicts, self._doubt)
        fit = self._index_diseases.match(index)
        made_of: tuple[tuple[str, float], ...] = ()
        if explain:
            of = sorted(self._index_diseases.parts(index).items())
            made_of = (*parts(verdicts, fit, self._scale), *((f"match.{name}", round(v, 6)) for name, v in of))
        return Screening(
            protocol_id=self.protocol.id,
            patient_id=record.patient_id,
            as_of=index.as_of,
            verdict=decided,
            verdict_basis=basis,
            score=score(verdicts, fit, self._scale),
            verdicts=verdicts,
            score_parts=made_of,
        )

    def _placed(self, of: Callable[[Bearing], frozenset[str]]) -> dict[str, tuple[int, ...]]:
        """The criteria on which each of some kinds bears, by their place."""
        kinds = sorted({kind for compiled in self._compiled for kind in of(compiled.bearing)})
        return {kind: tuple(n for n, c in enumerate(self._compiled) if kind in of(c.bearing)) for kind in kinds}

    def _touched(self, index: Index) -> set[int]:
        """The criteria on which a fact of the record may bear; of the others the notes say nothing."""
        found: set[int] = set()
        for id in index.by_id:
            by_id = self._by_id.get(id)
            if by_id is None:
                by_id = self._by_id[id] = tuple(n for n, c in enumerate(self._compiled) if id in c.bearing.ids)
            found.update(by_id)
        for kind in index.kinds:
            found.update(self._by_kind.get(kind, ()))
        for kind in index.lists:
            found.update(self._by_list.get(kind, ()))
        return found


class _Compiled:
    """A criterion with its compiled logic, and the verdict where a record holds nothing that bears on it."""

    __slots__ = ("_quiet", "bearing", "criterion", "looks_at", "node", "nothing", "silent", "whole", "wider")

    def __init__(self, criterion: Criterion, node: Node | None) -> None:
        self.criterion = criterion
        self.node = node
        leaves = plans(node) if node is not None else []
        self.bearing = Bearing(leaves)
        self.looks_at: frozenset[str] = frozenset().union(*(leaf.looks_at for leaf in leaves))
        self.wider: frozenset[str] = frozenset().union(*(leaf.wider() for leaf in leaves))
        self.whole: frozenset[str] = frozenset(k for leaf in leaves for k in leaf.looks_at - leaf.unnamed)
        self.silent: Verdict | None = None
        self.nothing = asks_nothing(criterion)
        self._quiet: Outcome | None = None

    def unmentioned(self) -> Verdict:
        """The verdict where a record holds nothing that bears on the criterion: the same for all patients."""
        index = Index(Record("", (), (), None), spoken=True)
        quiet = self.node.evaluate(index) if self.node is not None and self.nothing is None else None
        self.silent, self._quiet = _verdict(self, index, quiet, False), quiet
        return self.silent

    def verdict(self, index: Index, explain: bool) -> Verdict:
        """The patient's verdict; that of silence itself where what bears on the criterion settles no part of it."""
        outcome = self.node.evaluate(index) if self.node is not None and self.nothing is None else None
        if outcome is not None and outcome is self._quiet and self.silent is not None and not explain:
            return self.silent
        return _verdict(self, index, outcome, explain)


def _compiled(criterion: Criterion, setting: Setting, faults: list[str]) -> _Compiled:
    """The criterion, compiled. A fault in one must not lose the others: a person judges it, and is told why."""
    try:
        return _Compiled(criterion, compile(criterion.logic, setting) if criterion.logic is not None else None)
    except Exception as error:
        fault = fault_of(error)
        faults.append(f"{criterion.id}: not evaluated: {fault}")
        lost = Fragment(criterion.start, criterion.end, criterion.text, fault)
        unread = replace(criterion, status="unparsed", logic=None, unparsed=(lost,), question=fault)
        return _Compiled(unread, None)


def _verdict(compiled: _Compiled, index: Index, outcome: Outcome | None, explain: bool) -> Verdict:
    """``outcome``: of the criterion's logic, where it has one that asks something."""
    criterion = compiled.criterion
    if outcome is None:
        outcome = compiled.nothing or _unread(criterion)
    else:
        if outcome.neutral and outcome.basis == "assumed" and criterion.kind == "inclusion":
            outcome = _premise_open(outcome)
        if criterion.status == "partial" and criterion.unparsed:
            outcome = _partial(criterion, outcome)
    return Verdict(
        criterion,
        outcome.truth,
        outcome.basis,
        confidence.of(outcome),
        outcome.reason,
        outcome.needs,
        evidence(outcome.facts, index),
        steps(outcome, index) if explain else (),
        outcome.near,
    )


def _unread(criterion: Criterion) -> Outcome:
    """The outcome of a criterion without logic: a person decides."""
    why = "for a person to judge" if criterion.status == "human" else "the criterion was not understood"
    return Outcome(
        "unknown",
        "none",
        why,
        f"criterion.{criterion.status}",
        needs="human judgement",
        details=(criterion.question,) if criterion.question else (),
        label=criterion.text,
    )


def _premise_open(outcome: Outcome) -> Outcome:
    """An inclusion whose premise nobody mentions: whether it applies is not known."""
    return Outcome(
        "unknown", "none", outcome.reason.replace("not applicable: ", ""), "if.premise_open",
        needs=outcome.needs or "whether the criterion applies", children=(outcome,), label=outcome.label,
    )  # fmt: skip


def _partial(criterion: Criterion, outcome: Outcome) -> Outcome:
    """A verdict on a part of a criterion, with a word on what was not understood."""
    rest = "; ".join(f"“{f.text}”" for f in criterion.unparsed[:3])
    return Outcome(
        outcome.truth,
        outcome.basis,
        f"{outcome.reason} (not understood: {rest})",
        outcome.rule,
        facts=outcome.facts,
        needs=outcome.needs,
        near=outcome.near,
        details=outcome.details,
        children=outcome.children,
        label=outcome.label,
        neutral=outcome.neutral,
    )
