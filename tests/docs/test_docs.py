"""The documentation is built, shows what the program prints now, and its examples run."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PIPELINES = (ROOT / "docs" / "guide" / "pipelines.md").read_text(encoding="utf-8")
RANGES = {0: (0, 59), 1: (0, 23), 2: (1, 31), 3: (1, 12), 4: (0, 7)}


def python(*arguments, timeout=900):
    return subprocess.run(
        [sys.executable, *map(str, arguments)], cwd=ROOT, capture_output=True, text=True, timeout=timeout
    )


@pytest.mark.skipif(not shutil.which("jq"), reason="the examples need jq")
def test_every_example_runs_and_what_is_shown_is_what_is_printed():
    done = python("scripts/build_docs.py", "--check")
    assert (done.returncode, done.stdout) == (0, ""), done.stderr


def test_the_site_is_built_without_a_warning(tmp_path):
    pytest.importorskip("sphinx")
    done = python("-m", "sphinx", "-W", "-n", "-q", "-d", tmp_path / "cache", "-b", "html", "docs", tmp_path / "site")
    assert done.returncode == 0, done.stderr
    pages = [page.relative_to(ROOT / "docs").with_suffix(".html") for page in (ROOT / "docs").rglob("*.md")]
    assert [page for page in pages if not (tmp_path / "site" / page).exists()] == []


def test_the_crontab_line_is_one_and_calls_the_script_of_the_page():
    (line,) = re.findall(r"^\d+ \d+ .*$", PIPELINES, re.M)
    *times, command = line.split(None, 5)
    for place, field in enumerate(times):
        low, high = RANGES[place]
        numbers = [int(number) for number in re.findall(r"\d+", field)]
        assert field == "*" or (numbers and all(low <= number <= high for number in numbers)), field
    called = re.search(r"\bsh /opt/match/(\S+) (.*)$", command)
    assert f"cat > {called[1]} <<" in PIPELINES
    assert len(called[2].split()) == 3  # notes, protocols, results: as the script takes them


@pytest.mark.parametrize(
    "file", sorted((ROOT / "matcher" / "resources" / "schemas").glob("*.json")), ids=lambda f: f.stem
)
def test_every_field_of_a_schema_says_what_it_means(file):
    schema = json.loads(file.read_text(encoding="utf-8"))
    parts = {"": schema} | {
        name: part for name, part in schema.get("$defs", {}).items() if name not in ("logic", "concept")
    }
    undescribed = [
        f"{name}.{field}"
        for name, part in parts.items()
        for alternative in part.get("anyOf", [part])
        for field, content in alternative.get("properties", {}).items()
        if not content.get("description")
    ]
    assert undescribed == []
