"""The logic tree as plain data, in the notation of ``match parse`` (``docs/logic.md``), both ways."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, get_args

from matcher.errors import InputProblem
from matcher.model import And, AtLeast, Concept, Except, If, Leaf, Logic, Not, Op, Or, Status, Window

OPS: tuple[str, ...] = get_args(Op)
STATUSES: tuple[str, ...] = get_args(Status)
COMPARISONS = ("<", "<=", ">", ">=", "=", "between")
_LEAF_KEYS = (
    "op", "term", "concept", "cmp", "value", "value2", "unit", "uln", "lln", "window", "status", "qualifiers",
    "count_cmp", "count", "stable", "start", "end",
)  # fmt: skip
_DEPTH = 60


class NotationError(InputProblem):
    """A tree that is none: names the place ("logic.args[1].cmp"), what was found and what is allowed."""


def number(value: float | str | None) -> float | int | str | None:
    """A whole number without its ".0"."""
    if isinstance(value, float) and math.isfinite(value) and value.is_integer() and abs(value) < 1e15:
        return int(value)
    return value


def to_json(node: Logic) -> dict[str, Any]:
    """The contract's object for a tree; keys that do not apply are left out."""
    if isinstance(node, Leaf):
        return _leaf(node)
    if isinstance(node, And):
        return {"op": "and", "args": [to_json(arg) for arg in node.args]}
    if isinstance(node, Or):
        return {"op": "or", "args": [to_json(arg) for arg in node.args]}
    if isinstance(node, Not):
        return {"op": "not", "arg": to_json(node.arg)}
    if isinstance(node, AtLeast):
        return {"op": "at_least", "n": node.n, "args": [to_json(arg) for arg in node.args]}
    if isinstance(node, Except):
        return {"op": "except", "base": to_json(node.base), "spares": [to_json(spare) for spare in node.spares]}
    return {"op": "if", "premise": to_json(node.premise), "then": to_json(node.then)}


def to_contract(node: Logic) -> dict[str, Any]:
    """The same for readers that know the contract's keys alone: how often a thing happened is a limit, too."""
    data = to_json(node)
    parts = [data]
    while parts:
        part = parts.pop()
        if "count" in part and "cmp" not in part:
            part["cmp"], part["value"] = part.get("count_cmp", ">="), part["count"]
        parts += [*part.get("args", ()), *part.get("spares", ())]
        parts += [part[key] for key in ("arg", "base", "premise", "then") if key in part]
    return data


def _leaf(leaf: Leaf) -> dict[str, Any]:
    data: dict[str, Any] = {"op": leaf.op}
    if leaf.term:
        data["term"] = leaf.term
    if leaf.concept is not None:
        data["concept"] = concept_json(leaf.concept)
    if leaf.cmp is not None:
        data["cmp"] = leaf.cmp
    for key in ("value", "value2"):
        if getattr(leaf, key) is not None:
            data[key] = number(getattr(leaf, key))
    if leaf.unit is not None:
        data["unit"] = leaf.unit
    if leaf.uln:
        data["uln"] = True
    if leaf.lln:
        data["lln"] = True
    if leaf.window is not None:
        window = {"within": leaf.window.within, "at_least_ago": leaf.window.at_least_ago}
        data["window"] = {key: value for key, value in window.items() if value is not None}
    if leaf.status is not None:
        data["status"] = leaf.status
    if leaf.qualifiers:
        data["qualifiers"] = list(leaf.qualifiers)
    for key in ("count_cmp", "count", "stable"):
        if getattr(leaf, key) is not None:
            data[key] = getattr(leaf, key)
    data["start"], data["end"] = leaf.start, leaf.end
    return data


def concept_json(concept: Concept | None) -> dict[str, str] | None:
    return None if concept is None else {"system": concept.system, "id": concept.id, "name": concept.name}


def from_json(data: Any, path: str = "logic") -> Logic:
    """The tree of a contract object. Raises `NotationError` naming the place of the first mistake."""
    return _node(data, path, 0)


def _node(data: Any, path: str, depth: int) -> Logic:
    if not isinstance(data, dict):
        raise NotationError(f"{path}: found {_shown(data)}; a node is an object with the key 'op'")
    if depth > _DEPTH:
        raise NotationError(f"{path}: nested deeper than {_DEPTH} levels")
    op = data.get("op")
    if not isinstance(op, str) or (op not in _INNER and op not in OPS):
        allowed = ", ".join((*_INNER, *OPS))
        raise NotationError(f"{path}.op: found {_shown(op)}; allowed are {allowed}")
    if op not in _INNER:
        return _read_leaf(data, path)
    keys, build = _INNER[op]
    for key in data:
        if key != "op" and key not in keys:
            raise NotationError(f"{path}.{key}: not known; '{op}' has the keys {', '.join(keys)}")
    return build(data, path, depth + 1)


def _args(data: dict[str, Any], key: str, path: str, depth: int, least: int) -> tuple[Logic, ...]:
    args = data.get(key)
    if not isinstance(args, list) or len(args) < least:
        raise NotationError(f"{path}.{key}: found {_shown(args)}; a list of at least {least} nodes is wanted")
    return tuple(_node(arg, f"{path}.{key}[{i}]", depth) for i, arg in enumerate(args))


def _one(data: dict[str, Any], key: str, path: str, depth: int) -> Logic:
    if key not in data:
        raise NotationError(f"{path}.{key}: missing")
    return _node(data[key], f"{path}.{key}", depth)


def _at_least(data: dict[str, Any], path: str, depth: int) -> Logic:
    args = _args(data, "args", path, depth, 1)
    n = data.get("n")
    if isinstance(n, bool) or not isinstance(n, int) or not 1 <= n <= len(args):
        raise NotationError(f"{path}.n: found {_shown(n)}; a whole number from 1 to {len(args)} is wanted")
    return AtLeast(n, args)


_INNER: dict[str, tuple[tuple[str, ...], Callable[[dict[str, Any], str, int], Logic]]] = {
    "and": (("args",), lambda d, p, n: And(_args(d, "args", p, n, 2))),
    "or": (("args",), lambda d, p, n: Or(_args(d, "args", p, n, 2))),
    "not": (("arg",), lambda d, p, n: Not(_one(d, "arg", p, n))),
    "at_least": (("n", "args"), _at_least),
    "except": (("base", "spares"), lambda d, p, n: Except(_one(d, "base", p, n), _args(d, "spares", p, n, 1))),
    "if": (("premise", "then"), lambda d, p, n: If(_one(d, "premise", p, n), _one(d, "then", p, n))),
}


def _read_leaf(data: dict[str, Any], path: str) -> Leaf:
    for key in data:
        if key not in _LEAF_KEYS:
            raise NotationError(f"{path}.{key}: not known; a predicate has the keys {', '.join(_LEAF_KEYS)}")
    cmp = _choice(data, "cmp", COMPARISONS, path)
    value, value2 = _value(data, "value", path), _value(data, "value2", path)
    if cmp == "between" and (value is None or value2 is None):
        raise NotationError(f"{path}: 'between' needs value and value2")
    if cmp is not None and value is None:
        raise NotationError(f"{path}.value: missing; cmp is {cmp!r}")
    qualifiers = data.get("qualifiers", [])
    if not isinstance(qualifiers, list | tuple) or not all(isinstance(q, str) for q in qualifiers):
        raise NotationError(f"{path}.qualifiers: found {_shown(qualifiers)}; a list of words is wanted")
    start, end = _whole(data, "start", path) or 0, _whole(data, "end", path) or 0
    if end < start:
        raise NotationError(f"{path}.end: {end} lies before start {start}")
    return Leaf(
        op=data["op"],
        start=start,
        end=end,
        term=_text(data, "term", path) or "",
        concept=_concept(data.get("concept"), f"{path}.concept"),
        cmp=cmp,
        value=value,
        value2=value2,
        unit=_text(data, "unit", path),
        uln=_flag(data, "uln", path),
        lln=_flag(data, "lln", path),
        window=_window(data.get("window"), f"{path}.window"),
        status=_choice(data, "status", STATUSES, path),  # type: ignore[arg-type]
        qualifiers=tuple(qualifiers),
        count_cmp=_choice(data, "count_cmp", COMPARISONS, path),
        count=_whole(data, "count", path),
        stable=_text(data, "stable", path),
    )


def _shown(value: Any) -> str:
    shown = repr(value)
    return shown if len(shown) <= 60 else shown[:57] + "…"


def _choice(data: dict[str, Any], key: str, allowed: tuple[str, ...], path: str) -> str | None:
    value = data.get(key)
    if value is not None and value not in allowed:
        raise NotationError(f"{path}.{key}: found {_shown(value)}; allowed are {' '.join(allowed)}")
    return value


def _text(data: dict[str, Any], key: str, path: str) -> str | None:
    value = data.get(key)
    if value is not None and not isinstance(value, str):
        raise NotationError(f"{path}.{key}: found {_shown(value)}; text is wanted")
    return value


def _flag(data: dict[str, Any], key: str, path: str) -> bool:
    value = data.get(key, False)
    if not isinstance(value, bool):
        raise NotationError(f"{path}.{key}: found {_shown(value)}; true or false is wanted")
    return value


def _whole(data: dict[str, Any], key: str, path: str) -> int | None:
    value = data.get(key)
    if value is not None and (isinstance(value, bool) or not isinstance(value, int) or value < 0):
        raise NotationError(f"{path}.{key}: found {_shown(value)}; a whole number from 0 is wanted")
    return value


def _value(data: dict[str, Any], key: str, path: str) -> float | str | None:
    value = data.get(key)
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise NotationError(f"{path}.{key}: found {_shown(value)}; a number or a word is wanted")
    return float(value)


def _window(value: Any, path: str) -> Window | None:
    if value is None:
        return None
    if not isinstance(value, dict) or not value or not set(value) <= {"within", "at_least_ago"}:
        raise NotationError(f'{path}: found {_shown(value)}; {{"within": "6 months"}} or "at_least_ago" is wanted')
    return Window(_text(value, "within", path), _text(value, "at_least_ago", path))


def _concept(value: Any, path: str) -> Concept | None:
    if value is None:
        return None
    if not isinstance(value, dict) or not all(isinstance(value.get(k), str) for k in ("system", "id", "name")):
        raise NotationError(f"{path}: found {_shown(value)}; an object with system, id and name is wanted")
    return Concept(value["system"], value["id"], value["name"])
