"""A diagnosis that must be proven by tissue, where the notes say that none was taken."""

from __future__ import annotations

from matcher.evaluate.index import Index
from matcher.evaluate.plan import Setting, rules
from matcher.model import Fact, Leaf

_REACH = 60


def ids(leaf: Leaf, setting: Setting, confirmed: bool) -> frozenset[str]:
    """What takes the tissue that a leaf asks for; empty where it asks for none."""
    if not confirmed or leaf.op != "condition" or setting.protocol is None:
        return frozenset()
    text = setting.protocol.text[max(0, leaf.start - _REACH) : leaf.end + _REACH].lower()
    table = rules()["tissue"]
    if not any(word in text for word in table["words"]):
        return frozenset()
    return frozenset().union(*(setting.terminology.descendants(id) for id in table["concepts"]))


def refused(ids: frozenset[str], index: Index) -> Fact | None:
    """The statement that no tissue was taken, where none says that some was."""
    facts = index.of(ids) if ids else []
    if not facts or any(fact.assertion in ("present", "historical") for fact in facts):
        return None
    none = [fact for fact in facts if fact.assertion in ("absent", "declined")]
    return none[-1] if none else None
