"""Scores that follow from documented parts: CHA2DS2-VASc as a lower bound, Child-Pugh and MELD where every part is
there."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from functools import cache

from matcher.facts import tables
from matcher.model import Fact, Quantity

Part = tuple[float, float, str, Fact]
"""Fewest and most points, in words, and the fact."""


@cache
def _ids(names: tuple[str, ...]) -> frozenset[str]:
    """The concepts of these names with all that they subsume."""
    from matcher import terms

    terminology = terms.load()
    found: set[str] = set()
    for name in names:
        concept = terminology.normalise(name).concept
        if concept is not None:
            found |= terminology.descendants(concept.id)
    return frozenset(found)


def _latest(facts: Iterable[Fact], names: Sequence[str], assertions: Sequence[str]) -> Fact | None:
    wanted = _ids(tuple(names))
    found = [
        f for f in facts if f.concept and f.concept.id in wanted and f.assertion in assertions and f.kind != "allergy"
    ]
    return found[-1] if found else None


@cache
def inputs() -> frozenset[str]:
    """Every concept without a value that a score is worked out from."""
    known = tables.toml("concepts")
    groups = [*known["child_pugh"]["signs"].values(), *(row["names"] for row in known["cha2ds2vasc"].values())]
    groups.append(known["meld"]["unless"])
    return frozenset().union(*(_ids(tuple(names)) for names in groups))


def cha2ds2vasc(
    facts: Sequence[Fact], age: tuple[float, float, Fact] | None, sex: tuple[str, Fact] | None
) -> tuple[Quantity, str, list[Fact]] | None:
    """At least the points that are documented (Lip, Chest 2010;137:263); what is not mentioned may add to them.

    Only for patients with atrial fibrillation or flutter, for whom the score is meant.
    """
    conditions = [f for f in facts if f.kind == "condition"]
    parts: list[Part] = []
    for name, row in tables.toml("concepts")["cha2ds2vasc"].items():
        fact = _latest(conditions, row["names"], ("present", "historical"))
        if name == "rhythm" and fact is None:
            return None
        if fact is not None and row["points"]:
            parts.append((row["points"], row["points"], name.replace("_", " "), fact))
    if age is not None and age[0] >= 65:
        points = 2 if age[0] >= 75 else 1
        parts.append((points, points, f"age {age[0]:g}", age[2]))
    if sex is not None and sex[0] == "female":
        parts.append((1, 1, "female sex", sex[1]))
    if not parts:
        return None
    low = sum(part[0] for part in parts)
    formula = f"CHA2DS2-VASc ≥ {' + '.join(f'{part[0]:g} ({part[2]})' for part in parts)} = {low:g}"
    return Quantity(low, None), formula, [part[3] for part in parts]


def child_pugh(
    facts: Sequence[Fact],
    bilirubin: tuple[float, Fact] | None,
    albumin: tuple[float, Fact] | None,
    inr: tuple[float, Fact] | None,
) -> tuple[Quantity, str, list[Fact]] | None:
    """Pugh 1973, with bilirubin in mg/dL, albumin in g/dL, INR; ascites and encephalopathy as documented or denied."""
    if bilirubin is None or albumin is None or inr is None:
        return None
    conditions = [f for f in facts if f.kind == "condition"]
    known = tables.toml("concepts")["child_pugh"]
    measured = (("bilirubin", bilirubin), ("albumin", albumin), ("INR", inr))
    every = [_limits(name, value, *known[name]["limits"]) for name, value in measured]
    for name, names in known["signs"].items():
        fact = _latest(conditions, names, ("present", "absent"))
        if fact is None:
            return None
        if fact.assertion == "absent":
            every.append((1, 1, f"no {name}", fact))
        elif not set(known["two"]).isdisjoint(fact.qualifiers):
            every.append((2, 2, f"mild {name}", fact))
        elif not set(known["three"]).isdisjoint(fact.qualifiers):
            every.append((3, 3, f"severe {name}", fact))
        else:
            every.append((2, 3, name, fact))
    low, high = sum(part[0] for part in every), sum(part[1] for part in every)
    shown = " + ".join(f"{_points(part)} ({part[2]})" for part in every)
    total = f"{low:g}" if low == high else f"{low:g}–{high:g}"
    return Quantity(low, high), f"Child-Pugh = {shown} = {total}", [part[3] for part in every]


_Value = tuple[float, Fact] | None


def meld(
    facts: Sequence[Fact], bilirubin: _Value, inr: _Value, creatinine: _Value, sodium: _Value
) -> tuple[Quantity, str, list[Fact]] | None:
    """From bilirubin and creatinine in mg/dL; where the sodium is known, from the score without it to that with it."""
    if bilirubin is None or inr is None or creatinine is None:
        return None
    if _latest(facts, tables.toml("concepts")["meld"]["unless"], ("present",)) is not None:
        return None
    of = [bilirubin, inr, creatinine]
    first, second, third = max(bilirubin[0], 1.0), max(inr[0], 1.0), min(max(creatinine[0], 1.0), 4.0)
    low = high = round(3.78 * math.log(first) + 11.2 * math.log(second) + 9.57 * math.log(third) + 6.43)
    shown = f"bilirubin {bilirubin[0]:g}, INR {inr[0]:g}, creatinine {creatinine[0]:g}"
    if sodium is not None and low > 11:
        lack = 137 - min(max(sodium[0], 125.0), 137.0)
        high = max(high, round(low + 1.32 * lack - 0.033 * low * lack))
        of, shown = [*of, sodium], f"{shown}, sodium {sodium[0]:g}"
    low, high = max(low, 6), min(max(high, 6), 40)
    total = f"{low}" if low == high else f"{low}–{high}"
    return Quantity(float(low), float(high)), f"MELD with {shown} = {total}", [fact for _, fact in of]


def apri(ast: _Value, platelets: _Value) -> tuple[Quantity, str, list[Fact]] | None:
    """Wai, Hepatology 2003;38:518; only with the laboratory's own upper limit of AST."""
    upper = ast[1].quantity.ref_high if ast is not None and ast[1].quantity is not None else None
    if ast is None or platelets is None or not upper:
        return None
    value = round(100 * ast[0] / upper / platelets[0], 3)
    formula = f"APRI = 100 × (AST {ast[0]:g} / ULN {upper:g}) / platelets {platelets[0]:g} = {value:g}"
    return Quantity(value, value), formula, [ast[1], platelets[1]]


def _limits(name: str, value: tuple[float, Fact], first: float, second: float) -> Part:
    sign = 1 if first < second else -1
    points = 1 if sign * value[0] < sign * first else 2 if sign * value[0] <= sign * second else 3
    return points, points, f"{name} {value[0]:g}", value[1]


def _points(part: Part) -> str:
    return f"{part[0]:g}" if part[0] == part[1] else f"{part[0]:g}–{part[1]:g}"
