"""What a clinician may correct: ``resources/evaluate/*.toml``, loaded once and checked."""

from __future__ import annotations

import csv
import tomllib
from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import Any


@cache
def table(name: str) -> dict[str, Any]:
    """The parsed TOML of ``resources/evaluate/NAME.toml``."""
    path = resources.files("matcher.resources").joinpath("evaluate", f"{name}.toml")
    return tomllib.loads(path.read_text(encoding="utf-8"))


@cache
def rows(name: str) -> tuple[dict[str, str], ...]:
    """The rows of ``resources/evaluate/NAME.csv``."""
    path = resources.files("matcher.resources").joinpath("evaluate", f"{name}.csv")
    return tuple(csv.DictReader(path.read_text(encoding="utf-8").splitlines()))


def overlay(name: str, site: Mapping[str, Any] | None) -> dict[str, Any]:
    """The table with the site's ``[NAME]`` section laid over it, key by key."""
    base = table(name)
    own = (site or {}).get(name)
    return _merged(base, own) if isinstance(own, Mapping) else base


def _merged(base: Mapping[str, Any], own: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(base)
    for key, value in own.items():
        old = merged.get(key)
        merged[key] = _merged(old, value) if isinstance(old, Mapping) and isinstance(value, Mapping) else value
    return merged
