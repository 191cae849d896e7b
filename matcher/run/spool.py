"""Finished results, kept out of memory until they are ranked.

A result is its contract object as JSON bytes; only its sort key and its place stay in memory. With a folder the
results lie there (owner-readable), which is also what a resumed run continues from; without one they are kept
compressed in memory, since quotes are patient text and belong in no temporary file.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO


class Spool:
    """Append results, then read each protocol's back best first."""

    def __init__(self, protocols: int, file: Path | None = None) -> None:
        self._keys: list[list[tuple[float, str, int, int]]] = [[] for _ in range(protocols)]
        self._kept: list[bytes] = []
        self._stream: BinaryIO | None = None
        if file is not None:
            file.touch(mode=0o600)
            self._stream = file.open("r+b")
            self._stream.seek(0, 2)

    def add(self, protocol: int, score: float, patient_id: str, data: bytes) -> None:
        packed = zlib.compress(data, 1)
        if self._stream is None:
            place = len(self._kept)
            self._kept.append(packed)
        else:
            place = self._stream.tell()
            self._stream.write(packed)
        self._keys[protocol].append((-score, patient_id, place, len(packed)))

    def ranked(self) -> Iterator[dict[str, Any]]:
        """Contract objects, by protocol in the order given, then by score, then by patient id; ``rank`` is set."""
        for keys in self._keys:
            for rank, (_, _, place, length) in enumerate(sorted(keys), 1):
                row = json.loads(zlib.decompress(self._read(place, length)))
                row["rank"] = rank
                yield row

    def __len__(self) -> int:
        return sum(map(len, self._keys))

    def _read(self, place: int, length: int) -> bytes:
        if self._stream is None:
            return self._kept[place]
        self._stream.seek(place)
        return self._stream.read(length)

    def close(self) -> None:
        if self._stream is not None:
            self._stream.close()
