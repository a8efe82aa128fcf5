"""The tables of the database, and the upgrade from the tables of version 0."""

from __future__ import annotations

import sqlite3

from shimgen.collector.keep.published import OTHER
from shimgen.collector.keep.reports import Reports
from shimgen.collector.keep.store import Report
from shimgen.spec import Spec

VERSION = 1  # in `user_version`

# Rows are only added at the end and emptied in their place: reports.py says why.
_REPORTS = """
CREATE TABLE report (
  number INTEGER PRIMARY KEY,  -- in the order of arrival
  tag INTEGER,                 -- a short hash of the run, for the index; NULL if empty
  run TEXT NOT NULL,
  event TEXT NOT NULL,
  payload BLOB NOT NULL,       -- as it was received
  received INTEGER             -- epoch seconds, of the first report of run and event
) STRICT;
CREATE INDEX report_tag ON report (tag) WHERE tag IS NOT NULL;
CREATE INDEX report_received ON report (received) WHERE received IS NOT NULL;
CREATE TABLE tag_key (key BLOB NOT NULL) STRICT;
INSERT INTO tag_key VALUES (randomblob(32));

-- One row of random bytes, written to check that the disk can be written.
CREATE TABLE probe (filler BLOB NOT NULL) STRICT;
INSERT INTO probe VALUES (x'00');
"""

# Dimensions, their values, and combinations of values have numbers. Dimension `n` is
# the column `dn` of `combination`; the column is added when a spec first has the
# dimension. Events, exit codes and applications are values of dimensions too. Days are
# numbers as in days.py. `waiting` is how many runs of a row are not published.
_CUBE = """
CREATE TABLE dimension (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE
) STRICT;
INSERT INTO dimension VALUES (1, 'app'), (2, 'event'), (3, 'exit_code');
CREATE TABLE value (
  id INTEGER PRIMARY KEY,
  dimension INTEGER NOT NULL,
  text TEXT NOT NULL,
  UNIQUE (dimension, text)
) STRICT;
CREATE TABLE combination (
  id INTEGER PRIMARY KEY,
  status INTEGER NOT NULL,  -- index in STATUSES
  d1 INTEGER NOT NULL DEFAULT 0,
  d2 INTEGER NOT NULL DEFAULT 0,
  d3 INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE TABLE cube (
  day INTEGER NOT NULL,
  combination INTEGER NOT NULL,
  runs INTEGER NOT NULL,
  waiting INTEGER NOT NULL,
  PRIMARY KEY (day, combination)
) STRICT, WITHOUT ROWID;
CREATE INDEX cube_waiting ON cube (day, combination, waiting) WHERE waiting > 0;
"""

# `grain` is 0 for days and 1 for months, which stand under their first day. App -1 is
# all applications together. The order of the columns is that of the queries in
# figures.py: each of them reads one range of rows.
_PUBLISHED = """
CREATE TABLE published_day (day INTEGER PRIMARY KEY) STRICT;
CREATE TABLE published_app (
  grain INTEGER NOT NULL,
  day INTEGER NOT NULL,
  app INTEGER NOT NULL,
  completed INTEGER NOT NULL DEFAULT 0,
  failed INTEGER NOT NULL DEFAULT 0,
  unfinished INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (grain, day, app)
) STRICT, WITHOUT ROWID;
CREATE INDEX published_app_days
  ON published_app (grain, app, day, completed, failed, unfinished);
CREATE TABLE published_value (
  grain INTEGER NOT NULL,
  dimension INTEGER NOT NULL,
  app INTEGER NOT NULL,
  day INTEGER NOT NULL,
  status INTEGER NOT NULL,
  value INTEGER NOT NULL,
  runs INTEGER NOT NULL,
  PRIMARY KEY (grain, dimension, app, day, status, value)
) STRICT, WITHOUT ROWID;
-- Counters of changes, to find out whether something changed since the last look.
CREATE TABLE change (name TEXT PRIMARY KEY, number INTEGER NOT NULL) STRICT;
INSERT INTO change VALUES ('cube', 0), ('published', 0);
"""
UNKNOWN_VALUE, OTHER_VALUE = 0, 1  # numbers of "" and OTHER, in every dimension
APP, EXIT_CODE = 1, 3  # numbers of dimensions; 2 is the event
ALL_APPS = -1
DAY, MONTH = 0, 1  # values of `grain`


class NewerError(sqlite3.Error):
    """The file was written by a newer shimgen."""


def prepare(db: sqlite3.Connection, spec: Spec) -> None:
    """Create or upgrade the tables; within a transaction.

    Afterwards they have a column for each dimension of `spec`. Raises NewerError.
    """
    version = db.execute("PRAGMA user_version").fetchone()[0]
    if version > VERSION:
        raise NewerError(
            f"its version is {version}, and this shimgen knows only {VERSION}"
        )
    if version == 0:
        upgrade = _exists(db, "report")
        if upgrade:
            db.execute("ALTER TABLE report RENAME TO old_report")
            db.execute("DROP INDEX IF EXISTS report_run")
        _execute(db, _REPORTS + _CUBE + _PUBLISHED)
        values = ((UNKNOWN_VALUE, ""), (OTHER_VALUE, OTHER))
        db.executemany("INSERT INTO value VALUES (?, 0, ?)", values)
        if upgrade:
            _move_old_reports(db)
    db.execute(f"PRAGMA user_version = {VERSION}")
    _add_dimensions(db, spec)


def dimensions(db: sqlite3.Connection) -> dict[str, int]:
    """Return the number of each dimension that a spec of this file ever had."""
    return dict(db.execute("SELECT name, id FROM dimension ORDER BY id"))


def _add_dimensions(db: sqlite3.Connection, spec: Spec) -> None:
    """Add the missing columns to `combination`, with the unknown value in its rows."""
    missing = {dimension.name for dimension in spec.dimensions} - dimensions(db).keys()
    for name in sorted(missing):
        db.execute("INSERT INTO dimension (name) VALUES (?)", (name,))
        column = f"d{dimensions(db)[name]}"
        db.execute(
            f"ALTER TABLE combination ADD COLUMN {column} INTEGER NOT NULL DEFAULT 0"
        )
    if missing or not _exists(db, "combination_values"):
        columns = ", ".join(f"d{number}" for number in dimensions(db).values())
        db.execute("DROP INDEX IF EXISTS combination_values")
        db.execute(
            f"CREATE UNIQUE INDEX combination_values ON combination ({columns}, status)"
        )


def _move_old_reports(db: sqlite3.Connection) -> None:
    """Move the reports of version 0, which had one table, to the new one."""
    rows = db.execute(
        "SELECT run, event, CAST(payload AS BLOB), received FROM old_report"
        " ORDER BY number"
    )
    Reports(db).insert(map(Report._make, rows))
    db.execute("DROP TABLE old_report")


def _exists(db: sqlite3.Connection, name: str) -> bool:
    query = "SELECT 1 FROM sqlite_schema WHERE name = ?"
    return db.execute(query, (name,)).fetchone() is not None


def _execute(db: sqlite3.Connection, script: str) -> None:
    """Execute statements; `executescript` would commit the transaction first."""
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            db.execute(statement)
            statement = ""
