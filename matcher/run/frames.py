"""A finished patient as bytes, in the spool and on shared storage: length, checksum, a line of JSON, the rows."""

from __future__ import annotations

import json
import struct
import zlib
from collections.abc import Iterator
from typing import IO, Any

from matcher.run.pipeline import Result
from matcher.run.workers import Lost

_HEAD = struct.Struct(">II")


def pack(result: Result | Lost, key: str = "") -> tuple[bytes, int]:
    """A frame, and where in it the rows begin. ``key``: what it is found by."""
    if isinstance(result, Lost):
        meta: dict[str, Any] = {"patient_id": result.patient_id, "lost": result.reason}
        rows: tuple[tuple[float, bytes], ...] = ()
    else:
        rows = result.rows
        meta = {
            "key": key,
            "patient_id": result.patient_id,
            "notes": result.notes,
            "scores": [score for score, _ in rows],
            "sizes": [len(data) for _, data in rows],
            "failed": result.failed,
            "identifiers": result.identifiers,
            "identifiers_found": result.identifiers_found,
        }
    line = json.dumps(meta).encode() + b"\n"
    data = line + b"".join(data for _, data in rows)
    return _HEAD.pack(len(data), zlib.crc32(data)) + data, _HEAD.size + len(line)


def read(stream: IO[bytes]) -> tuple[Result | Lost, str, int] | None:
    """The next frame: what is in it, its key, where in it the rows begin. None at the end, or where it is torn."""
    head = stream.read(_HEAD.size)
    length, check = _HEAD.unpack(head) if len(head) == _HEAD.size else (0, 0)
    data = stream.read(length)
    if not length or len(data) < length or zlib.crc32(data) != check:
        return None
    line, _, rest = data.partition(b"\n")
    meta = json.loads(line)
    if "lost" in meta:
        return Lost(meta["patient_id"], meta["lost"]), "", _HEAD.size + len(line) + 1
    result = Result(
        meta["patient_id"],
        meta["notes"],
        tuple(zip(meta["scores"], _cut(rest, meta["sizes"]), strict=True)),
        tuple(meta["failed"]),
        tuple(meta["identifiers"]),
        meta["identifiers_found"],
    )
    return result, meta["key"], _HEAD.size + len(line) + 1


def _cut(data: bytes, sizes: list[int]) -> Iterator[bytes]:
    place = 0
    for size in sizes:
        yield data[place : place + size]
        place += size
