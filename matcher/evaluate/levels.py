"""What a test that is told in numbers says: a pregnancy test by its hCG."""

from __future__ import annotations

from matcher.evaluate.plan import rules
from matcher.model import Fact


def by_level(fact: Fact) -> str | None:
    """Positive or negative by a pregnancy test that is told in numbers ("beta-hCG 14,200 mIU/mL"); None between."""
    levels: dict[str, list[float]] = rules()["childbearing"]["levels"]
    quantity = fact.quantity
    if fact.concept is None or fact.concept.id not in levels or quantity is None:
        return None
    below, above = levels[fact.concept.id]
    if quantity.low is not None and quantity.low >= above:
        return "positive"
    return "negative" if quantity.high is not None and quantity.high <= below else None
