"""Criteria that ask nothing of a patient who is being screened."""

from __future__ import annotations

import re

from matcher.evaluate.outcome import Outcome
from matcher.evaluate.plan import rules
from matcher.model import Criterion, Truth

_WORDS = re.compile(r"[a-z0-9/'-]+")


def asks_nothing(criterion: Criterion) -> Outcome | None:
    """The outcome of "None", "no exclusion criteria", and of what can only happen once the study runs; else None."""
    table = rules()["asks_nothing"]
    words = _WORDS.findall(criterion.text.lower())
    said = " ".join(words)
    if said in table["nothing"]:
        return _outcome(criterion, "nothing is asked", "criterion.nothing_asked")
    # of a long sentence, the premise is looked at
    words = words[: table["longest"]] if words[:1] == ["if"] else words
    if criterion.kind == "exclusion" and len(words) <= table["longest"]:
        padded = f" {' '.join(words)} "
        cue = next((c for c in table["conduct"] if f" {c} " in padded), None)
        if cue is not None:
            return _outcome(criterion, f"“{cue}” speaks of the running study", "criterion.conduct")
    return None


def _outcome(criterion: Criterion, why: str, rule: str) -> Outcome:
    favourable: Truth = "met" if criterion.kind == "inclusion" else "not_met"
    return Outcome(
        favourable, "not_applicable", f"not applicable: {why}", rule, label=criterion.text, neutral=True
    )  # fmt: skip
