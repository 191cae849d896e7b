"""Patients through the workers of a Dask scheduler that the user already has; results in the order of the input.

The client writes partitions into a folder on shared storage, a worker reads its own and writes its results beside it,
the client merges. Dask carries a reference to `partition.work` and names of files: no note text, no code.
"""

from __future__ import annotations

import contextlib
import json
import logging
import shutil
import time
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from matcher.errors import MatchError
from matcher.notes import Patient
from matcher.run import output, partition
from matcher.run.partition import File
from matcher.run.pipeline import Pipeline, Result
from matcher.run.workers import Lost, batches

if TYPE_CHECKING:
    from distributed import Client, Future

NOTES = 64
"""Notes in a partition: under a second of work by rules, and a file that a network file system takes lightly."""
AHEAD = 4
"""Partitions waiting a thread of the cluster: enough to keep it busy, few enough to keep the folder small."""
ANSWER = 10.0
"""Seconds within which a scheduler answers."""
WORKERLESS = 120.0
"""Seconds that a run waits while the scheduler has no worker at all."""
DIED = "its worker process died again and again (out of memory?)"


@dataclass(frozen=True, slots=True)
class Cluster:
    """An engine of `matcher.run.screen.screen`: ``address`` of the scheduler, ``folder`` to make on shared storage."""

    address: str
    folder: Path

    def __call__(self, patients: Iterable[Patient], pipeline: Pipeline) -> Iterator[Result | Lost]:
        with connected(self.address) as client, _folder(self.folder):
            check_workers(client)
            yield from _Run(client, self.folder, pipeline).results(patients)


@contextlib.contextmanager
def connected(address: str) -> Iterator[Client]:
    """A client of the scheduler at ``address``, or of the one that a scheduler file (``.json``) names.

    Raises `MatchError` where Dask is not installed or no scheduler answers.
    """
    try:
        from distributed import Client
        from distributed.comm.addressing import parse_address
        from distributed.comm.registry import get_backend
    except ImportError:
        raise MatchError("--engine dask needs Dask: pip install 'trial-matcher[cluster]'") from None
    for name in ("distributed", "distributed.client", "distributed.core", "distributed.comm", "tornado.application"):
        logging.getLogger(name).setLevel(logging.CRITICAL)  # what matters is said in one line
    at = _address(address)
    try:
        get_backend(parse_address(at)[0])
    except ValueError:
        raise MatchError(f"--scheduler {address}: no address; write it as tcp://HOST:PORT or tls://HOST:PORT") from None
    try:
        client = Client(at, timeout=ANSWER, set_as_default=False)
    except Exception as error:
        raise MatchError(
            f"--scheduler {address}: no Dask scheduler answers there ({type(error).__name__}, {ANSWER:.0f} s waited)"
        ) from None
    try:
        yield client
    finally:
        with contextlib.suppress(Exception):
            client.close(timeout=5)


def _address(written: str) -> str:
    """The address itself, or the one in the file that ``dask scheduler --scheduler-file`` wrote."""
    if not written.endswith(".json"):
        return written
    try:
        return str(json.loads(Path(written).read_text(encoding="utf-8"))["address"])
    except OSError as error:
        raise MatchError(f"--scheduler {written}: cannot be read ({error.strerror})") from None
    except (ValueError, KeyError, TypeError):
        raise MatchError(f"--scheduler {written}: not a file that dask scheduler --scheduler-file wrote") from None


def check_workers(client: Client) -> None:
    """Wait for a worker; raises `MatchError` where there is none, or one that would give other results."""
    with contextlib.suppress(TimeoutError):
        client.wait_for_workers(1, timeout=WORKERLESS)
    if not client.nthreads():
        raise MatchError(f"the scheduler has no worker after {WORKERLESS:.0f} s; start some (docs/cluster.md)")
    found = client.run(partition.identity, on_error="return")
    for worker, theirs in sorted(found.items()):
        if isinstance(theirs, ModuleNotFoundError) and (theirs.name or "").split(".")[0] == "matcher":
            missing = "is not installed" if theirs.name == "matcher" else "is of another version"
            raise MatchError(f"worker {worker}: matcher {missing} there; install the client's version")
        if not isinstance(theirs, dict):
            raise MatchError(f"worker {worker}: cannot be used ({type(theirs).__name__})")
        if different := partition.differences(theirs):
            raise MatchError(f"worker {worker} has another matcher than this client: {'; '.join(different)}")


@dataclass(slots=True)
class _Part:
    """A partition on its way."""

    file: File
    patients: list[str]
    future: Future[Any]


class _Run:
    def __init__(self, client: Client, folder: Path, pipeline: Pipeline) -> None:
        self.client = client
        self.folder = folder
        setup = partition.write_setup(folder, pipeline)
        self.setup = (setup.name, setup.digest)

    def results(self, patients: Iterable[Patient]) -> Iterator[Result | Lost]:
        """Each patient's result, in order."""
        waiting: deque[_Part] = deque()
        for number, batch in enumerate(batches(patients, NOTES)):
            file = partition.write_patients(self.folder, number, batch)
            waiting.append(_Part(file, [patient.id for patient in batch], self._submit(file)))
            if len(waiting) >= AHEAD * max(1, sum(self.client.nthreads().values())):
                yield from self._take(waiting.popleft())
        while waiting:
            yield from self._take(waiting.popleft())

    def _submit(self, file: File, only: int | None = None) -> Future[Any]:
        arguments = (str(self.folder), self.setup, (file.name, file.digest), only)
        return self.client.submit(partition.work, *arguments, pure=False)

    def _take(self, part: _Part) -> Iterator[Result | Lost]:
        made = self._made(part.future)
        if made is not None:
            yield from self._read(made)
        else:  # some patient of these kills its worker: each alone, so that only that one is lost
            for number, patient_id in enumerate(part.patients):
                made = self._made(self._submit(part.file, number))
                yield from self._read(made) if made is not None else [Lost(patient_id, DIED)]
        (self.folder / part.file.name).unlink(missing_ok=True)

    def _read(self, made: File) -> Iterator[Result | Lost]:
        yield from partition.results(self.folder, made)
        (self.folder / made.name).unlink(missing_ok=True)

    def _made(self, future: Future[Any]) -> File | None:
        """What the task wrote; None where Dask gave up since its workers died of it."""
        from concurrent.futures import CancelledError

        from distributed import KilledWorker

        alive = time.monotonic()
        while True:
            try:
                return File(*future.result(timeout=5))
            except TimeoutError:
                if self.client.status != "running":
                    raise MatchError("the scheduler no longer answers") from None
                if self.client.nthreads():
                    alive = time.monotonic()
                elif time.monotonic() - alive > WORKERLESS:
                    raise MatchError(f"the scheduler has had no worker for {WORKERLESS:.0f} s") from None
            except KilledWorker:
                return None
            except MatchError:
                raise
            except (CancelledError, OSError) as error:
                raise MatchError(f"the scheduler no longer answers ({type(error).__name__})") from None
            except Exception as error:  # a worker that came later, without matcher or with another one
                raise MatchError(f"a worker could not do its task ({type(error).__name__})") from None


@contextlib.contextmanager
def _folder(folder: Path) -> Iterator[None]:
    """The run's folder, for its owner alone, gone at the end. What a killed run left there goes first."""
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
    except OSError as error:
        raise MatchError(f"{folder}: cannot be made ({error.strerror}); name another --shared") from None
    with output.locked(folder / "lock"):
        try:
            for left in sorted(folder.iterdir()):
                if left.name != "lock":
                    left.unlink()
            yield
        finally:
            shutil.rmtree(folder, ignore_errors=True)
