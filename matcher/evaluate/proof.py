"""A diagnosis that must be proven by a biopsy, an angiogram …, where the notes say that there was none."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache

from matcher.evaluate.index import Index
from matcher.evaluate.plan import Setting, rules
from matcher.model import Fact, Leaf
from matcher.patterns import alternatives

_REACH = 60


def ids(leaf: Leaf, setting: Setting, confirmed: bool) -> frozenset[str]:
    """What proves the disease in the way that a leaf asks for; empty where it asks for no way."""
    if not confirmed or leaf.op != "condition" or setting.protocol is None:
        return frozenset()
    text = setting.protocol.text[max(0, leaf.start - _REACH) : leaf.end + _REACH].lower()
    ways = [row["concepts"] for row in rules()["proof"] if any(word in text for word in row["words"])]
    if len(ways) != 1:
        return frozenset()  # "confirmed by biopsy or imaging": each is enough
    return frozenset().union(*(setting.terminology.descendants(id) for id in ways[0]))


def refused(ids: frozenset[str], index: Index) -> Fact | None:
    """The statement that this was not done, where none says that it was."""
    facts = index.of(ids) if ids else []
    if not facts or any(fact.assertion in ("present", "historical") for fact in facts):
        return None
    none = [fact for fact in facts if fact.assertion in ("absent", "declined")]
    return none[-1] if none else None


def awaited(facts: Iterable[Fact], index: Index) -> bool:
    """Whether a note of these facts says that the result of a biopsy or culture is still to come."""
    return any(_awaited().search(index.notes[id].text) for id in sorted({fact.note_id for fact in facts}))


@cache
def _awaited() -> re.Pattern[str]:
    table = rules()
    test, waits = alternatives(table["proving_words"]), alternatives([*table["pending_words"], *table["sent_words"]])
    return re.compile(rf"\b(?:{test})\b[^.\n]{{0,60}}\b(?:{waits})\b", re.IGNORECASE)
