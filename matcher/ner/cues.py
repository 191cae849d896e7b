"""Cue words of the assertion rules: read from ``resources/assertion``, validated, found in one pass over the words."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, NamedTuple

from matcher import resources

CATEGORIES = frozenset(
    {
        "absent",
        "possible",
        "hypothetical",
        "planned",
        "historical",
        "declined",
        "retracted",
        "present",
        "status",
        "allergy",
        "family",
        "patient",
        "none",
        "stop",
        "soft",
    }
)
_KEYS: dict[str, type | tuple[type, ...]] = {
    "name": str,
    "category": str,
    "direction": str,
    "reach": int,
    "commas": str,
    "status": str,
    "kinds": list,
    "strong": bool,
    "ignores": list,
    "ignores_ahead": list,
    "result": str,
    "until": list,
    "ends": list,
    "after_comma": bool,
    "open_list": bool,
    "cues": list,
}
# "p.r.n", "s/p", "2.5" and "mother's" are one word; "3.No" and "fever.Has" are not
_WORD = re.compile(r"[^\W_]+(?:['’/][^\W_]+|(?<=\d)\.\d+|(?<![^\W_]{2})\.[^\W\d_](?![^\W_]))*|\S")
_SPLIT = re.compile(f"({_WORD.pattern})")
_PART = re.compile(r"<[^<>]*>|\S+")
_END = "$"
_MAX_WORDS = 14
_OVERLAPPING = frozenset({"new_clause", "new_subject", "sized", "patient", "article"})


class RuleError(ValueError):
    """A rule breaks the schema; the message names the file and the rule and says what is allowed."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One row of the rules; see ``resources/assertion/rules/README.md`` for the keys."""

    name: str
    category: str
    forward: bool = True
    backward: bool = False
    reach: int = 20
    commas: str = "list"
    status: str | None = None
    kinds: frozenset[str] | None = None
    strong: bool = False
    ignores: frozenset[str] = frozenset()
    ignores_ahead: frozenset[str] = frozenset()
    result: str | None = None
    until: frozenset[str] = frozenset()
    ends: frozenset[str] | None = None
    after_comma: bool = False
    open_list: bool = False


class Words(NamedTuple):
    """The words and signs of a stretch of text with their offsets in the whole text."""

    words: list[str]
    starts: list[int]
    ends: list[int]


class Hit(NamedTuple):
    """A cue: words ``i`` to ``j`` (exclusive)."""

    rule: Rule
    i: int
    j: int


Trie = dict[str, Any]
_RULES = "\0rules"
_AT_END = "\0end"


def words_of(text: str, start: int, end: int) -> Words:
    """Lower-cased words of ``text[start:end]``. A question mark before its word becomes ``¿``."""
    piece = text[start:end]
    lower = piece.lower()
    if len(lower) != len(piece):  # "İ" becomes two characters
        lower = "".join(c.lower() if len(c.lower()) == 1 else c for c in piece)
    lower = lower.replace("’", "'")
    parts = _SPLIT.split(lower)  # gap, word, gap, word … gap
    words = parts[1::2]
    offsets = list(itertools.accumulate(map(len, parts), initial=start))
    starts, ends = offsets[1:-1:2], offsets[2::2]
    if "?" in lower:
        for k, word in enumerate(words):
            at = starts[k] - start
            if word == "?" and (at == 0 or lower[at - 1] in " \t\n(/") and at + 1 < len(lower):
                words[k] = "¿"
    return Words(words, starts, ends)


Choices = list[list[tuple[str, ...]]]
"""A cue part by part: the rows of words that may stand for each."""


def choices(cue: str, macros: Mapping[str, Sequence[str]]) -> Choices:
    """What each part of a cue of the rules stands for."""
    found: Choices = []
    for part in _PART.findall(cue):
        if part.startswith("{") and part.endswith("}"):
            if part[1:-1] not in macros:
                raise RuleError(f"cue {cue!r}: no macro {part}; there are {', '.join(sorted(macros))}")
            found.append([tuple(_WORD.findall(option)) for option in macros[part[1:-1]]])
        elif part.startswith("<") and part.endswith(">"):
            found.append([tuple(_WORD.findall(option)) for option in part[1:-1].split("|")])
        elif len(part) > 1 and part.endswith("?"):
            found.append([(), tuple(_WORD.findall(part[:-1]))])
        else:
            found.append([tuple(_WORD.findall(option)) for option in part.split("|")])
    return found


def expand(cue: str, macros: Mapping[str, Sequence[str]]) -> list[tuple[str, ...]]:
    """All word sequences that a cue of the rules stands for."""
    sequences = {tuple(itertools.chain.from_iterable(row)) for row in itertools.product(*choices(cue, macros))}
    return sorted(s for s in sequences if s)


class Waiting(Trie):
    """A trie whose branches grow when a text has their first word: a note has few of some thousand.

    A branch that nobody asked for is an empty node, which a grown trie never has.
    """

    def __init__(self) -> None:
        super().__init__()
        self._cues: dict[str, list[tuple[Choices, Rule]]] = {}

    def wait(self, cue: Choices, rule: Rule) -> None:
        """Add all that a cue stands for, later."""
        for word in _first_words(cue):
            self._cues.setdefault(word, []).append((cue, rule))
            self[word] = {}

    def grow(self, word: str) -> Trie:
        """The branch of a word."""
        branch: Trie = {}
        for cue, rule in self._cues.pop(word):
            _grow(branch, cue, 0, rule, word)
        self[word] = branch[word]
        return self[word]


def _first_words(cue: Choices) -> list[str]:
    """The words that a cue may begin with."""
    found: dict[str, None] = {}
    for rows in cue:
        found.update((row[0], None) for row in rows if row)
        if all(rows):
            break
    return list(found)


def add(trie: Trie, words: Sequence[str], rule: Rule) -> None:
    """Add a cue's words."""
    _grow(trie, [[tuple(words)]], 0, rule)


def _grow(node: Trie, choices: Choices, at: int, rule: Rule, first: str | None = None) -> None:
    """Add all that a cue stands for, from the part ``at`` on, below a node: what begins with ``first``, if given."""
    for row in choices[at]:
        if first is not None and row and row[0] != first:
            continue
        inner, key = node, _RULES
        for word in row:
            if word == _END:
                key = _AT_END
            else:
                inner = inner.setdefault(word, {})
        if at + 1 < len(choices):
            _grow(inner, choices, at + 1, rule, None if row else first)
        elif rule not in inner.get(key, ()):
            inner[key] = (*inner.get(key, ()), rule)


def longest(trie: Trie, words: Sequence[str], i: int, inside: Sequence[bool] | None = None) -> tuple[int, Any] | None:
    """The longest cue that begins at word ``i``: (end, rules), or None. Words ``inside`` a mention are no cue."""
    node = trie
    best: tuple[int, Any] | None = None
    k = i
    count = len(words)
    while k < count and not (inside and inside[k]):
        word = words[k]
        following = node.get(word)
        if not following:
            if following is None:
                word = "#" if word[0].isdigit() else ""
                following = node.get(word)
                if following is None:
                    break
            following = following or _branch(trie, word)
        node = following
        k += 1
        rules = node.get(_RULES, ())
        if _AT_END in node and clause_ends(words, k):
            rules = (*rules, *node[_AT_END])
        if rules:
            best = (k, rules)
    return best


def _branch(trie: Trie, word: str) -> Trie:
    """The branch of a word that waited."""
    assert isinstance(trie, Waiting), word
    return trie.grow(word)


def beginnings(trie: Trie, words: Sequence[str], inside: Sequence[bool]) -> list[int]:
    """The words at which a cue may begin: most words of a cue's beginning stand before one that no cue goes on with."""
    found: list[int] = []
    last = len(words) - 1
    for k, word in enumerate(words):
        if word not in trie or inside[k]:
            continue
        node = trie[word] or _branch(trie, word)
        if _RULES in node or _AT_END in node or (k < last and (words[k + 1] in node or "#" in node)):
            found.append(k)
    return found


def clause_ends(words: Sequence[str], k: int) -> bool:
    """Does a clause end before word ``k``: the sentence's end, a sign, or the next "Label:"?"""
    if k >= len(words) or words[k] in ".,;)/|]":
        return True
    return ":" in words[k + 1 : k + 4]


def find(trie: Trie, words: Sequence[str], inside: Sequence[bool]) -> list[Hit]:
    """All cues, leftmost-longest, in order; several rules may share one cue."""
    hits: list[Hit] = []
    end = 0
    for i in beginnings(trie, words, inside):
        if i < end:
            continue
        best = longest(trie, words, i, inside)
        if best and not _swallows(trie, words, i, best, inside):
            hits.extend([Hit(rule, i, best[0]) for rule in best[1]])
            # a change of subject takes its first word only: in ", status post" and "patient was on" other cues begin
            end = i + 1 if best[1][0].name in _OVERLAPPING else best[0]
    return hits


def _swallows(trie: Trie, words: Sequence[str], i: int, best: tuple[int, Any], inside: Sequence[bool]) -> bool:
    """ "was negative | for": a backward cue must not eat the beginning of a longer forward one."""
    if best[0] == i + 1:
        return False
    for rule in best[1]:
        if rule.forward or rule.category == "none":
            return False
    for k in range(i + 1, best[0]):
        inner = longest(trie, words, k, inside)
        if inner and inner[0] > best[0] and any(rule.forward for rule in inner[1]):
            return True
    return False


def parse_rules(
    data: Mapping[str, Any], where: str, macros: Mapping[str, Sequence[str]]
) -> list[tuple[Rule, list[Choices]]]:
    """The rules of one parsed file with their cues. Raises `RuleError` for what breaks the schema."""
    parsed: list[tuple[Rule, list[Choices]]] = []
    for n, row in enumerate(data.get("rule", [])):
        name = row.get("name", f"number {n + 1}")
        for key, value in row.items():
            if key not in _KEYS:
                raise RuleError(f"{where}, rule {name}: unknown key {key!r}; allowed are {', '.join(sorted(_KEYS))}")
            if not isinstance(value, _KEYS[key]):
                raise RuleError(f"{where}, rule {name}: {key} is {value!r}, expected {_KEYS[key]}")
        if row.get("category") not in CATEGORIES:
            raise RuleError(
                f"{where}, rule {name}: category is {row.get('category')!r}; "
                f"allowed are {', '.join(sorted(CATEGORIES))}"
            )
        _among(where, name, "direction", row.get("direction", "forward"), ("forward", "backward", "both"))
        _among(where, name, "commas", row.get("commas", "list"), ("cross", "list", "stop"))
        _among(where, name, "status", row.get("status", "past"), ("past", "current", "new"))
        if not row.get("cues") or not all(isinstance(c, str) and c.strip() for c in row["cues"]):
            raise RuleError(f"{where}, rule {name}: cues must be a list of words")
        direction = row.get("direction", "forward")
        rule = Rule(
            name=name,
            category=row["category"],
            forward=direction != "backward",
            backward=direction != "forward",
            reach=row.get("reach", 20),
            commas=row.get("commas", "list"),
            status=row.get("status"),
            kinds=frozenset(row["kinds"]) if "kinds" in row else None,
            strong=row.get("strong", False),
            ignores=frozenset(row.get("ignores", ())),
            ignores_ahead=frozenset(row.get("ignores_ahead", row.get("ignores", ()))),
            result=row.get("result"),
            until=frozenset(row.get("until", ())),
            ends=frozenset(row["ends"]) if "ends" in row else None,
            after_comma=row.get("after_comma", False),
            open_list=row.get("open_list", False),
        )
        try:
            parsed.append((rule, [choices(cue.lower(), macros) for cue in row["cues"]]))
        except RuleError as error:
            raise RuleError(f"{where}, rule {name}: {error}") from None
    return parsed


def _among(where: str, name: str, key: str, value: str, allowed: Iterable[str]) -> None:
    if value not in allowed:
        raise RuleError(f"{where}, rule {name}: {key} is {value!r}; allowed are {', '.join(allowed)}")


FILES = (
    "absent",
    "pseudo",
    "possible",
    "hypothetical",
    "planned",
    "historical",
    "status",
    "other",
    "stops",
    "experiencer",
)


@cache
def rules() -> Trie:
    """All cues as a trie over words."""
    macros = resources.toml("assertion/rules/macros")["macros"]
    trie = Waiting()
    names: set[str] = set()
    for file in FILES:
        for rule, cues in parse_rules(resources.toml(f"assertion/rules/{file}"), f"{file}.toml", macros):
            if rule.name in names:
                raise RuleError(f"{file}.toml, rule {rule.name}: the name stands twice")
            names.add(rule.name)
            for cue in cues:
                if sum(max(map(len, rows)) for rows in cue) > _MAX_WORDS:
                    raise RuleError(f"{file}.toml, rule {rule.name}: {cue!r} is too long")
                trie.wait(cue, rule)
    return trie


@cache
def in_cues() -> frozenset[str]:
    """Words that may stand in a cue though they are a mention by themselves ("in her last pregnancy")."""
    return frozenset(resources.toml("assertion/rules/macros")["words"]["in_cues"])


@cache
def degrees() -> frozenset[str]:
    """Words of another degree of a disease: "reclassified as stage 4" takes no diagnosis back."""
    return frozenset(resources.toml("assertion/rules/macros")["words"]["degrees"])


@cache
def relations() -> tuple[Trie, dict[str, tuple[str, bool]]]:
    """Trie of the words for other people; rule name -> (who, is family)."""
    data = resources.toml("assertion/relations")
    trie: Trie = {}
    people: dict[str, tuple[str, bool]] = {}
    for group in ("family", "other"):
        for who, names in data[group].items():
            rule = Rule(name=who, category="family")
            people[who] = (who, group == "family")
            for name in names:
                add(trie, _WORD.findall(name), rule)
    return trie, people


@cache
def kin() -> frozenset[str]:
    """Names of relatives and other people, in small letters ("mother", "mgf")."""
    data = resources.toml("assertion/relations")
    return frozenset(name for group in ("family", "other") for names in data[group].values() for name in names)


@cache
def persons(name: str) -> frozenset[str]:
    """Function words of `experiencer`, by the name of their list in ``relations.toml``."""
    return frozenset(resources.toml("assertion/relations")["words"][name])


@cache
def told_of(name: str) -> frozenset[str]:
    """What a relative who reports calls the patient."""
    return frozenset(resources.toml("assertion/relations")["told_of"].get(name, ()))


@cache
def links() -> dict[str, Trie]:
    """``after``, ``before`` and ``informant``: what may stand between a relative and a disease."""
    macros = resources.toml("assertion/rules/macros")["macros"]
    data = resources.toml("assertion/rules/experiencer")["links"]
    tries: dict[str, Trie] = {}
    for name in ("after", "before", "informant"):
        trie: Trie = {}
        rule = Rule(name=name, category="family")
        for cue in data[name]:
            for words in expand(cue.lower(), macros):
                # what stands before the relative is read from right to left
                add(trie, words[::-1] if name == "before" else words, rule)
        tries[name] = trie
    return tries
