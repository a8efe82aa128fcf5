"""The storage in one SQLite file, which several processes may use at the same time."""

from __future__ import annotations

import contextlib
import datetime
import os
import sqlite3
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from shimgen.collector.keep import figures, publish, rows, tables
from shimgen.collector.keep.connections import Connections
from shimgen.collector.keep.errors import StoreError
from shimgen.collector.keep.fold import Fold
from shimgen.collector.keep.published import (
    AppCount,
    DayCount,
    Days,
    Filter,
    Grain,
    ValueCount,
)
from shimgen.collector.keep.reports import Reports
from shimgen.collector.keep.sqlite_errors import as_store_errors
from shimgen.collector.keep.store import Report, Row, Run
from shimgen.errors import reason
from shimgen.spec import Spec

_BACKUP_STEP = 256  # pages that a backup copies between two calls of `progress`
_PROBE_SIZE = 16 * 1024  # bytes; no report is longer


class SQLiteStore:
    """An Archive in the file `path`, which counts by the dimensions of `spec`.

    Each process opens its own store; a store cannot be used after a fork. SQLite keeps
    two more files beside the database (`-wal`, `-shm`), and turn.py two empty ones for
    locks (`-turn`, `-lock`).

    `clock` returns epoch seconds. Raises StoreError if the file cannot be used.
    """

    def __init__(
        self, path: Path, spec: Spec, clock: Callable[[], float] = time.time
    ) -> None:
        self._path = path
        self._spec = spec
        self._clock = clock
        self._fold = Fold(spec)
        self._connections = Connections(path)
        try:
            with self._connections.writing() as db:
                tables.prepare(db, spec)
        except BaseException:
            self._connections.close()
            raise

    def add(self, reports: Sequence[Report]) -> None:
        """Store reports, as Inbox.add says."""
        with self._connections.writing() as db:
            Reports(db).insert(reports)

    def runs(self, limit: int) -> list[Run]:
        """Return the runs that are not folded, those with the newest report first."""
        with self._connections.reading() as db:
            return Reports(db).newest(limit)

    def oldest(self) -> int | None:
        """Return when the oldest report arrived, in epoch seconds; None without one."""
        with self._connections.reading() as db:
            return Reports(db).first_arrival()

    def check(self) -> None:
        """Write as much as a report may have; the next check overwrites it.

        The transaction is committed, because SQLite writes nothing to the disk for one
        that is rolled back.
        """
        with self._connections.writing() as db:
            db.execute("UPDATE probe SET filler = randomblob(?)", (_PROBE_SIZE,))

    def backup(self, target: Path, progress: Callable[[int, int], None]) -> None:
        """Copy the database to a new file, in its state when the copy began.

        The file gets its name when it is complete. Raises StoreError if the file exists
        or cannot be written.
        """
        part = target.with_name(f"{target.name}.part")
        if target.exists():
            raise StoreError(f"{target} exists already; name another file")
        try:
            self._copy(part, progress)
            with part.open("rb+") as file:
                os.fsync(file.fileno())
            part.rename(target)
        except OSError as error:
            raise StoreError(
                f"{target} cannot be written: {reason(error)}; name another file"
            ) from error
        finally:
            part.unlink(missing_ok=True)

    def _copy(self, part: Path, progress: Callable[[int, int], None]) -> None:
        part.unlink(missing_ok=True)
        with self._connections.reading() as db:
            # This starts the read transaction. Without one, the copy would start again
            # whenever a report is added.
            db.execute("SELECT 1 FROM sqlite_schema").fetchone()
            with (
                as_store_errors(part),
                contextlib.closing(sqlite3.connect(part)) as copy,
            ):
                db.backup(
                    copy,
                    pages=_BACKUP_STEP,
                    progress=lambda _, left, pages: progress(left, pages),
                )

    def fold(self, before: int) -> int:
        """Fold the runs whose first report came before epoch second `before`.

        Their reports are overwritten: afterwards the files contain nothing of them.
        """
        folded = self._in_steps(
            lambda db: self._fold.step(db, before, int(self._clock()))
        )
        self._in_steps(lambda db: Reports(db).prune())
        self._connections.truncate_wal()
        return folded

    def _in_steps(self, step: Callable[[sqlite3.Connection], int]) -> int:
        """Repeat a step until it returns 0; return the sum of its results.

        Each step is a transaction, and the pause after it is as long as it took. So
        those who add reports meanwhile wait for one step at most.
        """
        total = 0
        while True:
            with self._connections.writing() as db:
                start = time.monotonic()
                result = step(db)
            if not result:
                return total
            total += result
            time.sleep(time.monotonic() - start)

    def publish(self, until: datetime.date, k: int) -> int:
        """Publish the runs of the cube up to the day `until`, as Store.publish says."""
        return publish.publish(self._connections, self._spec, until, k)

    def generation(self) -> int:
        """Return a number that changes whenever something is published."""
        with self._connections.reading() as db:
            return figures.generation(db)

    def span(self) -> Days | None:
        """Return the first and the last day with published runs."""
        with self._connections.reading() as db:
            return figures.span(db)

    def over_time(self, where: Filter, grain: Grain) -> list[DayCount]:
        """Count runs by day or month and by status, in chronological order."""
        with self._connections.reading() as db:
            return figures.over_time(db, where, grain)

    def by_app(self, where: Filter) -> list[AppCount]:
        """Count runs by application, most runs first, OTHER last."""
        with self._connections.reading() as db:
            return figures.by_app(db, where)

    def by_value(self, where: Filter, dimension: str) -> list[ValueCount]:
        """Count runs by the values of a dimension, most runs first, OTHER last."""
        with self._connections.reading() as db:
            return figures.by_value(db, where, dimension)

    def cube(self) -> Iterator[Row]:
        """Yield the private counts."""
        with self._connections.reading() as db:
            yield from rows.cube(db, self._spec)

    def published(self) -> Iterator[Row]:
        """Yield the published cells of days."""
        with self._connections.reading() as db:
            yield from rows.published(db)

    def take_in(self, exported: Iterable[Mapping[str, object]], digest: str) -> int:
        """Add exported private counts, as Archive.take_in says."""
        with self._connections.writing() as db:
            return rows.take_in(db, self._spec, exported, digest)

    def close(self) -> None:
        """Close the connections and files."""
        with as_store_errors(self._path):
            self._connections.close()
