"""What SQLite could not do, as errors that say what helps."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path

from shimgen.collector.keep.store import StoreError

# By SQLite's primary result code: what is wrong, and what helps.
_PROBLEMS = {
    sqlite3.SQLITE_FULL: "has no space left: the disk is full; free space there",
    sqlite3.SQLITE_READONLY: "cannot be written; let this user write to the file "
    "and to its folder",
    sqlite3.SQLITE_BUSY: "is in use by another program; end that or try again",
    sqlite3.SQLITE_LOCKED: "is in use by another program; end that or try again",
    sqlite3.SQLITE_IOERR: "cannot be read or written; look at the state and the "
    "free space of its disk",
    sqlite3.SQLITE_CORRUPT: "is damaged; put a backup in its place",
}
_OTHER_FILE = "cannot be used as a database: {}; name another file"


def explain(path: Path, error: sqlite3.Error) -> StoreError:
    """Return the error of a person who keeps reports in `path`."""
    primary = getattr(error, "sqlite_errorcode", 0) & 0xFF
    text = _PROBLEMS.get(primary, _OTHER_FILE).format(error)
    return StoreError(f"{path} {text}")


@contextlib.contextmanager
def explained(path: Path) -> Iterator[None]:
    """Raise what SQLite raises within as StoreError."""
    try:
        yield
    except sqlite3.Error as error:
        raise explain(path, error) from error
