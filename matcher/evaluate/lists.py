"""Lists without entries: what one that is empty denies."""

from __future__ import annotations

from matcher.evaluate.plan import rules
from matcher.model import Concept, Fact


def covers_allergen(closed: Fact, concept: Concept | None) -> bool:
    """Whether an empty list of allergies denies one to ``concept``: that of drugs alone says nothing of food or latex."""
    of = rules()["allergy_list"]
    if frozenset(of["of_drugs"]).isdisjoint(closed.text.lower().split()):
        return True
    return concept is not None and concept.system in ("UNII", "CLASS") and concept.id not in of["no_drugs"]
