"""Units of measurement by dimension: parsing as notes and protocols spell them, and conversion by arithmetic.

A unit has a dimension, a scale and (temperatures) an offset; see ``matcher/resources/terms/units.toml``. Mass, amount
of substance and charge meet only through an analyte's molar mass and valence. What is not known is a `UnitError`.
"""

from __future__ import annotations

import math
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from importlib import resources
from itertools import product
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .analytes import Analyte

Dims = tuple[tuple[str, int], ...]


class UnitError(ValueError):
    """A unit that is unknown, missing, or of another dimension than the one it is compared with."""

    def __init__(self, found: str | None, allowed: Iterable[str] = ()):
        self.found = found
        self.allowed = tuple(allowed)
        hint = f"; allowed: {', '.join(self.allowed)}" if self.allowed else ""
        super().__init__(f"unit {found!r} is not known here{hint}" if found else f"no unit{hint}")


@dataclass(frozen=True, slots=True)
class Unit:
    """``base value = (value + offset) * scale``; a logarithmic unit is raised to the power of ten first."""

    code: str
    """UCUM spelling."""
    over: Dims
    under: Dims = ()
    scale: float = 1.0
    offset: float = 0.0
    log: bool = False

    @property
    def dimension(self) -> tuple[Dims, Dims]:
        return self.over, self.under

    def to_base(self, value: float) -> float:
        if self.log:
            value = 10.0**value
        return (value + self.offset) * self.scale

    def from_base(self, value: float) -> float:
        value = value / self.scale - self.offset
        if self.log:
            return math.log10(value) if value > 0 else -math.inf
        return value


# ---------------------------------------------------------------- tables


@cache
def _data() -> dict[str, Any]:
    path = resources.files("matcher.resources") / "terms" / "units.toml"
    return tomllib.loads(path.read_text(encoding="utf-8"))


@dataclass(frozen=True, slots=True)
class _Atom:
    code: str
    dims: Mapping[str, int]
    scale: float
    offset: float = 0.0
    alone: bool = True


@cache
def _atoms() -> tuple[dict[str, _Atom], dict[str, tuple[_Atom, ...]]]:
    """Spelling to atom (as written), and spelling in small letters to its atoms; spaces are taken out."""
    exact: dict[str, _Atom] = {}
    folded: dict[str, list[_Atom]] = {}
    prefixes: dict[str, list[Any]] = _data()["prefix"]

    def add(name: str, atom: _Atom) -> None:
        key = _plain(name)
        exact.setdefault(key, atom)
        known = folded.setdefault(key.lower(), [])
        if atom not in known:
            known.append(atom)

    for row in _data()["unit"]:
        base = _Atom(row["code"], row["dims"], row["scale"], row.get("offset", 0.0), row.get("alone", True))
        for name in row.get("symbols", ()):
            add(name, base)
        for word in row.get("words", ()):
            add(word, base)
            add(word + "s", base)
        for letter in row.get("prefixes", ()):
            factor, code, word_prefix = prefixes[letter]
            atom = replace(base, code=code + base.code, scale=factor * base.scale)
            for name in row.get("symbols", ()):
                add(letter + name, atom)
            for word in row.get("words", ()):
                add(word_prefix + word, atom)
                add(word_prefix + word + "s", atom)
        add(base.code, base)
    return exact, {key: tuple(atoms) for key, atoms in folded.items()}


# ---------------------------------------------------------------- parsing

_CHARACTERS = str.maketrans(
    {
        "µ": "u", "μ": "u", "²": "2", "³": "3", "º": "°", "˚": "°", "×": "x", "·": ".", "∙": ".", "∗": "*",
        "−": "-", "–": "-", "⁄": "/", "∕": "/", "“": '"', "”": '"', "″": '"', "’": "'", "′": "'", "\u00a0": " ",
    }
)  # fmt: skip
_SUPERSCRIPT = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-")
_PER = re.compile(r"\s*/\s*|\s+per\s+|^per\s+", re.IGNORECASE)
_BSA = re.compile(
    r"/\(?\{?[1l][.,·]73[_\s]?(?:\(?(?:m|mt|sq\s?m|ml|meters?|metres?|square\s?met(?:er|re)s?)\s?\^?\s?2?(?:squared)?\)?)?\s?(?:bsa)?\}?\)?(?=/|$)",
    re.IGNORECASE,
)
_POWER = re.compile(
    r"(?:x|\*)?\s*(?:(?P<thousand>1,?000(?:,?000)?)|10\s?(?:\^|\*\*|\*|e|E|\s)?\s?\(?\+?(?P<n>\d{1,2})\)?)(?=\D|$)"
)
_TRAILING = re.compile(r"(\D+?)[x*](10.*)")
_NUMBERED = re.compile(r"(\d+(?:\.\d+)?)\s*(\D.*)")
_RAISED = re.compile(r"(.*?[A-Za-z])\^?([23])")
_LOG = re.compile(r"log(?:10|_10|\(10\))?[\s_-]*", re.IGNORECASE)
_ANNOTATION = re.compile(r"\{(?!1[.,]73)[^{}]{0,30}\}")
_SCORE = re.compile(r"/\d{1,3}")
_FLUFF = re.compile(r"[\s.,;:]+$")


def _plain(text: str) -> str:
    """One spelling for what is typed in many: no spaces, plain letters and digits."""
    return text.translate(_CHARACTERS).translate(_SUPERSCRIPT).replace(" ", "")


def _atom(text: str) -> tuple[_Atom, ...]:
    """The atoms that a spelling may mean, the exact case first."""
    exact, folded = _atoms()
    first = exact.get(text)
    rest = folded.get(text.lower(), ())
    if first is None:
        return rest
    return (first, *(atom for atom in rest if atom is not first))


def _factor(text: str) -> tuple[_Atom, ...]:
    """An atom with an optional number before it ("24h", "100mL") or power behind it."""
    if atoms := _atom(text):
        return atoms
    if match := _NUMBERED.fullmatch(text):
        number = float(match[1])
        return tuple(
            replace(atom, code=f"{{{match[1]}.{atom.code}}}" if number != 24 or atom.code != "h" else "d",
                    scale=atom.scale * number)
            for atom in _atom(match[2])
        )  # fmt: skip
    if match := _RAISED.fullmatch(text):
        power = int(match[2])
        return tuple(
            replace(atom, code=f"{atom.code}{power}", dims={k: v * power for k, v in atom.dims.items()},
                    scale=atom.scale**power)
            for atom in _atom(match[1])
            if list(atom.dims) == ["length"]
        )  # fmt: skip
    return ()


def _multiplier(head: str) -> tuple[float, str, str]:
    """The power of ten before a count, its code, and what is left of the numerator."""
    if match := _POWER.match(head):
        exponent = int(match["n"]) if match["n"] else match["thousand"].count("0")
        return 10.0**exponent, f"10*{exponent}", head[match.end() :].lstrip("x*")
    table: dict[str, float] = _data()["multiplier"]
    # The longest word that leaves nothing, or a counted thing.
    for word in sorted(table, key=len, reverse=True):
        # "g/L" is no giga per litre; one letter counts in its own case.
        if head.startswith(word) or (len(word) > 1 or word == "k") and head.lower().startswith(word.lower()):
            rest = head[len(word) :]
            if (not rest) or any("count" in atom.dims for atom in _atom(rest)):
                return table[word], f"10*{round(math.log10(table[word]))}", rest
    return 1.0, "", head


def _merge(atoms: Iterable[_Atom]) -> dict[str, int]:
    dims: dict[str, int] = {}
    for atom in atoms:
        for name, power in atom.dims.items():
            dims[name] = dims.get(name, 0) + power
    return dims


def _compose(over: tuple[_Atom, ...], under: tuple[_Atom, ...], scale: float, power: str, log: bool) -> Unit:
    above, below = _merge(over), _merge(under)
    code = ".".join(atom.code for atom in over)
    offset = 0.0
    if len(over) == 1 and not under and not power:
        offset = over[0].offset
    if under or power:
        # A counted thing per volume is a number per volume: "cells/uL" and "/uL" are the same.
        if above.pop("count", 0):
            code = ".".join(atom.code for atom in over if "count" not in atom.dims)
        if not above and not below:
            above = {"count": 1}
    if power:
        code = f"{power}.{code}" if code else power
    for atom in over:
        scale *= atom.scale
    for atom in under:
        scale /= atom.scale
    if above == below == {"length": 3}:
        above, below = {"fraction": 1}, {}
    # Microlitre for cubic millimetre and millilitre for cc come from the tables; the rest is as written.
    code += "".join("/" + atom.code for atom in under)
    if log:
        code = "{log10}" + code
    return Unit(code or "1", tuple(sorted(above.items())), tuple(sorted(below.items())), scale, offset, log)


@cache
def _aliases() -> tuple[dict[str, str], dict[str, str]]:
    table: dict[str, str] = _data()["alias"]
    exact = {_plain(name): meaning for name, meaning in table.items()}
    return exact, {name.lower(): meaning for name, meaning in exact.items()}


@lru_cache(maxsize=8192)
def readings(text: str) -> tuple[Unit, ...]:
    """Everything that the spelling may mean, the likeliest first (``G/L`` is 10^9/L, then g/L)."""
    if len(text) > 60:
        return ()
    clean = _FLUFF.sub("", text.strip().translate(_CHARACTERS))
    if not clean:
        return ()
    log = False
    if (match := _LOG.match(clean)) and _plain(clean).lower() != "logmar":
        log, clean = True, clean[match.end() :]
    found: list[Unit] = []
    for unit in _read(clean, log):
        if unit not in found:
            found.append(unit)
    return tuple(found)


def _read(clean: str, log: bool) -> Iterator[Unit]:
    exact, folded = _aliases()
    plain = _plain(clean)
    if meaning := exact.get(plain) or folded.get(plain.lower()):
        yield from _read(meaning, log)
        return
    if _SCORE.fullmatch(plain):
        yield Unit("{score}" + plain, (("score", 1),))
        return
    for atom in _atom(plain):
        yield _compose((atom,), (), 1.0, "", log)
    spaced = _PER.sub("/", clean).translate(_SUPERSCRIPT)
    spaced = _BSA.sub("/bsa173", spaced)
    whole = spaced.replace(" ", "")
    # "10 9/L": the space is the power sign that was lost.
    if "{" in whole and not _atom(whole):
        whole = _ANNOTATION.sub(lambda match: match[0] if _atom(match[0]) else "", whole)
    if meaning := exact.get(whole) or folded.get(whole.lower()):
        yield from _read(meaning, log)
        return
    parts = whole.split("/")
    if len(parts) > 4 or (len(parts) > 1 and not all(parts[1:])):
        return
    head = parts[0].strip("()")
    if swapped := _TRAILING.fullmatch(head):
        head = swapped[2] + "x" + swapped[1]
    scale, power, rest = _multiplier(head) if len(parts) > 1 or _POWER.match(head) else (1.0, "", head)
    numerators = [(scale, power, rest)]
    if power and not _POWER.match(head):
        numerators.append((1.0, "", head))
    elif head == "m":
        numerators.append((1e6, "10*6", ""))
    for scale, power, rest in numerators:
        names = [name for name in re.split(r"[.*]", rest) if name] if not _factor(rest) else [rest]
        above = [_factor(name) for name in names]
        below = [_factor(part.strip("()")) for part in parts[1:]]
        if not all(above) or not all(below) or not (above or power or below):
            continue
        for choice in product(*(options[:3] for options in (*above, *below))):
            yield _compose(choice[: len(above)], choice[len(above) :], scale, power, log)


def parse(text: str | None) -> Unit | None:
    """The unit that ``text`` spells, or None. ``"K/uL"``, ``"x10^9/L"``, ``"mg %"``, ``"m[IU]/mL"``."""
    found = readings(text) if text else ()
    return found[0] if found else None


def canonical(text: str | None) -> str | None:
    """The UCUM spelling of a unit, or None where the unit is not known."""
    unit = parse(text)
    return unit.code if unit else None


_SHOWN = (("{1.73_m2}", "1.73 m²"), ("[degF]", "°F"), ("Cel", "°C"), ("mm[Hg]", "mmHg"), ("cm[H2O]", "cmH2O"),
          ("[lb_av]", "lb"), ("[in_i]", "in"), ("[ft_i]", "ft"), ("[HPF]", "hpf"), ("[LPF]", "lpf"), ("10*", "10^"),
          ("[oz_av]", "oz"), ("[stone_av]", "st"), ("[diop]", "D"), ("[wood'U]", "Wood units"), ("[arb'U]", "AU"),
          ("[MET]", "MET"), ("[GPL'U]", "GPL"), ("[CFU]", "CFU"), ("[ppm]", "ppm"), ("[ppb]", "ppb"))  # fmt: skip


def display(code: str) -> str:
    """A UCUM code as a reader writes it: ``10*9/L`` is ``10^9/L``, ``umol/L`` is ``µmol/L``."""
    for ucum, shown in _SHOWN:
        code = code.replace(ucum, shown)
    code = re.sub(r"\bu(?=(?:g|mol|L|U|kat|m|V)\b)", "µ", code)
    code = re.sub(r"\bm2\b", "m²", code)
    return code.replace("{", "").replace("}", "")


# ---------------------------------------------------------------- conversion


def _analyte(analyte: Analyte | str | None) -> Analyte | None:
    if isinstance(analyte, str):
        from . import analytes

        return analytes.get(analyte)
    return analyte


def convert(value: float, unit: str | None, to: str | None, analyte: Analyte | str | None = None) -> float:
    """``value`` of ``unit`` in ``to``. Mass, amount and charge need the ``analyte`` (an `Analyte` or its id).

    Raises `UnitError` for a unit that is unknown or missing, and for one of another dimension.
    """
    of = _analyte(analyte)
    sources, targets = readings(unit or ""), readings(to or "")
    if not sources:
        raise UnitError(unit, allowed(of, to))
    if not targets:
        raise UnitError(to, allowed(of, unit))
    for route in (_direct, _by_analyte):
        for source, target in product(sources, targets):
            result = route(value, source, target, of)
            if result is not None:
                return result
    raise UnitError(unit, allowed(of, to))


def _direct(value: float, source: Unit, target: Unit, analyte: Analyte | None) -> float | None:
    if source.code == target.code:
        return value
    if source.dimension != target.dimension:
        return None
    # A plain factor first: (x * 1e-3) / 1e-3 should give x back.
    if not (source.offset or target.offset or source.log or target.log):
        return value * (source.scale / target.scale)
    return target.from_base(source.to_base(value))


_PARTICLES = ("mass", "amount", "charge")


def _by_analyte(value: float, source: Unit, target: Unit, analyte: Analyte | None) -> float | None:
    if _normalised(source) == _normalised(target) and source.dimension != target.dimension:
        return target.from_base(source.to_base(value))
    if analyte is None:
        return None
    for rule in analyte.conversions:
        if (result := _by_rule(value, source, target, rule.unit, rule.to, rule.factor, rule.offset)) is not None:
            return result
        inverse = (1 / rule.factor, -rule.offset / rule.factor)
        if (result := _by_rule(value, source, target, rule.to, rule.unit, *inverse)) is not None:
            return result
    return _by_particles(value, source, target, analyte)


def _by_rule(
    value: float, source: Unit, target: Unit, unit: str, to: str, factor: float, offset: float
) -> float | None:
    """``to = factor * unit + offset``, each side in any unit of its dimension."""
    for left, right in product(readings(unit), readings(to)):
        if source.dimension == left.dimension and target.dimension == right.dimension:
            return target.from_base(right.to_base(factor * left.from_base(source.to_base(value)) + offset))
    return None


def _particle(unit: Unit) -> tuple[str, Unit] | None:
    """Mass, amount or charge in the numerator, and the unit without it."""
    kinds = [name for name, power in unit.over if name in _PARTICLES and power == 1]
    if len(kinds) != 1:
        return None
    return kinds[0], replace(unit, over=tuple(item for item in unit.over if item[0] != kinds[0]))


def _by_particles(value: float, source: Unit, target: Unit, analyte: Analyte) -> float | None:
    left, right = _particle(source), _particle(target)
    if left is None or right is None or left[1].dimension != right[1].dimension:
        return None
    moles = {
        "amount": 1.0,
        "mass": 1 / analyte.molar_mass if analyte.molar_mass else None,
        "charge": 1 / analyte.valence if analyte.valence else None,
    }
    over, under = moles[left[0]], moles[right[0]]
    if over is None or under is None:
        return None
    return target.from_base(source.to_base(value) * over / under)


def _normalised(unit: Unit) -> tuple[Dims, Dims]:
    return unit.over, tuple(item for item in unit.under if item[0] != "normalised_area")


def caveat(unit: str | None, to: str | None) -> str | None:
    """What a reader must know of the comparison of two units, for the explanation; None where there is nothing."""
    source, target = parse(unit), parse(to)
    if source and target and source.dimension != target.dimension and _normalised(source) == _normalised(target):
        return "a clearance per 1.73 m² and an absolute one are compared as if the body surface were 1.73 m²"
    return None


def allowed(analyte: Analyte | str | None, like: str | None = None) -> tuple[str, ...]:
    """The units that an analyte is usually given in; without one, the unit that was wanted."""
    of = _analyte(analyte)
    if of is None or not of.unit:
        return (like,) if like else ()
    return (of.unit, *of.other_units)


def plausible_unit(analyte: Analyte | str | None, value: float) -> str | None:
    """The one unit in which a number without a unit is plausible; None where none is, or more than one.

    The caller states the assumption: a unit that is not written is never taken silently.
    """
    of = _analyte(analyte)
    if of is None or not of.unit or of.plausible_low is None or of.plausible_high is None:
        return None
    fits = []
    for unit in (of.unit, *of.other_units):
        try:
            in_unit = convert(value, unit, of.unit, of)
        except UnitError:
            continue
        if of.plausible_low <= in_unit <= of.plausible_high:
            fits.append(unit)
    return fits[0] if len(fits) == 1 else None


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
    data = _data()
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
            groups.append(f"{_trie(sorted({data['prefix'][letter][2] for letter in letters}))}{_trie(sorted(words))}")
    plain = {name.replace("º", "°") for name in plain} - skip
    return f"(?:{'|'.join([_trie(sorted(plain)), *groups])})"


def _class(letters: Iterable[str]) -> str:
    return f"[{''.join(sorted(letters)).replace('u', 'uµμ')}]"


_BELOW = {"length", "time", "mass", "amount", "hpf", "lpf", "count", "normalised_area", "absorbed_dose"}


def _pattern() -> str:
    data = _data()
    never = frozenset(name.lower() for name in data["pattern"]["never_alone"])
    over = _grouped(data["unit"])
    alone = _grouped((row for row in data["unit"] if row.get("alone", True)), never)
    below = _grouped(
        row
        for row in data["unit"]
        if set(row["dims"]) <= _BELOW and row["code"] not in ("{cells}", "{beats}", "{in_i}")
    )
    gap = r"[ \t\u00a0]?"
    ten = rf"1,?000|10{gap}(?:\^|\*\*?|e)?{gap}[(+]?\d{{1,2}}\)?|10[⁰¹²³⁴⁵⁶⁷⁸⁹]{{1,2}}"
    scale = rf"(?:[x×*]{gap})?(?:{ten}|{_trie(sorted({word.lower() for word in data['multiplier']}))}){gap}"
    slash = r"(?:[ \t\u00a0]?[/⁄∕][ \t\u00a0]?|[ \t\u00a0]per[ \t\u00a0])"
    area = rf"\(?[1l][.,·]73{gap}(?:m{gap}\^?{gap}[2²]|sq{gap}m|m(?:eters?)?{gap}squared|ml|m)?\)?"
    under = rf"(?:{area}|(?:(?:24|12|100|1){gap})?{below}(?:\^?[²³23])?)"
    special = "|".join(data["pattern"]["alone"])
    aliases = _trie(sorted(name.lower() for name in data["alias"] if not re.search(r"[{}]", name)))
    compound = rf"(?:log(?:10)?{gap})?(?:{scale})?(?:{over}(?:{gap}[x×*]{gap}(?:{ten}))?)?(?:{slash}{under}){{1,3}}"
    return rf"(?:{compound}|{aliases}|{special}|{alone})(?![A-Za-z0-9µμ])"


UNIT_PATTERN = _pattern()
"""A regular expression (case ignored) for a unit that follows a number. Give it a boundary on its right."""
