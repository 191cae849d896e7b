"""“Treated for asthma”, “surgery for BPH”: the treatment is asked for, not the disease that it is for.

That a disease is documented does not say that it was treated: it leaves the leaf open. Who does not have the disease
was not treated for it.
"""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cache

from matcher.evaluate.event import EventPlan
from matcher.evaluate.index import Index, dated
from matcher.evaluate.outcome import Outcome
from matcher.evaluate.plan import Plan, Setting, rules
from matcher.model import Leaf
from matcher.patterns import alternatives

_BEFORE = 60
"""Characters before a disease in which its treatment is looked for."""
_ENDS = re.compile(r"[;:,()\n]|\.\s")


def disease(leaf: Leaf, setting: Setting) -> Leaf | None:
    """The disease alone, where the words before it ask for its treatment."""
    if leaf.op not in ("condition", "medication", "procedure") or leaf.concept is None or setting.protocol is None:
        return None
    id = leaf.concept.id
    if not setting.terminology.known(id) or setting.terminology.kind(id) != "condition":
        return None  # what is worked out (a dose in prednisone) is no disease
    before = _ENDS.split(setting.protocol.text[max(0, leaf.start - _BEFORE) : leaf.start])[-1]
    if leaf.op == "condition" and _asked().search(" ".join(before.split()) + " ") is None:
        return None
    return replace(leaf, op="condition", status="ever", cmp=None, value=None, window=None, stable=None)


class TreatedPlan(Plan):
    """Not met without the disease; with it, open."""

    def __init__(self, own: Leaf, leaf: Leaf, setting: Setting) -> None:
        super().__init__(leaf, setting)
        self._disease = EventPlan(own, setting)
        self.silent = self._disease.silent

    def reach(self) -> frozenset[str]:
        return self._disease.reach()

    def lists(self) -> frozenset[str]:
        return self._disease.lists()

    def evaluate(self, index: Index) -> Outcome:
        had = self._disease.evaluate(index)
        if had.truth != "met" or not had.facts:
            return had
        return self.open(
            f"“{had.facts[-1].text}” is documented{dated(had.facts[-1])}; whether it was treated is not said",
            "condition.treated",
            facts=had.facts[-1:],
            needs=f"ask: treatment of {self.name}",
        )


@cache
def _asked() -> re.Pattern[str]:
    words, joins = alternatives(rules()["treatment_words"]), alternatives(rules()["treatment_joins"])
    # "history of or therapy for": the disease is asked for as well
    return re.compile(rf"(?<!\bof or )(?<!\bof and/or )\b(?:{words}) (?:{joins}) (?:[\w-]+ )?$", re.IGNORECASE)
