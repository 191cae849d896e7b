"""What stands between the spaces of notes: most of it comes again, so that what it tells is worked out once."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import filterfalse

_MOST = 30_000
"""Stretches that are remembered."""
_LONGEST = 40
"""Characters of one that is: hostile text must not fill the memory."""

_SIGNS = ".,;:!?()[]{}\"'*/-"
"""Signs around a word, of which it is no part."""

Telling = Callable[[str], Iterable[str]]
"""The words of a stretch that tell something; of the stretch alone, so that it can be kept."""

_NOTHING: tuple[tuple[str, ...], tuple[str, ...]] = ((), ())


class Stretches:
    """Remembers which words of a stretch tell something, to each of two who ask; most stretches hold none.

    No word reaches over the ends of a stretch.
    """

    def __init__(self, first: Telling, second: Telling) -> None:
        self._first, self._second = first, second
        self._plain: set[str] = set()
        self._telling: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {}

    def of(self, text: str) -> tuple[set[str], set[str]]:
        """The words of a text that tell something to the first, and to the second."""
        if len(self._plain) + len(self._telling) > _MOST:
            self._plain.clear()
            self._telling.clear()
        first: set[str] = set()
        second: set[str] = set()
        known = self._telling
        for stretch in set(filterfalse(self._plain.__contains__, text.split())):
            told = known.get(stretch)
            if told is None:
                bare = stretch.strip(_SIGNS)
                told = _NOTHING if bare in self._plain else known.get(bare) or self._told(bare)
                if len(stretch) > _LONGEST:
                    pass
                elif told != _NOTHING:
                    known[stretch] = known[bare] = told
                else:
                    self._plain.update((stretch, bare))
            first.update(told[0])
            second.update(told[1])
        return first, second

    def _told(self, bare: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
        return tuple(self._first(bare)), tuple(self._second(bare))
