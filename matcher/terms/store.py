"""The built tables: tries and arrays that are memory-mapped, so that opening them costs next to nothing.

``built/terms.trie`` holds the folded terms, ``built/words.trie`` their words, ``built/ids.trie`` the ids and codes,
``built/tables.bin`` what they point to. `scripts/build_terms.py` writes them with `write`.
"""

from __future__ import annotations

import hashlib
import json
import mmap
import re
import struct
import zlib
from collections.abc import Collection, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import marisa_trie

FORMAT = 1
_BLOCK = 64
_MAGIC = b"MTERMS01"
_UNIT, _RECORD = "\x1f", "\x1e"

KINDS = (
    "condition",
    "drug",
    "procedure",
    "measurement",
    "device",
    "observation",
    "behaviour",
    "biomarker",
    "score",
    "stage",
    "drug_class",
)


class Row(NamedTuple):
    """What the tables say of one concept."""

    id: str
    kind: str
    name: str
    names: tuple[tuple[str, str], ...]
    """Every name as written, with the letters of its sources."""
    xrefs: tuple[str, ...]
    parents: tuple[int, ...]


class Store:
    """Read-only view of the built tables in ``folder``.

    Raises:
        FileNotFoundError: the tables have not been built.
        ValueError: they were built by another version of the program.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.terms = marisa_trie.Trie()
        self.terms.mmap(str(folder / "terms.trie"))
        self.ids = marisa_trie.Trie()
        self.ids.mmap(str(folder / "ids.trie"))
        self.words = marisa_trie.Trie()
        """Folded words of four letters or more that some term has."""
        self.words.mmap(str(folder / "words.trie"))
        with (folder / "tables.bin").open("rb") as file:
            data = memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
        if bytes(data[:8]) != _MAGIC:
            raise ValueError(f"{folder / 'tables.bin'}: not a terminology table of this version; build it again")
        (length,) = struct.unpack("<I", data[8:12])
        self.meta: dict = json.loads(bytes(data[12 : 12 + length]))
        self._parts: dict[str, memoryview] = {}
        for name, (start, size, code) in self.meta.pop("parts").items():
            part = data[start : start + size]
            self._parts[name] = part.cast(code) if code != "B" else part
        self._key_first = self._parts["key_first"]
        self._key_values = self._parts["key_values"]
        self._key_named = self._parts["key_named"]
        self._id_concept = self._parts["id_concept"]
        self._concept_id = self._parts["concept_id"]
        self._kind = self._parts["kind"]
        self._parent_first = self._parts["parent_first"]
        self._parent_values = self._parts["parent_values"]
        self._block_first = self._parts["block_first"]
        self._blocks = self._parts["blocks"]
        self._rows = lru_cache(maxsize=256)(self._block)

    def __len__(self) -> int:
        return len(self._kind)

    def lookup(self, key: str) -> tuple[int, ...]:
        """Concept numbers of a folded term, best first; empty where there is none."""
        number = self.terms.get(key)
        return () if number is None else self.values(number)

    def values(self, key_number: int) -> tuple[int, ...]:
        first = self._key_first[key_number]
        return tuple(self._key_values[first : self._key_first[key_number + 1]])

    def named(self, key: str) -> int | None:
        """The concept whose preferred name the folded term is; None where it is but a synonym."""
        number = self.terms.get(key)
        return self._key_values[self._key_first[number]] if number is not None and self._key_named[number] else None

    def number(self, id: str) -> int | None:
        """The concept of an id, or of another vocabulary's code (``ICD10CM:E11``, ``MESH:D003924``)."""
        key = self.ids.get(id)
        return None if key is None else self._id_concept[key]

    def id(self, number: int) -> str:
        return self.ids.restore_key(self._concept_id[number])

    def kind(self, number: int) -> str:
        return KINDS[self._kind[number]]

    def parents(self, number: int) -> tuple[int, ...]:
        first = self._parent_first[number]
        return tuple(self._parent_values[first : self._parent_first[number + 1]])

    def edges(self) -> tuple[memoryview, memoryview]:
        return self._parent_first, self._parent_values

    def row(self, number: int) -> Row:
        raw = self._rows(number // _BLOCK)[number % _BLOCK]
        names, xrefs = raw.split("\n")
        pairs = tuple((n, s) for n, s in (r.split(_UNIT) for r in names.split(_RECORD)))
        return Row(
            self.id(number),
            self.kind(number),
            pairs[0][0],
            pairs,
            tuple(xrefs.split(_UNIT)) if xrefs else (),
            self.parents(number),
        )

    def name(self, number: int) -> str:
        raw = self._rows(number // _BLOCK)[number % _BLOCK]
        return raw[: raw.index(_UNIT)]

    def _block(self, block: int) -> list[str]:
        start, end = self._block_first[block], self._block_first[block + 1]
        return zlib.decompress(self._blocks[start:end]).decode("utf-8").split("\x00")


def write(
    folder: Path,
    rows: Sequence[Row],
    keys: Mapping[str, Sequence[int]],
    named: Collection[str],
    aliases: Mapping[str, int],
    meta: Mapping[str, object],
) -> None:
    """Write the tables: ``keys`` folded term → concept numbers, ``aliases`` other ids → concept number.

    ``named`` are the keys that are the preferred name of their first concept.
    """
    from array import array

    folder.mkdir(parents=True, exist_ok=True)
    terms = marisa_trie.Trie(sorted(keys))
    ids = marisa_trie.Trie(sorted({row.id for row in rows} | set(aliases)))
    key_named = bytearray(len(terms))
    for key in named:
        key_named[terms[key]] = 1
    by_number = {terms[key]: tuple(values) for key, values in keys.items()}
    key_first, key_values = array("I", [0]), array("I")
    for number in range(len(by_number)):
        key_values.extend(by_number[number])
        key_first.append(len(key_values))
    concept_of = dict(aliases) | {row.id: n for n, row in enumerate(rows)}
    id_concept = array("I", [0]) * len(ids)
    for id, concept in concept_of.items():
        id_concept[ids[id]] = concept
    parent_first, parent_values = array("I", [0]), array("I")
    for row in rows:
        parent_values.extend(row.parents)
        parent_first.append(len(parent_values))
    blocks, block_first = bytearray(), array("I", [0])
    for start in range(0, len(rows), _BLOCK):
        text = "\x00".join(_packed(row) for row in rows[start : start + _BLOCK])
        blocks += zlib.compress(text.encode("utf-8"), 9)
        block_first.append(len(blocks))
    parts: tuple[tuple[str, bytes, str], ...] = (
        ("key_first", key_first.tobytes(), "I"),
        ("key_values", key_values.tobytes(), "I"),
        ("key_named", bytes(key_named), "B"),
        ("id_concept", id_concept.tobytes(), "I"),
        ("concept_id", array("I", [ids[row.id] for row in rows]).tobytes(), "I"),
        ("parent_first", parent_first.tobytes(), "I"),
        ("parent_values", parent_values.tobytes(), "I"),
        ("block_first", block_first.tobytes(), "I"),
        ("kind", bytes(KINDS.index(row.kind) for row in rows), "B"),
        ("blocks", bytes(blocks), "B"),
    )
    contents = repr(sorted(keys)).encode() + b"".join(content for _, content, _ in parts)
    head: dict[str, Any] = dict(meta) | {"format": FORMAT, "build": hashlib.sha256(contents).hexdigest()}
    head["parts"] = {name: [0, len(content), code] for name, content, code in parts}
    size = 12 + len(json.dumps(head)) + 32 * len(head["parts"])  # room for the places
    size += -size % 8
    place = size
    for name, content, _ in parts:
        head["parts"][name][0] = place
        place += len(content) + -len(content) % 8
    packed = json.dumps(head).encode("utf-8").ljust(size - 12)
    with (folder / "tables.bin").open("wb") as file:
        file.write(_MAGIC + struct.pack("<I", len(packed)) + packed)
        for _, content, _ in parts:
            file.write(content + b"\x00" * (-len(content) % 8))
    terms.save(str(folder / "terms.trie"))
    ids.save(str(folder / "ids.trie"))
    words = {word for key in keys for word in re.split(r"[^\w]+", key) if len(word) > 3 and word.isalpha()}
    marisa_trie.Trie(sorted(words)).save(str(folder / "words.trie"))


def _packed(row: Row) -> str:
    return _RECORD.join(name + _UNIT + sources for name, sources in row.names) + "\n" + _UNIT.join(row.xrefs)
