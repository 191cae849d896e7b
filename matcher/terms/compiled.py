"""The curated tables as they were last taken up, so that a start need not read them again.

`scripts/build_terms.py` writes ``built/curated.json.z`` and ``built/curated.trie``. They count only while every curated
file, the built tables and the code that joins them are the same as then; else the tables are read afresh. A correction
therefore takes effect at once, and costs a fifth of a second at each start until the script has run again.
"""

from __future__ import annotations

import hashlib
import json
import os
import zlib
from pathlib import Path
from typing import Any

import marisa_trie

from matcher.terms.store import Store

_DATA, _TRIE = "curated.json.z", "curated.trie"
_CODE = ("compiled.py", "curated.py", "fold.py", "keys.py", "overlay.py", "wording.py")


def fingerprint(store: Store) -> str:
    """Of all that decides what the overlay holds."""
    digest = hashlib.sha256(store.meta["build"].encode())
    folder = store.folder.parent
    code = [Path(__file__).with_name(name) for name in _CODE]
    tables = sorted(path for path in folder.iterdir() if path.suffix in (".csv", ".toml", ".txt"))
    for path in [*code, *tables]:
        digest.update(path.name.encode() + b"\0")
        if path.is_file():
            digest.update(path.read_bytes().replace(b"\r\n", b"\n"))
    return digest.hexdigest()


def load(store: Store) -> tuple[dict[str, Any], marisa_trie.Trie] | None:
    """The state of the overlay and the trie of its keys; None where they are absent or no longer count."""
    path = store.folder / _DATA
    if not path.is_file() or not (store.folder / _TRIE).is_file():
        return None
    mark, _, packed = path.read_bytes().partition(b"\n")
    if mark.decode("ascii", "replace") != fingerprint(store):
        return None
    trie = marisa_trie.Trie()
    trie.mmap(str(store.folder / _TRIE))
    return json.loads(zlib.decompress(packed)), trie


def write(store: Store, state: dict[str, Any], trie: marisa_trie.Trie) -> None:
    text = json.dumps(state, ensure_ascii=False, separators=(",", ":"))
    packed = fingerprint(store).encode() + b"\n" + zlib.compress(text.encode("utf-8"), 9)
    # A running process has the trie mapped into memory: a file that is replaced stays whole for it.
    data, keys = (store.folder / f".{os.getpid()}.{name}" for name in (_DATA, _TRIE))
    try:
        data.write_bytes(packed)
        trie.save(str(keys))
        keys.replace(store.folder / _TRIE)
        data.replace(store.folder / _DATA)
    finally:
        data.unlink(missing_ok=True)
        keys.unlink(missing_ok=True)
