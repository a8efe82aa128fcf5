"""The reports as they came, for as long as they are kept."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from shimgen.collector.keep.schema import INSERT_REPORT
from shimgen.collector.keep.store import Report, Run

_NEWEST = "SELECT run FROM report ORDER BY number DESC"
_OF_RUN = """
SELECT run, event, payload, received FROM report WHERE run = ? ORDER BY number
"""


def insert(db: sqlite3.Connection, reports: Sequence[Report]) -> None:
    """Keep reports, the later of two of the same run and event."""
    db.executemany(INSERT_REPORT, reports)


def newest(db: sqlite3.Connection, limit: int) -> list[Run]:
    """Return the `limit` runs that last had a report, newest first."""
    names: dict[str, None] = {}
    rows = db.execute(_NEWEST)
    while len(names) < limit and (row := rows.fetchone()):
        names.setdefault(row[0])
    return [Run(name, of_run(db, name)) for name in names]


def of_run(db: sqlite3.Connection, run: str) -> tuple[Report, ...]:
    """Return the reports of a run in the order of arrival."""
    return tuple(map(Report._make, db.execute(_OF_RUN, (run,))))
