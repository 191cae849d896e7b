"""The model's objects as JSON and back: data that crosses machines as text, from which nothing can run.

Only the dataclasses named here are made again; a tuple is a JSON array, and what JSON has no word for is tagged.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import Any

from matcher import model
from matcher.notes import Patient, Problem
from matcher.report.contract import Shape

_TAG = "is"
_CLASSES: dict[str, Any] = {
    **{name: value for name, value in vars(model).items() if isinstance(value, type) and is_dataclass(value)},
    **{value.__name__: value for value in (Patient, Problem, Shape)},
}
_FIELDS = {kind: tuple(field.name for field in fields(kind)) for kind in _CLASSES.values()}
_DATES: dict[str, Any] = {kind.__name__: kind for kind in (dt.date, dt.datetime, dt.time)}


def dumps(value: Any) -> str:
    """One line of ASCII. Raises `TypeError` for what `loads` would not give back."""
    return json.dumps(_plain(value), separators=(",", ":"))


def loads(text: str | bytes) -> Any:
    """What `dumps` was given. Raises `ValueError` for anything else."""
    try:
        return _made(json.loads(text))
    except (KeyError, TypeError, RecursionError) as error:
        raise ValueError(f"not written by matcher ({type(error).__name__})") from None


def _plain(value: Any) -> Any:
    if value is None or isinstance(value, str | int | float):
        return value
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    kind = type(value)
    if kind in _FIELDS:
        return {_TAG: kind.__name__} | {name: _plain(getattr(value, name)) for name in _FIELDS[kind]}
    if isinstance(value, list):
        return {_TAG: "list", "items": [_plain(item) for item in value]}
    if isinstance(value, Mapping):
        return {_TAG: "dict", "items": [[_plain(key), _plain(item)] for key, item in value.items()]}
    if kind.__name__ in _DATES:
        return {_TAG: kind.__name__, "iso": value.isoformat()}
    raise TypeError(f"{kind.__name__} has no form in JSON here")


def _made(value: Any) -> Any:
    if isinstance(value, list):
        return tuple(_made(item) for item in value)
    if not isinstance(value, dict):
        return value
    tag = value.pop(_TAG)
    if tag in _CLASSES:
        return _CLASSES[tag](**{name: _made(item) for name, item in value.items()})
    if tag in _DATES:
        return _DATES[tag].fromisoformat(value["iso"])
    items = _made(value["items"])
    return dict(items) if tag == "dict" else list(items)
