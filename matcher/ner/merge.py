"""How a model's mentions and the terminology's hits become one list.

The rules, each tested by its number in ``tests/ner/test_merge.py``:

1. A model's mention that overlaps no hit is added; its concept is what the terminology makes of its words, if any.
2. A hit that overlaps no mention of the model is kept as it is.
3. Same span: one mention. It has the hit's concept. Criteria take the model's type (what the word is in the sentence),
   notes the hit's.
4. The model's mention covers the hit and more. Criteria: the model's span, with the concept of its words as a whole,
   else of its head, the last hit in it. Notes: the model's span if both are of one type (concept as in criteria), else
   the hit; several hits inside one mention are facts of their own and stay, unless the words as a whole are a term.
5. The hit covers the model's mention and more: the hit wins.
6. They cross: the terminology wins in notes, the model in criteria.

Whatever wins, the result is sorted and no two mentions overlap.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from ..model import Concept, Mention

Normalise = Callable[[str, str], Concept | None]
"""The concept of (words, type), or None."""


def merge(hits: Sequence[Mention], found: Sequence[Mention], normalise: Normalise, *, criteria: bool) -> list[Mention]:
    """One sorted, non-overlapping list of both. ``hits`` and ``found`` are each sorted and non-overlapping."""
    out: list[Mention] = []
    gone: set[int] = set()  # hits that lost
    refused: list[tuple[Mention, list[int]]] = []
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
        if chosen is None:
            refused.append((mention, near))
        else:
            out.append(chosen)
            gone.update(near)
    # What was refused for hits that lost to a later mention is not lost with them.
    out.extend(replace(m, concept=normalise(m.text, m.type)) for m, near in refused if gone.issuperset(near))
    out.extend(hit for i, hit in enumerate(hits) if i not in gone)
    out.sort(key=lambda m: (m.start, m.end))
    return out


def _against(hits: list[Mention], mention: Mention, normalise: Normalise, criteria: bool) -> Mention | None:
    """The mention that replaces these overlapping hits, or None where the hits stay."""
    if not hits:
        return replace(mention, concept=normalise(mention.text, mention.type))
    only = hits[0]
    if len(hits) == 1 and only.start == mention.start and only.end == mention.end:
        return replace(mention, concept=only.concept, type=mention.type if criteria else only.type)
    if len(hits) == 1 and only.start <= mention.start and mention.end <= only.end:
        return None
    covered = all(mention.start <= h.start and h.end <= mention.end for h in hits)
    if not covered:
        if not criteria:
            return None
        inside = [h for h in hits if mention.start <= h.start and h.end <= mention.end]
        return replace(mention, concept=normalise(mention.text, mention.type) or _head(inside))
    whole = normalise(mention.text, mention.type)
    if criteria:
        return replace(mention, concept=whole or _head(hits))
    if len(hits) > 1:
        return replace(mention, concept=whole) if whole is not None and whole not in [h.concept for h in hits] else None
    if only.type != mention.type:
        return None
    return replace(mention, concept=whole or only.concept)


def _head(hits: Sequence[Mention]) -> Concept | None:
    """English puts the head last."""
    return hits[-1].concept if hits else None
