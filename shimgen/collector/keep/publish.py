"""Publishing: waiting runs of the cube become public cells, one day at a time."""

from __future__ import annotations

import datetime
import sqlite3
from collections import defaultdict
from typing import NamedTuple

from shimgen.collector.keep import cells, days, tables
from shimgen.collector.keep.connections import Connections
from shimgen.collector.keep.published import STATUSES
from shimgen.spec import Spec

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


class _Plan(NamedTuple):
    """The next day to publish, its cells, and the state they were computed from."""

    day: int
    cells: cells.Cells
    state: list[int]


def publish(connections: Connections, spec: Spec, until: datetime.date, k: int) -> int:
    """Publish the waiting runs, under each day up to `until` that is not published.

    Each day is one transaction. Its cells are computed before the transaction starts,
    because other writers wait for it; if something changed meanwhile, they are computed
    again. Returns the number of published runs.
    """
    published = 0
    while True:
        with connections.reading() as db:
            plan = _plan(db, spec, days.number(until), k)
        if plan is None:
            return published
        with connections.writing() as db:
            if _state(db) == plan.state:
                published += _apply(db, plan)


def _plan(db: sqlite3.Connection, spec: Spec, until: int, k: int) -> _Plan | None:
    day = _next_day(db, until)
    if day is None:
        return None
    names = {dimension.name for dimension in spec.dimensions} | {"exit_code"}
    split_by = [
        number
        for name, number in tables.dimensions(db).items()
        if name in names and name != "app"
    ]
    return _Plan(day, cells.compute(db, day, k, split_by), _state(db))


def _next_day(db: sqlite3.Connection, until: int) -> int | None:
    """Return the next day on which something can be published, `until` at the latest.

    Returns None if `until` is published already. A day with runs that are not folded
    cannot be published yet, nor can later days. Published days after `until` do not
    count: they come from a time when the clock was wrong.
    """
    if (first := _scalar(db, "SELECT min(received) FROM report")) is not None:
        until = min(until, first // days.SECONDS - 1)
    last = _scalar(db, "SELECT max(day) FROM published_day WHERE day <= ?", until)
    waiting = "SELECT min(day) FROM cube WHERE waiting > 0 AND day > ?"
    if last is None:
        candidates = [_scalar(db, "SELECT min(day) FROM cube WHERE waiting > 0")]
    elif last >= until:
        return None
    else:
        expiring = _scalar(db, waiting, last - cells.PATIENCE)
        candidates = [
            _scalar(db, waiting, last),
            None if expiring is None else expiring + cells.PATIENCE,
        ]
    return min([until, *(day for day in candidates if day is not None)])


def _apply(db: sqlite3.Connection, plan: _Plan) -> int:
    """Write the cells that were planned for a day; return the number of their runs."""
    runs: dict[int, list[int]] = defaultdict(lambda: [0] * len(STATUSES))
    for (app, status), number in plan.cells.apps.items():
        runs[app][status] = number
    for grain, start in (
        (tables.DAY, plan.day),
        (tables.MONTH, days.month(plan.day)),
    ):
        db.executemany(_ADD_APP, ((grain, start, app, *n) for app, n in runs.items()))
        db.executemany(
            _ADD_VALUE,
            (
                (grain, dimension, app, start, status, value, number)
                for (dimension, app, status, value), number in plan.cells.values.items()
            ),
        )
    published = "UPDATE cube SET waiting = 0 WHERE day = ? AND combination = ?"
    db.executemany(published, plan.cells.rows)
    db.execute("INSERT INTO published_day VALUES (?)", (plan.day,))
    db.execute("UPDATE change SET number = number + 1 WHERE name = 'published'")
    return sum(runs[tables.ALL_APPS]) if runs else 0


def _state(db: sqlite3.Connection) -> list[int]:
    """Return counters; cells computed while they were the same are still right."""
    return [row[0] for row in db.execute("SELECT number FROM change ORDER BY name")]


def _scalar(db: sqlite3.Connection, query: str, *parameters: int) -> int | None:
    value: int | None = db.execute(query, parameters).fetchone()[0]
    return value
