"""The protocol's own terms: what no terminology has is looked for in notes as written."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from ..model import Op, Protocol
from .trees import leaves

_NOT_SOUGHT = frozenset({"age", "sex", "administrative", "pregnancy", "lactation", "contraception", "therapy_lines"})
_LONGEST = 80


@dataclass(frozen=True, slots=True, order=True)
class Wanted:
    """A term without a concept, lower case, and the op of its leaf."""

    term: str
    kind: Op


def wanted(protocols: Iterable[Protocol]) -> tuple[Wanted, ...]:
    """The distinct terms of all leaves that have no concept, sorted."""
    found = {
        Wanted(leaf.term.lower(), leaf.op)
        for protocol in protocols
        for criterion in protocol.criteria
        for leaf in leaves(criterion.logic)
        if leaf.concept is None and leaf.op not in _NOT_SOUGHT and 2 < len(leaf.term) <= _LONGEST
    }
    return tuple(sorted(found))
