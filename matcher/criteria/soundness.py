"""Which side of a limit is the sound one: "without adequate renal function (creatinine > 2)" says what is wrong,
"without adequate renal function (clearance ≥ 60)" what would be right; "no anemia (Hb < 10)" and "no anemia (Hb ≥ 10)"
the other way round."""

from __future__ import annotations

import re
from functools import cache

from matcher.criteria.atoms import Atom
from matcher.criteria.lexicon import load
from matcher.criteria.trees import leaves
from matcher.model import Leaf, Logic


def undenied(base: Logic | None, tree: Logic | None, atom: Atom) -> bool:
    """Whether the brackets behind what is denied (``base``) say what is to hold, and not what is denied: ``tree`` is
    read from them alone, and all its limits lie on the other side than ``base`` does."""
    found = leaves(tree)
    inside = all(any(b.start < leaf.start and leaf.end <= b.end for b in atom.brackets) for leaf in found)
    if not found or not inside:
        return False
    well = any(r.value == "normal" for r in atom.results)
    ill = isinstance(base, Leaf) and base.op == "condition" and not well
    sides = {_side(leaf) for leaf in found}
    return sides == {"sound"} if ill else sides == {"unsound"} or (not well and sides == {"sound"})


def _side(leaf: Leaf) -> str:
    """ "sound" or "unsound"; empty where it cannot be told."""
    cmp = leaf.cmp or ""
    name = f"{leaf.term} {leaf.concept.name if leaf.concept is not None else ''}".lower()
    if leaf.uln or leaf.lln:
        worse = ">" if leaf.uln else "<"
    elif leaf.value is None or cmp == "":
        return ""
    elif _pattern("low").search(name):
        worse = "<"
    elif _pattern("high").search(name):
        worse = ">"
        if leaf.op in ("score", "stage") and cmp in ("=", "between"):
            return "unsound"
    else:
        return ""
    return ("unsound" if cmp.startswith(worse) else "sound") if cmp[:1] in ("<", ">") else ""


@cache
def _pattern(side: str) -> re.Pattern[str]:
    words = sorted(load("soundness")[side], key=lambda word: (-len(word), word))
    return re.compile(rf"(?<![a-z])(?:{'|'.join(map(re.escape, words))})(?![a-z])")
