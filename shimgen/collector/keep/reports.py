"""The reports as they came, for as long as they are kept.

A row that SQLite deletes is overwritten (`secure_delete`), but not the copies that it
leaves in a page whose rows it moves to others. So no row with a report in it is ever
moved: rows are added at the end, those not needed any more are emptied in their place,
and only empty ones are deleted, with so many left before the first report that a page
that SQLite joins with its neighbours is none of a report's. Only the entries of the
indexes move: they hold times, and tags instead of runs, from which no run is told.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterable, Sequence

from shimgen.collector.keep.store import Report, Run

_TAG = 3  # bytes: few runs share one, and many runs that ever were
_MARGIN = 4096  # empty rows before the first report; a page holds about 500 of them
_STEP = 1024  # empty rows deleted in one transaction

_INSERT = """
INSERT INTO report (tag, run, event, payload, received) VALUES (?, ?, ?, ?, ?)
"""
_FIND = "SELECT number, received FROM report WHERE tag = ? AND run = ? AND event = ?"
_EMPTY = "UPDATE report SET tag = NULL, run = '', event = '', payload = x''"
_EMPTY_ONE = f"{_EMPTY}, received = NULL WHERE number = ?"
_EMPTY_RUN = f"{_EMPTY}, received = NULL WHERE tag = ? AND run = ?"
_NEWEST = "SELECT run FROM report WHERE received IS NOT NULL ORDER BY number DESC"
_OF_RUN = """
SELECT run, event, payload, received FROM report
WHERE tag = ? AND run = ? ORDER BY number
"""
_OLDEST = """
SELECT DISTINCT run FROM (
  SELECT run FROM report WHERE received < ? ORDER BY received LIMIT ?
)
"""
_FIRST = "SELECT min(number) FROM report"
_LAST = "SELECT max(number) FROM report"
_FIRST_REPORT = "SELECT number FROM report WHERE received IS NOT NULL ORDER BY number"


class Reports:
    """The reports in a database; what is written needs a transaction."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db
        self._key: bytes = db.execute("SELECT key FROM tag_key").fetchone()[0]

    def insert(self, reports: Iterable[Report]) -> None:
        """Keep reports, the later of two of the same run and event."""
        for run, event, payload, received in reports:
            key = (self._tag(run), run, event)
            earlier = self._db.execute(_FIND, key).fetchone()
            if earlier:
                self._db.execute(_EMPTY_ONE, earlier[:1])
                received = min(received, earlier[1])  # as old as the first
            self._db.execute(_INSERT, (*key, payload, received))

    def newest(self, limit: int) -> list[Run]:
        """Return the `limit` runs that last had a report, newest first."""
        names: dict[str, None] = {}
        rows = self._db.execute(_NEWEST)
        while len(names) < limit and (row := rows.fetchone()):
            names.setdefault(row[0])
        return [Run(name, self.of_run(name)) for name in names]

    def oldest(self, before: int, most: int) -> list[str]:
        """Return runs with a report from before epoch second `before`, if any."""
        return [row[0] for row in self._db.execute(_OLDEST, (before, most))]

    def of_run(self, run: str) -> tuple[Report, ...]:
        """Return the reports of a run in the order of arrival."""
        rows = self._db.execute(_OF_RUN, (self._tag(run), run))
        return tuple(map(Report._make, rows))

    def not_after(self, now: int) -> None:
        """Make reports of the future ones of `now`."""
        query = "UPDATE report SET received = ?1 WHERE received > ?1"
        self._db.execute(query, (now,))

    def empty(self, runs: Sequence[str]) -> None:
        """Overwrite all reports of some runs."""
        self._db.executemany(_EMPTY_RUN, ((self._tag(run), run) for run in runs))

    def prune(self) -> int:
        """Delete some of the empty rows that nothing needs; returns how many."""
        first = self._number(_FIRST)
        end = self._number(_FIRST_REPORT) or self._number(_LAST)
        end = min(end - _MARGIN, first + _STEP)
        return self._db.execute("DELETE FROM report WHERE number < ?", (end,)).rowcount

    def _number(self, query: str) -> int:
        row = self._db.execute(query).fetchone()
        return int(row[0] or 0) if row else 0

    def _tag(self, run: str) -> int:
        hashed = hashlib.blake2b(run.encode(), key=self._key, digest_size=_TAG)
        return int.from_bytes(hashed.digest())
