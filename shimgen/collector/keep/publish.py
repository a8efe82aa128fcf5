"""Counts of the cube become published cells, a day at a time and once."""

from __future__ import annotations

import datetime
import sqlite3
from collections import defaultdict
from typing import NamedTuple

from shimgen.collector.keep import cells, fold, schema
from shimgen.collector.keep.connections import Connections
from shimgen.collector.keep.store import STATUSES
from shimgen.spec import Spec

EPOCH = datetime.date(1970, 1, 1).toordinal()

_ADD_APP = """
INSERT INTO published_app (grain, day, app, completed, failed, unfinished)
VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET
  completed = completed + excluded.completed,
  failed = failed + excluded.failed,
  unfinished = unfinished + excluded.unfinished
"""
_ADD_VALUE = """
INSERT INTO published_value (grain, dimension, app, day, status, value, runs)
VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET runs = runs + excluded.runs
"""


def last_complete(before: int) -> datetime.date:
    """Return the last day whose runs are folded when those before `before` are.

    `before` is an epoch second, as for Store.fold.
    """
    return datetime.date.fromordinal(EPOCH + before // fold.DAY - 1)


class _Plan(NamedTuple):
    """The next day to publish, its cells, and the state they were made from."""

    day: int
    cells: cells.Cells
    state: list[int]


def publish(connections: Connections, spec: Spec, until: datetime.date, k: int) -> int:
    """Publish what waits under the days that are not published, up to `until`.

    Each day is one transaction; what it takes is made before, as writers wait for it.
    Returns how many runs were published.
    """
    published = 0
    while True:
        with connections.reading() as db:
            plan = _plan(db, spec, until.toordinal() - EPOCH, k)
        if plan is None:
            return published
        with connections.writing() as db:
            if _state(db) == plan.state:
                published += _apply(db, plan)


def _plan(db: sqlite3.Connection, spec: Spec, until: int, k: int) -> _Plan | None:
    day = _next_day(db, until)
    if day is None:
        return None
    numbers = schema.dimensions(db)
    names = {one.name for one in spec.dimensions} | {"exit_code"}
    chosen = [numbers[name] for name in numbers if name in names - {"app"}]
    return _Plan(day, cells.compute(db, day, k, chosen), _state(db))


def _next_day(db: sqlite3.Connection, until: int) -> int | None:
    """Return the next day on which something can be published; `until` if none is.

    None if `until` was published. A day with runs that are not folded has to wait,
    and so have those after it. Days that were published later than `until` don't
    count: the clock was ahead then.
    """
    if (first := _one(db, "SELECT min(received) FROM report")) is not None:
        until = min(until, first // fold.DAY - 1)
    last = _one(db, "SELECT max(day) FROM published_day WHERE day <= ?", until)
    waiting = "SELECT min(day) FROM cube WHERE waiting > 0 AND day > ?"
    if last is None:
        days = [_one(db, "SELECT min(day) FROM cube WHERE waiting > 0")]
    elif last >= until:
        return None
    else:
        expiring = _one(db, waiting, last - cells.PATIENCE)
        days = [
            _one(db, waiting, last),
            None if expiring is None else expiring + cells.PATIENCE,
        ]
    return min([until, *(day for day in days if day is not None)])


def _apply(db: sqlite3.Connection, plan: _Plan) -> int:
    day, made, _ = plan
    runs: dict[int, list[int]] = defaultdict(lambda: [0] * len(STATUSES))
    for (app, status), number in made.apps.items():
        runs[app][status] = number
    for grain, start in ((schema.DAY, day), (schema.MONTH, month(day))):
        db.executemany(_ADD_APP, ((grain, start, app, *n) for app, n in runs.items()))
        db.executemany(
            _ADD_VALUE,
            (
                (grain, dimension, app, start, status, value, number)
                for (dimension, app, status, value), number in made.values.items()
            ),
        )
    done = "UPDATE cube SET waiting = 0 WHERE day = ? AND combination = ?"
    db.executemany(done, made.rows)
    db.execute("INSERT INTO published_day VALUES (?)", (day,))
    db.execute("UPDATE change SET number = number + 1 WHERE name = 'published'")
    return sum(runs[schema.ALL_APPS]) if runs else 0


def month(day: int) -> int:
    """Return the first day of a day's month."""
    return datetime.date.fromordinal(EPOCH + day).replace(day=1).toordinal() - EPOCH


def _state(db: sqlite3.Connection) -> list[int]:
    """Return what has changed whenever cells would be others."""
    return [row[0] for row in db.execute("SELECT number FROM change ORDER BY name")]


def _one(db: sqlite3.Connection, query: str, *given: int) -> int | None:
    found: int | None = db.execute(query, given).fetchone()[0]
    return found
