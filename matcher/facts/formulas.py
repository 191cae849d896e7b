"""Measures worked out from others by the formulas of ``resources/facts/formulas.toml``."""

from __future__ import annotations

import ast
import math
import operator
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache

from matcher.facts import tables
from matcher.facts.known import Known, when
from matcher.model import Concept, Fact, Op, Quantity

_OPERATORS: dict[type[ast.operator], Callable[[float, float], float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Pow: operator.pow,
}
_ADULT = 18


@dataclass(frozen=True, slots=True)
class Measure:
    """A row of the table."""

    kind: Op
    concept: Concept
    unit: str
    formula: str
    of: tuple[tuple[str, tuple[str, ...], str], ...]
    """Name in the formula, ids of the measure, unit."""
    aged: bool
    below: Mapping[str, float]
    instead: frozenset[str]


@cache
def _measures() -> tuple[Measure, ...]:
    return tuple(
        Measure(
            "score" if row["id"].startswith("SCALE:") else "measurement",
            Concept(row["id"].split(":")[0] if ":" in row["id"] else "LOINC", row["id"], row["name"]),
            row["unit"],
            row["formula"],
            tuple((name, tuple(ids), unit) for name, (ids, unit) in row["of"].items()),
            row.get("age", False),
            row.get("below", {}),
            frozenset((row["id"], *row.get("instead", ()))),
        )
        for row in tables.toml("formulas")["measure"]
    )


def worked_out(known: Known) -> Iterator[tuple[Measure, Quantity, str, list[Fact]]]:
    """Each measure that can be worked out: its value, the formula with its numbers, the facts it is made of."""
    for measure in _measures():
        if not measure.instead.isdisjoint(known.by_id):
            continue
        found = _inputs(known, measure)
        if found is None:
            continue
        values, facts = found
        value = _result(measure.formula, values)
        if value is None:
            continue
        shown = ", ".join(f"{name} {number:.4g}" for name, number in values.items())
        unit = f" {measure.unit}" if measure.unit else ""
        formula = f"{measure.concept.name} = {measure.formula} with {shown} = {value:.4g}{unit}"
        value = round(value, 3)
        yield measure, Quantity(value, value, measure.unit or None), formula, facts


def _inputs(known: Known, measure: Measure) -> tuple[dict[str, float], list[Fact]] | None:
    """The numbers of the formula, measured on one day, with their facts; None where one is missing."""
    values: dict[str, float] = {}
    facts: list[Fact] = []
    for name, ids, unit in measure.of:
        found = next((f for id in ids if (f := known.measured(id, unit)) is not None), None)
        if found is None or found[0] >= measure.below.get(name, math.inf):
            return None
        values[name] = found[0]
        facts.append(found[1])
    if len({when(fact) for fact in facts}) != 1:
        return None
    if measure.aged:
        age = known.age()
        if age is None or age[0] != age[1] or age[0] < _ADULT:
            return None
        values["age"] = age[0]
        facts.append(age[2])
    return values, facts


@cache
def _tree(formula: str) -> ast.expr:
    return ast.parse(formula, mode="eval").body


def _result(formula: str, values: Mapping[str, float]) -> float | None:
    """What the formula gives; None where that is no number above nought."""
    try:
        value = _number(_tree(formula), values)
    except (ZeroDivisionError, ValueError, OverflowError):
        return None
    return value if math.isfinite(value) and value > 0 else None


def _number(node: ast.expr, values: Mapping[str, float]) -> float:
    """Plain arithmetic on names and numbers, and ``sqrt``."""
    if isinstance(node, ast.BinOp):
        return _OPERATORS[type(node.op)](_number(node.left, values), _number(node.right, values))
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "sqrt":
        return math.sqrt(_number(node.args[0], values))
    if isinstance(node, ast.Name):
        return values[node.id]
    if isinstance(node, ast.Constant) and isinstance(node.value, int | float):
        return float(node.value)
    raise ValueError(f"no formula: {ast.dump(node)}")


def inputs(bears: Callable[..., bool]) -> frozenset[str]:
    """Ids of the measures that are needed for what ``bears`` on a protocol."""
    return frozenset(
        id
        for measure in _measures()
        if bears(measure.concept, measure.kind)
        for _, ids, _ in measure.of
        for id in (*ids, *measure.instead)
    )
