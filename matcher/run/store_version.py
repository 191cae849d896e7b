"""All that the facts of a note depend on beside the note: what a store's facts were found with."""

from __future__ import annotations

import hashlib
import json
import platform
from collections.abc import Iterable, Mapping
from importlib import resources
from pathlib import Path
from typing import Any

from matcher import __version__

_CODE = (
    "model.py", "dates.py", "text.py", "numerals.py", "run/store_codec.py", "run/store_words.py", "ner", "notes",
    "facts", "terms",
)  # fmt: skip
"""What of the package makes facts. Criteria, evaluation and reports change no fact."""
_RULES = ("assertion", "facts", "ner", "phi", "sections", "time")
_VERDICTS_ONLY = frozenset({"silence", "importance", "ranges", "score"})
"""Sections of a site's settings that change verdicts and no fact; any other one counts."""
NAMES = {
    "format": "the store's format",
    "program": "the program",
    "terminology": "the terminology",
    "rules": "the rules for reading notes",
    "words": "the words by which diseases are matched",
    "recogniser": "the recogniser",
    "settings": "the site settings (terms)",
}


def version(ner: str, recogniser: str, site: Mapping[str, Any]) -> dict[str, str]:
    """By part (`NAMES`). ``recogniser``: the name that it gives itself, with its version."""
    from matcher.evaluate import relevance

    return {
        "format": "3",
        "program": f"{__version__} {_hash(_CODE)} Python {'.'.join(platform.python_version_tuple()[:2])}",
        "terminology": _hash(["resources/terms"]),
        "rules": _hash([f"resources/{name}" for name in _RULES]),
        "words": _text_hash(relevance.fingerprint()),
        "recogniser": f"{recogniser} {_model(ner)}".strip(),
        "settings": _text_hash(json.dumps({k: v for k, v in site.items() if k not in _VERDICTS_ONLY}, sort_keys=True,
                               default=str)) if any(k not in _VERDICTS_ONLY for k in site) else "",
    }  # fmt: skip


def differences(before: Mapping[str, str], now: Mapping[str, str]) -> list[str]:
    """What differs, in words."""
    return [name for key, name in NAMES.items() if before.get(key) != now.get(key)]


def _model(ner: str) -> str:
    """The hash of a model's files, where it has some."""
    if ner == "default":
        return _hash(["resources/model"])
    _, _, rest = ner.partition(":")
    if rest and Path(rest).exists():
        return _files(Path(rest).parent, [Path(rest)])
    return ""


def _hash(names: Iterable[str]) -> str:
    root = Path(str(resources.files("matcher")))
    return _files(root, [root / name for name in names])


def _files(root: Path, places: Iterable[Path]) -> str:
    hashed = hashlib.sha256()
    for place in places:
        for file in sorted(place.rglob("*")) if place.is_dir() else [place]:
            if file.is_file() and "__pycache__" not in file.parts and file.suffix != ".pyc":
                data = file.read_bytes()
                hashed.update(f"{file.relative_to(root).as_posix()} {len(data)}\n".encode() + data)
    return hashed.hexdigest()[:16]


def _text_hash(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]
