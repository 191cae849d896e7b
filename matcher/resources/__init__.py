"""The tables that a clinician could correct, each read once. What is given is read and not changed."""

from __future__ import annotations

import csv
import tomllib
from functools import cache
from importlib.resources import files
from typing import Any


@cache
def toml(path: str) -> dict[str, Any]:
    """The parsed ``resources/PATH.toml``."""
    return tomllib.loads(text(f"{path}.toml"))


def text(path: str) -> str:
    """``resources/PATH``, with its ending."""
    return files(__name__).joinpath(path).read_text("utf-8")


@cache
def rows(path: str) -> tuple[dict[str, str], ...]:
    """The rows of ``resources/PATH.csv``."""
    return tuple(csv.DictReader(text(f"{path}.csv").splitlines()))
