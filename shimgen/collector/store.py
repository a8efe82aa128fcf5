"""What arrived, in one SQLite table: the payload, its event and when it came."""

from __future__ import annotations

import json
import sqlite3
import time
from pathlib import Path
from typing import NamedTuple

from shimgen.collector.validate import Payload
from shimgen.errors import ShimgenError

_TABLE = """
CREATE TABLE IF NOT EXISTS report (
  number INTEGER PRIMARY KEY,
  received INTEGER NOT NULL,
  run TEXT NOT NULL,
  event TEXT NOT NULL,
  payload TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS report_run ON report (run);
"""
_NEWEST = """
SELECT number, received, run, event, payload FROM report WHERE run IN (
  SELECT run FROM report GROUP BY run ORDER BY max(number) DESC LIMIT ?
) ORDER BY number
"""


class Report(NamedTuple):
    """One report: its place in the order of arrival, epoch seconds, what it says."""

    number: int
    received: int
    event: str
    payload: Payload


class Run(NamedTuple):
    """The reports of one run, in the order of their arrival."""

    random_id: str
    reports: tuple[Report, ...]


class Store:
    """The reports in the SQLite file `path`; for use by one thread at a time.

    Raises ShimgenError when the file cannot be used.
    """

    def __init__(self, path: Path) -> None:
        try:
            self._db = sqlite3.connect(
                path, isolation_level=None, check_same_thread=False
            )
            self._db.executescript(_TABLE)
        except sqlite3.Error as error:
            raise ShimgenError(
                f"{path} cannot be used as a database: {error}; name another file"
            ) from error

    def add(self, event: str, payload: Payload, run: str) -> None:
        """Keep the valid payload of an event, as one of the reports of `run`."""
        row = (int(time.time()), run, event, json.dumps(payload))
        self._db.execute(
            "INSERT INTO report (received, run, event, payload) VALUES (?, ?, ?, ?)",
            row,
        )

    def runs(self, limit: int = 200) -> list[Run]:
        """Return the `limit` runs that last had a report, newest first."""
        found: dict[str, list[Report]] = {}
        for number, received, run, event, payload in self._db.execute(
            _NEWEST, (limit,)
        ):
            report = Report(number, received, event, json.loads(payload))
            found.setdefault(run, []).append(report)
        runs = [Run(run, tuple(reports)) for run, reports in found.items()]
        return sorted(runs, key=lambda run: run.reports[-1].number, reverse=True)

    def close(self) -> None:
        """Close the file."""
        self._db.close()
