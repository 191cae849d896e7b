"""Reading protocols: text files, ClinicalTrials.gov study records (API v2), edited readings, folders of them."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from matcher.criteria import edited
from matcher.criteria.registry import unlimited
from matcher.criteria.source import Edited, Source, digest, of_text
from matcher.errors import InputProblem, MatchError
from matcher.text import decode, looks_binary

EDITED = ".criteria.toml"
"""How the name of an edited reading ends."""
_SUFFIXES = (".txt", ".text", ".md", ".json")
_MOST = 64 * 1024 * 1024
_FIELDS = (("Minimum Age", "minimumAge"), ("Maximum Age", "maximumAge"), ("Sex", "sex"))
_SURROGATES = re.compile("[\ud800-\udfff]")


def read(path: str | Path, warn: Callable[[str], None] | None = None) -> list[Source]:
    """The protocols of a file or a folder (its files in the order of their names, sub-folders left out).

    A correction ("NAME.criteria.toml") beside a protocol of the same text is attached to it; one that is named
    itself, or has no protocol beside it, is a protocol of its own. Raises `MatchError` for a path that does not
    exist or holds no protocol; for a file that cannot be read calls ``warn`` and goes on, where ``warn`` is given,
    else raises `InputProblem`.
    """
    place = Path(path)
    if place.is_dir():
        files = sorted(p for p in place.iterdir() if p.is_file() and not p.name.startswith("."))
        named = [p for p in files if p.name.lower().endswith((*_SUFFIXES, EDITED))]
        if not named:
            raise MatchError(f"{path}: no protocol in this folder; allowed are {', '.join(_SUFFIXES)} and *{EDITED}")
        return _distinct(list(_folder(named, warn)))
    if not place.exists():
        raise MatchError(f"{path}: no such file or folder")
    try:
        if place.name.endswith(EDITED):
            return [_edited(place)]
        source = _file(place)
    except InputProblem as problem:
        if warn is None:
            raise
        warn(str(problem))
        return []
    beside = [p for p in _beside(place) if p.is_file()]
    return [_corrected(source, _corrections(beside, warn), warn)]


def _beside(place: Path) -> list[Path]:
    """The corrections in a protocol's folder, its namesake first."""
    own = place.with_name(place.stem + EDITED)
    try:
        others = sorted(p for p in place.parent.iterdir() if p.name.endswith(EDITED) and p != own)
    except OSError:
        others = []
    return [own, *others]


def _corrections(files: list[Path], warn: Callable[[str], None] | None) -> list[Edited]:
    found = []
    for file in files:
        try:
            found.append(edited.load(file))
        except InputProblem as problem:
            if warn is None:
                raise
            warn(str(problem))
    return found


def _corrected(source: Source, corrections: list[Edited], warn: Callable[[str], None] | None) -> Source:
    own = digest(source.text)
    for correction in corrections:
        if correction.sha256 == own:
            return replace(source, edited=correction)
    for correction in corrections:
        if Path(correction.path).name == source.id + EDITED:
            message = f"{correction.path}: corrects another version of this protocol's text; it is not used"
            if warn is not None:
                warn(message)
            return replace(source, warnings=(*source.warnings, message))
    return source


def _folder(files: list[Path], warn: Callable[[str], None] | None) -> Iterator[Source]:
    corrections = _corrections([p for p in files if p.name.endswith(EDITED)], warn)
    used = set()
    for file in files:
        if file.name.endswith(EDITED):
            continue
        try:
            source = _corrected(_file(file), corrections, warn)
        except InputProblem as problem:
            if warn is None:
                raise
            warn(str(problem))
            continue
        if source.edited is not None:
            used.add(source.edited.sha256)
        yield source
    stems = {p.stem for p in files if not p.name.endswith(EDITED)}
    for correction in corrections:
        if correction.sha256 not in used and Path(correction.path).name.removesuffix(EDITED) not in stems:
            yield edited.source(correction)


def _edited(file: Path) -> Source:
    return edited.source(edited.load(file))


def _distinct(sources: list[Source]) -> list[Source]:
    """Two files of one stem keep apart by their full names."""
    seen: set[str] = set()
    result = []
    for source in sources:
        if source.id in seen:
            source = replace(source, id=Path(source.source).name)
        seen.add(source.id)
        result.append(source)
    return result


def _file(file: Path) -> Source:
    try:
        if file.stat().st_size > _MOST:
            raise InputProblem(f"{file}: larger than {_MOST // 1024**2} MB; is this a protocol?")
        data = file.read_bytes()
    except OSError as error:
        raise InputProblem(f"{file}: cannot be read ({error.strerror})") from None
    if looks_binary(data):
        raise InputProblem(f"{file}: is no text; allowed are plain text and ClinicalTrials.gov records (.json)")
    text, warning = decode(data)
    warnings = (f"{file}: {warning}",) if warning else ()
    if file.suffix.lower() == ".json":
        return replace(_record(text, file), warnings=warnings)
    if not text.strip():
        raise InputProblem(f"{file}: is empty")
    return replace(of_text(text, file.stem, str(file)), warnings=warnings)


def _record(text: str, file: Path) -> Source:
    """A ClinicalTrials.gov study record, API v2."""
    try:
        record = json.loads(text)
    except (json.JSONDecodeError, RecursionError) as error:
        where = f", line {error.lineno}" if isinstance(error, json.JSONDecodeError) else ""
        raise InputProblem(f"{file}: not valid JSON{where}") from None
    if isinstance(record, dict) and isinstance(record.get("studies"), list) and len(record["studies"]) == 1:
        record = record["studies"][0]
    section = _dict(record, "protocolSection") if isinstance(record, dict) else {}
    module = _dict(section, "eligibilityModule")
    criteria = module.get("eligibilityCriteria")
    if not isinstance(criteria, str):
        raise InputProblem(
            f"{file}: no protocolSection.eligibilityModule.eligibilityCriteria; allowed is one ClinicalTrials.gov "
            "study record (API v2)"
        )
    identification = _dict(section, "identificationModule")
    named = _dict(section, "conditionsModule").get("conditions")
    conditions = tuple(str(name).strip() for name in named if str(name).strip()) if isinstance(named, list) else ()
    lines = [f"{name}: {module[key]}" for name, key in _FIELDS if not unlimited(str(module.get(key) or ""))]
    if isinstance(module.get("healthyVolunteers"), bool):
        lines.append(f"Healthy Volunteers: {'Yes' if module['healthyVolunteers'] else 'No'}")
    if conditions:
        lines.append("Conditions: " + "; ".join(conditions))
    whole = criteria.rstrip() + "\n\n" + "".join(" ".join(line.split()) + "\n" for line in lines)
    whole = _SURROGATES.sub("\ufffd", whole)
    title = identification.get("briefTitle") or identification.get("officialTitle") or ""
    source = of_text(whole, file.stem, str(file))
    return replace(source, title=_SURROGATES.sub("\ufffd", str(title)), conditions=conditions)


def _dict(value: Mapping[str, Any], key: str) -> dict[str, Any]:
    found = value.get(key)
    return found if isinstance(found, dict) else {}
