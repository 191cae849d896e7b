"""What the commands print is what the schemas in the package say."""

import json
from importlib import resources

import jsonschema
import pytest

SCHEMAS = sorted(
    file.name.removesuffix(".json")
    for file in resources.files("matcher.resources").joinpath("schemas").iterdir()
    if file.name.endswith(".json")
)


def schema(name: str) -> dict:
    return json.loads(resources.files("matcher.resources").joinpath(f"schemas/{name}.json").read_text(encoding="utf-8"))


def valid(row: dict) -> str:
    """Validate against the schema that the object names; returns its name."""
    name = row["schema"].removeprefix("match.").removesuffix("/1")
    jsonschema.Draft202012Validator(schema(name)).validate(row)
    return name


@pytest.mark.parametrize("name", SCHEMAS)
def test_a_schema_is_one(name):
    jsonschema.Draft202012Validator.check_schema(schema(name))
    assert schema(name)["$id"] == f"match.{name}/1"


@pytest.mark.parametrize("options", [(), ("--redact-quotes",), ("--unmentioned", "unknown")])
def test_screen(match, samples, options):
    done = match("screen", samples / "notes", samples / "protocols", "--format", "jsonl", *options)
    assert len(done.rows) == 45
    assert {valid(row) for row in done.rows} == {"screen"}


def test_worklist_and_funnel(match, samples):
    rows = match("screen", samples / "notes", samples / "protocols", "-f", "jsonl", "--worklist").rows
    assert {valid(row) for row in rows} == {"screen", "worklist", "funnel"}


def test_parse(match, samples):
    rows = match("parse", samples / "protocols", "--format", "jsonl").rows
    assert {valid(row) for row in rows} == {"parse"}


def test_terms(match):
    rows = match("terms", "T2DM", "Ozempic", "xqzvy", "--format", "jsonl").rows
    assert [valid(row) for row in rows] == ["terms"] * 3


def test_extract(match, samples):
    rows = match("extract", samples / "notes", "--format", "jsonl").rows
    assert rows and {valid(row) for row in rows} == {"extract"}


def test_explain(match, samples):
    protocol = samples / "protocols" / "t2d-weekly-incretin.txt"
    done = match("explain", samples / "notes", protocol, "--patient", "p01", "--format", "json")
    assert [valid(row) for row in json.loads(done.text)] == ["explain"]


def test_manifest(match, samples, tmp_path):
    match("screen", samples / "notes", samples / "protocols", "-f", "csv", "-o", "x.csv", "--manifest", "m.json")
    assert valid(json.loads((tmp_path / "m.json").read_text())) == "manifest"
