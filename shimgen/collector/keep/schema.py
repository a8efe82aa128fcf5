"""The tables, and how those of an older version become them."""

from __future__ import annotations

import sqlite3

VERSION = 1  # in `user_version`

_REPORTS = """
CREATE TABLE report (
  number INTEGER PRIMARY KEY,  -- in the order of arrival
  run TEXT NOT NULL,
  event TEXT NOT NULL,
  payload BLOB NOT NULL,       -- as it was received
  received INTEGER NOT NULL,   -- epoch seconds, of the first one of run and event
  UNIQUE (run, event)
) STRICT;
CREATE INDEX report_received ON report (received, run);

-- One row of random bytes, to find out whether the disk takes them.
CREATE TABLE probe (filler BLOB NOT NULL) STRICT;
INSERT INTO probe VALUES (x'00');
"""

# A later report of the same run and event takes the earlier one's place, and is the
# newest, but the run is as old as it was.
INSERT_REPORT = """
INSERT INTO report (run, event, payload, received) VALUES (?, ?, ?, ?)
ON CONFLICT (run, event) DO UPDATE SET
  number = (SELECT max(number) + 1 FROM report),
  payload = excluded.payload,
  received = min(received, excluded.received)
"""


class NewerError(sqlite3.Error):
    """The file was written by a newer shimgen."""


def prepare(db: sqlite3.Connection) -> None:
    """Make the tables, or bring them up to date; within a transaction."""
    version = db.execute("PRAGMA user_version").fetchone()[0]
    if version > VERSION:
        raise NewerError(
            f"its version is {version}, and this shimgen knows {VERSION} at most"
        )
    if version == 0:
        old = _exists(db, "report")
        if old:
            db.execute("ALTER TABLE report RENAME TO old_report")
            db.execute("DROP INDEX IF EXISTS report_run")
        _run(db, _REPORTS)
        if old:
            _take_over(db)
    db.execute(f"PRAGMA user_version = {VERSION}")


def _take_over(db: sqlite3.Connection) -> None:
    """Keep what the one table of version 0 holds."""
    rows = db.execute(
        "SELECT run, event, CAST(payload AS BLOB), received FROM old_report"
        " ORDER BY number"
    )
    db.executemany(INSERT_REPORT, rows)
    db.execute("DROP TABLE old_report")


def _exists(db: sqlite3.Connection, table: str) -> bool:
    query = "SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ?"
    return db.execute(query, (table,)).fetchone() is not None


def _run(db: sqlite3.Connection, script: str) -> None:
    """Execute statements; `executescript` would end the transaction first."""
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            db.execute(statement)
            statement = ""
