"""SQLite's errors as StoreErrors, which say what is wrong and what to do."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path

from shimgen.collector.keep.errors import StoreError

# By SQLite's primary result code.
_PROBLEMS = {
    sqlite3.SQLITE_FULL: "has no space left: the disk is full; free space there",
    sqlite3.SQLITE_READONLY: "cannot be written; let this user write to the file "
    "and to its folder",
    sqlite3.SQLITE_BUSY: "is in use by another program; end that program or try again",
    sqlite3.SQLITE_LOCKED: "is in use by another program; end that program or try "
    "again",
    sqlite3.SQLITE_IOERR: "cannot be read or written; check the state and the free "
    "space of its disk",
    sqlite3.SQLITE_CORRUPT: "is damaged; replace it by a backup",
}
_OTHER_PROBLEM = "cannot be used as a database: {}; name another file"


def store_error(path: Path, error: sqlite3.Error) -> StoreError:
    """Return the StoreError for an error of SQLite in the database `path`."""
    primary = getattr(error, "sqlite_errorcode", 0) & 0xFF
    text = _PROBLEMS.get(primary, _OTHER_PROBLEM).format(error)
    return StoreError(f"{path} {text}")


@contextlib.contextmanager
def as_store_errors(path: Path) -> Iterator[None]:
    """Raise an error of SQLite inside the block as a StoreError."""
    try:
        yield
    except sqlite3.Error as error:
        raise store_error(path, error) from error
