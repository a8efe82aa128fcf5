"""Connections to the SQLite file: one that writes, and some that read."""

from __future__ import annotations

import contextlib
import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path

from shimgen.collector.keep.problems import explained
from shimgen.collector.keep.turn import Turn

BUSY = 10_000  # milliseconds to wait for a program that does not take turns
_PATIENCE = 500  # milliseconds to wait for readers while others wait to write
IDLE = 4  # reading connections that are kept open while nobody reads

# WAL lets readers and a writer work at once; FULL makes a commit durable; deleted
# bytes are overwritten; what SQLite sorts goes to memory and not to a file.
_SETTINGS = f"""
PRAGMA busy_timeout = {BUSY};
PRAGMA journal_mode = WAL;
PRAGMA synchronous = FULL;
PRAGMA secure_delete = ON;
PRAGMA temp_store = MEMORY;
"""
_WRITER_CACHE = 32 * 1024  # KiB
_READER_CACHE = 8 * 1024


class Connections:
    """All connections of this process to `path`, for use by any thread.

    Raises StoreError where the file cannot be used.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._idle: list[sqlite3.Connection] = []
        self._guard = threading.Lock()
        self._closed = False
        with explained(path):
            writer = _connect(path)
        try:
            self._turn = Turn(path)
            # Here, as two that make a file to one with a WAL get in each other's way.
            with self._turn.held(), explained(path):
                _set(writer, _WRITER_CACHE)
        except BaseException:
            writer.close()
            raise
        self._writer = writer

    @contextlib.contextmanager
    def alone(self) -> Iterator[sqlite3.Connection]:
        """Take the turn to write; the connection is in no transaction."""
        with self._turn.held(), explained(self.path):
            yield self._writer

    @contextlib.contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """Write in one transaction: all of it is durable at the end, or none."""
        with self.alone() as db:
            db.execute("BEGIN IMMEDIATE")
            try:
                yield db
                db.execute("COMMIT")
            except BaseException:
                if db.in_transaction:
                    db.execute("ROLLBACK")
                raise

    @contextlib.contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """Read from one state of the database, whatever is written meanwhile."""
        with explained(self.path):
            with self._guard:
                db = self._idle.pop() if self._idle else None
            if db is None:
                db = _connect(self.path)
                _set(db, _READER_CACHE)
            try:
                db.execute("BEGIN")
                yield db
            finally:
                if db.in_transaction:
                    db.execute("ROLLBACK")
                self._give_back(db)

    def shorten(self) -> None:
        """Empty the file of the WAL, which holds what was overwritten since.

        Most is copied while others write. Where a reader takes too long, what is left
        is there until the next time.
        """
        with self.reading() as db:
            db.execute("ROLLBACK")
            db.execute("PRAGMA wal_checkpoint(PASSIVE)")
        with self.alone() as db:
            db.execute(f"PRAGMA busy_timeout = {_PATIENCE}")
            try:
                db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            finally:
                db.execute(f"PRAGMA busy_timeout = {BUSY}")

    def _give_back(self, db: sqlite3.Connection) -> None:
        with self._guard:
            if len(self._idle) < IDLE and not self._closed:
                self._idle.append(db)
                return
        db.close()

    def close(self) -> None:
        """Close the connections; one that is reading closes when it has."""
        with self._turn.held():
            with self._guard:
                self._closed = True
            while self._idle:
                self._idle.pop().close()
            self._writer.close()
        self._turn.close()


def _connect(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(path, isolation_level=None, check_same_thread=False)


def _set(db: sqlite3.Connection, cache: int) -> None:
    db.executescript(_SETTINGS)
    db.execute(f"PRAGMA cache_size = -{cache}")
