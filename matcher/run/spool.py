"""Finished results, kept out of memory until they are ranked.

A result is its contract objects as `matcher.report.rows` writes them; only sort keys and places stay in memory, in
arrays. With a file the results lie there (owner-readable, beside the output), which is also what a resumed run
continues from. Without one the first `HELD` bytes stay in memory and more goes to a temporary file that has no name:
nobody else can open it, and it ends with the process, since quotes are patient text.

The file: a line that names the run's settings, then a frame a patient (`matcher.run.frames`). A frame that a killed run
left unfinished fails its checksum, and what follows is written over it.
"""

from __future__ import annotations

import contextlib
import json
import os
import tempfile
from array import array
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Any

from matcher.errors import MatchError
from matcher.run import frames, output
from matcher.run.pipeline import Result

MAGIC = b"match.spool/1 "
HELD = 32 << 20
"""Bytes of results that stay in memory where no file is named."""
_UNRANKED = b'"rank": 0'
"""Within a string of JSON the quotes would be escaped: its first occurrence is the object's own."""


class _Keys:
    """What one protocol's results are sorted by, and where they lie: arrays, since there may be millions."""

    def __init__(self) -> None:
        self.scores = array("d")
        self.places = array("q")
        self.sizes = array("L")


class Spool:
    """Append results, then read each protocol's back best first."""

    def __init__(self, protocols: int, file: Path | None = None, run: str = "", resume: bool = False) -> None:
        """``run`` names all that a result depends on beside the patient; a file of another run is begun anew.

        Raises `MatchError` where another process is writing ``file``, or where it cannot be written.
        """
        self._patients: list[str] = []
        self._orders = array("q")
        self._protocols = tuple(_Keys() for _ in range(protocols))
        self._finished: dict[str, int] = {}
        self._file = file
        self.whole: Callable[[bytes], bytes] = bytes
        """Makes a row what the output has (`Rows.whole` of the run's pipeline)."""
        self._stream: IO[bytes] | None
        self.restarted = False
        """There was something to resume from, of another version, other protocols or other settings."""
        if file is None:
            self._stream = tempfile.SpooledTemporaryFile(HELD)  # noqa: SIM115
        else:
            self._stream = output.locked(file)
            self._begin(run, resume)

    def add(self, result: Result, order: int, key: str = "") -> None:
        """Keep ``result`` of the patient that is number ``order`` of the input.

        ``key``: the hash of the patient's notes, by which a resumed run finds it again.
        """
        assert self._stream is not None
        frame, rows = frames.pack(result, key)
        try:
            start = self._stream.seek(0, os.SEEK_END)
            self._stream.write(frame)
            if self._file is not None:
                self._stream.flush()  # what the kernel has survives kill -9
        except OSError as error:
            place, then = self._file, "--resume goes on from here"
            if place is None:
                place, then = Path(tempfile.gettempdir()), "name a file with --output"
            raise MatchError(f"{place}: cannot be written ({error.strerror}); {then}") from None
        self._rank(result, start + rows, order)

    def again(self, key: str, order: int) -> Result | None:
        """The result of a patient that an earlier run finished, now ranked in this one."""
        start = self._finished.get(key)
        if start is None:
            return None
        assert self._stream is not None
        self._stream.seek(start)
        found = frames.read(self._stream)
        assert found is not None
        result, _, rows = found
        assert isinstance(result, Result)
        self._rank(result, start + rows, order)
        return result

    def ranked(self) -> Iterator[dict[str, Any]]:
        """Contract objects, by protocol in the order given, then by score, then by patient id; ``rank`` is set."""
        for line in self.lines():
            yield json.loads(line)

    def lines(self) -> Iterator[bytes]:
        """The objects of `ranked`, each as the bytes of its JSON."""
        assert self._stream is not None
        by_patient = sorted(range(len(self._patients)), key=self._orders.__getitem__)
        by_patient.sort(key=self._patients.__getitem__)
        for keys in self._protocols:
            best_first = sorted(by_patient, key=lambda number, scores=keys.scores: -scores[number])  # type: ignore[misc]
            for rank, number in enumerate(best_first, 1):
                self._stream.seek(keys.places[number])
                row = self._stream.read(keys.sizes[number])
                yield self.whole(row.replace(_UNRANKED, b'"rank": %d' % rank, 1))

    def __len__(self) -> int:
        return len(self._patients) * len(self._protocols)

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

    def _rank(self, result: Result, place: int, order: int) -> None:
        """``place``: where the first of the rows lies."""
        self._patients.append(result.patient_id)
        self._orders.append(order)
        for keys, (score, data) in zip(self._protocols, result.rows, strict=True):
            keys.scores.append(score)
            keys.places.append(place)
            keys.sizes.append(len(data))
            place += len(data)

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
        start = self._stream.tell()
        while found := frames.read(self._stream):
            if found[1]:
                self._finished[found[1]] = start
            start = self._stream.tell()
        self._stream.seek(start)
        self._stream.truncate()
