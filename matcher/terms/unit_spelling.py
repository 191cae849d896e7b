"""Units of measurement as notes and protocols spell them, read as a dimension, a scale and (temperatures) an offset.

See ``matcher/resources/terms/units.toml``.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from itertools import product
from typing import Any

from matcher import resources

Dims = tuple[tuple[str, int], ...]


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
def data() -> dict[str, Any]:
    return resources.toml("terms/units")


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
    prefixes: dict[str, list[Any]] = data()["prefix"]

    def add(name: str, atom: _Atom) -> None:
        key = _plain(name)
        exact.setdefault(key, atom)
        known = folded.setdefault(key.lower(), [])
        if atom not in known:
            known.append(atom)

    for row in data()["unit"]:
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
    table: dict[str, float] = data()["multiplier"]
    # The longest word that leaves nothing, or a counted thing.
    for word in sorted(table, key=len, reverse=True):
        # "g/L" is no giga per litre; one letter counts in its own case.
        if head.startswith(word) or ((len(word) > 1 or word == "k") and head.lower().startswith(word.lower())):
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
    table: dict[str, str] = data()["alias"]
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
