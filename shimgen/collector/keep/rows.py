"""Counts as rows of texts: what is exported, and what is taken in again."""

from __future__ import annotations

import datetime
import sqlite3
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

from shimgen.collector.keep import schema
from shimgen.collector.keep.counting import Combination
from shimgen.collector.keep.fold import Fold
from shimgen.collector.keep.store import STATUSES, StoreError
from shimgen.spec import Spec

EPOCH = datetime.date(1970, 1, 1)
Row = dict[str, str | int]

_PUBLISHED = ("day", "dimension", "app", "status", "value", "runs")


def cube_columns(spec: Spec) -> tuple[str, ...]:
    """Return the columns of a row of the cube, in their order."""
    names = (one.name for one in spec.dimensions)
    return ("day", "event", "status", "exit_code", *names, "runs")


def published_columns() -> tuple[str, ...]:
    """Return the columns of a published row."""
    return _PUBLISHED


def cube(db: sqlite3.Connection, spec: Spec) -> Iterator[Row]:
    """Yield the counts of the cube by day and combination; nothing is merged."""
    texts = _texts(db)
    numbers = schema.dimensions(db)
    names = ["event", "exit_code", *(one.name for one in spec.dimensions)]
    columns = ", ".join(f"d{numbers[name]}" for name in names)
    query = (
        f"SELECT day, status, runs, {columns} FROM cube"
        " JOIN combination ON combination.id = combination"
        f" ORDER BY day, status, {columns}"
    )
    for day, status, runs, *values in db.execute(query):
        given = dict(zip(names, map(texts.__getitem__, values), strict=True))
        row = {"day": _date(day), "status": STATUSES[status], "runs": runs, **given}
        yield {name: row[name] for name in cube_columns(spec)}


def published(db: sqlite3.Connection) -> Iterator[Row]:
    """Yield the published cells of days; a row without a dimension counts all values.

    The rows of all applications together are not among them: they are the sums, but
    for values that are named only there.
    """
    texts = _texts(db)
    names = {number: name for name, number in schema.dimensions(db).items()}
    totals = (
        "SELECT day, app, completed, failed, unfinished FROM published_app"
        " WHERE grain = ? AND app <> ? ORDER BY day, app"
    )
    for day, app, *counts in db.execute(totals, (schema.DAY, schema.ALL_APPS)):
        for status, runs in zip(STATUSES, counts, strict=True):
            if runs:
                yield _cell(day, "", texts[app], status, "", runs)
    parts = (
        "SELECT day, dimension, app, status, value, runs FROM published_value"
        " WHERE grain = ? AND app <> ? ORDER BY day, dimension, app, status, value"
    )
    for day, dimension, app, status, value, runs in db.execute(
        parts, (schema.DAY, schema.ALL_APPS)
    ):
        name, ended = names[dimension], STATUSES[status]
        yield _cell(day, name, texts[app], ended, texts[value], runs)


def take_in(
    db: sqlite3.Connection,
    spec: Spec,
    rows: Iterable[Mapping[str, object]],
    digest: str,
) -> int:
    """Add rows of a cube, once for each `digest`; within a transaction.

    Returns how many runs they count. Raises StoreError where they are here already,
    or are no rows of this spec.
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
        counts[_counted(row, spec, number)] += _runs(row, number)
    Fold(spec).add(db, counts)
    return counts.total()


def _counted(
    row: Mapping[str, object], spec: Spec, number: int
) -> tuple[int, Combination]:
    missing = set(cube_columns(spec)) ^ row.keys()
    if missing:
        raise StoreError(
            f"row {number}: the columns {', '.join(sorted(missing))} are not those of"
            f" this spec; export with the spec {spec.source}"
        )
    day, status = str(row["day"]), str(row["status"])
    if status not in STATUSES:
        raise StoreError(f"row {number}: status {status!r} must be one of {STATUSES}")
    try:
        since = (datetime.date.fromisoformat(day) - EPOCH).days
    except ValueError as error:
        raise StoreError(f"row {number}: day {day!r} must be as 2026-01-31") from error
    values = tuple(str(row[one.name]) for one in spec.dimensions)
    known = next(one for one in STATUSES if one == status)
    return since, Combination(str(row["event"]), known, str(row["exit_code"]), values)


def _runs(row: Mapping[str, object], number: int) -> int:
    text = str(row["runs"])
    if not text.isdigit() or int(text) < 1:
        raise StoreError(f"row {number}: runs {text!r} must be a whole number from 1")
    return int(text)


def _cell(
    day: int, dimension: str, app: str, status: str, value: str, runs: int
) -> Row:
    cells = (_date(day), dimension, app, status, value, runs)
    return dict(zip(_PUBLISHED, cells, strict=True))


def _texts(db: sqlite3.Connection) -> dict[int, str]:
    return dict(db.execute("SELECT id, text FROM value"))


def _date(day: int) -> str:
    return (EPOCH + datetime.timedelta(days=day)).isoformat()
