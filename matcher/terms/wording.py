"""Other ways to write a term: adjective for noun, another word order, without its known qualifiers. On folded terms.

What may be taken off or exchanged is data: ``resources/terms/normalise.toml``.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from functools import cache
from typing import Any

from matcher import resources
from matcher.patterns import alternatives
from matcher.terms.fold import JOINING, ORDERED, SMALL, fold

_CONDITION = frozenset({"condition"})
_BINDING = SMALL - JOINING
_DIGIT = re.compile(r"\d")
_APART = re.compile(r"[ ,]")
_NUMBER = re.compile(r"\d+(?:[abc]\d?)?|[ivx]+[abc]\d?")
_LETTERS_DIGITS = re.compile(r"(?<=[a-z]{4})(?=\d)")
_MOST = 400
_TWICE, _TWICE_WIDER = 12, 4
"""Forms in which a second word is exchanged, too; the looser groups give more of them."""
_SHORT = 6
"""Letters; a shorter word is no adjective that its ending tells."""


@cache
def rules() -> dict[str, Any]:
    return resources.toml("terms/normalise")


@cache
def fold_all(table: str, key: str) -> frozenset[str]:
    """The words of a list of `normalise.toml`, folded."""
    return frozenset(fold(word) for word in rules()[table][key])


@cache
def qualifiers() -> dict[str, str]:
    """Folded qualifier → its class (severity, time, extent, person, route)."""
    return {fold(phrase): group for group, phrases in rules()["qualifiers"].items() for phrase in phrases}


@cache
def trailing() -> dict[str, frozenset[str]]:
    """Folded words that may end a term and add nothing → the kinds of what they may end."""
    out: dict[str, frozenset[str]] = {}
    for table in rules()["trailing"].values():
        for phrase in table["words"]:
            folded = fold(phrase)
            out[folded] = out.get(folded, frozenset()) | frozenset(table["kinds"])
    return out


def numbered() -> frozenset[str]:
    return fold_all("numbered", "words")


@cache
def variants(wider: bool = False) -> dict[str, tuple[str, ...]]:
    """Folded phrase → what may be said for it; ``wider``: by the looser groups, too."""
    out: dict[str, list[str]] = {}
    table = rules()["variants"]
    for group in [*table["groups"], *(table["wider"] if wider else ())]:
        folded = list(dict.fromkeys(fold(phrase) for phrase in group))
        for phrase in folded:
            out.setdefault(phrase, []).extend(other for other in folded if other != phrase)
    return {phrase: tuple(dict.fromkeys(others)) for phrase, others in out.items()}


def apart(one: str, other: str) -> bool:
    """Whether two folded names differ by words that often stand for one another, but not where both are names."""
    here, there = frozenset(one.split()), frozenset(other.split())
    table = rules()["variants"]
    return not here.isdisjoint(table["vague"]) or any(
        here & group and there & group and not here & there & group for group in map(frozenset, table["apart"])
    )


@cache
def _opposites() -> dict[str, frozenset[str]]:
    out: dict[str, set[str]] = {}
    for group in rules()["opposites"]["groups"]:
        folded = [fold(word) for word in group]
        for word in folded:
            out.setdefault(word, set()).update(other for other in folded if other != word)
    return {word: frozenset(others) for word, others in out.items()}


def turned(taken: tuple[str, ...], name: str) -> bool:
    """Whether a name says the opposite of what was taken off a term ("central" of a peripheral neuropathy)."""
    against = {other for words in taken for word in fold(words).split() for other in _opposites().get(word, ())}
    return bool(against) and not against.isdisjoint(fold(name).split())


def rearranged(folded: str, wider: bool = False, unknown: frozenset[str] = frozenset()) -> Iterator[str]:
    """Other ways to say a folded term: joined words, adjective for noun, another word order. At most a few hundred.

    ``wider``: by the looser groups of words, too; what the others give is left out.
    ``unknown``: words that no table has, so that a form with one of them need not be yielded.
    """
    seen = {folded}
    count = 0
    done = frozenset(_substituted(folded, False)) if wider else frozenset()
    for form in _substituted(folded, wider):
        if form in done or (unknown and not unknown.isdisjoint(_APART.split(form))):
            continue
        for order in _orders(form):
            if order not in seen:
                seen.add(order)
                yield order
                count += 1
                if count >= _MOST:
                    return


def _substituted(folded: str, wider: bool) -> list[str]:
    forms = [folded]
    words = folded.split(" ")
    forms += [" ".join([*words[:i], words[i] + words[i + 1], *words[i + 2 :]]) for i in range(len(words) - 1)]
    if (apart := _LETTERS_DIGITS.sub(" ", folded)) != folded:  # "alpha1 antitrypsin"
        forms.append(apart)
    once = list(_swaps(folded, wider))
    forms += once
    for form in once[: _TWICE_WIDER if wider else _TWICE]:
        forms += _swaps(form, wider)
    for at, word in enumerate(words if wider else ()):
        forms += [" ".join([*words[:at], other, *words[at + 1 :]]) for other in _endings(word)]
    return list(dict.fromkeys(forms))


def _swaps(folded: str, wider: bool) -> Iterator[str]:
    words = folded.split(" ")
    others_of = variants(wider)
    for size in (1, 2):
        for start in range(len(words) - size + 1):
            phrase = " ".join(words[start : start + size])
            for other in others_of.get(phrase, ()):
                yield " ".join([*words[:start], other, *words[start + size :]])


def _endings(word: str) -> Iterator[str]:
    """The noun that an adjective may come from, by its ending ("anemic": "anemia"), and what else ends like it."""
    if len(word) < _SHORT:
        return
    for ending, other in rules()["variants"]["endings"]:
        if word.endswith(ending):
            yield word[: -len(ending)] + other


def _orders(folded: str) -> Iterator[str]:
    yield folded
    words = folded.replace(",", " ").split(" ")
    if not 2 <= len(words) <= 6:
        return
    content = [w for w in words if w and w not in SMALL]
    if not 2 <= len(content) <= 4 or not ORDERED.isdisjoint(words):
        return
    if "condition" not in trailing().get(content[-1], _CONDITION):
        return  # "allergy medication" is no medication allergy
    if _DIGIT.search(folded) and sum(bool(_DIGIT.search(w)) for w in content) > 1:
        return
    if "," in folded or "of" in words:
        for order in itertools.permutations(content):
            yield " ".join(order)
            if len(order) <= 3:
                yield f"{order[0]} of {' '.join(order[1:])}"
        return
    # "lung cancer" for "cancer of lung": the head moves to the front, the rest keeps its order
    yield f"{content[-1]} of {' '.join(content[:-1])}"
    yield f"{' '.join(content[:-1])} of {content[-1]}"
    yield f"{content[-1]} {' '.join(content[:-1])}"
    yield " ".join([*content[1:], content[0]])
    if len(content) == 3:
        yield f"{content[1]} {content[0]} {content[2]}"
    elif len(content) == 4:  # "large cell anaplastic lymphoma": one of the three before the head stands elsewhere
        first, second, third, head = content
        yield f"{third} {first} {second} {head}"
        yield f"{second} {third} {first} {head}"
        yield f"{first} {third} {second} {head}"


def bared(folded: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    """What is left when known qualifiers are taken off, with the qualifiers; the least taken off first."""
    for rest, taken, _ in bared_kinds(folded):
        yield rest, taken


def bared_kinds(folded: str) -> Iterator[tuple[str, tuple[str, ...], frozenset[str] | None]]:
    """As `bared`, with the kinds that the rest may have (None: any): "blood pressure pills" are no blood pressure."""
    known, after, numbers = qualifiers(), trailing(), numbered()
    todo: list[tuple[tuple[str, ...], tuple[str, ...], frozenset[str] | None]]
    todo = [(tuple(_APART.split(folded)), (), None)]
    seen = {todo[0][0]}
    while todo:
        words, taken, kinds = todo.pop(0)
        if len(taken) > 5:
            continue
        nexts: list[tuple[tuple[str, ...], tuple[str, ...], frozenset[str] | None]] = []
        for size in (4, 3, 2, 1):
            if size < len(words):
                first, last = " ".join(words[:size]), " ".join(words[-size:])
                if first in known:
                    nexts.append((words[size:], (*taken, first), kinds))
                if last in known:
                    nexts.append((words[:-size], (*taken, last), kinds))
                if last in after:
                    both = after[last] if kinds is None else kinds & after[last]
                    nexts.append((words[:-size], taken, both))
        if taken and len(words) > 1 and words[0] in JOINING and any(_starts(words[1:], known, n) for n in (1, 2, 3)):
            nexts.append((words[1:], taken, kinds))
        if len(words) > 2:
            if words[0] in numbers and _is_number(words[1]):
                end = 2
                while end + 1 < len(words) and words[end] in JOINING and _is_number(words[end + 1]):
                    end += 2
                while end < len(words) and _is_number(words[end]):
                    end += 1
                if end < len(words):
                    nexts.append((words[end:], (*taken, " ".join(words[:end])), kinds))
            if words[-2] in numbers and _is_number(words[-1]):
                nexts.append((words[:-2], (*taken, " ".join(words[-2:])), kinds))
        for rest, quals, fitting in nexts:
            # what a small word binds ("with frequent exacerbations") is not taken off alone
            if rest and rest not in seen and rest[-1] not in SMALL and rest[0] not in _BINDING:
                seen.add(rest)
                yield " ".join(rest), quals, fitting
                todo.append((rest, quals, fitting))


@cache
def _biological() -> re.Pattern[str]:
    table = rules()["medicines"]
    endings, beginnings = (alternatives(table[f"biological_{part}"]) for part in ("endings", "beginnings"))
    return re.compile(rf"(?=.{{10}})(.*(?:{endings}|\b(?:{beginnings}) \w+))-[a-z]{{4}}\Z")


def without_suffix(medicine: str) -> str:
    """ "natalizumab" of "natalizumab-sztn": a biological without FDA's four letters for its maker; empty for others."""
    match = _biological().match(medicine)
    return match[1] if match else ""


def _starts(words: tuple[str, ...], known: dict[str, str], size: int) -> bool:
    return " ".join(words[:size]) in known


def _is_number(word: str) -> bool:
    return bool(_NUMBER.fullmatch(word))
