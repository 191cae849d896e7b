"""Terminology: one meaning for many words.

>>> from matcher import terms
>>> T = terms.load()
>>> T.normalise("type II diabetes").concept.name
'type 2 diabetes mellitus'
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import lru_cache
from importlib import resources
from pathlib import Path
from typing import Any

from matcher.terms.find import Hit
from matcher.terms.normalise import Normalised
from matcher.terms.store import Store
from matcher.terms.terminology import Terminology

__all__ = ["Hit", "Normalised", "Terminology", "load"]


def load(site: Mapping[str, Any] | None = None) -> Terminology:
    """The terminology, with a site's settings (a parsed TOML file) over it. Loaded once per site and process.

    Raises:
        matcher.errors.MatchError: a curated table or a site setting cannot be used; the message says which row.
    """
    return _load(json.dumps(site, sort_keys=True, default=str) if site else "")


@lru_cache(maxsize=8)
def _load(site: str) -> Terminology:
    return Terminology(_store(), json.loads(site) if site else None)


@lru_cache(maxsize=1)
def _store() -> Store:
    return Store(Path(str(resources.files("matcher.resources").joinpath("terms/built"))))
