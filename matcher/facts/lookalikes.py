"""Mentions that are something else than their name says: "OS" is an eye, "bipolar cautery" no disorder."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from typing import Any

from matcher.facts import tables
from matcher.model import Concept, Mention
from matcher.ner import cues, quantities
from matcher.patterns import alternatives
from matcher.terms import analytes

_WINDOW = 28
_SYMBOL = re.compile(r"[A-Z][A-Za-z0-9]{0,3} \d")
_BESIDE = re.compile(r"\s?[:=]?\s?(?=[<>]?\d)")
_DISEASED = frozenset({"condition", "procedure"})


@dataclass(frozen=True, slots=True)
class _Row:
    exact: bool
    before: tuple[str, ...]
    after: tuple[str, ...]
    unless: tuple[str, ...]
    unnamed: bool


@cache
def _table() -> dict[str, tuple[_Row, ...]]:
    """The rows by the mention's text; exact ones as written, the others in small letters."""
    found: dict[str, list[_Row]] = {}
    for entry in tables.toml("lookalikes")["lookalike"]:
        row = _Row(
            entry.get("exact", False),
            tuple(entry.get("before", ())),
            tuple(entry.get("after", ())),
            tuple(entry.get("unless", ())),
            entry.get("unnamed", False),
        )
        for text in entry["text"]:
            found.setdefault(text, []).append(row)
    return {text: tuple(rows) for text, rows in found.items()}


def read(text: str, mention: Mention) -> Mention | None:
    """The mention as it is meant: itself, without its concept, or None where it is no finding at all."""
    if mention.concept is None and _SYMBOL.match(mention.text):
        return None  # "Na 138 K": values that the model took for a name
    if mention.concept is None and mention.source == "model" and mention.text.lower() in cues.kin():
        return None  # "MGF with stroke"
    if mention.type in _DISEASED and analytes.by_symbol(mention.text) is not None and _valued(text, mention):
        return None
    if (placed := _placed().get(mention.text.lower())) is not None:
        return _at_place(text, mention, placed)
    rows = _table().get(mention.text)
    if rows is None:
        rows = _table().get(mention.text.lower())
        if rows is None:
            return mention
    for row in rows:
        if (not row.exact or mention.text in _table()) and _fits(text, mention, row):
            return replace(mention, concept=None) if row.unnamed else None
    return mention


@cache
def _placed() -> dict[str, dict[str, Any]]:
    return {name: row for row in tables.toml("lookalikes")["placed"] for name in row["text"]}


def _at_place(text: str, mention: Mention, row: dict[str, Any]) -> Mention:
    """ "SCC scalp", "squamous cell carcinoma, left hand": a name that its place narrows."""
    behind, before = _place_words(mention.text.lower())
    if behind.match(text, mention.end) or before.search(text, max(0, mention.start - _WINDOW), mention.start):
        return replace(mention, concept=Concept(row["system"], row["concept"], row["name"]))
    return mention


@cache
def _place_words(name: str) -> tuple[re.Pattern[str], re.Pattern[str]]:
    """What names the place behind a name, and in front of it."""
    row = _placed()[name]
    ties, places, done = (alternatives(row[key]) for key in ("ties", "places", "done"))
    behind = rf"(?:[\s,:(-]{{1,2}}(?:{ties})\b\.?)*[\s,:(-]{{1,2}}(?:{places})\b|[^.;\n]{{0,40}}?\b(?:{done})\b"
    return re.compile(behind, re.IGNORECASE), re.compile(rf"\b(?:{places})[\s-](?:skin\s)?$", re.IGNORECASE)


def _valued(text: str, mention: Mention) -> bool:
    """ "TB 0.8", "Monos 8%": a value of the measure that the same letters are short for stands behind it."""
    gap = _BESIDE.match(text, mention.end)
    number = quantities.at(text, gap.end()) if gap else None
    analyte = analytes.by_symbol(mention.text)
    return number is not None and analyte is not None and _takes(analyte.id, number)


def _takes(id: str, number: quantities.Number) -> bool:
    return number.kind == "plain" and analytes.takes(id, number.low, number.unit)


def level_of(concept: Concept | None) -> Concept | None:
    """What is measured under the name of a drug or hormone."""
    row = tables.toml("concepts")["levels"].get(concept.id) if concept is not None else None
    return Concept("LOINC", row["id"], row["name"]) if row is not None else None


def level(text: str, mention: Mention) -> Mention:
    """ "Testosterone 0.9 nmol/L": a drug's name with a concentration behind it is the measure."""
    measured = level_of(mention.concept) if mention.type == "drug" else None
    gap = _level_words().match(text, mention.end) if measured is not None else None
    number = quantities.at(text, gap.end()) if gap is not None else None
    if measured is None or number is None or number.unit is None or not _takes(measured.id, number):
        return mention
    return replace(mention, type="measurement", concept=measured)


@cache
def _level_words() -> re.Pattern[str]:
    """What may stand between the name and its level ("tacrolimus trough was 8.2 ng/mL")."""
    words = tables.words(tables.toml("lookalikes")["level_words"])
    return re.compile(rf"(?:\s(?:{words})){{0,3}}\s?[:=(]?\s?(?=[<>≤≥\d])", re.IGNORECASE)


def _fits(text: str, mention: Mention, row: _Row) -> bool:
    if row.unless and any(word in _small(text) for word in row.unless):
        return False
    if not row.before and not row.after:
        return True
    before = text[max(0, mention.start - _WINDOW) : mention.start].lower().rstrip()
    after = text[mention.end : mention.end + _WINDOW].lower().lstrip()
    return any(_ends(before, word) for word in row.before) or any(_begins(after, word) for word in row.after)


@lru_cache(maxsize=1)
def _small(text: str) -> str:
    """The text in small letters, for its next mention too."""
    return text.lower()


def _ends(text: str, word: str) -> bool:
    if word == "#":
        return text[-1:].isdigit()
    return text.endswith(word) and not (word[0].isalnum() and text[: -len(word)][-1:].isalnum())


def _begins(text: str, word: str) -> bool:
    return text.startswith(word) and not (word[-1].isalnum() and text[len(word) :][:1].isalnum())
