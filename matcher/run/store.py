"""The fact store: one SQLite file in a folder of its own, recognised by a marker.

Notes are kept by the hash of their content, patients by the hash of all their notes; the roll says which patients the
store holds, in the order of the input. A run adds what is new under a roll of its own, and only its last transaction
makes that roll the valid one: until then, and when a run is killed, the former one stands. One process writes at a
time; any number may read.
"""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from matcher.errors import MatchError
from matcher.run.output import locked

MARKER = "match-store.json"
FILE = "facts.sqlite"
SCHEMA = "match.store/1"
_TABLES = """
create table if not exists meta (name text primary key, value text not null) without rowid;
create table if not exists stamp (id integer primary key, data text not null unique);
create table if not exists word (id integer primary key, data blob not null unique);
create table if not exists note (
    id integer primary key, key blob not null unique,
    stamps blob not null, body blob not null, words blob not null, text blob not null
);
create table if not exists patient (id integer primary key, key text not null unique, data text not null,
    record blob not null);
create table if not exists notes_of (patient integer, place integer, note integer, primary key (patient, place))
    without rowid;
create table if not exists roll (run integer, place integer, patient integer, primary key (run, place)) without rowid;
"""


def is_store(path: str) -> bool:
    """Whether ``path`` is the folder of a store."""
    return path != "-" and (Path(path) / MARKER).is_file()


def create(path: str) -> None:
    """Make the folder a store, if it is none yet. Raises `MatchError` where it holds other things."""
    folder = Path(path)
    if is_store(path):
        return
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise MatchError(f"{path}: is no fact store, and there is something in it; name a new folder for --store")
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        folder.chmod(0o700)
        part = folder / f".{MARKER}.part"
        part.write_text(json.dumps({"schema": SCHEMA, "facts": FILE}) + "\n", encoding="utf-8")
        part.chmod(0o600)
        part.replace(folder / MARKER)
    except OSError as error:
        raise MatchError(f"{path}: cannot be written ({error.strerror}); name another folder for --store") from None


class Store:
    """An open store. Raises `MatchError` where it cannot be read (or, with ``write``, written)."""

    def __init__(self, path: str, write: bool = False) -> None:
        self.path = path
        self._lock: IO[bytes] | None = None
        self._file = Path(path) / FILE
        try:
            marker = json.loads((Path(path) / MARKER).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            marker = {}
        if marker.get("schema") != SCHEMA:
            raise MatchError(f"{path}: a fact store of another format; make it anew: match extract NOTES --store NEW")
        if write:
            self._lock = locked(Path(path) / "lock", "store", "name another folder")
            self._own()
        with self.guarded():
            self.db = self._connect(write)
            self.db.isolation_level = None
            if write:
                self._prepare()

    def _own(self) -> None:
        """The file is the owner's from its first byte; SQLite gives its companions the same rights."""
        os.close(os.open(self._file, os.O_RDWR | os.O_CREAT, 0o600))

    def _connect(self, write: bool) -> sqlite3.Connection:
        uri = self._file.resolve().as_uri()
        if write:
            return sqlite3.connect(f"{uri}?mode=rw", uri=True, timeout=60)
        db = sqlite3.connect(f"{uri}?mode=ro", uri=True, timeout=60)
        try:
            db.execute("select count(*) from meta").fetchone()
        except sqlite3.OperationalError:
            if os.access(self.path, os.W_OK):
                raise
            db.close()
            # on a medium that nobody writes to, SQLite cannot keep its lists of readers
            db = sqlite3.connect(f"{uri}?mode=ro&immutable=1", uri=True)
        return db

    def _prepare(self) -> None:
        self.db.execute("pragma journal_mode = wal")
        self.db.execute("pragma synchronous = normal")
        self.db.execute("pragma secure_delete = on")  # what is taken out is overwritten: it is patient text
        self.db.executescript(_TABLES)

    @contextmanager
    def guarded(self) -> Iterator[None]:
        """An error of the database becomes a message that says what to do."""
        try:
            yield
        except sqlite3.Error as error:
            raise MatchError(f"{self.path}: {_said(error)}") from None

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All of it or nothing."""
        with self.guarded():
            self.db.execute("begin immediate")
            try:
                yield
                self.db.execute("commit")
            except BaseException:
                if self.db.in_transaction:
                    self.db.execute("rollback")
                raise

    def meta(self, name: str, default: Any = None) -> Any:
        with self.guarded():
            row = self.db.execute("select value from meta where name = ?", (name,)).fetchone()
        return json.loads(row[0]) if row else default

    def set_meta(self, **values: Any) -> None:
        with self.guarded():
            self.db.executemany(
                "insert or replace into meta values (?, ?)", [(name, json.dumps(v)) for name, v in values.items()]
            )

    @property
    def version(self) -> Mapping[str, str]:
        """What its facts were found with (`store_version.version`); empty before the first run."""
        return dict(self.meta("version", {}))

    @property
    def run(self) -> int:
        """The number of the run whose roll is valid; 0: none was ever finished."""
        return int(self.meta("run", 0))

    def settle(self) -> None:
        """Bring everything into the one file, if nobody reads just now; else SQLite does it later."""
        with self.guarded():
            self.db.execute("pragma busy_timeout = 500")
            self.db.execute("pragma wal_checkpoint(truncate)")

    def close(self) -> None:
        self.db.close()
        if self._lock is not None:
            self._lock.close()
            self._lock = None


def identifiers_of(data: dict[str, Any]) -> tuple[tuple[str, ...], int]:
    """What in a patient's notes looks like an identifier, as it was seen when they were read."""
    notes = data.get("notes", ())
    shown = [f"{notes[at][2] or notes[at][0]}:{line}: {kind}" for at, line, kind in data.get("identifiers", ())]
    return tuple(shown), int(data.get("identifiers_found", 0))


def _said(error: sqlite3.Error) -> str:
    """SQLite's own words name no content of the tables."""
    code = getattr(error, "sqlite_errorname", "") or ""
    text = str(error)
    if "FULL" in code or "IOERR" in code or "full" in text:
        return f"cannot be written ({text}); the store is as it was: make room, then run the same command again"
    if "no such table" in text or "unable to open" in text:
        return "holds no finished run; run match extract NOTES --store with this folder"
    if "READONLY" in code or "readonly" in text:
        # a run killed while it made the tables leaves a journal that a reader may not roll back
        return (
            f"was left unfinished by a run that was killed, or may not be written ({text}); "
            "run match extract NOTES --store with this folder"
        )
    if "BUSY" in code or "locked" in text:
        return "another process is writing this store; wait for it"
    if "CORRUPT" in code or "NOTADB" in code or "malformed" in text or "not a database" in text:
        return f"is damaged ({text}); make it anew: match extract NOTES --store NEW"
    return f"cannot be used ({text})"
