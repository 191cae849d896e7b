"""What is documented in another way than it is asked: "open appendectomy" of a report of a laparoscopic one.

The words that speak against each other stand in ``resources/terms/lexical.toml`` (``against``).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from matcher.evaluate.event_leaf import EventLeaf
from matcher.evaluate.index import Index, dated
from matcher.evaluate.mentions import todays
from matcher.evaluate.outcome import Outcome
from matcher.evaluate.plan import rules
from matcher.model import Fact
from matcher.terms import lexical


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


def told(words: Iterable[str], facts: Sequence[Fact], index: Index) -> tuple[Fact, str] | None:
    """The fact that is said to be another than one of the words asks, with the word that says so.

    None where one of the facts says the word itself, or where other mentions leave it open: of an operation one that
    tells is enough, of a disease all of them must.
    """
    for word in words:
        against = lexical.against().get(lexical.stem(word), _NONE) | {_NOT + lexical.stem(word)}
        found: list[tuple[Fact, str]] = []
        unsaid = 0
        for fact in facts:
            own = _beside(fact, index)
            if lexical.stem(word) in own:
                break
            other = next((one for key, one in own.items() if key in against), None)
            if other is not None:
                found.append((fact, other))
            else:
                unsaid += 1
        else:
            if found and (not unsaid or found[-1][0].kind == "procedure"):
                return found[-1]
            if not found and facts and (other := _gone_about(word, against, facts, index)) is not None:
                return facts[-1], other
    return None


_NONE: frozenset[str] = frozenset()
_NOT = "non"


def _beside(fact: Fact, index: Index) -> dict[str, str]:
    """The stems of the words beside a mention, and in it, with the words."""
    quote = index.quote(fact)
    at = quote.find(fact.text)
    around = lexical.beside(quote, at, at + len(fact.text)) if at >= 0 else []
    own = list(dict.fromkeys((*lexical.words(fact.text), *around)))
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
