"""What a model's labels mean to the program: ``resources/ner/labels.csv``, and a site's own table."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from importlib import resources
from pathlib import Path
from typing import get_args

from matcher.errors import MatchError
from matcher.model import EntityType

IGNORED = "-"
BY_TERMS = "?"
"""The terminology says what the mention is; one that it does not know is left out."""

_ALLOWED = frozenset({*get_args(EntityType), IGNORED, BY_TERMS})


def _rows(lines: Iterable[str], source: str) -> dict[str, str]:
    table: dict[str, str] = {}
    for number, row in enumerate(csv.DictReader(lines), start=2):
        label, kind = (row.get("label") or "").strip(), (row.get("type") or "").strip()
        if not label or kind not in _ALLOWED:
            raise MatchError(
                f"{source}, line {number}: {label or 'no label'} → {kind or 'no type'};"
                f" a row is label,type with a type of: {' '.join(sorted(_ALLOWED))}"
            )
        table[label.upper().replace("-", "_")] = kind
    return table


def known() -> dict[str, str]:
    """Label, upper case with ``_`` → entity type, ``-`` (ignored) or ``?`` (the terminology decides)."""
    file = resources.files("matcher.resources") / "ner" / "labels.csv"
    return _rows(file.read_text(encoding="utf-8").splitlines(), "labels.csv")


def label_map(labels: Iterable[str], model: str, own: Path | None = None) -> dict[str, str]:
    """Each label of a model with its meaning. ``own``: a table (columns label, type) that goes before the package's.

    Raises `MatchError` naming the labels that neither table has.
    """
    table = known()
    if own is not None:
        if not own.is_file():
            raise MatchError(f"{own}: no such table of labels (CSV with the columns label and type)")
        table |= _rows(own.read_text(encoding="utf-8").splitlines(), str(own))
    out, missing = {}, []
    for label in sorted(set(labels)):
        kind = table.get(label.upper().replace("-", "_"))
        if kind is None:
            missing.append(label)
        else:
            out[label] = kind
    if missing:
        raise MatchError(
            f"{model} has labels that are not mapped: {', '.join(missing)};"
            " write a CSV with the columns label and type (- ignores a label) and name it: MODEL@LABELS.csv"
        )
    return out
