"""The stage that T, N and M come to, by cancer (``stage_groups.csv``): pT3 N1 M0 of the colon is stage III."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cache

from matcher import terms
from matcher.facts import tables
from matcher.facts.known import Known, when
from matcher.model import Concept, Fact

_STAGE = Concept("SCALE", "SCALE:ajcc", "cancer stage")
_LETTERS = {"SCALE:t-stage": "t", "SCALE:n-stage": "n", "SCALE:m-stage": "m"}


@cache
def _groups() -> dict[str, tuple[frozenset[str], tuple[Mapping[str, str], ...]]]:
    """Cancer → the concepts that are one of its kind, and its rows."""
    terminology = terms.load()
    rows = tables.rows("stage_groups")
    found: dict[str, tuple[frozenset[str], tuple[Mapping[str, str], ...]]] = {}
    for name in dict.fromkeys(row["cancer"] for row in rows):
        concept = terminology.normalise(name).concept
        assert concept is not None, name
        own = tuple(row for row in rows if row["cancer"] == name)
        found[name] = terminology.descendants(concept.id), own
    return found


def inputs(bears: Callable[..., bool]) -> frozenset[str]:
    """Ids of what is needed where a protocol asks for a stage."""
    if not bears(_STAGE, "stage"):
        return frozenset()
    return frozenset(_LETTERS).union(*(ids for ids, _ in _groups().values()))


def worked_out(known: Known) -> Fact | None:
    """The stage by the latest T, N and M, where the notes give none and speak of one cancer of the table."""
    steps: dict[str, Fact] = {}
    staged = (f for f in known.facts if f.concept is not None and f.concept.id in (_STAGE.id, *_LETTERS))
    for fact in sorted(staged, key=when):
        id = fact.concept.id if fact.concept is not None else ""
        if id == _STAGE.id and fact.kind == "stage":
            return None
        if id in _LETTERS and fact.result is not None:
            steps[_LETTERS[id]] = fact
    if "m" not in steps:
        return None
    named = {f.concept.id for f in known.facts if f.kind == "condition" and f.concept is not None}
    cancers = [name for name, (ids, _) in _groups().items() if not ids.isdisjoint(named)]
    if len(cancers) != 1:
        return None
    for row in _groups()[cancers[0]][1]:
        if all(_fits(row[letter], steps.get(letter)) for letter in "tnm"):
            latest = max(steps.values(), key=lambda f: (when(f), f.end))
            said = " ".join(str(steps[letter].result) for letter in "tnm" if letter in steps)
            formula = f"{said} of {cancers[0]} = stage {row['stage']} ({row['source']})"
            return replace(
                latest, concept=_STAGE, result=row["stage"], quantity=None, rule="derived.stage", formula=formula,
                source="derived",
            )  # fmt: skip
    return None


def _fits(asked: str, fact: Fact | None) -> bool:
    """ "1|2": T1 and T2a; "2a": T2a alone; "*": any, and none."""
    if asked == "*":
        return True
    own = (fact.result or "").lower().lstrip("cpyr")[1:] if fact is not None else ""
    return any(own == step or (own[:1] == step and own[1:] in ("a", "b", "c", "d")) for step in asked.split("|"))
