"""What of a record may bear on protocols, so that nothing else need be made."""

from __future__ import annotations

from collections.abc import Sequence

from matcher.evaluate.evaluator import Evaluator
from matcher.model import Concept


class Needs:
    """The facts that protocols may ask for, by kind and concept; without the others every verdict is the same."""

    def __init__(self, evaluators: Sequence[Evaluator]) -> None:
        needs = [evaluator.needs() for evaluator in evaluators]
        self.ids: frozenset[str] = frozenset().union(*(ids for ids, _ in needs))
        self.unnamed: frozenset[str] = frozenset().union(*(kinds for _, kinds in needs))
        """Kinds whose facts without a concept may bear."""
        self.kinds: frozenset[str] = frozenset().union(*(evaluator.whole_kinds() for evaluator in evaluators))
        """Kinds whose facts may bear whatever their concept."""
        self.words: frozenset[str] = frozenset().union(*(evaluator.words for evaluator in evaluators))
        """Words of the notes that bear on the score (`relevance.stems`)."""
        self._evaluators = evaluators
        self._known: dict[str, bool] = {}

    def bears(self, concept: Concept | None, *kinds: str) -> bool:
        """Whether a fact of the concept, of one of the kinds, may bear on a protocol."""
        if concept is None:
            return not self.unnamed.isdisjoint(kinds)
        if not self.kinds.isdisjoint(kinds):
            return True
        known = self._known.get(concept.id)
        if known is None:
            known = concept.id in self.ids or any(evaluator.bears(concept) for evaluator in self._evaluators)
            self._known[concept.id] = known
        return known
