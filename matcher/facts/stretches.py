"""What stands between the spaces of notes: most of it comes again, so that what it tells is worked out once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Set

_MOST = 30_000
"""Stretches that are remembered."""
_LONGEST = 40
"""Characters of one that is: hostile text must not fill the memory."""


def cut(text: str) -> set[str]:
    """The distinct stretches of a text between white space. No word reaches over their ends."""
    return set(text.split())


class Stretches:
    """Remembers which words of a stretch tell something; most stretches hold none."""

    def __init__(self, telling: Callable[[str], Iterable[str]]) -> None:
        """``telling``: the words of a stretch that tell something; of the stretch alone, so that it can be kept."""
        self._make = telling
        self._plain: set[str] = set()
        self._telling: dict[str, tuple[str, ...]] = {}

    def telling(self, stretches: Set[str]) -> set[str]:
        """The words that tell something in some stretches (`cut`)."""
        if len(self._plain) + len(self._telling) > _MOST:
            self._plain.clear()
            self._telling.clear()
        found: set[str] = set()
        known = self._telling
        for stretch in stretches - self._plain:
            words = known.get(stretch)
            if words is None:
                words = tuple(self._make(stretch))
                if len(stretch) > _LONGEST:
                    pass
                elif words:
                    known[stretch] = words
                else:
                    self._plain.add(stretch)
            found.update(words)
        return found
