"""Counts as rows of texts and numbers, for export and import."""

from __future__ import annotations

import datetime
import sqlite3
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

from shimgen.collector.keep import days, tables
from shimgen.collector.keep.counting import Combination
from shimgen.collector.keep.errors import StoreError
from shimgen.collector.keep.fold import Fold
from shimgen.collector.keep.published import STATUSES
from shimgen.collector.keep.store import Row
from shimgen.spec import Spec

PUBLISHED_COLUMNS = ("day", "dimension", "app", "status", "value", "runs")


def cube_columns(spec: Spec) -> tuple[str, ...]:
    """Return the columns of a row of the cube, in order."""
    names = (dimension.name for dimension in spec.dimensions)
    return ("day", "event", "status", "exit_code", *names, "runs")


def cube(db: sqlite3.Connection, spec: Spec) -> Iterator[Row]:
    """Yield the private counts by day and combination; small ones are not merged."""
    texts = _texts(db)
    numbers = tables.dimensions(db)
    names = ["event", "exit_code", *(dimension.name for dimension in spec.dimensions)]
    columns = ", ".join(f"d{numbers[name]}" for name in names)
    query = (
        f"SELECT day, status, runs, {columns} FROM cube"
        " JOIN combination ON combination.id = combination"
        f" ORDER BY day, status, {columns}"
    )
    for day, status, runs, *values in db.execute(query):
        labels = dict(zip(names, map(texts.__getitem__, values), strict=True))
        row = {"day": _iso(day), "status": STATUSES[status], "runs": runs, **labels}
        yield {name: row[name] for name in cube_columns(spec)}


def published(db: sqlite3.Connection) -> Iterator[Row]:
    """Yield the published cells of days; a row with dimension "" counts all values.

    The cells of all applications together are left out: they are the sums of the
    others, except for values that are named only there.
    """
    texts = _texts(db)
    names = {number: name for name, number in tables.dimensions(db).items()}
    totals = (
        "SELECT day, app, completed, failed, unfinished FROM published_app"
        " WHERE grain = ? AND app <> ? ORDER BY day, app"
    )
    for day, app, *counts in db.execute(totals, (tables.DAY, tables.ALL_APPS)):
        for status, runs in zip(STATUSES, counts, strict=True):
            if runs:
                yield _published_row(day, "", texts[app], status, "", runs)
    parts = (
        "SELECT day, dimension, app, status, value, runs FROM published_value"
        " WHERE grain = ? AND app <> ? ORDER BY day, dimension, app, status, value"
    )
    for day, dimension, app, number, value, runs in db.execute(
        parts, (tables.DAY, tables.ALL_APPS)
    ):
        yield _published_row(
            day, names[dimension], texts[app], STATUSES[number], texts[value], runs
        )


def take_in(
    db: sqlite3.Connection,
    spec: Spec,
    rows: Iterable[Mapping[str, object]],
    digest: str,
) -> int:
    """Add exported rows of a cube, once for each `digest`; within a transaction.

    Returns the number of runs. Raises StoreError if the digest was added before, or if
    a row does not fit the spec.
    """
    db.execute("CREATE TABLE IF NOT EXISTS taken_in (digest TEXT PRIMARY KEY) STRICT")
    try:
        db.execute("INSERT INTO taken_in VALUES (?)", (digest,))
    except sqlite3.IntegrityError as error:
        raise StoreError(
            "these rows are in the database already; nothing was added"
        ) from error
    counts: Counter[tuple[int, Combination]] = Counter()
    for number, row in enumerate(rows, 1):
        counts[_day_and_combination(row, spec, number)] += _runs(row, number)
    Fold(spec).add(db, counts)
    return counts.total()


def _day_and_combination(
    row: Mapping[str, object], spec: Spec, number: int
) -> tuple[int, Combination]:
    wrong_columns = set(cube_columns(spec)) ^ row.keys()
    if wrong_columns:
        raise StoreError(
            f"row {number}: the columns {', '.join(sorted(wrong_columns))} are missing"
            f" or unknown; use the spec with which the file was exported, not"
            f" {spec.source}"
        )
    try:
        day = days.number(datetime.date.fromisoformat(str(row["day"])))
    except ValueError as error:
        raise StoreError(
            f"row {number}: day {row['day']!r} must be a date such as 2026-01-31"
        ) from error
    status = next((word for word in STATUSES if word == row["status"]), None)
    if status is None:
        raise StoreError(
            f"row {number}: status {row['status']!r} must be {' or '.join(STATUSES)}"
        )
    values = tuple(str(row[dimension.name]) for dimension in spec.dimensions)
    return day, Combination(str(row["event"]), status, str(row["exit_code"]), values)


def _runs(row: Mapping[str, object], number: int) -> int:
    text = str(row["runs"])
    if not text.isdigit() or int(text) < 1:
        raise StoreError(
            f"row {number}: runs {text!r} must be a whole number of at least 1"
        )
    return int(text)


def _published_row(
    day: int, dimension: str, app: str, status: str, value: str, runs: int
) -> Row:
    cells = (_iso(day), dimension, app, status, value, runs)
    return dict(zip(PUBLISHED_COLUMNS, cells, strict=True))


def _texts(db: sqlite3.Connection) -> dict[int, str]:
    """Return the texts of all values by their numbers."""
    return dict(db.execute("SELECT id, text FROM value"))


def _iso(day: int) -> str:
    return days.date(day).isoformat()
