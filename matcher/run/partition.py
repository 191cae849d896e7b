"""A partition of the patients on shared storage, and what a worker of a cluster makes of it.

Tasks carry names and hashes of files, never note text: notes go to a worker, and results back, through the folder.
"""

from __future__ import annotations

import functools
import hashlib
import os
import platform
import socket
import threading
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from importlib import metadata, resources
from pathlib import Path

from matcher import __version__
from matcher.errors import MatchError
from matcher.faults import fault_of
from matcher.model import Protocol, Settings
from matcher.notes import Patient
from matcher.report.contract import Shape
from matcher.run import frames, plain
from matcher.run.pipeline import Pipeline, Result
from matcher.run.workers import Lost, attempt

SETUP = "run.json"
SEEN_WITHIN = 10.0
"""Seconds that a file may take to appear on another machine of a network file system."""

_busy = threading.Lock()
"""A recogniser is not for several threads: a worker with more than one takes one task at a time."""


@dataclass(frozen=True, slots=True)
class File:
    """A file of the folder by its name and its SHA-256: what the other side must see."""

    name: str
    digest: str


@functools.cache
def identity() -> dict[str, str]:
    """What must be equal on every machine for equal bytes: the program with its tables, Python, NumPy."""
    hashed = hashlib.sha256()
    package = Path(str(resources.files("matcher")))
    for file in sorted(package.rglob("*")):
        if file.is_file() and "__pycache__" not in file.parts:
            hashed.update(file.relative_to(package).as_posix().encode() + b"\0" + file.read_bytes())
    return {
        "matcher": __version__,
        "Python": ".".join(platform.python_version_tuple()[:2]),
        "NumPy": metadata.version("numpy"),
        "matcher's files": hashed.hexdigest()[:12],
    }


def differences(theirs: dict[str, str]) -> list[str]:
    """Where another machine's `identity` differs from this one's, in words."""
    own = identity()
    return [
        f"{name} {theirs.get(name, 'unknown')} there, {own[name]} here" for name in own if theirs.get(name) != own[name]
    ]


def write(folder: Path, name: str, data: bytes) -> File:
    """Write a file of the folder, whole or not at all, for its owner alone."""
    beside = folder / f".{name}.{socket.gethostname()}.{os.getpid()}"
    try:
        with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        beside.replace(folder / name)
    except OSError as error:
        beside.unlink(missing_ok=True)
        raise MatchError(f"{folder}: cannot be written on {socket.gethostname()} ({error.strerror})") from None
    return File(name, hashlib.sha256(data).hexdigest())


def read(folder: Path, file: File) -> bytes:
    """The contents of a file of the folder. Raises `MatchError` where this machine does not see what was written."""
    until = time.monotonic() + SEEN_WITHIN
    while True:
        try:
            data = (folder / file.name).read_bytes()
        except OSError as error:
            why = error.strerror
        else:
            if hashlib.sha256(data).hexdigest() == file.digest:
                return data
            why = "other contents than were written"
        if time.monotonic() > until:
            raise MatchError(
                f"{folder / file.name}: not seen on {socket.gethostname()} ({why}); "
                "name with --shared a folder that the client and all workers see under one path"
            )
        time.sleep(0.2)


def write_setup(folder: Path, pipeline: Pipeline) -> File:
    """What all partitions share: protocols as they were understood, settings, the name of the recogniser."""
    setup = (
        identity(),
        pipeline.protocols,
        pipeline.settings,
        pipeline.shape,
        pipeline.identifiers,
        pipeline.recogniser.name,
    )
    return write(folder, SETUP, plain.dumps(setup).encode())


def write_patients(folder: Path, number: int, patients: Iterable[Patient]) -> File:
    """Partition ``number``: a patient a line."""
    return write(folder, f"{number:06d}.notes", b"".join(plain.dumps(p).encode() + b"\n" for p in patients))


def results(folder: Path, file: File) -> Iterator[Result | Lost]:
    """What a worker wrote, in the order of the partition."""
    import io

    stream = io.BytesIO(read(folder, file))
    while found := frames.read(stream):
        yield found[0]


def work(folder: str, setup: tuple[str, str], patients: tuple[str, str], only: int | None = None) -> tuple[str, str]:
    """A worker's task: screen a partition (or one patient of it). Takes and gives names and hashes of files.

    Raises `MatchError`; the words of any other error could be a note's and stay here.
    """
    place, notes = Path(folder), File(*patients)
    try:
        with _busy:
            pipeline = _pipeline(folder, *setup)
            lines = read(place, notes).splitlines()
            chosen = lines if only is None else lines[only : only + 1]
            screened = (attempt(pipeline, plain.loads(line)) for line in chosen)
            data = b"".join(frames.pack(result)[0] for result in screened)
        name = Path(notes.name).stem + ("" if only is None else f"-{only}") + ".results"
        made = write(place, name, data)
    except MatchError as error:
        raise MatchError(str(error)) from None
    except Exception as error:
        raise MatchError(f"a worker's {fault_of(error)}") from None
    return made.name, made.digest


@functools.lru_cache(maxsize=1)
def _pipeline(folder: str, name: str, digest: str) -> Pipeline:
    """The pipeline of a run, built once a worker."""
    theirs: dict[str, str]
    protocols: tuple[Protocol, ...]
    settings: Settings
    shape: Shape
    theirs, protocols, settings, shape, identifiers, recogniser = plain.loads(read(Path(folder), File(name, digest)))
    if different := differences(theirs):
        raise MatchError(f"the client has another matcher than {socket.gethostname()}: {'; '.join(different)}")
    pipeline = Pipeline(protocols, settings, shape, identifiers)
    own = pipeline.recogniser.name
    if own != recogniser:
        raise MatchError(f"{socket.gethostname()} has another recogniser than the client: {own}, not {recogniser}")
    return pipeline
