"""What a screening was made with and from, so that it can be audited and repeated."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import platform
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from importlib import resources
from pathlib import Path
from typing import Any

from matcher import __version__
from matcher.model import Protocol, Settings
from matcher.run.screen import Run

SCHEMA = "match.manifest/1"


def run_key(protocols: Sequence[Protocol], settings: Settings, options: Mapping[str, Any]) -> str:
    """The hash of all that a result depends on beside the patient: program, tables, protocols, settings."""
    hashed = hashlib.sha256()
    for part in (
        __version__,
        platform.python_version(),
        repr(sorted(asdict(settings).items())),
        repr(sorted(options.items())),
    ):
        hashed.update(part.encode("utf-8", "surrogatepass") + b"\0")
    for protocol in protocols:
        hashed.update(repr(protocol).encode("utf-8", "surrogatepass") + b"\0")
    package = Path(str(resources.files("matcher")))
    for file in sorted(package.rglob("*")):
        if file.is_file() and "__pycache__" not in file.parts:
            state = file.stat()
            hashed.update(f"{file.relative_to(package)} {state.st_size} {state.st_mtime_ns}\n".encode())
    return hashed.hexdigest()


def tables_hash(folder: str) -> str:
    """SHA-256 over the files of a folder of `matcher.resources`, names and contents, in order."""
    hashed = hashlib.sha256()
    root = Path(str(resources.files("matcher.resources"))) / folder
    for file in sorted(root.rglob("*")):
        if file.is_file() and "__pycache__" not in file.parts:
            hashed.update(file.relative_to(root).as_posix().encode() + b"\0" + file.read_bytes())
    return hashed.hexdigest()


def manifest(
    run: Run,
    settings: Settings,
    options: Mapping[str, Any],
    notes: str,
    unread_protocols: Sequence[str],
    output: str | None,
    started: dt.datetime,
) -> dict[str, Any]:
    """The record of a run. Holds names of files and ids of patients, and no note text."""
    lost = [{"source": p.source, "patient_id": p.patient_id, "reason": p.message} for p in run.lost]
    warnings = [str(p) for p in run.problems if p.severity != "lost"]
    return {
        "schema": SCHEMA,
        "program": {"name": "trial-matcher", "version": __version__, "python": platform.python_version()},
        "recogniser": run.recogniser,
        "model": {"sha256": tables_hash("model")},
        "terminology": {"sha256": tables_hash("terms")},
        "rules": {name: tables_hash(name) for name in ("assertion", "criteria", "evaluate", "facts", "sections")},
        "settings": {
            "as_of": settings.as_of.isoformat() if settings.as_of else None,
            "unmentioned": settings.unmentioned,
            "ner": settings.ner,
            "site": json.loads(json.dumps(settings.site, default=str)),
            **options,
        },
        "inputs": {
            "notes": {"source": notes, "sha256": run.input_hash},
            "protocols": [
                {
                    "id": protocol.id,
                    "source": protocol.source,
                    "sha256": hashlib.sha256(protocol.text.encode("utf-8", "surrogatepass")).hexdigest(),
                    "criteria": len(protocol.criteria),
                    "not_understood": sum(c.status in ("partial", "unparsed") for c in protocol.criteria),
                }
                for protocol in run.protocols
            ],
        },
        "counts": {
            "patients_in": run.patients + run.failed,
            "patients_screened": run.patients,
            "patients_failed": run.failed,
            "patients_resumed": run.resumed,
            "notes_read": run.notes,
            "inputs_lost": len(lost),
            "protocols_lost": len(unread_protocols),
            "results": (run.patients + run.failed) * len(run.protocols),
            "possible_identifiers": run.identifiers_found,
        },
        "lost": lost,
        "lost_protocols": list(unread_protocols),
        "warnings": warnings,
        "output": _output(output),
        "started": started.isoformat(timespec="seconds"),
        "finished": dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
    }


def _output(path: str | None) -> dict[str, Any] | None:
    if path is None or path == "-" or not Path(path).is_file():
        return None
    hashed = hashlib.sha256()
    with Path(path).open("rb") as stream:
        while block := stream.read(1 << 20):
            hashed.update(block)
    return {"file": path, "bytes": Path(path).stat().st_size, "sha256": hashed.hexdigest()}
