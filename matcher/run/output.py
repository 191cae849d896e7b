"""Output files: written beside and renamed, so that a reader sees a whole file or none; owner-readable."""

from __future__ import annotations

import glob
import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, BinaryIO

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
    target = Path(path).resolve()  # a link stays a link
    if not replaceable(path):
        try:
            with target.open("wb") as stream:
                yield stream
        except OSError as error:
            raise MatchError(f"{path}: cannot be written ({error.strerror})") from None
        return
    _sweep(target)
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


def replaceable(path: str | None) -> bool:
    """Whether ``path`` names a file, present or to come; a pipe or a device is written to, never replaced."""
    return path not in (None, "-") and (not Path(str(path)).exists() or Path(str(path)).is_file())


def beside(path: str, what: str) -> Path:
    """The hidden companion of an output file, in the same folder."""
    target = Path(path).resolve()
    return target.with_name(f".{target.name}.{what}")


def locked(file: Path, written: str = "output", instead: str = "name another --output") -> IO[bytes]:
    """``file``, made where it is not there, to read and write; no other run has it until it is closed.

    Raises `MatchError` where another run has it, or where it cannot be written. ``written``: what it guards;
    ``instead``: what the user can do.
    """
    try:
        stream = os.fdopen(os.open(file, os.O_RDWR | os.O_CREAT, 0o600), "r+b")
    except OSError as error:
        raise MatchError(f"{file}: cannot be written ({error.strerror}); {instead}") from None
    try:
        import fcntl

        # A record lock is the process's own: the worker processes do not inherit it, and it ends with the process.
        fcntl.lockf(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except ImportError:
        pass
    except OSError:
        stream.close()
        raise MatchError(f"{file}: another run is writing this {written}; wait for it, or {instead}") from None
    return stream


def _sweep(target: Path) -> None:
    """Remove what killed runs left of this output; it holds note text."""
    for left in sorted(target.parent.glob(f".{glob.escape(target.name)}.*.part")):
        pid = left.name.split(".")[-2]
        if pid.isdigit() and not _alive(int(pid)):
            left.unlink(missing_ok=True)


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True


def check(path: str | None, inputs: Iterable[str] = ()) -> None:
    """Fail before hours of work, not after: raises `MatchError` where ``path`` cannot be written, or is an input."""
    if path is None or path == "-":
        return
    for source in inputs:
        if source != "-" and Path(source).is_file() and Path(path).exists() and Path(source).samefile(path):
            raise MatchError(f"{path}: is the input {source}, which would be overwritten; name another --output")
    folder = Path(path).resolve().parent
    if not folder.is_dir():
        raise MatchError(f"{path}: the folder {folder} does not exist; make it, or name another --output")
    if Path(path).is_dir():
        raise MatchError(f"{path}: is a folder; name a file for --output")
    if not os.access(folder, os.W_OK):
        raise MatchError(f"{path}: cannot be written (no permission in {folder}); name another --output")
