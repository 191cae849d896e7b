"""What to ask or measure next, sorted by how many candidates it would settle; and where patients are lost.

Both read screenings one after the other, as objects or as the contract's JSON objects.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from matcher.model import Screening

_SHOWN_PATIENTS = 20


@dataclass(slots=True)
class Task:
    """One thing to ask, measure or look up."""

    protocol_id: str
    needs: str
    criteria: list[str] = field(default_factory=list)
    """Ids of the criteria that wait for it."""
    patients: int = 0
    """Candidates (not ruled out) that wait for it."""
    settles: int = 0
    """Of these, those for whom nothing else is open."""
    examples: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Loss:
    """One criterion of the funnel."""

    protocol_id: str
    criterion: str
    text: str
    fails: int = 0
    """Patients that fail it, whatever else they fail."""
    first: int = 0
    """Patients lost here when the criteria are applied in the protocol's order."""
    alone: int = 0
    """Patients that fail nothing else: what relaxing the criterion would bring."""
    open: int = 0
    remaining: int = 0
    """Patients left after it, in the protocol's order."""


def worklist(screenings: Iterable[Screening | Mapping[str, Any]]) -> list[Task]:
    """Tasks, those that settle the most candidates first. Patients that are ruled out need nothing."""
    tasks: dict[tuple[str, str], Task] = {}
    for screening in screenings:
        protocol, patient, parts = _parts(screening)
        if any(p.state == "against" for p in parts):
            continue
        waiting = [p for p in parts if p.state == "open"]
        for needs in dict.fromkeys(n for p in waiting for n in p.needs):
            task = tasks.setdefault((protocol, needs), Task(protocol, needs))
            asking = [p.id for p in waiting if needs in p.needs]
            task.criteria += [c for c in asking if c not in task.criteria]
            task.patients += 1
            if all(p.needs == [needs] for p in waiting):
                task.settles += 1
            if len(task.examples) < _SHOWN_PATIENTS:
                task.examples.append(patient)
    return sorted(tasks.values(), key=lambda t: (t.protocol_id, -t.settles, -t.patients, t.needs))


def funnel(screenings: Iterable[Screening | Mapping[str, Any]]) -> list[Loss]:
    """One row a criterion, in the protocol's order."""
    losses: dict[tuple[str, str], Loss] = {}
    totals: dict[str, int] = {}
    for screening in screenings:
        protocol, _, parts = _parts(screening)
        totals[protocol] = totals.get(protocol, 0) + 1
        failed = [p for p in parts if p.state == "against"]
        for part in parts:
            loss = losses.setdefault((protocol, part.id), Loss(protocol, part.id, part.text))
            loss.open += part.state == "open"
        for part in failed:
            losses[(protocol, part.id)].fails += 1
        if failed:
            losses[(protocol, failed[0].id)].first += 1
            if len(failed) == 1:
                losses[(protocol, failed[0].id)].alone += 1
    left = dict(totals)
    for loss in losses.values():
        left[loss.protocol_id] -= loss.first
        loss.remaining = left[loss.protocol_id]
    return list(losses.values())


@dataclass(frozen=True, slots=True)
class _Part:
    id: str
    text: str
    state: str
    needs: list[str]


def _parts(screening: Screening | Mapping[str, Any]) -> tuple[str, str, list[_Part]]:
    if isinstance(screening, Screening):
        rows = [
            (v.criterion.id, v.criterion.text, v.criterion.kind, v.truth, v.basis, v.needs) for v in screening.verdicts
        ]
        return screening.protocol_id, screening.patient_id, [_part(*row) for row in rows]
    rows = [(c["id"], c["text"], c["kind"], c["verdict"], c["basis"], c.get("needs")) for c in screening["criteria"]]
    return screening["protocol_id"], screening["patient_id"], [_part(*row) for row in rows]


def _part(id: str, text: str, kind: str, truth: str, basis: str, needs: str | None) -> _Part:
    if truth == "unknown":
        state = "open"
    elif basis == "not_applicable" or truth == ("met" if kind == "inclusion" else "not_met"):
        state = "for"
    else:
        state = "against"
    return _Part(id, text, state, (needs or "human judgement").split("; ") if state == "open" else [])
