"""A fair lock between processes and threads: writers wait in the order of asking."""

from __future__ import annotations

import contextlib
import fcntl
import os
import threading
from collections.abc import Iterator
from pathlib import Path

from shimgen.collector.keep.errors import StoreError
from shimgen.errors import reason


class Turn:
    """The right to write to the database `path`; only one holder has it at a time.

    SQLite lets a writer that finds the database locked sleep and try again, so one that
    writes often can keep the others waiting. Here the kernel wakes the next writer, by
    two locked files: whoever waits for `-lock` holds `-turn`, so the last holder cannot
    overtake the one that waits. A process that ends releases both. A Turn must not be
    used in a fork of the process that made it.

    Raises StoreError if the two files cannot be created beside the database.
    """

    def __init__(self, path: Path) -> None:
        self._thread_lock = threading.Lock()
        self._turn_file = _open(path, "-turn")
        self._lock_file = _open(path, "-lock")

    @contextlib.contextmanager
    def held(self) -> Iterator[None]:
        """Wait for the turn; release it at the end of the block."""
        with self._thread_lock:
            with _locked(self._turn_file):
                fcntl.flock(self._lock_file, fcntl.LOCK_EX)
            try:
                yield
            finally:
                fcntl.flock(self._lock_file, fcntl.LOCK_UN)

    def close(self) -> None:
        """Close both files."""
        os.close(self._turn_file)
        os.close(self._lock_file)


@contextlib.contextmanager
def _locked(file: int) -> Iterator[None]:
    fcntl.flock(file, fcntl.LOCK_EX)
    try:
        yield
    finally:
        fcntl.flock(file, fcntl.LOCK_UN)


def _open(database: Path, suffix: str) -> int:
    """Open or create a file beside the database; return its descriptor."""
    path = database.with_name(database.name + suffix)
    try:
        file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
        # A file that root creates must not lock the user of the service out.
        if os.geteuid() == 0:
            owner = database.stat()
            os.fchown(file, owner.st_uid, owner.st_gid)
    except OSError as error:
        raise StoreError(
            f"{path} cannot be written: {reason(error)}; "
            "let this user write to its folder"
        ) from error
    return file
