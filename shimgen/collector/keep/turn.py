"""Whose turn it is to write: one thread of one process, in the order of asking."""

from __future__ import annotations

import contextlib
import fcntl
import os
import threading
from collections.abc import Iterator
from pathlib import Path

from shimgen.collector.keep.store import StoreError


class Turn:
    """The right to write to the database `path`; held by one holder at a time.

    SQLite makes a writer that finds another one try again after a sleep, so that
    one who asks often leaves others waiting. Here the kernel wakes the next one:
    who waits for `-lock` holds `-turn`, which keeps the last holder from being next
    as well. A process that ends gives both back. Not to be passed on by a fork.

    Raises StoreError where the two files cannot be made beside the database.
    """

    def __init__(self, path: Path) -> None:
        self._thread = threading.Lock()
        self._queue = _opened(path, "-turn")
        self._lock = _opened(path, "-lock")

    @contextlib.contextmanager
    def held(self) -> Iterator[None]:
        """Wait for the turn and give it back at the end."""
        with self._thread:
            with _locked(self._queue):
                fcntl.flock(self._lock, fcntl.LOCK_EX)
            try:
                yield
            finally:
                fcntl.flock(self._lock, fcntl.LOCK_UN)

    def close(self) -> None:
        """Close both files."""
        os.close(self._queue)
        os.close(self._lock)


@contextlib.contextmanager
def _locked(file: int) -> Iterator[None]:
    fcntl.flock(file, fcntl.LOCK_EX)
    try:
        yield
    finally:
        fcntl.flock(file, fcntl.LOCK_UN)


def _opened(database: Path, suffix: str) -> int:
    """Open the file beside the database; it belongs to whom the database does."""
    path = database.with_name(database.name + suffix)
    try:
        file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
        if os.geteuid() == 0:  # an administrator's command must not lock others out
            owner = database.stat()
            os.fchown(file, owner.st_uid, owner.st_gid)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise StoreError(
            f"{path} cannot be written: {reason}; let this user write to its folder"
        ) from error
    return file
