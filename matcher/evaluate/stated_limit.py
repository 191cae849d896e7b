"""The limit of normal that the criterion itself states: "ALT > 2 x ULN (ULN = 40 U/L)"."""

from __future__ import annotations

import re
from functools import cache

from matcher.evaluate.limits import convert, default_unit
from matcher.evaluate.plan import Setting, rules
from matcher.model import Leaf
from matcher.patterns import alternatives


def stated(leaf: Leaf, setting: Setting) -> tuple[float, str | None] | None:
    """The limit behind the leaf's name, with its unit: the first whose unit is one of the analyte's."""
    if not (leaf.uln or leaf.lln) or setting.protocol is None:
        return None
    text = setting.protocol.text
    own = next((c for c in setting.protocol.criteria if c.start <= leaf.start < c.end), None)
    if own is None or text[own.start : own.end] != own.text:
        return None
    analyte = leaf.concept.id if leaf.concept is not None else None
    home = default_unit(analyte)
    for found in _limit("upper" if leaf.uln else "lower").finditer(text, leaf.end, own.end):
        value, unit = float(found["value"]), found["unit"]
        if unit is None or home is None or convert(value, unit, home, analyte) is not None:
            return value, unit or home
    return None


@cache
def _limit(side: str) -> re.Pattern[str]:
    table = rules()["stated_limit"]
    return re.compile(
        rf"(?<!\w)(?:{alternatives(table[side])})\s*(?:{alternatives(table['links'])})?\s*(?<![\d.])"
        r"(?P<value>\d+(?:\.\d+)?)(?!\s?[x×*\d])(?:\s?(?P<unit>[a-zA-Zµμ%][\w%/.·^-]*))?(?=\s*(?:[),;.\]]|$))",
        re.IGNORECASE,
    )
