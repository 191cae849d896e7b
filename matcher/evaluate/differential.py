"""Diseases that a patient's open complaint may turn out to be: their silence is no absence.

A note on vomited blood that says nothing of varices does not deny them; it was written before the endoscopy.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from matcher.evaluate import data
from matcher.evaluate.index import Index
from matcher.model import Fact, Leaf


@cache
def _table() -> tuple[dict[str, frozenset[str]], dict[str, frozenset[str]]]:
    """Disease -> findings, and finding -> diseases, of ``resources/evaluate/differential.csv``."""
    findings: dict[str, set[str]] = {}
    diseases: dict[str, set[str]] = {}
    for row in data.rows("differential"):
        findings.setdefault(row["disease"], set()).add(row["finding"])
        diseases.setdefault(row["finding"], set()).add(row["disease"])
    return (
        {key: frozenset(value) for key, value in findings.items()},
        {key: frozenset(value) for key, value in diseases.items()},
    )


def findings_of(leaf: Leaf, terminology: Any) -> frozenset[str]:
    """The findings that may be the first sign of what the leaf asks; none for what lies in the past."""
    if leaf.op != "condition" or leaf.concept is None or leaf.window is not None or leaf.status in ("past", "ever"):
        return frozenset()
    table, _ = _table()
    own = (leaf.concept.id, *(c.id for c in terminology.ancestors(leaf.concept.id)))
    found: set[str] = set()
    for finding in {f for id in own for f in table.get(id, ())}:
        found |= terminology.descendants(finding)
    return frozenset(found)


def unexplained(index: Index, findings: frozenset[str], terminology: Any) -> Fact | None:
    """The latest present finding that no disease of the notes explains."""
    if findings.isdisjoint(index.ids):
        return None
    _, explains = _table()
    for fact in reversed(index.of(findings)):
        if fact.assertion != "present" or fact.status == "past" or fact.concept is None:
            continue
        own = (fact.concept.id, *(c.id for c in terminology.ancestors(fact.concept.id)))
        causes = {d for id in own for d in explains.get(id, ())}
        known = frozenset(i for d in sorted(causes) for i in terminology.descendants(d))
        if not any(f.assertion in ("present", "historical") for f in index.of(known)):
            return fact
    return None
