"""A diagnosis that must be proven by a biopsy, an angiogram …, where the notes say that there was none."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from typing import TYPE_CHECKING

from matcher.evaluate.index import Index, dated
from matcher.evaluate.plan import Setting, rules
from matcher.model import Fact, Leaf
from matcher.patterns import alternatives

if TYPE_CHECKING:
    from matcher.evaluate.event_leaf import EventLeaf
    from matcher.evaluate.outcome import Outcome

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


def outcome(plan: EventLeaf, index: Index, facts: list[Fact]) -> Outcome | None:
    """Not met where the notes say that what should prove the disease was not done; ``facts``: on the disease."""
    none = _refused(plan.proof, index)
    if none is not None:
        said = f"{plan.name}: not confirmed, “{none.text}” is denied{dated(none)}"
        return plan.told("not_met", said, f"{plan.leaf.op}.unconfirmed", facts=(none,))
    tests = _tests(plan.proof)
    if tests is None or not facts:
        return None
    last = facts[-1]
    text = index.notes[last.note_id].text if last.note_id in index.notes else ""
    done = len(tests.findall(text))
    if done and done == len(_unread(plan.proof).findall(text)):
        return plan.open(
            f"“{last.text}” is documented{dated(last)}; what would confirm it is not at hand",
            f"{plan.leaf.op}.unconfirmed",
            facts=(last,),
            needs=f"confirm or rule out: {plan.name}",
        )
    if done > len(_not_done(plan.proof).findall(text)) or not (done or _otherwise().search(index.quote(last))):
        return None
    said = f"{plan.name}: “{last.text}” was not confirmed in this way{dated(last)}"
    return plan.told("not_met", said, f"{plan.leaf.op}.unconfirmed", facts=(last,))


def _refused(ids: frozenset[str], index: Index) -> Fact | None:
    """The statement that this was not done, where none says that it was."""
    facts = index.of(ids) if ids else []
    if not facts or any(fact.assertion in ("present", "historical") for fact in facts):
        return None
    none = [f for f in facts if f.assertion in ("absent", "declined") and not _result().match(index.around(f)[1])]
    return none[-1] if none else None


def awaited(facts: Iterable[Fact], index: Index) -> bool:
    """Whether a note of these facts says that the result of a biopsy or culture is still to come."""
    return any(_awaited().search(index.notes[id].text) for id in sorted({fact.note_id for fact in facts}))


@cache
def _awaited() -> re.Pattern[str]:
    table = rules()
    test, waits = alternatives(table["proving_words"]), alternatives([*table["pending_words"], *table["sent_words"]])
    return re.compile(rf"\b(?:{test})\b[^.\n]{{0,60}}\b(?:{waits})\b", re.IGNORECASE)


@cache
def _told(ids: frozenset[str]) -> str:
    """The words for what proves the disease; empty where notes have none."""
    rows = (row for row in rules()["proof"] if not ids.isdisjoint(row["concepts"]))
    return alternatives([word for row in rows for word in row.get("told", ())])


@cache
def _tests(ids: frozenset[str]) -> re.Pattern[str] | None:
    told = _told(ids)
    return re.compile(rf"(?<!\w)(?:{told})(?!\w)", re.IGNORECASE) if told else None


@cache
def _not_done(ids: frozenset[str]) -> re.Pattern[str]:
    """ "No liver biopsy", "culture was not sent", "never catheterized"; not "no biopsy results"."""
    table, told = rules()["proof_told"], _told(ids)
    before, behind, result = (alternatives(table[name]) for name in ("before", "behind", "result"))
    return re.compile(
        rf"(?<!\w)(?:(?:{before})\s(?:[\w-]+\s){{0,3}}?(?:{told})(?!\w)(?!\s(?:{result})\b)"
        rf"|(?:{told})(?:\s\w+){{0,2}}?\s(?:{behind})(?!\w))",
        re.IGNORECASE,
    )


@cache
def _unread(ids: frozenset[str]) -> re.Pattern[str]:
    """ "No biopsy results available"."""
    table, told = rules()["proof_told"], _told(ids)
    before, result = alternatives(table["before"]), alternatives(table["result"])
    return re.compile(rf"(?<!\w)(?:{before})\s(?:[\w-]+\s){{0,3}}?(?:{told})\s(?:{result})\b", re.IGNORECASE)


@cache
def _otherwise() -> re.Pattern[str]:
    return re.compile(rf"(?<!\w)(?:{alternatives(rules()['proof_told']['otherwise'])})(?!\w)", re.IGNORECASE)


@cache
def _result() -> re.Pattern[str]:
    return re.compile(rf"\s(?:{alternatives(rules()['proof_told']['result'])})\b", re.IGNORECASE)
