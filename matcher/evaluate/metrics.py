"""Agreement with labelled pairs: accuracy, macro-F1, kappa, confusion, reliability, subgroups, drift.

Confidence intervals are percentile bootstrap over patients (pairs of one patient are not independent), seeded.
"""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from matcher.model import Truth, Verdict

SIX: dict[tuple[str, str], str] = {
    ("inclusion", "met"): "included",
    ("inclusion", "not_met"): "not included",
    ("exclusion", "met"): "excluded",
    ("exclusion", "not_met"): "not excluded",
}
THREE = ("met", "not_met", "unknown")
BINS = (0.0, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 1.0)


@dataclass(frozen=True, slots=True)
class Judged:
    """One labelled pair and what the program said."""

    id: str
    patient: str
    kind: str
    criterion: str
    gold: str
    said: str
    confidence: float = 0.0
    basis: str = "none"
    reason: str = ""
    groups: Mapping[str, str] = field(default_factory=dict)

    @property
    def right(self) -> bool:
        return self.gold == self.said


def combine(verdicts: Sequence[Verdict], kind: str) -> tuple[Truth, str, float, str]:
    """Truth, basis, confidence and reason of a criterion that was split into several (Kleene logic)."""
    if not verdicts:
        return "unknown", "none", 0.0, "no criterion was read"
    decisive: Truth = "not_met" if kind == "inclusion" else "met"
    other: Truth = "met" if kind == "inclusion" else "not_met"
    truths = [v.truth for v in verdicts]
    truth: Truth = decisive if decisive in truths else "unknown" if "unknown" in truths else other
    deciding = [v for v in verdicts if v.truth == truth]
    plain = [v for v in deciding if v.basis != "not_applicable"]
    basis = plain[0].basis if plain else "not_applicable"
    return truth, basis, min(v.confidence for v in deciding), "; ".join(v.reason for v in (plain or deciding)[:3])


def label(truth: str, basis: str, kind: str, six: bool) -> str:
    """The verdict in the labels of the data: met/not_met/unknown, or TrialGPT's six."""
    if not six:
        return truth
    return "not applicable" if basis == "not_applicable" else SIX.get((kind, truth), "not enough information")


def table(pairs: Sequence[Judged]) -> dict[str, tuple[float, float, float, int]]:
    """{label: (precision, recall, F1, number of pairs)} over the labels of the reference."""
    found = {}
    for name in sorted({p.gold for p in pairs}):
        hit = sum(p.gold == p.said == name for p in pairs)
        said, true = sum(p.said == name for p in pairs), sum(p.gold == name for p in pairs)
        found[name] = (hit / said if said else 0.0, hit / true, 2 * hit / (said + true), true)
    return found


def accuracy(pairs: Sequence[Judged]) -> float:
    return sum(p.right for p in pairs) / len(pairs) if pairs else 0.0


def macro_f1(pairs: Sequence[Judged]) -> float:
    """The mean F1 over the labels of the reference."""
    rows = table(pairs).values()
    return sum(row[2] for row in rows) / len(rows) if rows else 0.0


def kappa(pairs: Sequence[Judged]) -> float:
    """Cohen's kappa."""
    if not pairs:
        return 0.0
    n = len(pairs)
    gold, said = Counter(p.gold for p in pairs), Counter(p.said for p in pairs)
    chance = sum(gold[name] * said[name] for name in gold) / n**2
    return (accuracy(pairs) - chance) / (1 - chance) if chance < 1 else 1.0


def confusion(pairs: Sequence[Judged]) -> dict[str, dict[str, int]]:
    """{reference: {said: number}}."""
    names = sorted({p.gold for p in pairs} | {p.said for p in pairs})
    counts = Counter((p.gold, p.said) for p in pairs)
    return {g: {s: counts[g, s] for s in names} for g in names}


def interval(
    pairs: Sequence[Judged], measure: Callable[[Sequence[Judged]], float], rounds: int = 400, seed: int = 0
) -> tuple[float, float]:
    """95 % bootstrap interval over patients."""
    by_patient: dict[str, list[Judged]] = defaultdict(list)
    for pair in pairs:
        by_patient[pair.patient].append(pair)
    patients = sorted(by_patient)
    if len(patients) < 2:
        return 0.0, 1.0
    chance = random.Random(seed)
    values = sorted(
        measure([pair for name in chance.choices(patients, k=len(patients)) for pair in by_patient[name]])
        for _ in range(rounds)
    )
    return values[int(0.025 * rounds)], values[int(0.975 * rounds) - 1]


def reliability(pairs: Sequence[Judged]) -> list[tuple[float, float, int, float, float]]:
    """Rows (from, to, pairs, mean confidence, share right): where the two last agree, confidence can be believed."""
    rows = []
    for low, high in pairwise(BINS):
        inside = [p for p in pairs if low <= p.confidence < high or (high == 1.0 and p.confidence == 1.0)]
        if inside:
            rows.append((low, high, len(inside), sum(p.confidence for p in inside) / len(inside), accuracy(inside)))
    return rows


def calibration_error(pairs: Sequence[Judged]) -> float:
    """Expected calibration error: the mean distance of confidence and share right, weighted by pairs."""
    rows = reliability(pairs)
    return sum(n * abs(said - true) for _, _, n, said, true in rows) / max(1, sum(row[2] for row in rows))


def by_group(pairs: Sequence[Judged], column: str) -> dict[str, tuple[int, float, float]]:
    """{value of the column: (pairs, accuracy, macro-F1)}."""
    groups: dict[str, list[Judged]] = defaultdict(list)
    for pair in pairs:
        groups[pair.kind if column == "criterion_type" else pair.groups.get(column, "")].append(pair)
    return {name: (len(own), accuracy(own), macro_f1(own)) for name, own in sorted(groups.items())}


def summary(pairs: Sequence[Judged], columns: Sequence[str] = ()) -> dict[str, Any]:
    """Everything of the report as plain data (``match eval --format json``); ``--compare`` reads it again."""
    return {
        "schema": "match.eval/1",
        "pairs": len(pairs),
        "patients": len({p.patient for p in pairs}),
        "accuracy": round(accuracy(pairs), 4),
        "accuracy_ci95": [round(v, 4) for v in interval(pairs, accuracy)],
        "macro_f1": round(macro_f1(pairs), 4),
        "macro_f1_ci95": [round(v, 4) for v in interval(pairs, macro_f1)],
        "kappa": round(kappa(pairs), 4),
        "labels": {
            name: {"precision": round(p, 4), "recall": round(r, 4), "f1": round(f, 4), "pairs": n}
            for name, (p, r, f, n) in table(pairs).items()
        },
        "confusion": confusion(pairs),
        "reliability": [
            {"from": low, "to": high, "pairs": n, "confidence": round(said, 4), "right": round(true, 4)}
            for low, high, n, said, true in reliability(pairs)
        ],
        "calibration_error": round(calibration_error(pairs), 4),
        "groups": {
            column: {
                name: {"pairs": n, "accuracy": round(a, 4), "macro_f1": round(f, 4)}
                for name, (n, a, f) in by_group(pairs, column).items()
            }
            for column in ("criterion_type", *columns)
        },
        "results": [
            {"id": p.id, "patient_id": p.patient, "kind": p.kind, "criterion": p.criterion, "expected": p.gold,
             "said": p.said, "basis": p.basis, "confidence": p.confidence, "reason": p.reason}
            for p in pairs
        ],
    }  # fmt: skip


def drift(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, Any]:
    """What changed between two reports: the figures, and every pair whose verdict differs."""
    before = {r["id"]: r for r in old.get("results", ())}
    changed = []
    for row in new["results"]:
        was = before.get(row["id"])
        if was is not None and was["said"] != row["said"]:
            how = (
                "mended" if row["said"] == row["expected"] else "broken" if was["said"] == was["expected"] else "other"
            )
            changed.append({**row, "was": was["said"], "change": how})
    shared = [r["id"] for r in new["results"] if r["id"] in before]
    return {
        "accuracy": round(new["accuracy"] - old["accuracy"], 4),
        "macro_f1": round(new["macro_f1"] - old["macro_f1"], 4),
        "kappa": round(new["kappa"] - old["kappa"], 4),
        "shared": len(shared),
        "only_old": len(before) - len(shared),
        "only_new": len(new["results"]) - len(shared),
        "changed": changed,
    }
