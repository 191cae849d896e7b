"""The recogniser: one interface for criteria and notes, whatever finds the mentions."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Literal, Protocol, cast, get_args

from matcher.errors import MatchError
from matcher.model import Concept, EntityType, Mention, Span
from matcher.ner import defined

if TYPE_CHECKING:
    from matcher.terms import Hit, Terminology


Side = Literal["protocol", "note"]
Extents = Sequence[Span]
"""Parts of a text, in order, none inside another."""


class Recogniser(Protocol):
    """Finds mentions in texts; ``name`` with the version of what it holds identifies it in a fact store."""

    name: str

    @property
    def rules(self) -> Rules:
        """What finds and reads the terminology's own words for it."""
        ...

    def mentions(self, texts: Iterable[str], side: Side = "note") -> Iterator[list[Mention]]:
        """For each text its mentions, sorted by offset, non-overlapping. ``side``: criteria and notes are written
        differently; a back-end may hold a model for each."""
        ...

    def among(
        self, texts: Sequence[str], hits: Sequence[list[Hit]], within: Sequence[Extents]
    ) -> Iterator[list[Mention]]:
        """For each note the `mentions` that begin ``within`` the extents, of which the terminology's are among ``hits``
        (`Rules.hits`); others may be left out."""
        ...


_JOINT = re.compile(r"\s+(?:and|plus|with)\s+|\s*[,;&]\s*", re.IGNORECASE)
_LETTERS = 6
_TYPES = frozenset(get_args(EntityType))
_TYPE_OF_KIND = {"behaviour": "observation", "score": "measurement", "stage": "observation", "drug_class": "drug"}


class Rules:
    """The terminology's own words, found in one pass, ambiguous ones resolved by their context."""

    name = "rules"

    def __init__(self, terminology: Terminology) -> None:
        self.terminology = terminology
        self._known: dict[str, tuple[EntityType, Concept]] = {}

    @property
    def rules(self) -> Rules:
        """Itself."""
        return self

    def mentions(self, texts: Iterable[str], side: Side = "note") -> Iterator[list[Mention]]:
        """For each text the terminology's terms in it; a term that no sense fits is left out."""
        for text in texts:
            yield self.read(text, self.hits(text))

    def hits(self, text: str) -> list[Hit]:
        """The terms in a text, abbreviations as the text defines them."""
        return defined.read(self.terminology, text, self.terminology.find(text))

    def among(
        self, texts: Sequence[str], hits: Sequence[list[Hit]], within: Sequence[Extents]
    ) -> Iterator[list[Mention]]:
        """See `Recogniser.among`."""
        for text, some, extents in zip(texts, hits, within, strict=True):
            starts = [extent.start for extent in extents]
            near = ((hit, bisect_right(starts, hit.start) - 1) for hit in some)
            yield self.read(text, (hit for hit, at in near if at >= 0 and hit.start < extents[at].end))

    def read(self, text: str, hits: Iterable[Hit]) -> list[Mention]:
        """The mentions that hits in a text are."""
        found: list[Mention] = []
        for hit in _parted(hits, text, self.terminology):
            chosen = hit.ids[0] if self.plain(hit, text) else self.terminology.resolve(hit, text)
            if chosen is None:
                continue
            type, concept = self._known.get(chosen) or self._meaning(chosen)
            found.append(Mention(hit.start, hit.end, text[hit.start : hit.end], type, concept))
        return found

    @staticmethod
    def plain(hit: Hit, text: str) -> bool:
        """Whether a hit has one meaning. Letters may stand for what no table has ("RA": room air)."""
        return hit.sure or (
            len(hit.ids) == 1 and (hit.end - hit.start > _LETTERS or text[hit.start : hit.end].islower())
        )

    def meanings(self, hit: Hit, text: str) -> list[tuple[EntityType, Concept]] | None:
        """Whatever a hit may mean, its context apart; None: it has parts, which may mean anything."""
        if hit.ids[0].startswith("COMBO:"):
            return None
        senses = () if self.plain(hit, text) else self.terminology.senses(text[hit.start : hit.end])
        ids = dict.fromkeys((*hit.ids, *(id for _, id in senses if id is not None)))
        return [self._known.get(id) or self._meaning(id) for id in ids]

    def _meaning(self, id: str) -> tuple[EntityType, Concept]:
        """The type and the concept of an id; kept, for concepts recur."""
        kind = self.terminology.kind(id)
        kind = _TYPE_OF_KIND.get(kind, kind)
        known = cast(EntityType, kind if kind in _TYPES else "observation"), self.terminology.concept(id)
        self._known[id] = known
        return known


def _parted(hits: Iterable[Hit], text: str, terminology: Terminology) -> Iterator[Hit]:
    """Two drugs that "and" joins are two drugs, also where a product combines them: one may be stopped alone."""
    for hit in hits:
        if hit.ids[0].startswith("COMBO:") and (joint := _JOINT.search(text, hit.start, hit.end)):
            for start, end in ((hit.start, joint.start()), (joint.end(), hit.end)):
                for part in terminology.find(text[start:end]):
                    yield part._replace(start=part.start + start, end=part.end + start)
        else:
            yield hit


_Factory = Callable[[str, "Terminology"], Recogniser]
_BACKENDS: dict[str, _Factory] = {}


def register(scheme: str, factory: _Factory) -> None:
    """Make a back-end known: ``recogniser("scheme:rest")`` then calls ``factory("rest", terminology)``."""
    _BACKENDS[scheme] = factory


def recogniser(name: str = "rules", terminology: Terminology | None = None) -> Recogniser:
    """The recogniser of that name: ``rules``, or ``scheme:model`` of a back-end.

    Raises `MatchError` for a name that no back-end answers to.
    """
    if terminology is None:
        from matcher import terms

        terminology = terms.load()
    if name == "rules":
        return Rules(terminology)
    scheme, _, rest = name.partition(":")
    if scheme not in _BACKENDS:
        _load_backends()
    if scheme not in _BACKENDS:
        known = ", ".join(["rules", *sorted(_BACKENDS)])
        raise MatchError(f"--ner {name!r} is not known; known: {known} (a model is named as scheme:model)")
    return _BACKENDS[scheme](rest, terminology)


def _load_backends() -> None:
    """Import the model back-ends, which register themselves."""
    import importlib

    try:
        importlib.import_module("matcher.ner.models")
    except ModuleNotFoundError as error:
        if error.name != "matcher.ner.models":
            raise
