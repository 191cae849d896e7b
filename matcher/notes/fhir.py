"""FHIR R4 Bundles (``.json``, ``.ndjson``): DocumentReferences become notes, coded resources become facts.

A coded resource is written out as a line of a note of its own ("<patient>/fhir"), so that a verdict that rests on it
has a quote and offsets like any other. Resources of other types are ignored; one that cannot be read is a `Problem`.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from matcher.errors import MatchError
from matcher.model import Concept, Fact, Interval, Note, Quantity
from matcher.notes import dates
from matcher.notes.patient import Patient, Problem, in_time_order
from matcher.notes.tables import Expect, nobody
from matcher.text import decode

Resource = dict[str, Any]

_SYSTEMS = {
    "http://loinc.org": "LOINC",
    "http://snomed.info/sct": "SNOMEDCT",
    "http://www.nlm.nih.gov/research/umls/rxnorm": "RXNORM",
    "http://hl7.org/fhir/sid/icd-10-cm": "ICD10CM",
    "http://hl7.org/fhir/sid/icd-10": "ICD10CM",
}


def is_fhir(data: Any) -> bool:
    return isinstance(data, dict) and isinstance(data.get("resourceType"), str)


def read(file: Path, problems: list[Problem], expect: Expect = nobody) -> Iterator[Patient]:
    """Patients of one Bundle, or of resources a line (``.ndjson``), grouped by the patient they refer to."""
    by_patient: dict[str, list[Resource]] = {}
    for resource, where in _resources(file, problems):
        owner = _owner(resource)
        if owner is None:
            if resource["resourceType"] in _READERS or resource["resourceType"] == "DocumentReference":
                problems.append(Problem(where, f"not read: the {resource['resourceType']} names no patient"))
            continue
        by_patient.setdefault(owner, []).append(resource)
    if not by_patient:
        raise MatchError(
            f"{file}: no FHIR patient found; a Bundle with Patient, DocumentReference, Condition … is read"
        )
    expect(len(by_patient))
    for patient_id, resources in by_patient.items():
        yield _patient(patient_id, resources, str(file))


def _resources(file: Path, problems: list[Problem]) -> Iterator[tuple[Resource, str]]:
    text, _ = decode(file.read_bytes())
    if file.suffix.lower() == ".ndjson":
        for number, line in enumerate(text.split("\n"), 1):
            if line.strip():
                yield from _unbundled(_load(line), f"{file}:{number}", problems)
    else:
        yield from _unbundled(_load(text), str(file), problems)


def _load(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _unbundled(data: Any, where: str, problems: list[Problem]) -> Iterator[tuple[Resource, str]]:
    if data is None:
        problems.append(Problem(where, "not read: not valid JSON"))
    elif not is_fhir(data):
        problems.append(Problem(where, "not read: no FHIR resource"))
    elif data["resourceType"] == "Bundle":
        for entry in data.get("entry") or ():
            resource = entry.get("resource") if isinstance(entry, dict) else None
            if isinstance(resource, dict) and is_fhir(resource):
                yield resource, where
    else:
        yield data, where


def _owner(resource: Resource) -> str | None:
    if resource["resourceType"] == "Patient":
        return str(resource.get("id") or "") or None
    reference = (resource.get("subject") or resource.get("patient") or {}).get("reference")
    return str(reference).rsplit("/", 1)[-1].removeprefix("urn:uuid:") if reference else None


def _patient(patient_id: str, resources: list[Resource], source: str) -> Patient:
    problems: list[Problem] = []
    notes: list[Note] = []
    lines = _Lines(f"{patient_id}/fhir")
    for resource in resources:
        kind = resource["resourceType"]
        try:
            if kind == "DocumentReference":
                notes += _document(patient_id, resource, source, len(notes))
            elif kind in _READERS:
                _READERS[kind](resource, lines)
        except (KeyError, TypeError, ValueError, AttributeError, IndexError, binascii.Error) as error:
            name = f"{kind}/{resource.get('id', '?')}"
            problems.append(
                Problem(source, f"not read: {name} is no valid resource ({type(error).__name__})", "lost", patient_id)
            )
    if lines.facts:
        notes.append(Note(patient_id, lines.note_id, lines.text, None, source, tuple(lines.facts)))
    return Patient(patient_id, in_time_order(notes), tuple(problems))


def _document(patient_id: str, resource: Resource, source: str, count: int) -> list[Note]:
    date = _interval(resource.get("date") or (resource.get("context") or {}).get("period", {}).get("start"))
    notes = []
    for number, content in enumerate(resource["content"]):
        data = (content.get("attachment") or {}).get("data")
        if data:
            text, _ = decode(base64.b64decode(data, validate=False))
            name = str(resource.get("id") or count + 1) + (f"-{number + 1}" if number else "")
            notes.append(Note(patient_id, f"{patient_id}/{name}", text, date, source))
    return notes


class _Lines:
    """The written-out resources: one text, and the facts that point into it."""

    def __init__(self, note_id: str) -> None:
        self.note_id = note_id
        self.text = ""
        self.facts: list[Fact] = []

    def add(self, label: str, term: str, rest: str = "", **keys: Any) -> None:
        """A line ``label: term rest``; its fact's mention is the term (with a quantity: all of it)."""
        line_start = len(self.text)
        start = line_start + len(label) + 2
        self.text += f"{label}: {term}{' ' + rest if rest else ''}\n"
        quote_end = len(self.text) - 1
        end = quote_end if keys.get("quantity") or keys.get("result") else start + len(term)
        fact = Fact(
            text=self.text[start:end],
            start=start,
            end=end,
            note_id=self.note_id,
            quote_start=line_start,
            quote_end=quote_end,
            rule=f"fhir.{label.lower()}",
            source="fhir",
            section="structured",
            **keys,
        )
        self.facts.append(fact)


def _concept(code: Any) -> tuple[str, Concept | None]:
    """The words of a CodeableConcept, and its best code. ``text`` is what the clinician chose."""
    codings = [coding for coding in code.get("coding") or () if isinstance(coding, dict)]
    term = code.get("text") or next((c["display"] for c in codings if c.get("display")), None)
    if not term:
        term = next(str(c["code"]) for c in codings if c.get("code"))
    for coding in codings:
        system = _SYSTEMS.get(str(coding.get("system")))
        if system and coding.get("code"):
            return " ".join(str(term).split()), Concept(system, str(coding["code"]), str(coding.get("display") or term))
    return " ".join(str(term).split()), None


def _interval(start: Any, end: Any = None) -> Interval | None:
    first = dates.parse(str(start)[:10]) if start else None
    last = dates.parse(str(end)[:10]) if end else None
    if first is None and last is None:
        return None
    return Interval(first.start if first else None, last.end if last else (first.end if first and not end else None))


def _since(start: Any, end: Any = None) -> Interval | None:
    """From ``start`` on; still so where ``end`` is not given."""
    first = dates.parse(str(start)[:10]) if start else None
    last = dates.parse(str(end)[:10]) if end else None
    if first is None and last is None:
        return None
    return Interval(first.start if first else None, last.end if last else None)


def _code(value: Any) -> str:
    return str(((value or {}).get("coding") or [{}])[0].get("code") or "")


def _birth(resource: Resource, lines: _Lines) -> None:
    sex = resource.get("gender")
    if sex in ("male", "female"):
        lines.add("Sex", sex, kind="sex", result=sex)
    born = dates.parse(str(resource.get("birthDate") or ""))
    if born:
        lines.add("Born", str(resource["birthDate"]), kind="age", time=born, result="birth_date")


def _condition(resource: Resource, lines: _Lines) -> None:
    term, concept = _concept(resource["code"])
    verification = _code(resource.get("verificationStatus"))
    clinical = _code(resource.get("clinicalStatus"))
    over = clinical in ("resolved", "inactive", "remission")
    assertion = {
        "refuted": "absent",
        "entered-in-error": "retracted",
        "provisional": "possible",
        "differential": "possible",
    }.get(verification, "possible" if verification == "unconfirmed" else "historical" if over else "present")
    onset = resource.get("onsetDateTime") or (resource.get("onsetPeriod") or {}).get("start")
    end = resource.get("abatementDateTime")
    time = _since(onset, end)
    rest = " ".join(
        filter(
            None,
            [f"({clinical or verification})" if clinical or verification else "", f"since {onset}" if onset else ""],
        )
    )
    status = "past" if over else "current" if clinical in ("active", "recurrence", "relapse") else None
    lines.add("Condition", term, rest, kind="condition", concept=concept, assertion=assertion, time=time, status=status)


def _procedure(resource: Resource, lines: _Lines) -> None:
    term, concept = _concept(resource["code"])
    state = str(resource.get("status") or "")
    assertion = {
        "not-done": "absent",
        "entered-in-error": "retracted",
        "preparation": "planned",
        "in-progress": "present",
    }.get(state, "historical")
    when = resource.get("performedDateTime") or (resource.get("performedPeriod") or {}).get("start")
    end = (resource.get("performedPeriod") or {}).get("end")
    lines.add(
        "Procedure",
        term,
        str(when or ""),
        kind="procedure",
        concept=concept,
        assertion=assertion,
        time=_interval(when, end),
    )


def _medication(resource: Resource, lines: _Lines) -> None:
    term, concept = _concept(resource["medicationCodeableConcept"])
    state = str(resource.get("status") or "")
    period = resource.get("effectivePeriod") or {}
    start = period.get("start") or resource.get("effectiveDateTime") or resource.get("authoredOn")
    end = period.get("end")
    status = {"active": "current", "completed": "past", "stopped": "past", "on-hold": "past", "ended": "past"}.get(
        state
    )
    assertion = {"not-taken": "absent", "entered-in-error": "retracted", "intended": "planned", "draft": "planned"}.get(
        state, "present" if status != "past" else "historical"
    )
    dosage = resource.get("dosage") or resource.get("dosageInstruction") or ()
    dose = str(dosage[0].get("text") or "") if dosage else ""
    rest = " ".join(filter(None, [dose, f"({state})" if state else "", f"since {start}" if start else ""]))
    lines.add(
        "Medication",
        term,
        rest,
        kind="medication",
        concept=concept,
        assertion=assertion,
        status=status,
        time=_since(start, end),
    )


def _allergy(resource: Resource, lines: _Lines) -> None:
    term, concept = _concept(resource["code"])
    refuted = _code(resource.get("verificationStatus")) in ("refuted", "entered-in-error")
    lines.add("Allergy", term, kind="allergy", concept=concept, assertion="absent" if refuted else "present")


def _observation(resource: Resource, lines: _Lines) -> None:
    if str(resource.get("status")) in ("entered-in-error", "cancelled"):
        return
    when = resource.get("effectiveDateTime") or (resource.get("effectivePeriod") or {}).get("start")
    parts = resource.get("component") or ()
    for part in [resource, *parts]:
        if part is resource and parts and "valueQuantity" not in resource:
            continue
        term, concept = _concept(part["code"])
        if concept is not None and concept.system != "LOINC":
            concept = None
        value = part.get("valueQuantity")
        date = f"on {str(when)[:10]}" if when else ""
        if value is not None and value.get("value") is not None:
            number, unit = float(value["value"]), str(value.get("unit") or value.get("code") or "") or None
            sign = str(value.get("comparator") or "")
            ranges = (part.get("referenceRange") or [{}])[0]
            quantity = Quantity(
                low=None if sign.startswith("<") else number,
                high=None if sign.startswith(">") else number,
                unit=unit,
                low_open=sign == ">",
                high_open=sign == "<",
                ref_low=_number(ranges.get("low")),
                ref_high=_number(ranges.get("high")),
            )
            rest = f"{sign}{number:g} {unit or ''}".strip()
            lines.add(
                "Observation",
                term,
                f"{rest} {date}".strip(),
                kind="measurement",
                concept=concept,
                quantity=quantity,
                time=_interval(when),
            )
        else:
            words = part.get("valueString") or (part.get("valueCodeableConcept") or {}).get("text")
            if not words and part.get("valueCodeableConcept"):
                words = _concept(part["valueCodeableConcept"])[0]
            if words:
                plain = " ".join(str(words).lower().split())
                lines.add(
                    "Observation",
                    term,
                    f"{words} {date}".strip(),
                    kind="measurement",
                    concept=concept,
                    result=plain,
                    time=_interval(when),
                )


def _number(value: Any) -> float | None:
    return float(value["value"]) if isinstance(value, dict) and value.get("value") is not None else None


_READERS: dict[str, Callable[[Resource, _Lines], None]] = {
    "Patient": _birth,
    "Condition": _condition,
    "Procedure": _procedure,
    "MedicationStatement": _medication,
    "MedicationRequest": _medication,
    "AllergyIntolerance": _allergy,
    "Observation": _observation,
}
