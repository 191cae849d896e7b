"""The patient's verdict and score from the criteria's verdicts. The formula is in docs/score.md."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Literal

from matcher.evaluate import data
from matcher.model import (
    And,
    AtLeast,
    Criterion,
    Except,
    If,
    Leaf,
    Logic,
    Not,
    Op,
    Or,
    PatientVerdict,
    Screening,
    Verdict,
)

Side = Literal["for", "against", "open"]
_FAVOURABLE = {"inclusion": "met", "exclusion": "not_met"}


def side(verdict: Verdict) -> Side:
    """Does the verdict speak for the patient?"""
    return _side(verdict.criterion.kind, verdict.truth, verdict.basis)


def _side(kind: str, truth: str, basis: str) -> Side:
    if truth == "unknown":
        return "open"
    if basis == "not_applicable":
        return "for"
    return "for" if truth == _FAVOURABLE[kind] else "against"


def patient(verdicts: Sequence[Verdict], doubt: float = 0.0) -> tuple[PatientVerdict, Literal["documented", "assumed"]]:
    """The patient's verdict, and whether it stands without what was only assumed.

    A decided criterion whose confidence is below ``doubt`` is as good as open: a person looks at it.
    """
    fails = documented = assumed = machine = undecided = False
    for verdict in verdicts:
        truth, basis = verdict.truth, verdict.basis
        if truth == "unknown" or verdict.confidence < doubt:
            if verdict.criterion.status != "human":
                machine = undecided = True
            continue
        machine = True
        if basis == "assumed":
            assumed = True
        if basis != "not_applicable" and truth != _FAVOURABLE[verdict.criterion.kind]:
            fails = True
            documented = documented or basis == "documented"
    if fails:
        return "ineligible", "documented" if documented else "assumed"
    if undecided or not machine:
        return "review", "documented"
    return "eligible", "assumed" if assumed else "documented"


def credit(verdict: Verdict) -> float:
    """A criterion's part of the score: 1 documented in favour … 0 documented against."""
    return _credit(verdict.criterion.kind, verdict.criterion.status, verdict.truth, verdict.basis)[0]


@cache
def _credit(kind: str, status: str, truth: str, basis: str) -> tuple[float, float]:
    """Credit, and how much of a failure it is."""
    table = data.table("score")
    which = _side(kind, truth, basis)
    if which == "open":
        return float(table["credit"]["human" if status == "human" else "open"]), 0.0
    fail = float(table["fail"][basis]) if which == "against" else 0.0
    if status == "partial":
        fail *= float(table["fail"]["partial"])
    return float(table["credit"][f"{which}.{basis}"]), fail


def weight(criterion: Criterion) -> float:
    """How much a criterion counts among its like: the weight of its weightiest predicate; 1 where it has none."""
    table = data.table("score")["predicate"]
    if criterion.status == "human":
        return float(table["administrative"])
    weights = [float(table.get(op, 1.0)) for op in _ops(criterion.logic)]
    return max(weights, default=1.0)


def _sure(criterion: Criterion) -> float:
    """How many failures one of this criterion is worth: more where all that it asks is as sure as an age."""
    sure = data.table("score")["sure"]
    return min((float(sure.get(op, 1.0)) for op in _ops(criterion.logic)), default=1.0)


def _ops(logic: Logic | None) -> Iterator[Op]:
    match logic:
        case Leaf():
            yield logic.op
        case And(args) | Or(args) | AtLeast(_, args):
            for arg in args:
                yield from _ops(arg)
        case Not(arg):
            yield from _ops(arg)
        case Except(base, spares):
            for arg in (base, *spares):
                yield from _ops(arg)
        case If(premise, then):
            yield from _ops(premise)
            yield from _ops(then)


class Scale:
    """What each criterion of a protocol may bring to the score, worked out once."""

    def __init__(self, criteria: Sequence[Criterion]) -> None:
        table = data.table("score")
        prior = table["weight"]["prior"]
        self._begins = prior * table["credit"]["open"]
        self._kinds: list[tuple[str, float, float, list[tuple[int, _Worth]]]] = []
        """A kind of criteria each: its name and penalty, the weight of all of it, each criterion's place and worth."""
        for kind in _FAVOURABLE:
            whole, worths = prior, []
            for place, criterion in enumerate(criteria):
                if criterion.kind == kind:
                    own = weight(criterion)
                    whole += own
                    worths.append((place, _Worth(criterion, own)))
            self._kinds.append((kind, table["penalty"][kind], whole, worths))

    def shares(self, verdicts: Sequence[Verdict], match: float) -> tuple[dict[str, float], float]:
        """The share, 0–1, of ``match`` and of each kind of criteria; and what fails."""
        shares, lost = {"match": match}, 0.0
        for kind, penalty, whole, criteria in self._kinds:
            brought, failed = self._begins, 0.0
            for place, worth in criteria:
                verdict = verdicts[place]
                credited, fails = worth[verdict.truth, verdict.basis]
                brought += credited
                failed += fails
            shares[kind] = brought / whole
            lost += penalty * (1 - 0.5**failed)
        return shares, lost


class _Worth(dict[tuple[str, str], tuple[float, float]]):
    """What a criterion brings by truth and basis: to its kind's share, and to what fails."""

    def __init__(self, criterion: Criterion, own: float) -> None:
        super().__init__()
        self._criterion = criterion
        self._own = own

    def __missing__(self, said: tuple[str, str]) -> tuple[float, float]:
        credited, fails = _credit(self._criterion.kind, self._criterion.status, *said)
        found = self[said] = self._own * credited, fails * _sure(self._criterion) if fails else 0.0
        return found


def score(verdicts: Sequence[Verdict], match: float = 1.0, scale: Scale | None = None) -> float:
    """0–1. Never falls when one verdict becomes more favourable. See `parts`."""
    scale = scale or Scale([verdict.criterion for verdict in verdicts])
    return _joined(*scale.shares(verdicts, match))


def parts(verdicts: Sequence[Verdict], match: float = 1.0, scale: Scale | None = None) -> tuple[tuple[str, float], ...]:
    """What the score is made of: ``match``, ``inclusion``, ``exclusion`` (0–1 each) and ``lost`` by what fails.

    ``match`` says how well the patient's documented diseases fit what the trial is about. The weighted mean of
    match, inclusions and exclusions is lowered by what fails: by half of the full penalty for the first failing
    criterion of a kind, by a quarter for the next … ``scale``: that of the verdicts' criteria, where already known.
    """
    scale = scale or Scale([verdict.criterion for verdict in verdicts])
    shares, lost = scale.shares(verdicts, match)
    return (*((name, round(value, 6)) for name, value in shares.items()), ("lost", round(lost, 6)))


def formula(made_of: Sequence[tuple[str, float]]) -> str:
    """The score's arithmetic in one line."""
    known = dict(made_of)
    part = data.table("score")["weight"]
    names = [name for name in ("match", *_FAVOURABLE) if name in known]
    terms = " + ".join(f"{part[name]:g} × {name} {known[name]:.2f}" for name in names)
    return f"({terms}) / {sum(part[name] for name in names):g} × e^−{known['lost']:.2f}"


def _joined(shares: Mapping[str, float], lost: float) -> float:
    part = data.table("score")["weight"]
    good = whole = 0.0
    for name, share in shares.items():
        good += part[name] * share
        whole += part[name]
    return round(good / whole * math.exp(-lost), 6)


def rank(screenings: Sequence[Screening]) -> list[Screening]:
    """Best candidates first, ranked from 1 within each protocol; ties in the order of the patients' ids."""
    from dataclasses import replace

    order = list(dict.fromkeys(s.protocol_id for s in screenings))
    ranked: list[Screening] = []
    for protocol in order:
        own = sorted((s for s in screenings if s.protocol_id == protocol), key=lambda s: (-s.score, s.patient_id))
        ranked += [replace(s, rank=i) for i, s in enumerate(own, 1)]
    return ranked
