"""What is known of the person: age and sex, and the facts that say so."""

from __future__ import annotations

import math
from functools import lru_cache

from matcher.dates import MEAN_DAYS
from matcher.evaluate.compare import Range
from matcher.evaluate.index import Index, once
from matcher.evaluate.plan import rules
from matcher.model import Fact

# days in a unit of age; completed units are counted, so the mean length is exact enough at every boundary


@lru_cache(maxsize=256)
def age_unit(text: str | None) -> str:
    """``year``, ``month``, ``week``, ``day`` or ``hour`` for a unit of age as written; years where none is."""
    word = (text or "years").lower().strip(" .-")
    table: dict[str, str] = rules()["age_units"]
    return table.get(word) or table.get(word.rstrip("s")) or "year"


@lru_cache(maxsize=256)
def is_age_unit(text: str | None) -> bool:
    """Whether a unit, or none, goes with an age: "80 %" is a limit of something else."""
    word = (text or "years").lower().strip(" .-")
    table: dict[str, str] = rules()["age_units"]
    return word in table or word.rstrip("s") in table or "old" in word or "age" in word


@once
def age(index: Index) -> tuple[float, float, Fact] | None:
    """Age in days at the screening date as [low, high), and the fact that says so. A stated "40" is 40.0–41.0."""
    facts = [f for f in index.by_kind.get("age", ()) if f.quantity is not None and f.assertion != "hypothetical"]
    if not facts:
        return None
    fact = facts[-1]
    if fact.rule == "age.stated":
        # of several in one note the first is the patient's age now, the others date what happened
        fact = next(f for f in facts if f.note_id == fact.note_id and f.rule == fact.rule)
    quantity = fact.quantity
    assert quantity is not None
    unit = MEAN_DAYS[age_unit(quantity.unit)]
    low = quantity.low if quantity.low is not None else 0.0
    high = quantity.high if quantity.high is not None else 130.0
    whole = float(high).is_integer()
    start, end = low * unit, (high + 1) * unit if whole else high * unit + 1
    if quantity.low is None and quantity.high_open:
        end = high * unit
    noted = fact.time or fact.note_date
    if fact.rule.startswith("derived") or index.as_of is None or noted is None:
        return start, end, fact
    said_on = noted.end or noted.start
    if said_on is not None and index.as_of > said_on and not fact.inputs:
        later = (index.as_of - said_on).days
        return start + later, end + later, fact
    return start, end, fact


@once
def completed(index: Index, unit: str) -> tuple[Range, Fact] | None:
    """Completed units of age: 17 years and 364 days is 17."""
    found = age(index)
    if found is None:
        return None
    low, high, fact = found
    first = math.floor(low / MEAN_DAYS[unit] + 1e-9)
    return Range(first, max(math.ceil(high / MEAN_DAYS[unit] - 1e-9) - 1, first)), fact


@once
def sex(index: Index) -> tuple[str, Fact] | None:
    """``male`` or ``female``, and the fact; None where it is not stated or the notes disagree."""
    said = [(str(f.result).lower(), f) for f in index.by_kind.get("sex", ()) if f.result]
    said = [(w, f) for w, f in said if w in ("male", "female")]
    found = said[-1] if said and len({w for w, _ in said}) == 1 else None
    if found is None and said:
        votes = [sum(w == name for w, _ in said) for name in ("male", "female")]
        if votes[0] != votes[1]:
            found = next(p for p in said if p[0] == ("male" if votes[0] > votes[1] else "female"))
    return found
