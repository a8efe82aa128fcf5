"""Connections to the SQLite file: one for writing and several for reading."""

from __future__ import annotations

import contextlib
import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path

from shimgen.collector.keep.sqlite_errors import as_store_errors
from shimgen.collector.keep.turn import Turn

BUSY_TIMEOUT = 10_000  # milliseconds to wait for a program that does not use turn.py
_TRUNCATE_TIMEOUT = 500  # milliseconds to wait for readers while others wait to write
MAX_IDLE = 4  # reading connections that stay open while nobody reads

# WAL lets readers and a writer work at the same time. FULL makes a commit durable.
# secure_delete overwrites deleted bytes. temp_store sorts in memory, not in a file.
_SETTINGS = f"""
PRAGMA busy_timeout = {BUSY_TIMEOUT};
PRAGMA journal_mode = WAL;
PRAGMA synchronous = FULL;
PRAGMA secure_delete = ON;
PRAGMA temp_store = MEMORY;
"""
_WRITER_CACHE = 32 * 1024  # KiB
_READER_CACHE = 8 * 1024  # KiB


class Connections:
    """All connections of this process to the database `path`; any thread may use them.

    Raises StoreError if the file cannot be used.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._idle: list[sqlite3.Connection] = []
        self._guard = threading.Lock()
        self._closed = False
        with as_store_errors(path):
            writer = _connect(path)
        try:
            self._turn = Turn(path)
            # With the turn held: two processes that switch a file to WAL at the same
            # time disturb each other.
            with self._turn.held(), as_store_errors(path):
                _configure(writer, _WRITER_CACHE)
        except BaseException:
            writer.close()
            raise
        self._writer = writer

    @contextlib.contextmanager
    def alone(self) -> Iterator[sqlite3.Connection]:
        """Hold the turn to write; the connection is not in a transaction."""
        with self._turn.held(), as_store_errors(self.path):
            yield self._writer

    @contextlib.contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """Write in one transaction: at the end all of it is durable, or nothing is."""
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
        """Read from one state of the database, whatever others write meanwhile."""
        with as_store_errors(self.path):
            with self._guard:
                db = self._idle.pop() if self._idle else None
            if db is None:
                db = _connect(self.path)
                _configure(db, _READER_CACHE)
            try:
                db.execute("BEGIN")
                yield db
            finally:
                if db.in_transaction:
                    db.execute("ROLLBACK")
                self._give_back(db)

    def truncate_wal(self) -> None:
        """Empty the file of the write-ahead log, which holds copies of changed pages.

        Most of the log is copied to the database while others write. If a reader takes
        too long, the rest stays until the next call.
        """
        with self.reading() as db:
            db.execute("ROLLBACK")
            db.execute("PRAGMA wal_checkpoint(PASSIVE)")
        with self.alone() as db:
            db.execute(f"PRAGMA busy_timeout = {_TRUNCATE_TIMEOUT}")
            try:
                db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            finally:
                db.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT}")

    def _give_back(self, db: sqlite3.Connection) -> None:
        with self._guard:
            if len(self._idle) < MAX_IDLE and not self._closed:
                self._idle.append(db)
                return
        db.close()

    def close(self) -> None:
        """Close all connections; one that is in use closes when its reader is done."""
        with self._turn.held():
            with self._guard:
                self._closed = True
            while self._idle:
                self._idle.pop().close()
            self._writer.close()
        self._turn.close()


def _connect(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(path, isolation_level=None, check_same_thread=False)


def _configure(db: sqlite3.Connection, cache: int) -> None:
    """Apply the settings to a connection; `cache` is in KiB."""
    db.executescript(_SETTINGS)
    db.execute(f"PRAGMA cache_size = -{cache}")
