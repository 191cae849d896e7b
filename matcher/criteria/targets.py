"""Classes of drugs by what they act on, in a list: "PI3K, AKT or mTOR inhibitors", "inducers of CYP3A4"."""

from __future__ import annotations

from matcher.criteria.chunks import Chunk
from matcher.criteria.coordination import Segment
from matcher.criteria.lexicon import Lexicon
from matcher.criteria.rows import bare


def targeted(own: list[Chunk], after: list[Chunk], text: str, lexicon: Lexicon) -> bool:
    """Whether a member is a target whose inhibitor the next member names: "BTK | or BCL-2 inhibitor"."""
    acts = lexicon.turns["acts_on"]
    last, nxt = own[-1], after[-1]
    if nxt.low.split()[-1] not in acts or len(own) > 1 or last.low.split()[-1] in acts:
        return False
    if last.mention is not None and last.mention.type not in ("biomarker", "measurement", "observation"):
        return False
    word = text[last.start : last.end]
    return " " not in word and sum(c.isupper() or c.isdigit() for c in word) > 1


def effects(found: list[Segment], lexicon: Lexicon) -> None:
    """ "Inhibitors or inducers of CYP3A4": both of it."""
    acts = lexicon.turns["acts_on"]
    for place in range(len(found) - 1):
        row, after = found[place].row, found[place + 1].row
        own, other = bare(row), bare(after)
        if not own or not other:
            continue
        last, first = own[-1], other[0]
        if last.low in acts and last.kind == "word" and first.kind == "term":
            word, _, of = first.low.partition(" of ")
            if of and word.split()[-1] in acts:
                start = first.start + len(word) + 1
                lent = Chunk("borrowed", start, first.end, "", first.low[len(word) + 1 :], first.mention)
                row.insert(row.index(last) + 1, lent)


__all__ = ["effects", "targeted"]
