"""A disease named with the state of a marker: "EGFR-mutant lung cancer" is lung cancer, and EGFR mutated."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cache

from matcher.evaluate.plan import Setting, rules
from matcher.model import And, Leaf, Logic

_KINDS = ("condition", "other")


def split(leaf: Leaf, setting: Setting) -> Logic | None:
    """The disease and the state of its marker; None where the term names no marker with its state before a disease."""
    if leaf.op not in _KINDS or leaf.concept is None or " " not in leaf.term:
        return None
    state = _states().search(leaf.term)
    if state is None:
        return None
    terminology = setting.terminology
    marker = next(
        (
            (hit, id)
            for hit in terminology.find(leaf.term)
            for id in hit.ids
            if hit.start <= state.start() <= hit.end + 1 + _VARIANT and terminology.kind(id) == "biomarker"
        ),
        None,
    )
    if marker is None or marker[0].end > state.end():
        return None
    rest = leaf.term[state.end() :].strip(" -,")
    own = terminology.normalise(rest).concept if rest else None
    if own is None or terminology.kind(own.id) != "condition":
        return None
    whole = terminology.normalise(leaf.term)
    if whole.concept is not None and whole.concept.id != own.id and whole.score > _NAMED:
        return None  # "ANCA-associated vasculitis" is a disease by itself
    told = {word for part in leaf.term[: state.end()].lower().split() for word in (part, *part.split("-"))}
    disease = replace(
        leaf,
        term=rest,
        concept=own,
        qualifiers=tuple(q for q in leaf.qualifiers if not told.issuperset(re.split(r"[ -]", q.lower()))),
    )
    name = leaf.term[marker[0].start : max(marker[0].end, state.start())].strip(" -,(")
    value = _values()[" ".join(state.group().lower().replace("-", " ").split())]
    test = Leaf("biomarker", leaf.start, leaf.end, name, terminology.concept(marker[1]), cmp="=", value=value)
    return And((disease, test))


_NAMED = 0.9
"""A term is found with a higher score where the tables have it as it stands."""
_VARIANT = 24
"""Characters between a marker and its state, where the variant is named ("EGFR exon 19 deletion-positive")."""


@cache
def _values() -> dict[str, str]:
    table: dict[str, list[str]] = rules()["marker_states"]
    return {word: value for value in ("positive", "negative") for word in table[value]}


@cache
def _states() -> re.Pattern[str]:
    words = sorted(_values(), key=len, reverse=True)
    parts = "|".join(r"[\s-]+".join(map(re.escape, word.split())) for word in words)
    return re.compile(rf"(?<![A-Za-z])(?:{parts})(?![A-Za-z0-9])", re.IGNORECASE)
