"""What a clinician may correct in the evaluation: ``resources/evaluate``, with a site's own settings."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from matcher import resources


@cache
def table(name: str) -> dict[str, Any]:
    """The parsed TOML of ``resources/evaluate/NAME.toml``."""
    return resources.toml(f"evaluate/{name}")


def rows(name: str) -> tuple[dict[str, str], ...]:
    """The rows of ``resources/evaluate/NAME.csv``."""
    return resources.rows(f"evaluate/{name}")


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
