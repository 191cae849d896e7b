"""Units looked for in running text: regular expressions made from ``matcher/resources/terms/units.toml``."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from matcher.terms.unit_spelling import data

# ---------------------------------------------------------------- feet and inches, stones and pounds

COMPOUND_PATTERN = (
    r"(?P<feet>[3-7])\s?(?:'|’|′|ft\.?|feet|foot)\s{0,2}(?:and\s)?(?P<inches>1[01](?:\.\d{1,2})?|\d(?:\.\d{1,2})?)"
    r"\s?(?:\"|”|″|''|inch(?:es)?|in\b\.?)?"
    r"|(?P<stone>\d{1,2})\s?(?:st|stones?)\.?,?\s{0,2}(?P<pounds>1[0-3]|\d)(?:\.\d)?\s?(?:lbs?|pounds?)\b"
    r"|(?P<lb>\d{1,2})\s?(?:lbs?|pounds?)\.?,?\s{0,2}(?:and\s)?(?P<ounces>1[0-5]|\d)(?:\.\d)?\s?(?:oz|ounces?)\b"
)
"""A regular expression (case ignored) for ``5'10"``, ``5 ft 10 in``, ``11 st 4 lb``, ``7 lb 3 oz``."""
_COMPOUND = re.compile(COMPOUND_PATTERN, re.IGNORECASE)


def read_compound(text: str) -> tuple[float, str] | None:
    """The value and UCUM unit of feet with inches, stones with pounds, or pounds with ounces; else None."""
    match = _COMPOUND.fullmatch(text.strip())
    if match is None:
        return None
    if match["feet"]:
        return int(match["feet"]) * 12 + float(match["inches"]), "[in_i]"
    if match["stone"]:
        return int(match["stone"]) * 14 + float(match["pounds"]), "[lb_av]"
    return int(match["lb"]) * 16 + float(match["ounces"]), "[oz_av]"


# ---------------------------------------------------------------- looking for units in text

_LETTERS = {"u": "[uµμ]", " ": r"[ \t\u00a0]?", "°": "[°º˚]", "^": r"\^", "'": "['’′]", '"': '["”″]'}


def _trie(words: Iterable[str]) -> str:
    """A regular expression for any of the words, the longest first; one step a letter."""
    root: dict[str, Any] = {}
    for word in words:
        node = root
        for letter in word:
            node = node.setdefault(letter, {})
        node[""] = {}

    def render(node: dict[str, Any]) -> str:
        branches = [
            _LETTERS.get(letter, re.escape(letter)) + render(child) for letter, child in sorted(node.items()) if letter
        ]
        if not branches:
            return ""
        body = branches[0] if len(branches) == 1 and "" not in node else f"(?:{'|'.join(branches)})"
        return body + "?" if "" in node else body

    return render(root)


def _grouped(rows: Iterable[Mapping[str, Any]], skip: frozenset[str] = frozenset()) -> str:
    """A regular expression for the spellings of the units, prefixes factored out to keep it small."""
    table = data()
    plain: set[str] = set()
    groups: list[str] = []
    for row in rows:
        symbols = {name.lower() for name in row.get("symbols", ()) if not re.search(r"[{}\[\]]|bsa173", name)}
        words = {name.lower() for name in row.get("words", ()) if not re.search(r"[{}\[\]]", name)}
        words |= {word + "s" for word in words}
        plain |= symbols | words
        if letters := row.get("prefixes"):
            short = {letter.lower() for letter in letters} - {"mc"}
            mega = "|mc" if "mc" in letters else ""
            groups.append(f"(?:{_class(short)}{mega}){_trie(sorted(symbols))}")
            groups.append(f"{_trie(sorted({table['prefix'][letter][2] for letter in letters}))}{_trie(sorted(words))}")
    plain = {name.replace("º", "°") for name in plain} - skip
    return f"(?:{'|'.join([_trie(sorted(plain)), *groups])})"


def _class(letters: Iterable[str]) -> str:
    return f"[{''.join(sorted(letters)).replace('u', 'uµμ')}]"


_BELOW = {"length", "time", "mass", "amount", "hpf", "lpf", "count", "normalised_area", "absorbed_dose"}


def _pattern() -> str:
    table = data()
    never = frozenset(name.lower() for name in table["pattern"]["never_alone"])
    over = _grouped(table["unit"])
    alone = _grouped((row for row in table["unit"] if row.get("alone", True)), never)
    below = _grouped(
        row
        for row in table["unit"]
        if set(row["dims"]) <= _BELOW and row["code"] not in ("{cells}", "{beats}", "{in_i}")
    )
    pressed = _grouped(row for row in table["unit"] if set(row["dims"]) == {"pressure"})
    gap = r"[ \t\u00a0]?"
    ten = rf"1,?000|10{gap}(?:\^|\*\*?|e)?{gap}[(+]?\d{{1,2}}\)?|10[⁰¹²³⁴⁵⁶⁷⁸⁹]{{1,2}}"
    scale = rf"(?:[x×*]{gap})?(?:{ten}|{_trie(sorted({word.lower() for word in table['multiplier']}))}){gap}"
    slash = r"(?:[ \t\u00a0]?[/⁄∕][ \t\u00a0]?|[ \t\u00a0]per[ \t\u00a0])"
    area = rf"\(?[1l][.,·]73{gap}(?:m{gap}\^?{gap}[2²]|sq{gap}m|m(?:eters?)?{gap}squared|ml|m)?\)?"
    under = rf"(?:{area}|(?:(?:24|12|100|1){gap})?{below}(?:\^?[²³23])?)"
    special = "|".join(table["pattern"]["alone"])
    aliases = _trie(sorted(name.lower() for name in table["alias"] if not re.search(r"[{}]", name)))
    top = rf"(?:log(?:10)?{gap})?(?:{scale})?(?:{over}(?:{gap}[x×*]{gap}(?:{ten}))?)?"
    compound = rf"{top}(?:{slash}{under}){{1,3}}(?:/{pressed})?"
    return rf"(?:{compound}|{aliases}|{special}|{alone})(?![A-Za-z0-9µμ])"


UNIT_PATTERN = _pattern()
"""A regular expression (case ignored) for a unit that follows a number. Give it a boundary on its right."""
