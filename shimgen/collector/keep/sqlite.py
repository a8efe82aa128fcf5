"""The store in one SQLite file, which several processes may use at once."""

from __future__ import annotations

import contextlib
import datetime
import os
import sqlite3
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Literal

from shimgen.collector.keep import figures, publish, rows, schema
from shimgen.collector.keep.connections import Connections
from shimgen.collector.keep.fold import Fold
from shimgen.collector.keep.problems import explained
from shimgen.collector.keep.reports import Reports
from shimgen.collector.keep.store import (
    AppCount,
    DayCount,
    Filter,
    Report,
    Run,
    StoreError,
    ValueCount,
)
from shimgen.spec import Spec

_STEP = 256  # pages of a backup between two calls of `progress`
_PROBE = 16 * 1024  # bytes: no report is longer


class SQLiteStore:
    """A Store in the file `path`, counting by the dimensions of `spec`.

    Each process opens its own; none of them survives a fork. Beside the file stand
    SQLite's own (`-wal`, `-shm`) and two empty ones for taking turns.

    `clock` gives epoch seconds. Raises StoreError where the file cannot be used.
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
                schema.prepare(db, spec)
        except BaseException:
            self._connections.close()
            raise

    def add(self, reports: Sequence[Report]) -> None:
        """Keep reports, as Store.add says."""
        with self._connections.writing() as db:
            Reports(db).insert(reports)

    def runs(self, limit: int) -> list[Run]:
        """Return the runs that last had a report, newest first."""
        with self._connections.reading() as db:
            return Reports(db).newest(limit)

    def oldest(self) -> int | None:
        """Return when the oldest report came, in epoch seconds; None: there is none."""
        with self._connections.reading() as db:
            found = db.execute("SELECT min(received) FROM report").fetchone()[0]
            return None if found is None else int(found)

    def check(self) -> None:
        """Write as much as a report may have; the next check takes its place.

        It is committed: SQLite gives what is rolled back to no disk.
        """
        with self._connections.writing() as db:
            db.execute("UPDATE probe SET filler = randomblob(?)", (_PROBE,))

    def backup(self, target: Path, progress: Callable[[int, int], None]) -> None:
        """Copy all to a new file while in use, as it was when the copy began.

        The file has its name when it is whole. Raises StoreError where it exists,
        or cannot be written.
        """
        part = target.with_name(f"{target.name}.part")
        if target.exists():
            raise StoreError(f"{target} is there already; name another file")
        try:
            self._copy(part, progress)
            with part.open("rb+") as file:
                os.fsync(file.fileno())
            part.rename(target)
        except OSError as error:
            reason = (error.strerror or str(error)).lower()
            raise StoreError(
                f"{target} cannot be written: {reason}; name another file"
            ) from error
        finally:
            part.unlink(missing_ok=True)

    def _copy(self, part: Path, progress: Callable[[int, int], None]) -> None:
        part.unlink(missing_ok=True)
        with self._connections.reading() as db:
            # Begins to read: otherwise what is added meanwhile starts it anew.
            db.execute("SELECT 1 FROM sqlite_schema").fetchone()
            with explained(part), contextlib.closing(sqlite3.connect(part)) as copy:
                db.backup(
                    copy,
                    pages=_STEP,
                    progress=lambda _, left, pages: progress(left, pages),
                )

    def fold(self, before: int) -> int:
        """Fold runs whose first report came before epoch second `before`.

        Their reports are overwritten; the files hold nothing of them any more.
        """
        folded = self._by_steps(
            lambda db: self._fold.step(db, before, int(self._clock()))
        )
        self._by_steps(lambda db: Reports(db).prune())
        self._connections.shorten()
        return folded

    def _by_steps(self, step: Callable[[sqlite3.Connection], int]) -> int:
        """Repeat a step until it finds nothing to do; returns the sum of its results.

        Between steps there is as much time as they took: who adds reports meanwhile
        waits for no more than one of them.
        """
        done = 0
        while True:
            with self._connections.writing() as db:
                began = time.monotonic()
                found = step(db)
            if not found:
                return done
            done += found
            time.sleep(time.monotonic() - began)

    def publish(self, until: datetime.date, k: int) -> int:
        """Publish what waits in the cube under days up to `until`."""
        return publish.publish(self._connections, self._spec, until, k)

    def generation(self) -> int:
        """Return a number that changes whenever what is published changes."""
        with self._connections.reading() as db:
            return figures.generation(db)

    def span(self) -> tuple[datetime.date, datetime.date] | None:
        """Return the first and the last day with published runs."""
        with self._connections.reading() as db:
            return figures.span(db)

    def over_time(
        self, chosen: Filter, grain: Literal["day", "month"]
    ) -> list[DayCount]:
        """Count runs by day or month and status, in the order of time."""
        with self._connections.reading() as db:
            return figures.over_time(db, chosen, grain)

    def by_app(self, chosen: Filter) -> list[AppCount]:
        """Count runs by application, most runs first, OTHER last."""
        with self._connections.reading() as db:
            return figures.by_app(db, chosen)

    def by_value(self, chosen: Filter, dimension: str) -> list[ValueCount]:
        """Count runs by the values of a dimension, most runs first, OTHER last."""
        with self._connections.reading() as db:
            return figures.by_value(db, chosen, dimension)

    def cube(self) -> Iterator[rows.Row]:
        """Yield the private counts, as rows of texts."""
        with self._connections.reading() as db:
            yield from rows.cube(db, self._spec)

    def published(self) -> Iterator[rows.Row]:
        """Yield the published cells of days, as rows of texts."""
        with self._connections.reading() as db:
            yield from rows.published(db)

    def take_in(self, given: Iterable[Mapping[str, object]], digest: str) -> int:
        """Add rows of a cube, as rows.take_in says; all or none."""
        with self._connections.writing() as db:
            return rows.take_in(db, self._spec, given, digest)

    def close(self) -> None:
        """Close the file."""
        with explained(self._path):
            self._connections.close()
