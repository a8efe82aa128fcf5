"""What the pages ask of the published cells."""

from __future__ import annotations

import datetime
import sqlite3
from collections import Counter
from collections.abc import Iterator
from typing import Literal

from shimgen.collector.keep import schema
from shimgen.collector.keep.publish import EPOCH, month
from shimgen.collector.keep.store import (
    OTHER,
    STATUSES,
    AppCount,
    DayCount,
    Filter,
    ValueCount,
)

# Each reads one range of an index, or of a table that is one. Without the signs the
# index by app would be read, and for all days.
_SPAN = """
SELECT
  (SELECT min(day) FROM published_app WHERE grain = 0 AND app = -1),
  (SELECT max(day) FROM published_app WHERE grain = 0 AND app = -1)
"""
_OVER_TIME = """
SELECT day, completed, failed, unfinished FROM published_app
WHERE grain = ? AND app = ? AND day BETWEEN ? AND ?
"""
_APP = """
SELECT
  (SELECT text FROM value WHERE id = app),
  sum(completed), sum(failed), sum(unfinished)
FROM published_app
"""
_BY_APP = f"""
{_APP} WHERE grain = ? AND day BETWEEN ? AND ? AND +app >= 0 GROUP BY +app
"""
_OF_APP = f"{_APP} WHERE grain = ? AND day BETWEEN ? AND ? AND app = ? GROUP BY app"
_BY_VALUE = """
SELECT (SELECT text FROM value AS v WHERE v.id = p.value), sum(runs)
FROM published_value AS p
WHERE grain = ? AND dimension = ? AND app = ? AND day BETWEEN ? AND ?
  AND status BETWEEN ? AND ?
GROUP BY value
"""
_FIRST, _LAST = 1 - EPOCH, datetime.date.max.toordinal() - EPOCH

Range = tuple[int, int, int]  # grain, first and last day


def generation(db: sqlite3.Connection) -> int:
    """Return a number that changes with what is published."""
    query = "SELECT number FROM change WHERE name = 'published'"
    return int(db.execute(query).fetchone()[0])


def span(db: sqlite3.Connection) -> tuple[datetime.date, datetime.date] | None:
    """Return the first and the last day with published runs, if there are any."""
    first, last = db.execute(_SPAN).fetchone()
    return None if first is None else (_date(first), _date(last))


def over_time(
    db: sqlite3.Connection, chosen: Filter, grain: Literal["day", "month"]
) -> list[DayCount]:
    """Count runs by day or month and status, in the order of time."""
    app = _app(db, chosen)
    whole = (schema.DAY, _first(chosen), _last(chosen))
    ranges = [whole] if grain == "day" else _ranges(chosen)
    counts: Counter[tuple[int, int]] = Counter()
    for of, first, last in ranges:
        for day, *runs in db.execute(_OVER_TIME, (of, app, first, last)):
            start = day if grain == "day" else month(day)
            for status in _statuses(chosen):
                counts[start, status] += runs[status]
    return [
        DayCount(_date(day), STATUSES[status], runs)
        for (day, status), runs in sorted(counts.items())
        if runs
    ]


def by_app(db: sqlite3.Connection, chosen: Filter) -> list[AppCount]:
    """Count runs by application, most runs first, OTHER last."""
    counts: dict[str, list[int]] = {}
    query, app = (_BY_APP, ()) if chosen.app is None else (_OF_APP, (_app(db, chosen),))
    for range_ in _ranges(chosen):
        for name, *runs in db.execute(query, (*range_, *app)):
            total = counts.setdefault(name, [0] * len(STATUSES))
            for status in _statuses(chosen):
                total[status] += runs[status]
    found = [AppCount(name, *runs) for name, runs in counts.items()]
    some = (one for one in found if sum(one[1:]))
    return sorted(some, key=lambda one: (one.app == OTHER, -sum(one[1:]), one.app))


def by_value(
    db: sqlite3.Connection, chosen: Filter, dimension: str
) -> list[ValueCount]:
    """Count runs by the values of a dimension, most runs first, OTHER last."""
    number = schema.dimensions(db).get(dimension)
    app, statuses = _app(db, chosen), _statuses(chosen)
    counts: Counter[str] = Counter()
    for grain, first, last in _ranges(chosen):
        given = (grain, number, app, first, last, statuses[0], statuses[-1])
        counts.update(dict(db.execute(_BY_VALUE, given)))
    found = [ValueCount(*one) for one in counts.items()]
    return sorted(found, key=lambda one: (one.value == OTHER, -one.runs, one.value))


def _ranges(chosen: Filter) -> Iterator[Range]:
    """Split a period into whole months, and the days before and after them."""
    first, last = _first(chosen), _last(chosen)
    start = first if first == _FIRST else _next_month(first - 1)
    end = last if last == _LAST else month(last + 1) - 1
    if start > end:
        yield schema.DAY, first, last
        return
    if first < start:
        yield schema.DAY, first, start - 1
    yield schema.MONTH, start, end
    if end < last:
        yield schema.DAY, end + 1, last


def _next_month(day: int) -> int:
    return month(min(month(day) + 31, _LAST))


def _first(chosen: Filter) -> int:
    return chosen.first.toordinal() - EPOCH if chosen.first else _FIRST


def _last(chosen: Filter) -> int:
    return chosen.last.toordinal() - EPOCH if chosen.last else _LAST


def _statuses(chosen: Filter) -> list[int]:
    """Return the places of the statuses that are chosen; they are in a row."""
    every = list(range(len(STATUSES)))
    return [STATUSES.index(chosen.status)] if chosen.status else every


def _app(db: sqlite3.Connection, chosen: Filter) -> int | None:
    """Return the number of the app that is chosen; None if no run had it."""
    if chosen.app is None:
        return schema.ALL_APPS
    query = "SELECT id FROM value WHERE dimension IN (0, ?) AND text = ?"
    row = db.execute(query, (schema.APP, chosen.app)).fetchone()
    return row and int(row[0])


def _date(day: int) -> datetime.date:
    return datetime.date.fromordinal(EPOCH + day)
