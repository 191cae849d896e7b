"""Cue phrases of criteria: loaded from ``resources/criteria``, matched word by word, longest first.

A phrase is a row of lower-case words; ``{a|b|}`` stands for one of several spellings (the last one here for none).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any, Generic, TypeVar

from matcher import resources
from matcher.criteria.lexer import Token, words
from matcher.patterns import alternatives

T = TypeVar("T")


def load(name: str) -> dict[str, Any]:
    """A table of ``matcher/resources/criteria``."""
    return resources.toml(f"criteria/{name}")


def expand(phrase: str) -> list[str]:
    """Every spelling of a phrase: ``"{any|} {man|men}"`` gives "any man", "any men", "man", "men"."""
    spellings, end = _alternatives(phrase, 0)
    if end < len(phrase):
        raise ValueError(f"a brace too many in {phrase!r}")
    return list(dict.fromkeys(spellings))


def _alternatives(phrase: str, at: int) -> tuple[list[str], int]:
    """The spellings from ``at`` to the end or to the brace that closes the group, and where that is."""
    done: list[str] = []
    now = [""]
    while at < len(phrase) and phrase[at] != "}":
        if phrase[at] == "{":
            inner, at = _alternatives(phrase, at + 1)
            now = [head + tail for head in now for tail in inner]
            at += 1
        elif phrase[at] == "|":
            done += now
            now = [""]
            at += 1
        else:
            end = at
            while end < len(phrase) and phrase[end] not in "{|}":
                end += 1
            now = [head + phrase[at:end] for head in now]
            at = end
    return done + now, at


@dataclass(frozen=True, slots=True)
class Cue:
    """What a phrase means: a category ("status") and a value ("past")."""

    category: str
    value: str = ""


# Where one spelling stands in several lists, the list named first here decides.
_ORDER = (
    "leaf sex person agegroup age trial behaviour childbearing planned head exception unless neutral spare barred "
    "reason example definition list listall listnone condition group must negation status certainty result qualifier "
    "count conjunction link scaffold when administrative"
).split()


Part = list[tuple[str, ...]]
"""What may stand in one place of a phrase, as rows of words."""


@lru_cache(maxsize=1024)
def _part(spelt: str) -> Part:
    return [words(spelling) for spelling in expand(spelt)]


def parts(phrase: str) -> list[Part]:
    """The parts of a phrase between the blanks that stand outside all braces: no word reaches over these."""
    found: list[Part] = []
    depth = start = 0
    for at, sign in enumerate(phrase):
        depth += (sign == "{") - (sign == "}")
        if sign == " " and not depth:
            found.append(_part(phrase[start:at]))
            start = at + 1
    return [*found, _part(phrase[start:])]


class Phrases(Generic[T]):
    """Phrases to values, matched at a token, longest first; of values for one spelling, the one listed first.

    There are some ten thousand spellings, and a text begins few of them: they are spelt when their first word is met.
    """

    __slots__ = ("_listed", "_waiting", "root")

    def __init__(self, listed: Iterable[tuple[str, T]]) -> None:
        self.root: dict[str, Any] = {}
        self._listed = tuple(listed)
        self._waiting: dict[str, list[int]] = {}
        for number, (phrase, _) in enumerate(self._listed):
            for word in _first(parts(phrase)):
                self._waiting.setdefault(word, []).append(number)

    def match(self, tokens: list[Token], at: int) -> tuple[int, T] | None:
        """The longest phrase that begins at token ``at``: the index after it, and its value."""
        total = len(tokens)
        if at >= total:
            return None
        first = tokens[at].low
        if first in self._waiting:
            self._spell(first)
        node = self.root
        found: tuple[int, T] | None = None
        while at < total:
            inner: dict[str, Any] | None = node.get(tokens[at].low)
            if inner is None:
                return found
            node = inner
            at += 1
            if "" in node:
                found = at, node[""]
        return found

    def begins(self, word: str) -> bool:
        """Whether a phrase may begin with the word."""
        return word in self.root or word in self._waiting

    def words(self) -> frozenset[str]:
        """Every word of the phrases."""
        return frozenset(word for phrase, _ in self._listed for part in parts(phrase) for row in part for word in row)

    def _spell(self, first: str) -> None:
        """Take up all spellings that begin with a word."""
        for number in self._waiting.get(first, ()):
            phrase, value = self._listed[number]
            _add(self.root, parts(phrase), 0, first, value)
        self._waiting.pop(first, None)  # last: another thread may be reading


def _first(parts: list[Part]) -> dict[str, None]:
    """The words with which a phrase may begin."""
    found: dict[str, None] = {}
    for part in parts:
        found.update(dict.fromkeys(row[0] for row in part if row))
        if all(part):
            break
    return found


def _add(node: dict[str, Any], parts: list[Part], at: int, first: str, value: object) -> None:
    """Add all spellings of ``parts[at:]`` below a node; at the root (``first`` given) those with that first word."""
    if at == len(parts):
        if not first:
            node.setdefault("", value)
        return
    for row in parts[at]:
        if row and first and row[0] != first:
            continue
        inner = node
        for word in row:
            inner = inner.setdefault(word, {})
        _add(inner, parts, at + 1, "" if row else first, value)


def phrases(lists: dict[str, list[str]]) -> Phrases[str]:
    """Lists by value, as phrases; the first list that has a spelling decides."""
    return Phrases((phrase, value) for value, spellings in lists.items() for phrase in spellings)


@dataclass(frozen=True, slots=True)
class Lexicon:
    """All that the grammar knows by heart."""

    cues: Phrases[Cue]
    kept: frozenset[str]
    """Qualifiers that also belong to the name of what they qualify."""
    ages: dict[str, list[Any]]
    """Age groups: comparison, number, unit (and the upper number)."""
    nouns: dict[str, str]
    endings: tuple[tuple[str, str], ...]
    adjective_endings: tuple[str, ...]
    adjectives: frozenset[str]
    no_adjectives: frozenset[str]
    questions: dict[str, str]
    generic: frozenset[str]
    """Names that say nothing of what they belong to ("therapy", "imaging"): no concept of a longer term."""
    derived: frozenset[str]
    """Last words of names for a value, which a limit in brackets defines."""
    derived_endings: tuple[str, ...]
    results: dict[str, str]
    """Single words for a result ("elevated") and what they mean."""
    graded: tuple[frozenset[str], ...]
    """Qualifiers of one scale ("mild", "severe"); of another ("left", "right")."""
    joined: frozenset[str]
    """Qualifiers that make one question where two of them are joined ("active or uncontrolled")."""
    setbacks: frozenset[str]
    """What a disease does on or after a treatment ("progression")."""
    setback_ties: frozenset[str]
    """The words between a setback and the treatment."""
    drugs: frozenset[str]
    """General words for drugs ("medications"), which a clause then describes."""
    relatives: frozenset[str]
    """Words with which that clause begins ("that", "known")."""
    acts: frozenset[str]
    """What such drugs do ("interact")."""
    poor: frozenset[str]
    """ "Unreliable", of contraception."""
    evidence: frozenset[str]
    """Verbs that say how a thing was found: what follows them is no question of its own."""
    prefixes: frozenset[str]
    """Parts of words that stand alone before a hyphen ("hypo- or hyperthyroidism")."""
    methods: frozenset[str]
    """Last words of a way to establish something ("methodology")."""
    signs: frozenset[str]
    """Last words of what a diagnosis rests on ("neurologic findings")."""
    happening: frozenset[str]
    """Verbs that only say that a thing took place ("occurred")."""
    announcing: frozenset[str]
    """Last words of a lead that only announces a list ("values that indicate")."""
    showing: frozenset[str]
    """What a test does with its finding ("shows")."""
    behind: frozenset[str]
    """Names of measures that stand behind their limit ("140 mmHg systolic")."""
    pressures: tuple[str, ...]
    """The two limits that "blood pressure 140/90" stands for."""
    tests: frozenset[str]
    """Last words of names for a test or its value ("count")."""
    habits: frozenset[str]
    """What is done with a substance ("abuse"), shared by the members of a list."""
    substances: frozenset[str]
    inside: dict[str, re.Pattern[str]]
    """Words inside a name that decide how it is read, by group."""
    turns: dict[str, frozenset[str]]
    """Words of the turns of phrase that are put straight, by group."""

    @property
    def words(self) -> frozenset[str]:
        """Every word of the cues."""
        return self.cues.words()


def _any(listed: list[str]) -> re.Pattern[str]:
    return re.compile(rf"(?<![a-z0-9])(?:{alternatives(listed)})(?![a-z])", re.IGNORECASE)


@cache
def lexicon() -> Lexicon:
    """All cues; read once."""
    found: list[tuple[str, Cue]] = []

    def add(spellings: list[str], cue: Cue) -> None:
        found.extend((phrase, cue) for phrase in spellings)

    tables = dict(load("cues"))
    setback = tables.pop("setback")
    announcing = tables.pop("announcing")["words"]
    happening = tables.pop("happening")["words"]
    showing = tables["evidence"]["showing"]
    methods, signs = tables["evidence"]["methods"], tables["evidence"]["signs"]
    evidence = tables.pop("evidence")["words"]
    heads = dict(load("heads"))
    qualifiers = dict(load("qualifiers"))
    keep = qualifiers.pop("keep")["words"]
    graded = qualifiers.pop("graded")["words"]
    joined = qualifiers.pop("joined")["words"]
    ages: dict[str, list[Any]] = {}
    named = {name: heads[name] for name in ("head", "leaf", "childbearing", "behaviour", "trial")}
    for table in (tables, qualifiers, named):
        for category, body in table.items():
            if "words" in body:
                kind = "qualifier" if table is qualifiers else category
                add(body["words"], Cue(kind, category if kind == "qualifier" else ""))
                continue
            for value, part in body.items():
                add(part["words"], Cue(category, value))
                if "age" in part:
                    ages[value] = part["age"]
    questions: dict[str, str] = {}
    for value, body in load("administrative").items():
        add(body["words"], Cue("administrative", value))
        questions[value] = body["question"]
    add(load("time")["when"]["words"], Cue("when"))
    return Lexicon(
        Phrases(sorted(found, key=lambda phrase: _ORDER.index(phrase[1].category))),
        frozenset(" ".join(words(spelling)) for phrase in keep for spelling in expand(phrase)),
        ages,
        {
            noun: op
            for op in ("biomarker", "measurement", "procedure", "medication", "condition", "other")
            for noun in heads["noun"][op]
        },
        tuple((ending, op) for op in ("procedure", "medication", "condition") for ending in heads["ending"][op]),
        tuple(heads["adjective"]["ending"]),
        frozenset(heads["adjective"]["words"]),
        frozenset(heads["adjective"]["not"]),
        questions,
        frozenset(heads["generic"]["words"]),
        frozenset(heads["derived"]["words"]),
        tuple(heads["derived"]["ending"]),
        {
            spelling: value
            for value, part in qualifiers["result"].items()
            for phrase in part["words"]
            for spelling in expand(phrase)
            if spelling.isalpha()
        },
        tuple(frozenset(expand(phrase)) for phrase in graded),
        frozenset(spelling for phrase in joined for spelling in expand(phrase)),
        frozenset(spelling.strip() for phrase in setback["words"] for spelling in expand(phrase)),
        frozenset(setback["on"]),
        frozenset(heads["described"]["words"]),
        frozenset(heads["described"]["by"]),
        frozenset(heads["described"]["acts"]),
        frozenset(heads["described"]["poor"]),
        frozenset(evidence),
        frozenset(heads["adjective"]["prefixes"]),
        frozenset(methods),
        frozenset(signs),
        frozenset(happening),
        frozenset(announcing),
        frozenset(showing),
        frozenset(heads["pressure"]["behind"]),
        tuple(heads["pressure"]["of"]),
        frozenset(heads["inside"]["value"]),
        frozenset(heads["habit"]["words"]),
        frozenset(heads["habit"]["of"]),
        {group: _any(listed) for group, listed in heads["inside"].items()},
        {group: frozenset(listed) for group, listed in heads["turn"].items()},
    )
