"""The protocol's own terms: looked for in notes as written, where no terminology has them or knows but their gist."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from matcher.criteria.trees import leaves
from matcher.model import Leaf, Op, Protocol

_NOT_SOUGHT = frozenset({"age", "sex", "administrative", "pregnancy", "lactation", "contraception", "therapy_lines"})
_BY_WORD = frozenset({"condition", "procedure", "other"})
"""Terms with a concept that a note may tell in other words ("stenosis … of the left main coronary artery")."""
_MISSPELT = frozenset({"condition", "medication"})
"""Terms of one word, which the terminology finds, and the search where a note misspells them."""
_WORD = 6
"""Letters from which on a word is looked for misspelt."""
_LONGEST = 80


@dataclass(frozen=True, slots=True, order=True)
class Wanted:
    """A term, lower case, and the op of its leaf."""

    term: str
    kind: Op


def wanted(protocols: Iterable[Protocol]) -> tuple[Wanted, ...]:
    """The distinct terms of all leaves that have no concept, or are of several words or of a long one, sorted."""
    found = {
        Wanted(leaf.term.lower(), leaf.op)
        for protocol in protocols
        for criterion in protocol.criteria
        for leaf in leaves(criterion.logic)
        if leaf.op not in _NOT_SOUGHT and 2 < len(leaf.term) <= _LONGEST
        if leaf.concept is None or (leaf.op in _BY_WORD and " " in leaf.term) or _long(leaf)
    }
    return tuple(sorted(found))


def _long(leaf: Leaf) -> bool:
    return leaf.op in _MISSPELT and len(leaf.term) >= _WORD and leaf.term.isalpha()
