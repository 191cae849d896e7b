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

    ``match`` (0–1) says how well the patient's documented diseases fit the trial's index diseases. The weighted mean of
    match, inclusions and exclusions is lowered by what fails: by half of the full penalty for the first failing
    criterion of a kind, by a quarter for the next …
    """
    table = data.table("score")
    weight, penalty, fail = table["weight"], table["penalty"], table["fail"]
    parts = {"inclusion": [0.0, 0, 0.0], "exclusion": [0.0, 0, 0.0]}
    for verdict in verdicts:
        own = parts[verdict.criterion.kind]
        own[0] += credit(verdict)
        own[1] += 1
        if side(verdict) == "against":
            own[2] += fail[verdict.basis]
    total, good, lost = weight["match"], weight["match"] * match, 0.0
    for kind, (sum_, count, fails) in parts.items():
        if count:
            total += weight[kind]
            good += weight[kind] * sum_ / count
            lost += penalty[kind] * (1 - 0.5**fails)
    return round(good / total * math.exp(-lost), 6)


def rank(screenings: Sequence[Screening]) -> list[Screening]:
    """Best candidates first, ranked from 1 within each protocol; ties in the order of the patients' ids."""
    from dataclasses import replace

    order = list(dict.fromkeys(s.protocol_id for s in screenings))
    ranked: list[Screening] = []
    for protocol in order:
        own = sorted((s for s in screenings if s.protocol_id == protocol), key=lambda s: (-s.score, s.patient_id))
        ranked += [replace(s, rank=i) for i, s in enumerate(own, 1)]
    return ranked
