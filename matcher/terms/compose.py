"""Terms made of two names: several diseases in one wording ("gastric or duodenal ulcer"), what a drug does ("lithium
toxicity"). Each part must be a name that the tables have; a part that is not makes the whole no concept.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from matcher.terms.wording import rules

if TYPE_CHECKING:
    from matcher.terms.normalise import Normalised
    from matcher.terms.terminology import Terminology

    Reader = Callable[[str], Normalised]

_JOINT = re.compile(r"\s*,?\s+(?:and/or|or|and)\s+|\s+\+\s+|(?<=\w\w)\s*/\s*(?=\w\w)|\s*,\s+")
_HALF = re.compile(r"[A-Za-z]{3,}-\Z")
_MOST = 4
_TAIL = 3
_SCORE = 0.8
_SURE, _SHARED = 0.7, 0.85


def named(text: str, read: Reader, terminology: Terminology) -> tuple[Normalised, ...]:
    """What each of the names in a coordination means; empty where the term is none, or one of them has no concept."""
    pieces = [piece for piece in _JOINT.split(text) if piece.strip()]
    if not 2 <= len(pieces) <= _MOST:
        return ()
    found = []
    for at, piece in enumerate(pieces):
        meaning = _best(piece, _shared(piece, at, pieces), at == 0 or len(piece.split()) > 1, read, terminology)
        if meaning is None:
            return ()
        found.append(meaning)
    return tuple(found)


def _best(
    piece: str, shared: Iterator[str], shared_first: bool, read: Reader, terminology: Terminology
) -> Normalised | None:
    """The reading of a piece that the tables know best, by itself or with the words that it shares."""
    alone = _read(piece, _SURE, read, terminology)
    others = [found for form in shared if (found := _read(form, _SHARED, read, terminology)) is not None]
    every = [*others, alone] if shared_first and " " not in piece else [alone, *others]
    return max((found for found in every if found is not None), key=lambda found: found.score, default=None)


def _read(form: str, least: float, read: Reader, terminology: Terminology) -> Normalised | None:
    found = read(form)
    if found.concept is None or found.how == "fuzzy" or found.score < least:
        return None
    return found if terminology.kind(found.concept.id) in rules()["several"]["kinds"] else None


def _shared(piece: str, at: int, pieces: list[str]) -> Iterator[str]:
    """A piece with the words that it may share with the others.

    "gastric" of "gastric or duodenal ulcer", "C" of "hepatitis B or C", "hyper-" of "hyper- or hypothyroidism".
    """
    first, last = pieces[0].split(), pieces[-1].split()
    if _HALF.search(piece):
        yield from _halves(piece[:-1], last[-1])
        return
    if at < len(pieces) - 1 and not set(piece.lower().split()) <= set(pieces[-1].lower().split()):
        for size in range(min(_TAIL, len(last) - 1), 0, -1):
            yield f"{piece} {' '.join(last[-size:])}"
    if at:
        for size in range(len(first) - 1, 0, -1):
            yield f"{' '.join(first[:size])} {piece}"


def _halves(beginning: str, word: str) -> Iterator[str]:
    """Words that begin so and end like ``word``."""
    for group in rules()["fuzzy"]["opposites"]:
        if beginning.lower() in group:
            for other in group:
                if word.lower().startswith(other):
                    yield beginning + word[len(other) :]


def joined(found: tuple[Normalised, ...], terminology: Terminology) -> Normalised | None:
    """The one concept among several that is a kind of none and that all others are kinds of."""
    for one in found:
        if all(terminology.is_a(other.concept.id, one.concept.id) for other in found if other.concept and one.concept):
            return replace(one, how="inflection", score=min(_SCORE, one.score))
    return None


def of_a_drug(text: str, read: Reader, terminology: Terminology) -> Normalised | None:
    """ "lithium toxicity", "acetaminophen overdose": the event, qualified by the drug."""
    table = rules()["drug_events"]
    for event, means in table["means"].items():
        if not text.lower().endswith(" " + event):
            continue
        name = text[: -len(event) - 1]
        drug = read(name)
        if drug.concept is None or drug.how == "fuzzy" or terminology.kind(drug.concept.id) != "drug":
            return None
        if event in table["of_abuse"]:
            groups = [found.concept for found in map(read, table["abused"]) if found.concept]
            if not any(terminology.is_a(drug.concept.id, group.id) for group in groups):
                return None
        found = read(means)
        return replace(found, how="inflection", score=_SCORE, qualifiers=(name,)) if found.concept else None
    return None
