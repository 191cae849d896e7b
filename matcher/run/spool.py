"""Finished results, kept out of memory until they are ranked.

A result is its contract objects as JSON bytes; only sort keys and places stay in memory. With a file the results lie
there (owner-readable, beside the output), which is also what a resumed run continues from; without one they are kept
compressed in memory, since quotes are patient text and belong in no temporary file.

The file: a line that names the run's settings, then a frame a patient (length, checksum, data). A frame that a killed
run left unfinished fails its checksum, and what follows is written over it.
"""

from __future__ import annotations

import contextlib
import json
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

from matcher.errors import MatchError
from matcher.run.pipeline import Result

MAGIC = b"match.spool/1 "
_HEAD = struct.Struct(">II")


class Spool:
    """Append results, then read each protocol's back best first."""

    def __init__(self, protocols: int, file: Path | None = None, run: str = "", resume: bool = False) -> None:
        """``run`` names all that a result depends on beside the patient; a file of another run is begun anew.

        Raises `MatchError` where another process is writing ``file``, or where it cannot be written.
        """
        self._keys: list[list[tuple[float, str, int, int, int]]] = [[] for _ in range(protocols)]
        self._kept: list[bytes] = []
        self._finished: dict[str, tuple[Result, list[tuple[int, int]]]] = {}
        self._stream: BinaryIO | None = None
        self._file = file
        self.restarted = False
        """There was something to resume from, of another version, other protocols or other settings."""
        if file is not None:
            self._stream = _opened(file)
            self._begin(run, resume)

    def add(self, result: Result, order: int, key: str = "") -> None:
        """Keep ``result`` of the patient that is number ``order`` of the input.

        ``key``: the hash of the patient's notes, by which a resumed run finds it again.
        """
        packed = [zlib.compress(data, 1) for _, data in result.rows]
        if self._stream is None:
            places = [(len(self._kept) + number, len(data)) for number, data in enumerate(packed)]
            self._kept += packed
        else:
            places = self._write(result, packed, key)
        self._rank(result, places, order)

    def again(self, key: str, order: int) -> Result | None:
        """The result (without its rows' data) of a patient that an earlier run finished, now ranked in this one."""
        found = self._finished.get(key)
        if found is None:
            return None
        self._rank(*found, order)
        return found[0]

    def ranked(self) -> Iterator[dict[str, Any]]:
        """Contract objects, by protocol in the order given, then by score, then by patient id; ``rank`` is set."""
        for keys in self._keys:
            keys.sort()
            for rank, (_, _, _, place, length) in enumerate(keys, 1):
                row = json.loads(zlib.decompress(self._read(place, length)))
                row["rank"] = rank
                yield row

    def __len__(self) -> int:
        return sum(map(len, self._keys))

    def close(self, keep: bool = False) -> None:
        """Close; the file is removed unless it shall be resumed from."""
        if self._stream is not None:
            with contextlib.suppress(OSError):  # on a full disk what is still to be written cannot be
                self._stream.close()
            self._stream = None
            if self._file is not None and not keep:
                self._file.unlink(missing_ok=True)

    @property
    def kept(self) -> Path | None:
        """The file that a resumed run continues from, where there is one and it holds something."""
        return self._file if self._file is not None and len(self) and self._file.exists() else None

    def _rank(self, result: Result, places: list[tuple[int, int]], order: int) -> None:
        for keys, (score, _), (place, length) in zip(self._keys, result.rows, places, strict=True):
            keys.append((-score, result.patient_id, order, place, length))

    def _begin(self, run: str, resume: bool) -> None:
        assert self._stream is not None
        head = MAGIC + run.encode() + b"\n"
        self._stream.seek(0)
        before = self._stream.read(len(head))
        if resume and before == head:
            self._load()
        else:
            self.restarted = resume and bool(before)
            self._stream.seek(0)
            self._stream.truncate()
            self._stream.write(head)
            self._stream.flush()

    def _load(self) -> None:
        assert self._stream is not None
        while True:
            start = self._stream.tell()
            head = self._stream.read(_HEAD.size)
            length, check = _HEAD.unpack(head) if len(head) == _HEAD.size else (0, 0)
            data = self._stream.read(length)
            if not length or len(data) < length or zlib.crc32(data) != check:
                self._stream.seek(start)
                self._stream.truncate()
                return
            meta, _, _ = data.partition(b"\n")
            kept = json.loads(meta)
            place = start + _HEAD.size + len(meta) + 1
            places = []
            for size in kept["sizes"]:
                places.append((place, size))
                place += size
            if kept["key"]:
                self._finished[kept["key"]] = (_result(kept), places)

    def _write(self, result: Result, packed: list[bytes], key: str) -> list[tuple[int, int]]:
        assert self._stream is not None
        meta = json.dumps(
            {
                "key": key,
                "patient_id": result.patient_id,
                "notes": result.notes,
                "scores": [score for score, _ in result.rows],
                "sizes": [len(data) for data in packed],
                "failed": result.failed,
                "identifiers": result.identifiers,
                "identifiers_found": result.identifiers_found,
            }
        ).encode()
        data = b"\n".join((meta, b"".join(packed)))
        place = self._stream.seek(0, 2) + _HEAD.size + len(meta) + 1
        try:
            self._stream.write(_HEAD.pack(len(data), zlib.crc32(data)) + data)
            self._stream.flush()  # what the kernel has survives kill -9
        except OSError as error:
            raise MatchError(
                f"{self._file}: cannot be written ({error.strerror}); --resume goes on from here"
            ) from None
        places = []
        for one in packed:
            places.append((place, len(one)))
            place += len(one)
        return places

    def _read(self, place: int, length: int) -> bytes:
        if self._stream is None:
            return self._kept[place]
        self._stream.seek(place)
        return self._stream.read(length)


def _result(kept: dict[str, Any]) -> Result:
    return Result(
        kept["patient_id"],
        kept["notes"],
        tuple((score, b"") for score in kept["scores"]),
        tuple(kept["failed"]),
        tuple(kept["identifiers"]),
        kept["identifiers_found"],
    )


def _opened(file: Path) -> BinaryIO:
    import os

    try:
        stream = os.fdopen(os.open(file, os.O_RDWR | os.O_CREAT, 0o600), "r+b")
    except OSError as error:
        raise MatchError(f"{file}: cannot be written ({error.strerror}); name another --output") from None
    try:
        import fcntl

        # A record lock is the process's own: the worker processes do not inherit it, and it ends with the process.
        fcntl.lockf(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except ImportError:
        pass
    except OSError:
        stream.close()
        raise MatchError(f"{file}: another run is writing this output; wait for it, or name another --output") from None
    return stream
