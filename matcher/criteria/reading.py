"""A tree read back in English, so that a coordinator can check it: "Patient must not have had a stroke in the …"."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cache
from typing import Any

from matcher import resources
from matcher.criteria.cues import cues
from matcher.criteria.notation import number
from matcher.model import And, AtLeast, Except, If, Kind, Leaf, Logic, Not, Or

_DURATION = re.compile(
    r"\s*(?:\d|an?\b|one\b|two\b|three\b|four\b|five\b|six\b|seven\b|eight\b|nine\b|ten\b|twelve\b)", re.I
)
_SENTENCE = re.compile(r"[A-Z][a-z]+(?:[ ,/-]|\Z)")
"""A capital that only begins a sentence."""
_LETTERS = "abcdefghijklmnopqrstuvwxyz"


@cache
def _words() -> dict[str, Any]:
    return resources.toml("criteria/reading")


def reading(tree: Logic | None, kind: Kind, text: str = "") -> str:
    """The criterion as one sentence; what excludes is read as what must not be. "" for no tree.

    ``text`` is the protocol: a predicate without a term is named by its own words there.
    """
    if tree is None:
        return ""
    sentence = _words()["sentence"]
    return _capital(_sentence(tree, kind == "exclusion", sentence["subject"], text)) + "."


def _sentence(tree: Logic, negated: bool, subject: str, text: str) -> str:
    sentence = _words()["sentence"]
    while isinstance(tree, Not):
        tree, negated = tree.arg, not negated
    if isinstance(tree, If):
        premise = _finite(tree.premise, text)
        return f"If {sentence['person']} {premise}: {_sentence(tree.then, negated, sentence['person'], text)}"
    if isinstance(tree, And) and not negated and any(isinstance(_bare(arg), If | Except) for arg in tree.args):
        parts = [_sentence(arg, False, sentence["person"], text) for arg in tree.args]
        return "; and ".join(parts)
    if isinstance(tree, Or) and negated and any(isinstance(_bare(arg), If | Except) for arg in tree.args):
        parts = [_sentence(arg, True, sentence["person"], text) for arg in tree.args]
        return "; and ".join(parts)
    if isinstance(tree, Except):
        spared = _joined([_finite(spare, text) for spare in tree.spares], "or")
        return f"{_sentence(tree.base, negated, subject, text)} (except where {sentence['person']} {spared})"
    return f"{subject} {sentence['must_not'] if negated else sentence['must']} {_phrase(tree, text)}"


def _bare(tree: Logic) -> Logic:
    while isinstance(tree, Not):
        tree = tree.arg
    return tree


def phrase(tree: Logic, text: str = "") -> str:
    """What follows "must": "have hepatitis B or hepatitis C"."""
    return _phrase(tree, text)


def _phrase(tree: Logic, text: str) -> str:
    if isinstance(tree, Leaf):
        return _leaf(tree, text)
    if isinstance(tree, Not):
        inner = _phrase(tree.arg, text)
        return f"not {inner}" if isinstance(tree.arg, Leaf) else f"not ({inner})"
    if isinstance(tree, AtLeast):
        return f"satisfy at least {tree.n} of: {_listed(tree.args, text, 'and')}"
    if isinstance(tree, Except):
        spared = _joined([_finite(spare, text) for spare in tree.spares], "or")
        return f"{_phrase(tree.base, text)} (except where {_words()['sentence']['person']} {spared})"
    if isinstance(tree, If):
        return f"{_phrase(tree.then, text)} (if {_words()['sentence']['person']} {_finite(tree.premise, text)})"
    word = "and" if isinstance(tree, And) else "or"
    args = _merged(tree.args, word, text)
    if len(args) == 1:
        return args[0]
    if len(args) == 2 and all(isinstance(_bare(arg), Leaf) for arg in tree.args):
        return f"{'both ' if word == 'and' else ''}{args[0]} {word} {args[1]}" if word == "or" else _joined(args, word)
    return f"satisfy {'all' if word == 'and' else 'any'} of: {_lettered(args, word)}"


def _listed(args: tuple[Logic, ...], text: str, word: str) -> str:
    return _lettered([_phrase(arg, text) for arg in args], word)


def _lettered(phrases: list[str], word: str) -> str:
    marked = [f"({_LETTERS[i % 26]}) {words}" for i, words in enumerate(phrases)]
    return "; ".join(marked[:-1]) + f"; {word} " + marked[-1] if len(marked) > 1 else marked[0]


def _joined(parts: list[str], word: str) -> str:
    return parts[0] if len(parts) == 1 else ", ".join(parts[:-1]) + f" {word} {parts[-1]}"


def _merged(args: tuple[Logic, ...], word: str, text: str) -> list[str]:
    """Phrases of the parts; neighbours that differ in their terms alone share one: "have A, B or C"."""
    result: list[str] = []
    run: list[Leaf] = []

    def close() -> None:
        if len(run) > 1:
            terms = _joined([_noun(leaf, text) for leaf in run], word)
            result.append(_leaf(run[0], text, terms))
        elif run:
            result.append(_leaf(run[0], text))
        run.clear()

    for arg in args:
        if (
            isinstance(arg, Leaf)
            and arg.cmp is None
            and arg.value is None
            and arg.count is None
            and arg.op not in _ALONE
        ):
            if run and not _alike(run[0], arg):
                close()
            run.append(arg)
            continue
        close()
        result.append(_phrase(arg, text))
    close()
    return result


_ALONE = ("age", "pregnancy", "lactation", "administrative", "other", "therapy_lines")


def _alike(a: Leaf, b: Leaf) -> bool:
    return replace(a, term="", concept=None, start=0, end=0, qualifiers=()) == replace(
        b, term="", concept=None, start=0, end=0, qualifiers=()
    )


def _leaf(leaf: Leaf, text: str, terms: str | None = None) -> str:
    words = _words()
    if leaf.op == "age":
        return _age(leaf, text)
    noun = terms or _noun(leaf, text)
    forms = words["phrases"].get(leaf.op, words["phrases"]["other"])
    span = _window(leaf)
    if leaf.op == "therapy_lines" and leaf.cmp:
        noun = f"{_limit(leaf).removeprefix('of ')} lines of therapy" + (f" ({noun})" if noun else "")
    elif leaf.op == "sex" and leaf.value is not None:
        noun = _limit(leaf)  # "be female", however it is written
    elif leaf.cmp is not None or leaf.value is not None:
        noun = f"{noun} {_limit(leaf)}"
    if leaf.count is not None:
        noun += " " + words["counts"][leaf.count_cmp or ">="].format(n=leaf.count)
    if leaf.stable:
        noun += " " + words["windows"]["stable"].format(duration=leaf.stable)
    if span:
        form = forms.get("window", forms["plain"] + " {window}")
        if leaf.status == "current" and leaf.window and leaf.window.at_least_ago is None:
            form = forms["plain"] + " {window}"
    elif (special := _special(leaf.op, noun.lower())) is not None:
        form = special
    else:
        form = forms.get(leaf.status or "plain", forms["plain"])
    return " ".join(form.format(term=noun, window=span).split())


def _special(op: str, noun: str) -> str | None:
    """The phrase for terms of another meaning than their predicate's: "women of childbearing potential"."""
    row = _words()["special"].get(op, {})
    special = noun in row.get("terms", ()) or any(word in noun for word in row.get("holding", ()))
    return str(row["plain"]) if special else None


def _noun(leaf: Leaf, text: str) -> str:
    """The term with its qualifiers and, where it takes one, an article."""
    term = " ".join((leaf.term or text[leaf.start : leaf.end] or (leaf.concept.name if leaf.concept else "")).split())
    if _SENTENCE.match(term) and term.split()[0] not in cues().names:
        term = term[0].lower() + term[1:]
    known = term.lower()
    before = [q for q in leaf.qualifiers if q.lower() not in known]
    noun = " ".join([*before, term])
    heads = _words()["articles"]["heads"]
    bare = leaf.cmp is None and leaf.value is None and leaf.op in ("condition", "procedure", "medication")
    if (
        bare
        and noun
        and known.split()[-1:]
        and known.split()[-1] in heads
        and not re.match(r"(?:an?|the|any|no) ", noun, re.I)
    ):
        noun = f"{'an' if noun[0].lower() in 'aeiou' else 'a'} {noun}"
    return noun


def _shown(value: float | str | None) -> str:
    value = number(value)
    if isinstance(value, int):
        return f"{value:,}" if abs(value) >= 10_000 else str(value)
    if isinstance(value, float):
        return f"{value:g}"
    return str(value)


def _limit(leaf: Leaf) -> str:
    words = _words()
    form = words["comparisons"][leaf.cmp or "="]
    tail = f" {words['limits']['uln']}" if leaf.uln else f" {words['limits']['lln']}" if leaf.lln else ""
    unit = f" {leaf.unit}" if leaf.unit and not tail else tail
    if isinstance(leaf.value, str) and leaf.cmp in (None, "="):
        return leaf.value + unit
    return str(form.format(value=_shown(leaf.value), value2=_shown(leaf.value2))) + unit


def _age(leaf: Leaf, text: str) -> str:
    words = _words()["age"]
    if leaf.cmp is None:
        return str(words["none"]).format(term=_noun(leaf, text))
    return str(words[leaf.cmp].format(value=_shown(leaf.value), value2=_shown(leaf.value2), unit=leaf.unit or "years"))


def _window(leaf: Leaf) -> str:
    words = _words()["windows"]
    if leaf.window is None:
        return ""
    parts = []
    for key in ("within", "at_least_ago"):
        duration = getattr(leaf.window, key)
        if duration:
            form = words[key] if _DURATION.match(duration) else words["no_number"]
            parts.append(form.format(duration=duration, phrase=duration))
    return " and ".join(parts)


def _finite(tree: Logic, text: str) -> str:
    """The phrase with a finite verb: "has diabetes", "is female", "does not take insulin"."""
    verbs = _words()["verbs"]
    if isinstance(tree, Not):
        inner = _finite(tree.arg, text)
        return f"does not satisfy: {inner}" if not isinstance(tree.arg, Leaf) else _denied(_phrase(tree.arg, text))
    words = _phrase(tree, text)
    first, _, rest = words.partition(" ")
    verb = first.rstrip(",:")
    return f"{verbs[verb]}{first[len(verb) :]} {rest}" if verb in verbs else words


def _denied(words: str) -> str:
    first, _, rest = words.partition(" ")
    if first == "be":
        return f"is not {rest}"
    if words.startswith("have had ") or words.startswith("have taken ") or words.startswith("have received "):
        return f"has not {rest}"
    return f"does not {words}"


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]
