"""JSON Lines and JSON: the contract objects as they are."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import Any, BinaryIO

_UNSAFE = re.compile("[\x7f-\x9f\u2028\u2029]")
"""What a terminal may take for a command or a reader for the end of a line; JSON itself escapes the ASCII ones."""


_ENCODE = json.JSONEncoder(ensure_ascii=False).encode


def dumps(row: Any) -> bytes:
    """Compact JSON in UTF-8. A lone surrogate (broken text) becomes its escape, so the output stays well-formed."""
    try:
        return written(row).encode()
    except UnicodeEncodeError:
        return json.dumps(row).encode()


def written(row: Any) -> str:
    """As `dumps`, before it is encoded: a lone surrogate stays what it is."""
    text = _ENCODE(row)
    return _UNSAFE.sub(lambda found: f"\\u{ord(found[0]):04x}", text) if _UNSAFE.search(text) else text


Row = dict[str, Any] | bytes
"""An object, or the JSON of one."""


def json_lines(rows: Iterable[Row], stream: BinaryIO) -> None:
    for row in rows:
        stream.write((row if isinstance(row, bytes) else dumps(row)) + b"\n")


def json_array(rows: Iterable[Row], stream: BinaryIO) -> None:
    """One array, an object a line, written as it comes."""
    before = b"[\n"
    for row in rows:
        stream.write(before + (row if isinstance(row, bytes) else dumps(row)))
        before = b",\n"
    stream.write(b"[]\n" if before == b"[\n" else b"\n]\n")
