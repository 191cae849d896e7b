"""Denials that do not stand right before what they deny: "MRI not performed", "asthma that is not stable".

As in `turns`, each function returns the row in plainer words.
"""

from __future__ import annotations

from dataclasses import replace

from matcher.criteria.chunks import Chunk
from matcher.criteria.coordination import names
from matcher.criteria.lexer import tokens
from matcher.criteria.lexicon import lexicon
from matcher.criteria.turns import LeftOut

_CLAUSES = frozenset({"comma", "stop", "semicolon", "conjunction", "colon", "link", "group", "exception", "condition"})
_ENDS = frozenset({"comma", "stop", "semicolon", "conjunction", "window", "when", "bracket", "scaffold", "group"})
_NAMED = frozenset(
    {"word", "term", "qualifier", "scaffold", "status", "head", "behaviour", "leaf", "bracket", "result"}
)
_TIMES = frozenset({"status", "certainty"})


def denied_later(row: list[Chunk], left_out: LeftOut) -> list[Chunk]:
    """ "MRI not performed", "hospitalization was not required in the last year": it did not take place."""
    known = lexicon()
    out: list[Chunk] = []
    begun = 0
    """Where in ``out`` the clause begins."""
    at = 0
    while at < len(row):
        chunk = row[at]
        after = row[at + 1] if at + 1 < len(row) else None
        if chunk.kind in _CLAUSES:
            begun = len(out) + 1
        elif (
            chunk.kind == "negation"
            and after is not None
            and _not(chunk)
            and known.turns["took_place"] & {after.low, after.low.split()[-1] if after.low else ""}
            and (at + 2 == len(row) or row[at + 2].kind in _ENDS)
        ):
            first = _first(out, begun)
            said = out[first:]
            if names(said) and all(c.kind in _NAMED or c.kind == "conjunction" for c in said):
                left_out([after])
                # of one name only: it does not reach over what follows ("not obtained or uninterpretable")
                out[first:] = [replace(chunk, value="" if first < begun else "own"), *said]
                at += 2
                continue
        out.append(chunk)
        at += 1
    return out


def _first(out: list[Chunk], begun: int) -> int:
    """Where the names begin that are denied: "MRI or CT was not done" denies both."""
    first = begun
    while first and out[first - 1].kind == "conjunction" and out[first - 1].value == "or":
        back = first - 1
        while back and out[back - 1].kind in ("term", "word", "scaffold", "qualifier"):
            back -= 1
        if back == first - 1 or (back and out[back - 1].kind not in _CLAUSES):
            break
        first = back
    return first


def _not(chunk: Chunk) -> bool:
    return chunk.low.split()[-1:] in (["not"], ["never"]) or chunk.low.endswith(("not been", "n't", "n’t", "not be"))


def not_such(row: list[Chunk]) -> list[Chunk]:
    """ "Illness (other than asthma) that is not stable": the opposite of the qualifier, of what stands before."""
    out: list[Chunk] = []
    begun = False
    """Whether the clause has named something."""
    at = 0
    while at < len(row):
        chunk = row[at]
        after = row[at + 1] if at + 1 < len(row) else None
        ends = at + 2 >= len(row) or row[at + 2].kind in _ENDS
        if (
            begun
            and chunk.kind == "negation"
            and after is not None
            and after.kind == "qualifier"
            and ends
            and _not(chunk)
            and out[-1].kind in ("term", "word", "bracket", "link", "scaffold")
        ):
            out.append(replace(after, start=chunk.start, low=_opposite(after.low)))
            at += 2
            continue
        if chunk.kind in ("comma", "stop", "semicolon", "conjunction", "colon"):
            begun = False
        begun = begun or chunk.kind in ("term", "word")
        out.append(chunk)
        at += 1
    return out


def _opposite(word: str) -> str:
    """ "Stable" -> "unstable", where that is a qualifier too; else "not …"."""
    for prefix in ("un", "in", "a"):
        opposite = prefix + word
        row = tokens(opposite, 0, len(opposite))
        found = lexicon().cues.match(row, 0)
        if found is not None and found[0] == len(row) and found[1].category == "qualifier":
            return opposite
    return f"not {word}"


def no_time(row: list[Chunk], left_out: LeftOut) -> list[Chunk]:
    """ "No prior or current liver disease": none at any time."""
    out: list[Chunk] = []
    at = 0
    while at < len(row):
        chunk = row[at]
        out.append(chunk)
        at += 1
        if chunk.kind != "negation" or at + 1 >= len(row) or not _timed(chunk):
            continue
        joint, other = row[at], row[at + 1]
        if joint.kind in ("conjunction", "slash") and other.kind in _TIMES:
            left_out([joint, other])
            at += 2
    return out


def _timed(chunk: Chunk) -> bool:
    return not lexicon().turns["no_time"].isdisjoint(chunk.low.split()[1:])


def ruled_out(row: list[Chunk]) -> list[Chunk]:
    """ "PSA < 10 and exclusion of prostate cancer": it must not be there; no exception of what stands before."""
    return [
        replace(c, kind="negation")
        if c.kind == "exception"
        and at
        and row[at - 1].kind in ("conjunction", "comma", "semicolon")
        and c.low in lexicon().turns["ruled_out"]
        else c
        for at, c in enumerate(row)
    ]
