"""Two runs side by side. Of each file only the places of its lines stay in memory."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from matcher.errors import MatchError
from matcher.report.changes import changes

SCHEMA = "match.screen/1"
Key = tuple[str, str]


class Run:
    """What ``match screen --format jsonl`` wrote: rows by protocol and patient.

    Raises `MatchError` naming the line that is no such row.
    """

    def __init__(self, path: str) -> None:
        self.path = path
        self._places: dict[Key, int] = {}
        try:
            self._stream = Path(path).open("rb")  # noqa: SIM115
        except OSError as error:
            raise MatchError(f"{path}: cannot be read ({error.strerror})") from None
        place = 0
        for number, line in enumerate(self._stream, 1):
            if line.strip():
                row = self._row(line, number)
                if row["schema"] == SCHEMA:
                    self._places[row["protocol_id"], row["patient_id"]] = place
            place += len(line)

    def _row(self, line: bytes, number: int) -> dict[str, Any]:
        try:
            row = json.loads(line)
        except ValueError:
            row = None
        if not isinstance(row, dict) or not str(row.get("schema", "")).startswith("match."):
            raise MatchError(f"{self.path}:{number}: not a line of match screen --format jsonl")
        return row

    @property
    def keys(self) -> list[Key]:
        return list(self._places)

    @property
    def protocols(self) -> list[str]:
        return list(dict.fromkeys(protocol for protocol, _ in self._places))

    def get(self, key: Key) -> dict[str, Any] | None:
        place = self._places.get(key)
        if place is None:
            return None
        self._stream.seek(place)
        row: dict[str, Any] = json.loads(self._stream.readline())
        return row

    def close(self) -> None:
        self._stream.close()


def compared(first: Run, second: Run, everything: bool = False) -> Iterator[dict[str, Any]]:
    """The changes from ``first`` to ``second``: in the second's order, then what only the first has.

    Where each run has one protocol these are compared, whatever they are called (an amended file has another name).
    """
    renamed = {}
    if len(first.protocols) == len(second.protocols) == 1:
        renamed = {second.protocols[0]: first.protocols[0]}
    seen = set()
    for protocol, patient in second.keys:
        before = (renamed.get(protocol, protocol), patient)
        seen.add(before)
        changed = changes(first.get(before), second.get((protocol, patient)), everything)
        if changed:
            yield changed
    for key in first.keys:
        if key not in seen:
            changed = changes(first.get(key), None, everything)
            if changed:
                yield changed
