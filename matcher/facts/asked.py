"""Which facts may be asked for: by a protocol, or by what is worked out for one."""

from __future__ import annotations

from typing import Protocol

from matcher.facts import derived
from matcher.facts.page import Draft
from matcher.model import Concept


class Wanted(Protocol):
    """A protocol's own term (`matcher.criteria.wanted`)."""

    @property
    def term(self) -> str: ...


class Bears(Protocol):
    """`matcher.evaluate.Needs.bears`."""

    def __call__(self, concept: Concept | None, *kinds: str) -> bool: ...


BECOMES = {"condition": "family_history", "medication": "allergy"}
"""The kind of which a fact may turn out to be: a relative's disease, a drug that was not tolerated."""


class Asked:
    """What ``bears`` on protocols, and what that is worked out from. Built once for a run's protocols.

    ``parts``: complications of which a disease beside them makes what bears.
    """

    def __init__(self, bears: Bears, parts: frozenset[str] = frozenset()) -> None:
        self._bears = bears
        self._parts = parts
        self._measures, self._drugs = derived.inputs(bears)

    def of(self, concept: Concept | None, *kinds: str) -> bool:
        """Whether a fact of the concept, of one of the kinds, may be asked for."""
        if self._bears(concept, *kinds):
            return True
        return concept is not None and (
            concept.id in self._measures or concept.name.lower() in self._drugs or concept.id in self._parts
        )

    def draft(self, draft: Draft) -> bool:
        """Whether the fact that a draft becomes may be asked for."""
        if draft.rule in ("list.none", "list.unknown"):
            return True
        return self.of(draft.concept, draft.kind, BECOMES.get(draft.kind, draft.kind))
