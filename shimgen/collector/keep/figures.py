"""The queries of the pages and the API, on published cells."""

from __future__ import annotations

import datetime
import sqlite3
from collections import Counter
from collections.abc import Iterator

from shimgen.collector.keep import days, tables
from shimgen.collector.keep.published import (
    OTHER,
    STATUSES,
    AppCount,
    DayCount,
    Days,
    Filter,
    Grain,
    ValueCount,
)

# Each query reads one range of an index, or of a table without rowid. The sign in
# `+app` keeps SQLite from using the index by app, which would read all days.
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
_FIRST_DAY = days.number(datetime.date.min)
_LAST_DAY = days.number(datetime.date.max)

Range = tuple[int, int, int]  # grain, first and last day


def generation(db: sqlite3.Connection) -> int:
    """Return a number that changes whenever something is published."""
    query = "SELECT number FROM change WHERE name = 'published'"
    return int(db.execute(query).fetchone()[0])


def span(db: sqlite3.Connection) -> Days | None:
    """Return the first and the last day with published runs, None if there are none."""
    first, last = db.execute(_SPAN).fetchone()
    return None if first is None else (days.date(first), days.date(last))


def over_time(db: sqlite3.Connection, where: Filter, grain: Grain) -> list[DayCount]:
    """Count runs by day or month and by status, in chronological order."""
    app = _app(db, where)
    whole = (tables.DAY, _first(where), _last(where))
    ranges = [whole] if grain == "day" else _ranges(where)
    counts: Counter[tuple[int, int]] = Counter()
    for table_grain, first, last in ranges:
        for day, *runs in db.execute(_OVER_TIME, (table_grain, app, first, last)):
            start = day if grain == "day" else days.month(day)
            for status in _statuses(where):
                counts[start, status] += runs[status]
    return [
        DayCount(days.date(day), STATUSES[status], runs)
        for (day, status), runs in sorted(counts.items())
        if runs
    ]


def by_app(db: sqlite3.Connection, where: Filter) -> list[AppCount]:
    """Count runs by application, most runs first, OTHER last."""
    totals: dict[str, list[int]] = {}
    query, app = (_BY_APP, ()) if where.app is None else (_OF_APP, (_app(db, where),))
    for range_ in _ranges(where):
        for name, *runs in db.execute(query, (*range_, *app)):
            total = totals.setdefault(name, [0] * len(STATUSES))
            for status in _statuses(where):
                total[status] += runs[status]
    counts = [AppCount(name, *runs) for name, runs in totals.items() if any(runs)]
    return sorted(counts, key=lambda row: (row.app == OTHER, -sum(row[1:]), row.app))


def by_value(db: sqlite3.Connection, where: Filter, dimension: str) -> list[ValueCount]:
    """Count runs by the values of a dimension, most runs first, OTHER last."""
    number = tables.dimensions(db).get(dimension)
    app, statuses = _app(db, where), _statuses(where)
    totals: Counter[str] = Counter()
    for grain, first, last in _ranges(where):
        key = (grain, number, app, first, last, statuses[0], statuses[-1])
        totals.update(dict(db.execute(_BY_VALUE, key)))
    counts = [ValueCount(value, runs) for value, runs in totals.items()]
    return sorted(counts, key=lambda row: (row.value == OTHER, -row.runs, row.value))


def _ranges(where: Filter) -> Iterator[Range]:
    """Split a period into whole months and the days before and after them."""
    first, last = _first(where), _last(where)
    start = first if first == _FIRST_DAY else _next_month(first - 1)
    end = last if last == _LAST_DAY else days.month(last + 1) - 1
    if start > end:
        yield tables.DAY, first, last
        return
    if first < start:
        yield tables.DAY, first, start - 1
    yield tables.MONTH, start, end
    if end < last:
        yield tables.DAY, end + 1, last


def _next_month(day: int) -> int:
    return days.month(min(days.month(day) + 31, _LAST_DAY))


def _first(where: Filter) -> int:
    return days.number(where.first) if where.first else _FIRST_DAY


def _last(where: Filter) -> int:
    return days.number(where.last) if where.last else _LAST_DAY


def _statuses(where: Filter) -> list[int]:
    """Return the numbers of the wanted statuses; they are consecutive."""
    if where.status:
        return [STATUSES.index(where.status)]
    return list(range(len(STATUSES)))


def _app(db: sqlite3.Connection, where: Filter) -> int | None:
    """Return the number of the wanted application; None if no run ever had it."""
    if where.app is None:
        return tables.ALL_APPS
    query = "SELECT id FROM value WHERE dimension IN (0, ?) AND text = ?"
    row = db.execute(query, (tables.APP, where.app)).fetchone()
    return row and int(row[0])
