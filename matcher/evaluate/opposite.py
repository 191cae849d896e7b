"""What is documented in another way than it is asked: "open appendectomy" of a report of a laparoscopic one.

The words that speak against each other stand in ``resources/terms/lexical.toml`` (``against``).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import cache

from matcher.evaluate.event_leaf import EventLeaf
from matcher.evaluate.index import Index, dated, once
from matcher.evaluate.mentions import todays
from matcher.evaluate.outcome import Outcome
from matcher.evaluate.plan import rules
from matcher.model import Fact
from matcher.terms import lexical

_LEVEL = re.compile(r"\b[CTLS]\d{1,2}(?=\b|-)", re.ASCII)
"""A level of the spine: "L4" of "L4-5"."""


def outcome(plan: EventLeaf, words: Iterable[str], facts: Sequence[Fact], index: Index) -> Outcome | None:
    """Documented, and said to be another than one of the words asks ("sessile" of a pedunculated polyp)."""
    found = told(words, [f for f in facts if f.assertion in plan.yes], index)
    if found is None or plan.leaf.count is not None:
        return None
    fact, word = found
    return plan.told(
        "not_met",
        f"“{fact.text}” is documented, but {word}{dated(fact)}",
        f"{plan.leaf.op}.opposite",
        facts=(fact,),
    )


def of_all(denied: Sequence[Fact], index: Index) -> list[Fact]:
    """Those denials that are of the whole: "L5-S1: no disc protrusion" is none where L2-3 shows one."""
    return [f for f in denied if not any(_elsewhere(f, g, index) for g in _same(f, index))]


def _same(fact: Fact, index: Index) -> list[Fact]:
    return index.by_id.get(fact.concept.id, []) if fact.concept is not None else []


def _elsewhere(denied: Fact, other: Fact, index: Index) -> bool:
    """Whether the same note tells the finding of another level of the spine than the one that it denies it of."""
    if other.assertion != "present" or other.note_id != denied.note_id or other.time is not None:
        return False
    here, there = (set(_LEVEL.findall(index.quote(f))) for f in (denied, other))
    return bool(here) and bool(there) and here.isdisjoint(there)


def told(words: Iterable[str], facts: Sequence[Fact], index: Index) -> tuple[Fact, str] | None:
    """The fact that is said to be another than one of the words asks, with the word that says so.

    None where one of the facts says the word itself, or where other mentions leave it open: of an operation one that
    tells is enough, of a disease all of them must.
    """
    if not facts:
        return None
    for word in words:
        asked, against = _against(word)
        found: list[tuple[Fact, str]] = []
        unsaid = 0
        for fact in facts:
            own = _beside(index, fact.text, index.quote(fact))
            if asked in own:
                break
            if against.isdisjoint(own):
                unsaid += 1
            else:
                found.append((fact, next(one for key, one in own.items() if key in against)))
        else:
            if found and (not unsaid or found[-1][0].kind == "procedure"):
                return found[-1]
            if not found and (other := _gone_about(word, against, facts, index)) is not None:
                return facts[-1], other
    return None


_NONE: frozenset[str] = frozenset()
_NOT = "non"
_SHORT = 4
"""Letters behind "non" of which no adjective is made ("none", "nonus")."""


@cache
def _against(word: str) -> tuple[str, frozenset[str]]:
    """The stem of a word that a protocol asks, and those of the words that speak against it."""
    positive = word.lower().removeprefix(_NOT).removeprefix("-")
    if word.lower().startswith(_NOT) and len(positive) > _SHORT:
        return _NOT + lexical.stem(positive), frozenset((lexical.stem(positive),))
    asked = lexical.stem(word)
    return asked, lexical.against().get(asked, _NONE) | {_NOT + asked}


@once
def _beside(index: Index, text: str, quote: str) -> dict[str, str]:
    """The stems of the words beside a mention, and in it, with the words."""
    at = quote.find(text)
    around = lexical.beside(quote, at, at + len(text)) if at >= 0 else []
    own = list(dict.fromkeys((*lexical.words(text), *around)))
    found: dict[str, str] = {}
    for before, word in zip(("", *own), own, strict=False):
        # "non-invasive", "noninvasive"
        apart = before.lower() == _NOT
        joined = word.lower().removeprefix(_NOT) if word.lower().startswith(_NOT) and not apart else word
        key = _NOT + lexical.stem(joined) if apart or joined != word else lexical.stem(word)
        found[key] = f"{before}-{word}" if apart else word
        if joined != word:
            found.setdefault(lexical.stem(word), word)
    return found


def _gone_about(word: str, against: frozenset[str], facts: Sequence[Fact], index: Index) -> str | None:
    """The word by which the report of an operation tells that it was gone about in the other way."""
    ways = frozenset(map(lexical.stem, rules()["ways_of_operating"]))
    if lexical.stem(word) not in ways or not all(todays(fact) for fact in facts):
        return None
    note = index.notes.get(facts[-1].note_id)
    said = {lexical.stem(one): one for one in lexical.words(note.text)} if note is not None else {}
    if lexical.stem(word) in said:
        return None
    return next((said[key] for key in sorted(against & ways) if key in said), None)
