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
from matcher.terms import lexical

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
    """Not met where the notes say that what should prove the disease was not done; open where that may be of another
    place ("no liver biopsy" beside a prostate cancer). ``facts``: on the disease."""
    refused = _refused(plan.proof, index)
    if refused:
        own = [f for f in refused if not facts or _of_disease(_told_of(f, index), f, facts[-1], plan, index)]
        if not own:
            return _not_at_hand(plan, facts[-1])
        none = own[-1]
        said = f"{plan.name}: not confirmed, “{none.text}” is denied{dated(none)}"
        return plan.told("not_met", said, f"{plan.leaf.op}.unconfirmed", facts=(none,))
    tests = _tests(plan.proof)
    if tests is None or not facts:
        return None
    last = facts[-1]
    text = index.notes[last.note_id].text if last.note_id in index.notes else ""
    done = len(tests.findall(text))
    if done and done == len(_unread(plan.proof).findall(text)):
        return _not_at_hand(plan, last)
    missing = list(_not_done(plan.proof).finditer(text)) if done else []
    if done > len(missing) or not (done or _otherwise().search(index.quote(last))):
        return None
    if missing and not any(_of_disease(_widened(m, text), m, last, plan, index) for m in missing):
        return _not_at_hand(plan, last)
    said = f"{plan.name}: “{last.text}” was not confirmed in this way{dated(last)}"
    return plan.told("not_met", said, f"{plan.leaf.op}.unconfirmed", facts=(last,))


def _not_at_hand(plan: EventLeaf, fact: Fact) -> Outcome:
    return plan.open(
        f"“{fact.text}” is documented{dated(fact)}; what would confirm it is not at hand",
        f"{plan.leaf.op}.unconfirmed",
        facts=(fact,),
        needs=f"confirm or rule out: {plan.name}",
    )


def _widened(missing: re.Match[str], text: str) -> str:
    """What was not done, with the word before it and what it was not done of."""
    begun = max(text.rfind(end, 0, missing.start()) for end in ".;\n") + 1
    kin = " ".join(w for w in _LETTERS.findall(text[begun : missing.start()].lower()) if w in _relatives())
    before = _WORD_BEFORE.search(text, max(0, missing.start() - _REACH), missing.start())
    behind = _of_what().match(text, missing.end())
    return f"{kin} {before.group() if before else ''}{missing.group()} {behind.group() if behind else ''}"


def _told_of(none: Fact, index: Index) -> str:
    behind = _of_what().match(index.around(none)[1])
    return f"{none.text} {behind.group() if behind is not None else ''}"


def _of_disease(said: str, where: Fact | re.Match[str], ill: Fact, plan: EventLeaf, index: Index) -> bool:
    """Whether a test that was not done is one of the disease: told beside it, or of no place that is not its own."""
    start = where.start if isinstance(where, Fact) else where.start()
    same = not isinstance(where, Fact) or where.note_id == ill.note_id
    if same and ill.quote_start <= start < ill.quote_end:
        return True
    table = rules()["proof_told"]
    plain = {
        *table["plain"],
        *table["lesions"],
        *_said(table["before"]),
        *_said(table["behind"]),
        *_said(_names(plan.proof)),
    }
    others = [w for w in _LETTERS.findall(said.lower()) if w not in plain]
    if not others:
        return True
    terminology, concept = plan.setting.terminology, ill.concept
    above = (concept.name, *(c.name for c in terminology.ancestors(concept.id))) if concept is not None else ()
    names = " ".join((plan.leaf.term, ill.text, *above))
    return all(lexical.told((word,), names) for word in others)


_LETTERS = re.compile(r"[a-z][a-z-]*")
_WORD_BEFORE = re.compile(r"[\w-]+\s\Z")


@cache
def _of_what() -> re.Pattern[str]:
    """ "| of the liver": what a test was not done of."""
    of, whose, ends = (alternatives(rules()["proof_told"][name]) for name in ("of", "whose", "of_ends"))
    return re.compile(rf"\s(?:{of})(?:\s(?:{whose}))?\s\w+(?:\s(?!(?:{ends})\b)\w+)?")


@cache
def _relatives() -> frozenset[str]:
    return frozenset(word for words in rules()["relatives"].values() for word in words)


def _said(phrases: Iterable[str]) -> set[str]:
    return {word for phrase in phrases for word in phrase.lower().split()}


def _refused(ids: frozenset[str], index: Index) -> list[Fact]:
    """The statements that this was not done, where none says that it was."""
    facts = index.of(ids) if ids else []
    if not facts or any(fact.assertion in ("present", "historical") for fact in facts):
        return []
    return [f for f in facts if f.assertion in ("absent", "declined") and not _result().match(index.around(f)[1])]


def awaited(facts: Iterable[Fact], index: Index) -> bool:
    """Whether a note of these facts says that the result of a biopsy or culture is still to come."""
    facts = list(facts)
    if any(_waits().match(index.around(fact)[1]) is not None for fact in facts):
        return True  # "chlamydia and gonorrhea are pending"
    return any(_awaited().search(index.notes[id].text) for id in sorted({fact.note_id for fact in facts}))


@cache
def _awaited() -> re.Pattern[str]:
    table = rules()
    test, waits = alternatives(table["proving_words"]), alternatives([*table["pending_words"], *table["sent_words"]])
    return re.compile(rf"\b(?:{test})\b[^.\n]{{0,60}}\b(?:{waits})\b", re.IGNORECASE)


@cache
def _waits() -> re.Pattern[str]:
    return re.compile(rf"[^.;,\n]{{0,40}}?\b(?:{alternatives(rules()['pending_words'])})\b", re.IGNORECASE)


@cache
def _names(ids: frozenset[str]) -> tuple[str, ...]:
    """The words for what proves the disease; empty where notes have none."""
    rows = (row for row in rules()["proof"] if not ids.isdisjoint(row["concepts"]))
    return tuple(word for row in rows for word in row.get("told", ()))


def _told(ids: frozenset[str]) -> str:
    return alternatives(_names(ids))


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
