"""A logic tree as an indented outline that a person can read and correct, both ways.

::

    any of
      measurement: ALT | > 3 x ULN | at 800-803
      measurement: AST | > 3 x ULN | at 807-810

One node a line, two blanks for each level. A predicate is ``op: term`` and, after bars, what narrows it:
a comparison (``>= 18 years``, ``between 7 and 10 %``, ``> 3 x ULN``), ``within 6 months``, ``at least 3 months ago``,
``status current``, ``qualifiers severe, left``, ``times >= 2``, ``stable for 8 weeks``,
``concept LOINC 1742-6 Alanine aminotransferase``, ``at 800-803`` (where it stands in the text).
"""

from __future__ import annotations

import re
from typing import Any

from matcher.criteria.notation import COMPARISONS, OPS, STATUSES, NotationError, from_json, number, to_json
from matcher.model import Logic

_INNER = {"all of": "and", "any of": "or", "not": "not", "except": "except", "if": "if"}
_NAMES = {op: words for words, op in _INNER.items()}
_AT_LEAST = re.compile(r"at least (\d+) of")
_FIELD = re.compile(r"((?:\\.|[^\\|])*)(?:\||\Z)")
_WORD = re.compile(r"((?:\\.|[^\\,])*)(?:,|\Z)")
_PLAIN = re.compile(r"-?\d+(?:\.\d+)?(?:e[+-]?\d+)?", re.I)
_PARTS = (
    ("within", re.compile(r"within (.+)")),
    ("at_least_ago", re.compile(r"at least (.+) ago")),
    ("status", re.compile(r"status (\w+)")),
    ("qualifiers", re.compile(r"qualifiers (.+)")),
    ("stable", re.compile(r"stable for (.+)")),
    ("times", re.compile(r"times (?:(<=|>=|<|>|=) ?)?(\d+)")),
    ("concept", re.compile(r"concept (\S+) (\S+) (.*)")),
    ("at", re.compile(r"at (\d+)-(\d+)")),
    ("between", re.compile(r'between ("[^"]*"|\S+) and ("[^"]*"|\S+)(?: (.+))?')),
    ("cmp", re.compile(r'(<=|>=|<|>|=) ?("[^"]*"|\S+)(?: (.+))?')),
)


def write(tree: Logic) -> str:
    """The outline of a tree, each line ended."""
    lines: list[str] = []
    _write(to_json(tree), 0, lines)
    return "".join(line + "\n" for line in lines)


def _write(data: dict[str, Any], depth: int, lines: list[str]) -> None:
    indent, op = "  " * depth, data["op"]
    if op in OPS:
        lines.append(indent + _leaf(data))
        return
    lines.append(indent + (f"at least {data['n']} of" if op == "at_least" else _NAMES[op]))
    for key in ("args", "spares"):
        if key == "spares" and "base" in data:
            _write(data["base"], depth + 1, lines)
        for child in data.get(key, []):
            _write(child, depth + 1, lines)
    for key in ("arg", "premise", "then"):
        if key in data:
            _write(data[key], depth + 1, lines)


def _leaf(data: dict[str, Any]) -> str:
    parts = [f"{data['op']}: {_escaped(data.get('term', ''))}".rstrip()]
    times = " x ULN" if data.get("uln") else " x LLN" if data.get("lln") else ""
    unit = times + (f" {_escaped(data['unit'])}" if data.get("unit") else "")
    if data.get("cmp") == "between":
        parts.append(f"between {_value(data['value'])} and {_value(data['value2'])}{unit}")
    elif "value" in data:
        parts.append(f"{data.get('cmp', '=')} {_value(data['value'])}{unit}")
    window = data.get("window", {})
    if window.get("within"):
        parts.append(f"within {_escaped(window['within'])}")
    if window.get("at_least_ago"):
        parts.append(f"at least {_escaped(window['at_least_ago'])} ago")
    if "status" in data:
        parts.append(f"status {data['status']}")
    if "qualifiers" in data:
        parts.append("qualifiers " + ", ".join(_escaped(q).replace(",", "\\,") for q in data["qualifiers"]))
    if "count" in data:
        parts.append(f"times {data.get('count_cmp', '>=')} {data['count']}")
    if "stable" in data:
        parts.append(f"stable for {_escaped(data['stable'])}")
    if "concept" in data:
        concept = data["concept"]
        parts.append(f"concept {_escaped(concept['system'])} {_escaped(concept['id'])} {_escaped(concept['name'])}")
    parts.append(f"at {data['start']}-{data['end']}")
    return " | ".join(parts)


def _value(value: Any) -> str:
    shown = number(value)
    if isinstance(shown, str):
        return '"' + _escaped(shown).replace('"', "”") + '"'
    return repr(shown)


def _escaped(words: str) -> str:
    return " ".join(words.split()).replace("\\", "\\\\").replace("|", "\\|")


def read(outline: str, path: str = "logic") -> Logic:
    """The tree of an outline. Raises `NotationError` naming the line."""
    rows = []
    for line_number, line in enumerate(outline.splitlines(), 1):
        if line.strip() and not line.lstrip().startswith("#"):
            rows.append((len(line) - len(line.lstrip()), line.strip(), f"{path}, line {line_number}"))
    if not rows:
        raise NotationError(f"{path}: no predicate")
    data, after = _read(rows, 0, 0)
    if after < len(rows):
        raise NotationError(f"{rows[after][2]}: stands beside the first node; put both under 'all of' or 'any of'")
    return from_json(data, path)


def _read(rows: list[tuple[int, str, str]], position: int, depth: int) -> tuple[dict[str, Any], int]:
    indent, words, where = rows[position]
    if depth > 60:
        raise NotationError(f"{where}: nested deeper than 60 levels")
    children: list[dict[str, Any]] = []
    position += 1
    while position < len(rows) and rows[position][0] > indent:
        child, position = _read(rows, position, depth + 1)
        children.append(child)
    at_least = _AT_LEAST.fullmatch(words)
    if at_least or words in _INNER:
        return _inner(words, at_least, children, where), position
    if children:
        raise NotationError(f"{where}: a predicate has nothing under it; found {words[:40]!r}")
    return _read_leaf(words, where), position


def _inner(words: str, at_least: re.Match[str] | None, children: list[dict[str, Any]], where: str) -> dict[str, Any]:
    wanted = {"not": (1, 1), "if": (2, 2), "except": (2, 999)}.get(words, (1 if at_least else 2, 9999))
    if not wanted[0] <= len(children) <= wanted[1]:
        raise NotationError(f"{where}: {words!r} has {len(children)} lines under it; {wanted[0]} or more are wanted")
    if at_least:
        return {"op": "at_least", "n": int(at_least[1]), "args": children}
    op = _INNER[words]
    if op in ("and", "or"):
        return {"op": op, "args": children}
    if op == "not":
        return {"op": op, "arg": children[0]}
    if op == "if":
        return {"op": op, "premise": children[0], "then": children[1]}
    return {"op": op, "base": children[0], "spares": children[1:]}


def _read_leaf(words: str, where: str) -> dict[str, Any]:
    head, *parts = [part.strip() for part in _FIELD.findall(words)[:-1]]
    op, colon, term = head.partition(":")
    if not colon or op.strip() not in OPS:
        allowed = ", ".join((*_INNER, "at least N of"))
        raise NotationError(f"{where}: found {head[:40]!r}; write {allowed}, or 'OP: term' with OP of {', '.join(OPS)}")
    data: dict[str, Any] = {"op": op.strip(), "term": _plain(term.strip())}
    for part in parts:
        _part(part, data, where)
    return data


def _part(part: str, data: dict[str, Any], where: str) -> None:
    for name, pattern in _PARTS:
        match = pattern.fullmatch(part)
        if match is None:
            continue
        if name in ("within", "at_least_ago"):
            data.setdefault("window", {})[name] = _plain(match[1])
        elif name == "status":
            if match[1] not in STATUSES:
                raise NotationError(f"{where}: status {match[1]!r}; allowed are {', '.join(STATUSES)}")
            data["status"] = match[1]
        elif name == "qualifiers":
            words = [word.strip() for word in _WORD.findall(match[1])]
            data["qualifiers"] = [_plain(word) for word in words if word]
        elif name == "stable":
            data["stable"] = _plain(match[1])
        elif name == "times":
            data["count_cmp"], data["count"] = match[1] or ">=", int(match[2])
        elif name == "concept":
            data["concept"] = {"system": match[1], "id": match[2], "name": _plain(match[3])}
        elif name == "at":
            data["start"], data["end"] = int(match[1]), int(match[2])
        elif name == "between":
            data["cmp"], data["value"], data["value2"] = "between", _number(match[1]), _number(match[2])
            _unit(match[3], data)
        else:
            data["cmp"], data["value"] = match[1], _number(match[2])
            _unit(match[3], data)
        return
    raise NotationError(
        f"{where}: {part[:40]!r} is not understood; allowed are a comparison ({' '.join(COMPARISONS)}), 'within …', "
        "'at least … ago', 'status …', 'qualifiers …', 'times …', 'stable for …', "
        "'concept SYSTEM ID NAME', 'at FROM-TO'"
    )


def _unit(words: str | None, data: dict[str, Any]) -> None:
    unit = _plain(words or "")
    for sign, key in (("x ULN", "uln"), ("x LLN", "lln")):
        if unit == sign or unit.startswith(sign + " "):
            data[key] = True
            unit = unit[len(sign) :].strip()
    if unit:
        data["unit"] = unit


def _number(words: str) -> float | str:
    if _PLAIN.fullmatch(words):
        return float(words)
    return _plain(words.strip('"'))


def _plain(words: str) -> str:
    return re.sub(r"\\(.)", r"\1", words)
