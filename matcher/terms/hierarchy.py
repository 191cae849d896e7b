"""Is-a over all tables: diseases, drugs and their classes, procedures and their families."""

from __future__ import annotations

import operator
from bisect import bisect_left, bisect_right
from functools import lru_cache
from itertools import chain, repeat

from matcher.terms.overlay import Overlay

_MOST = 65536
"""Concepts of which it is kept what is above them."""


class Hierarchy:
    """Parents, ancestors and descendants by id. Nothing is read before it is asked."""

    def __init__(self, overlay: Overlay) -> None:
        self._overlay = overlay
        self._store = overlay.store
        self._children: tuple[list[int], list[int], dict[str, list[str]]] | None = None
        self.parents = lru_cache(maxsize=_MOST)(self._parents)
        self.ancestors = lru_cache(maxsize=_MOST)(self._ancestors)
        self._above: dict[str, frozenset[str]] = {}
        self.ancestor_set = lru_cache(maxsize=_MOST)(self._ancestor_set)
        self.descendants = lru_cache(maxsize=4096)(self._descendants)

    def _parents(self, id: str) -> tuple[str, ...]:
        overlay = self._overlay
        found = list(overlay.kinships.added.get(id, ()))
        added = overlay.concepts.get(id)
        numbers = list(added.absorbed) if added else []
        number = self._store.number(id)
        if number is not None:
            numbers.append(number)
        for number in numbers:
            found += map(overlay.id_of, self._store.parents(number))
        return tuple(p for p in dict.fromkeys(found) if p != id and (id, p) not in overlay.kinships.removed)

    def _ancestors(self, id: str) -> tuple[str, ...]:
        """Nearest first; a cycle between tables ends where it comes back."""
        seen = {id: None}
        level = [id]
        while level:
            above = [parent for child in level for parent in self.parents(child) if parent not in seen]
            level = list(dict.fromkeys(above))
            seen.update(dict.fromkeys(level))
        return tuple(seen)[1:]

    def _ancestor_set(self, id: str) -> frozenset[str]:
        """As `_ancestors`, from what is known to be above its parents: most concepts share theirs."""
        seen = {id}
        todo = list(self.parents(id))
        while todo:
            parent = todo.pop()
            if parent in seen:
                continue
            seen.add(parent)
            above = self._above.get(parent)
            if above is None:
                todo += self.parents(parent)
            else:
                seen |= above
        seen.discard(id)
        if len(self._above) >= _MOST:
            self._above.clear()
        found = self._above[id] = frozenset(seen)
        return found

    def _below(self) -> tuple[list[int], list[int], dict[str, list[str]]]:
        """Built concepts in the order of their parents, these parents, and what the overlay puts below an id."""
        if self._children is None:
            first, values = (edges.tolist() for edges in self._store.edges())
            counts = map(operator.sub, first[1:], first)
            child = list(chain.from_iterable(map(repeat, range(len(self._store)), counts)))
            order = sorted(range(len(values)), key=values.__getitem__)
            more: dict[str, list[str]] = {}
            for id, parents in self._overlay.kinships.added.items():
                for parent in parents:
                    more.setdefault(parent, []).append(id)
            self._children = [child[at] for at in order], [values[at] for at in order], more
        return self._children

    def _children_of(self, id: str) -> list[str]:
        below, parents, more = self._below()
        overlay = self._overlay
        added = overlay.concepts.get(id)
        numbers = list(added.absorbed) if added else []
        number = self._store.number(id)
        if number is not None:
            numbers.append(number)
        found = more.get(id, [])
        for number in numbers:
            built = below[bisect_left(parents, number) : bisect_right(parents, number)]
            found = [*found, *map(overlay.id_of, built)]
        removed = overlay.kinships.removed
        return [child for child in found if (child, id) not in removed] if removed else found

    def _descendants(self, id: str) -> frozenset[str]:
        seen = {id}
        todo = [id]
        while todo:
            for child in self._children_of(todo.pop()):
                if child not in seen:
                    seen.add(child)
                    todo.append(child)
        return frozenset(seen)
