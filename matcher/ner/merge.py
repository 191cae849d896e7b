"""How a model's mentions and the terminology's hits become one list.

The rules, each tested by its number in ``tests/ner/test_merge.py``:

1. A model's mention that overlaps no hit is added; its concept is what the terminology makes of its words, if any.
2. A hit that overlaps no mention of the model is kept as it is.
3. Same span: the hit.
4. The model's mention covers the hit and more. In notes the model's span is taken if both are of one type, with the
   concept of its words as a whole, else the hit's; several hits inside one mention are facts of their own and stay,
   unless the words as a whole are a term. In criteria the hits stay: what the mention adds ("severe", "within a year")
   is the grammar's to read, and `matcher.ner.merged.Merged.annotations` has the model's own spans.
5. The hit covers the model's mention and more: the hit.
6. They cross: the hit.

Whatever wins, the result is sorted and no two mentions overlap.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from matcher.model import Concept, Mention

Normalise = Callable[[str, str], Concept | None]
"""The concept of (words, type), or None."""


def merge(hits: Sequence[Mention], found: Sequence[Mention], normalise: Normalise, *, criteria: bool) -> list[Mention]:
    """One sorted, non-overlapping list of both. ``hits`` and ``found`` are each sorted and non-overlapping."""
    out: list[Mention] = []
    gone: set[int] = set()  # hits that lost
    first = 0
    for mention in found:
        while first < len(hits) and hits[first].end <= mention.start:
            first += 1
        near = []
        at = first
        while at < len(hits) and hits[at].start < mention.end:
            if at not in gone:
                near.append(at)
            at += 1
        chosen = _against([hits[i] for i in near], mention, normalise, criteria)
        if chosen is not None:
            out.append(chosen)
            gone.update(near)
    out.extend(hit for i, hit in enumerate(hits) if i not in gone)
    out.sort(key=lambda m: (m.start, m.end))
    return out


def _against(hits: list[Mention], mention: Mention, normalise: Normalise, criteria: bool) -> Mention | None:
    """The mention that replaces these overlapping hits, or None where the hits stay."""
    if not hits:
        return replace(mention, concept=normalise(mention.text, mention.type))
    inside = all(mention.start <= h.start and h.end <= mention.end for h in hits)
    same = len(hits) == 1 and hits[0].start == mention.start and hits[0].end == mention.end
    if criteria or same or not inside:
        return None
    whole = normalise(mention.text, mention.type)
    if len(hits) > 1:
        return replace(mention, concept=whole) if whole is not None and whole not in [h.concept for h in hits] else None
    if hits[0].type != mention.type:
        return None
    return replace(mention, concept=whole or hits[0].concept)
