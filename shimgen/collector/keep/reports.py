"""The table of reports, which leaves no copy of a report that was removed.

SQLite overwrites a row that it deletes (`secure_delete`), but not the copies that it
leaves in a page when it moves rows to other pages. So a row that contains a report is
never moved: rows are added at the end, and a row that is no longer needed is emptied in
its place. Only empty rows are deleted, and _MARGIN of them always stay before the first
report, so that SQLite never merges a page that contains a report with its neighbours.
The entries of the indexes do move, but they contain only times, and tags instead of
runs: from a tag nobody can find out the run.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterable, Sequence

from shimgen.collector.keep.store import Report, Run

_TAG_SIZE = 3  # bytes: few current runs share a tag, and many runs of all time do
_MARGIN = 4096  # empty rows before the first report; a page holds about 500 of them
_PRUNE_STEP = 1024  # empty rows deleted in one transaction

_INSERT = """
INSERT INTO report (tag, run, event, payload, received) VALUES (?, ?, ?, ?, ?)
"""
_FIND = "SELECT number, received FROM report WHERE tag = ? AND run = ? AND event = ?"
_EMPTY = (
    "UPDATE report SET tag = NULL, run = '', event = '', payload = x'', received = NULL"
)
_EMPTY_ROW = f"{_EMPTY} WHERE number = ?"
_EMPTY_RUN = f"{_EMPTY} WHERE tag = ? AND run = ?"
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
# With the condition of the index, without which SQLite reads the whole table.
_FIRST_ARRIVAL = "SELECT min(received) FROM report WHERE received IS NOT NULL"
_FIRST_ROW = "SELECT min(number) FROM report"
_LAST_ROW = "SELECT max(number) FROM report"
_FIRST_REPORT = "SELECT number FROM report WHERE received IS NOT NULL ORDER BY number"


class Reports:
    """The reports in a database; methods that write need a transaction."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db
        self._key: bytes = db.execute("SELECT key FROM tag_key").fetchone()[0]

    def insert(self, reports: Iterable[Report]) -> None:
        """Add reports; of two with the same run and event the later one stays."""
        for run, event, payload, received in reports:
            key = (self._tag(run), run, event)
            earlier = self._db.execute(_FIND, key).fetchone()
            if earlier:
                self._db.execute(_EMPTY_ROW, earlier[:1])
                received = min(received, earlier[1])  # as old as the first one
            self._db.execute(_INSERT, (*key, payload, received))

    def newest(self, limit: int) -> list[Run]:
        """Return `limit` runs at most, those with the newest report first."""
        names: dict[str, None] = {}
        rows = self._db.execute(_NEWEST)
        while len(names) < limit and (row := rows.fetchone()):
            names.setdefault(row[0])
        return [Run(name, self.of_run(name)) for name in names]

    def first_arrival(self) -> int | None:
        """Return when the oldest report arrived, in epoch seconds; None without one."""
        first: int | None = self._db.execute(_FIRST_ARRIVAL).fetchone()[0]
        return first

    def oldest(self, before: int, limit: int) -> list[str]:
        """Return runs with a report from before epoch second `before`.

        `limit` is the number of reports that are looked at.
        """
        return [row[0] for row in self._db.execute(_OLDEST, (before, limit))]

    def of_run(self, run: str) -> tuple[Report, ...]:
        """Return the reports of a run in the order of arrival."""
        rows = self._db.execute(_OF_RUN, (self._tag(run), run))
        return tuple(map(Report._make, rows))

    def limit_to(self, now: int) -> None:
        """Set times of arrival that are after epoch second `now` to `now`."""
        query = "UPDATE report SET received = ?1 WHERE received > ?1"
        self._db.execute(query, (now,))

    def empty(self, runs: Sequence[str]) -> None:
        """Overwrite all reports of some runs."""
        self._db.executemany(_EMPTY_RUN, ((self._tag(run), run) for run in runs))

    def prune(self) -> int:
        """Delete some of the empty rows that are not needed; return how many."""
        first = self._number(_FIRST_ROW)
        end = self._number(_FIRST_REPORT) or self._number(_LAST_ROW)
        end = min(end - _MARGIN, first + _PRUNE_STEP)
        return self._db.execute("DELETE FROM report WHERE number < ?", (end,)).rowcount

    def _number(self, query: str) -> int:
        row = self._db.execute(query).fetchone()
        return int(row[0] or 0) if row else 0

    def _tag(self, run: str) -> int:
        digest = hashlib.blake2b(run.encode(), key=self._key, digest_size=_TAG_SIZE)
        return int.from_bytes(digest.digest())
