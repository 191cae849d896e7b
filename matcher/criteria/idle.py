"""Predicates that ask nothing: "exclusion criteria", "however", "see appendix", beside others that do."""

from __future__ import annotations

import re
from functools import cache

from matcher.criteria.lexicon import load
from matcher.criteria.trees import join, leaves
from matcher.model import And, AtLeast, Except, If, Leaf, Logic, Not, Or

_WORD = re.compile(r"[^\W\d_]+(?:['’]s)?")


def asking(tree: Logic) -> Logic:
    """The tree without leaves that ask nothing, as long as something is left."""
    return _kept(tree) or tree


def _kept(tree: Logic) -> Logic | None:
    match tree:
        case Leaf():
            return None if idle(tree) else tree
        case And(args) | Or(args):
            return join("and" if isinstance(tree, And) else "or", [_kept(arg) for arg in args])
        case AtLeast(n, args):
            return AtLeast(n, tuple(_kept(arg) or arg for arg in args))
        case Not(arg):
            kept = _kept(arg)
            return Not(kept) if kept is not None else None
        case Except(base, spares):
            base_kept = _kept(base)
            spared = tuple(kept for kept in map(_kept, spares) if kept is not None)
            return Except(base_kept, spared) if base_kept is not None and spared else base_kept
        case If(premise, then):
            said = _kept(then)
            # a premise decides whom it is asked of
            return If(_kept(premise) or premise, said) if said is not None else None
    return tree


def idle(leaf: Leaf) -> bool:
    """Whether a predicate of no known kind is made of words that ask nothing."""
    if leaf.op != "other" or leaf.concept is not None or leaf.cmp or leaf.value is not None or leaf.count is not None:
        return False
    said = _WORD.findall(leaf.term.lower())
    if leaf.term.lower().startswith(_again()):
        return True  # "may be re-tested after replacement"
    return all(map(idle_word, said))


def idle_word(word: str) -> bool:
    """Whether a word speaks of the study and its text only."""
    return word in _words()


def unnamed(tree: Logic | None) -> bool:
    """Whether a tree asks two things or more, and names none that a machine knows."""
    found = leaves(tree)
    return (
        len(found) > 1
        and not isinstance(tree, If)
        and all(
            leaf.op in ("other", "administrative")
            and leaf.concept is None
            and leaf.cmp is None
            and leaf.count is None
            and leaf.window is None
            for leaf in found
        )
    )


@cache
def _words() -> frozenset[str]:
    return frozenset(load("idle")["words"])


@cache
def _again() -> tuple[str, ...]:
    return tuple(load("idle")["again"])
