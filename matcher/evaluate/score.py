"""The patient's verdict and score from the criteria's verdicts. The formula is in docs/verdicts.md."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Literal

from matcher.evaluate import data
from matcher.model import PatientVerdict, Screening, Verdict

_FAVOURABLE = {"inclusion": "met", "exclusion": "not_met"}


def side(verdict: Verdict) -> Literal["for", "against", "open"]:
    """Does the verdict speak for the patient?"""
    if verdict.truth == "unknown":
        return "open"
    if verdict.basis == "not_applicable":
        return "for"
    return "for" if verdict.truth == _FAVOURABLE[verdict.criterion.kind] else "against"


def patient(verdicts: Sequence[Verdict]) -> tuple[PatientVerdict, Literal["documented", "assumed"]]:
    """The patient's verdict, and whether it stands without what was only assumed."""
    against = [v for v in verdicts if side(v) == "against"]
    if against:
        return "ineligible", "documented" if any(v.basis == "documented" for v in against) else "assumed"
    machine = [v for v in verdicts if not (v.criterion.status == "human" and v.truth == "unknown")]
    if not machine or any(v.truth == "unknown" for v in machine):
        return "review", "documented"
    return "eligible", "assumed" if any(v.basis == "assumed" for v in machine) else "documented"


def credit(verdict: Verdict) -> float:
    """A criterion's part of the score: 1 documented in favour … 0 documented against."""
    table = data.table("score")["credit"]
    which = side(verdict)
    if which == "open":
        return float(table["human"] if verdict.criterion.status == "human" else table["open"])
    return float(table[f"{which}.{verdict.basis}"])


def score(verdicts: Sequence[Verdict], match: float = 1.0) -> float:
    """0–1. Never falls when one verdict becomes more favourable.

    ``match`` (0–1) says how well the patient's documented diseases fit the trial's index diseases.
    """
    table = data.table("score")
    if not verdicts:
        return round(table["base"] * match, 6)
    fails = 0.0
    total = 0.0
    good = 0.0
    for verdict in verdicts:
        weight = table["weight"][verdict.criterion.kind]
        value = credit(verdict)
        total += weight
        good += weight * value
        if side(verdict) == "against":
            fails += table["fail"][verdict.basis]
    share = good / total
    return round(match * math.exp(-fails) * share, 6)


def rank(screenings: Sequence[Screening]) -> list[Screening]:
    """Best candidates first, ranked from 1 within each protocol; ties in the order of the patients' ids."""
    from dataclasses import replace

    order = list(dict.fromkeys(s.protocol_id for s in screenings))
    ranked: list[Screening] = []
    for protocol in order:
        own = sorted((s for s in screenings if s.protocol_id == protocol), key=lambda s: (-s.score, s.patient_id))
        ranked += [replace(s, rank=i) for i, s in enumerate(own, 1)]
    return ranked
