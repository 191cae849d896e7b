"""Output files: written beside and renamed, so that a reader sees a whole file or none; owner-readable."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from matcher.errors import MatchError


@contextmanager
def opened(path: str | None) -> Iterator[BinaryIO]:
    """A binary stream to ``path`` (None: standard output). The file appears under its name only when all is written.

    Raises `MatchError` where the place cannot be written.
    """
    if path is None or path == "-":
        sys.stdout.flush()
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    target = Path(path)
    beside = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        stream = os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb")
    except OSError as error:
        raise MatchError(f"{path}: cannot be written ({error.strerror}); name another --output") from None
    try:
        with stream:
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
        beside.replace(target)
    except OSError as error:
        raise MatchError(f"{path}: cannot be written ({error.strerror})") from None
    finally:
        beside.unlink(missing_ok=True)


def check(path: str | None) -> None:
    """Fail before hours of work, not after: raises `MatchError` where ``path`` cannot be written."""
    if path is None or path == "-":
        return
    folder = Path(path).resolve().parent
    if not folder.is_dir():
        raise MatchError(f"{path}: the folder {folder} does not exist; make it, or name another --output")
    if Path(path).is_dir():
        raise MatchError(f"{path}: is a folder; name a file for --output")
    if not os.access(folder, os.W_OK):
        raise MatchError(f"{path}: cannot be written (no permission in {folder}); name another --output")
