"""FHIR Bundles: notes and facts, with the written-out resource as the quote."""

import base64
import json

import pytest

from matcher.errors import MatchError
from matcher.notes import read

PATIENT = {"resourceType": "Patient", "id": "p1", "gender": "female", "birthDate": "1960-03-04"}
SUBJECT = {"reference": "Patient/p1"}


def bundle(*resources):
    return {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": r} for r in resources]}


def patient(tmp_path, *resources):
    (tmp_path / "b.json").write_text(json.dumps(bundle(PATIENT, *resources)), encoding="utf-8")
    problems = []
    (found,) = read(str(tmp_path / "b.json"), problems)
    return found, problems


def fact(tmp_path, resource):
    found, _ = patient(tmp_path, {**resource, "subject": SUBJECT})
    note = found.notes[-1]
    last = note.structured[-1]
    assert note.text[last.start : last.end] == last.text
    assert last.quote_start <= last.start < last.end <= last.quote_end
    return last


def test_a_document_is_a_note(tmp_path):
    data = base64.b64encode(b"HbA1c 8.1%").decode()
    found, _ = patient(
        tmp_path,
        {
            "resourceType": "DocumentReference",
            "id": "d1",
            "date": "2024-02-12T08:00:00Z",
            "subject": SUBJECT,
            "content": [{"attachment": {"contentType": "text/plain", "data": data}}],
        },
    )
    note = next(n for n in found.notes if n.note_id == "p1/d1")
    assert (note.text, note.date.start.isoformat()) == ("HbA1c 8.1%", "2024-02-12")


@pytest.mark.parametrize(
    ("verification", "clinical", "assertion"),
    [
        ("confirmed", "active", "present"),
        ("confirmed", "resolved", "historical"),
        ("refuted", "", "absent"),
        ("provisional", "active", "possible"),
        ("entered-in-error", "", "retracted"),
    ],
)
def test_a_condition_keeps_its_status(tmp_path, verification, clinical, assertion):
    found = fact(
        tmp_path,
        {
            "resourceType": "Condition",
            "code": {"text": "Type 2 diabetes mellitus"},
            "verificationStatus": {"coding": [{"code": verification}]},
            "clinicalStatus": {"coding": [{"code": clinical}]},
            "onsetDateTime": "2015-03",
        },
    )
    assert (found.text, found.assertion) == ("Type 2 diabetes mellitus", assertion)
    assert found.time.start.isoformat() == "2015-03-01"


def test_an_observation_keeps_value_unit_range_and_code(tmp_path):
    found = fact(
        tmp_path,
        {
            "resourceType": "Observation",
            "status": "final",
            "code": {"coding": [{"system": "http://loinc.org", "code": "1742-6", "display": "ALT"}]},
            "effectiveDateTime": "2024-02-12",
            "valueQuantity": {"value": 52, "unit": "U/L"},
            "referenceRange": [{"low": {"value": 7}, "high": {"value": 45}}],
        },
    )
    assert (found.concept.id, found.quantity.low, found.quantity.unit) == ("1742-6", 52, "U/L")
    assert (found.quantity.ref_low, found.quantity.ref_high) == (7, 45)


def test_a_censored_observation_is_an_open_interval(tmp_path):
    found = fact(
        tmp_path,
        {
            "resourceType": "Observation",
            "code": {"text": "HIV-1 RNA"},
            "valueQuantity": {"value": 20, "comparator": "<", "unit": "copies/mL"},
        },
    )
    assert (found.quantity.low, found.quantity.high, found.quantity.high_open) == (None, 20, True)


@pytest.mark.parametrize(("state", "status"), [("active", "current"), ("stopped", "past"), ("completed", "past")])
def test_a_medication_is_current_or_past(tmp_path, state, status):
    found = fact(
        tmp_path,
        {"resourceType": "MedicationRequest", "status": state, "medicationCodeableConcept": {"text": "warfarin 5 mg"}},
    )
    assert (found.kind, found.status) == ("medication", status)


def test_sex_and_birth_date_are_facts(tmp_path):
    found, _ = patient(tmp_path)
    assert [(f.kind, f.text) for f in found.notes[0].structured] == [("sex", "female"), ("age", "1960-03-04")]


def test_a_broken_resource_is_reported_and_the_rest_is_read(tmp_path):
    found, problems = patient(tmp_path, {"resourceType": "Condition", "id": "c9", "subject": SUBJECT})
    assert [str(p) for p in found.problems] and "Condition/c9" in found.problems[0].message
    assert found.notes
    assert problems == []


def test_ndjson_is_grouped_by_patient(tmp_path):
    rows = [
        PATIENT,
        {**PATIENT, "id": "p2"},
        {"resourceType": "Condition", "subject": SUBJECT, "code": {"text": "Asthma"}},
    ]
    (tmp_path / "r.ndjson").write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    found = list(read(str(tmp_path / "r.ndjson"), []))
    assert {p.id: len(p.notes[0].structured) for p in found} == {"p1": 3, "p2": 2}


def test_json_that_is_no_fhir_is_an_error(tmp_path):
    (tmp_path / "x.json").write_text('{"a": 1}', encoding="utf-8")
    with pytest.raises(MatchError, match="no FHIR"):
        list(read(str(tmp_path / "x.json"), []))
