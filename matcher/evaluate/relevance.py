"""How well a patient's documented diseases fit the diseases that a trial is about."""

from __future__ import annotations

from typing import Any

from matcher.evaluate import data
from matcher.evaluate.index import Index
from matcher.model import Protocol


class Diseases:
    """The index diseases of a protocol, with what counts as the same, wider or related."""

    def __init__(self, protocol: Protocol, terminology: Any) -> None:
        self._table: dict[str, float] = data.table("score")["match"]
        self._groups: list[tuple[frozenset[str], frozenset[str], frozenset[str]]] = []
        names = list(protocol.conditions)
        for name in names:
            self._add(name, terminology)
        if not self._groups and protocol.title:
            for hit in terminology.find(protocol.title):
                if hit.ids and terminology.kind(hit.ids[0]) == "condition":
                    self._add_id(hit.ids[0], terminology)

    def _add(self, name: str, terminology: Any) -> None:
        found = terminology.normalise(name)
        if found.concept is not None:
            self._add_id(found.concept.id, terminology)
            return
        for hit in terminology.find(name):
            if hit.ids and terminology.kind(hit.ids[0]) == "condition":
                self._add_id(hit.ids[0], terminology)

    def _add_id(self, id: str, terminology: Any) -> None:
        above = [c.id for c in terminology.ancestors(id)]
        near = frozenset(above[:2])
        related: set[str] = set()
        for parent in above[:1]:
            children = terminology.descendants(parent)
            if len(children) < 400:
                related |= children
        self._groups.append((frozenset(terminology.descendants(id) | {id}), near, frozenset(related)))

    def match(self, index: Index) -> float:
        """0–1: the best fit over the index diseases; a middling figure where the protocol names none."""
        table = self._table
        if not self._groups:
            return table["unnamed"]
        best = table["missing"]
        for own, near, related in self._groups:
            facts = index.of(own)
            if facts:
                words = {f.assertion for f in facts}
                for name in ("present", "historical", "possible"):
                    if name in words:
                        best = max(best, table[name])
                        break
                continue
            if not near.isdisjoint(index.ids):
                best = max(best, table["wider"])
            elif not related.isdisjoint(index.ids):
                best = max(best, table["related"])
        return best
