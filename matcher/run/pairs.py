"""Labelled patient–criterion pairs through the same path as a screening: each a protocol of one criterion."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from matcher.errors import MatchError
from matcher.model import Kind, Settings, Verdict

_LABELS = {"met", "not_met", "unknown"}
_SIX = {"included", "not included", "excluded", "not excluded", "not enough information", "not applicable"}


@dataclass(frozen=True, slots=True)
class Pair:
    """A patient's note, one criterion, the reference label."""

    id: str
    patient: str
    note: str
    kind: Kind
    criterion: str
    gold: str
    date: str | None = None
    six: bool = False
    silent: bool = False
    """The note says nothing of the thing: unknown is right, and so is a verdict marked as assumed."""
    groups: dict[str, str] = field(default_factory=dict)


def read(path: str) -> list[Pair]:
    """Pairs of a JSON Lines or CSV file; raises `MatchError` naming the line and what is expected."""
    rows = list(_rows(Path(path)))
    return [_pair(row, number, path) for number, row in rows]


def _rows(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise MatchError(f"{path}: cannot be read ({error.strerror})") from None
    except UnicodeDecodeError:
        raise MatchError(f"{path}: not UTF-8 text") from None
    if path.suffix.lower() == ".csv":
        import csv
        import io

        for number, row in enumerate(csv.DictReader(io.StringIO(text)), 2):
            yield number, {k: v for k, v in row.items() if k is not None}
        return
    for number, line in enumerate(text.splitlines(), 1):
        if line.strip():
            try:
                row = json.loads(line)
            except json.JSONDecodeError as error:
                raise MatchError(f"{path}:{number}: not a JSON object ({error.msg})") from None
            if not isinstance(row, dict):
                raise MatchError(f"{path}:{number}: a JSON object is expected, one a line")
            yield number, row


def _pair(row: dict[str, Any], number: int, path: str) -> Pair:
    def first(*names: str) -> Any:
        return next((row[n] for n in names if row.get(n) not in (None, "")), None)

    gold = first("expert_eligibility", "expected", "label")
    criterion, note = first("criterion_text", "criterion"), first("note", "text")
    kind: Any = first("criterion_type", "kind") or "inclusion"
    for name, value in (("criterion", criterion), ("note", note), ("expected", gold)):
        if value is None:
            raise MatchError(f"{path}:{number}: no {name}; a pair has note, criterion, criterion_type and expected")
    six = gold in _SIX
    if gold not in _LABELS and not six:
        raise MatchError(f"{path}:{number}: label {gold!r}: one of {', '.join(sorted(_LABELS | _SIX))}")
    if kind not in ("inclusion", "exclusion"):
        raise MatchError(f"{path}:{number}: criterion_type {kind!r}: inclusion or exclusion")
    patient = str(first("patient_id", "id") or number)
    text = re.sub(r"(?m)^\d+\. ", "", str(note)) if six else str(note)  # six-class notes number their sentences
    known = {"note", "text", "criterion", "criterion_text", "criterion_type", "expected", "label", "expert_eligibility"}
    groups = {k: str(v) for k, v in row.items() if k not in known and isinstance(v, str | int | bool)}
    own = str(first("annotation_id", "pair_id", "id") or "")
    id = f"{own or patient}:{number}"
    return Pair(id, patient, text, kind, str(criterion), str(gold), first("note_date", "date"), six,
                bool(row.get("silent")), groups)  # fmt: skip


def protocol_text(pair: Pair) -> str:
    """The criterion as a protocol of its own."""
    head = "Inclusion Criteria:" if pair.kind == "inclusion" else "Exclusion Criteria:"
    first, *rest = pair.criterion.strip().splitlines() or [""]
    return "\n".join([head, "", "  - " + first, *("    " + line for line in rest), ""])


def screen(pairs: Sequence[Pair], settings: Settings) -> Iterator[tuple[Pair, tuple[Verdict, ...]]]:
    """Each pair with the verdicts of its criterion, in the order of the patients' first pairs."""
    from matcher import criteria, ner, terms
    from matcher.criteria.source import of_text
    from matcher.model import Note
    from matcher.notes import Patient, dates
    from matcher.run.pipeline import Pipeline

    terminology = terms.load(settings.site)
    recogniser = ner.recogniser(settings.ner)
    by_patient: dict[str, list[Pair]] = {}
    for pair in pairs:
        by_patient.setdefault(pair.patient, []).append(pair)
    for patient, own in by_patient.items():
        protocols = [criteria.parse(of_text(protocol_text(p), p.id), recogniser, terminology) for p in own]
        pipeline = Pipeline(protocols, settings)
        for text, day in dict.fromkeys((p.note, p.date) for p in own):
            note = Note(patient, f"{patient}-1", text, dates.parse(day) if day else None)
            screenings = pipeline.screen(Patient(patient, (note,)))
            for pair, screening in zip(own, screenings, strict=True):
                if (pair.note, pair.date) == (text, day):
                    yield pair, screening.verdicts
