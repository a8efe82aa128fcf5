"""Reports become counts of the cube, and are gone."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterable, Mapping

from shimgen.collector.keep import schema
from shimgen.collector.keep.counting import Combination, Counting
from shimgen.collector.keep.reports import Reports
from shimgen.collector.keep.store import STATUSES
from shimgen.spec import Spec

DAY = 86_400  # seconds
STEP = 200  # reports whose runs are folded in one transaction

_ADD = """
INSERT INTO cube (day, combination, runs, waiting)
SELECT ?, id, ?, ? FROM combination WHERE {}
ON CONFLICT (day, combination) DO UPDATE SET
  runs = runs + excluded.runs, waiting = waiting + excluded.waiting
"""


class Fold:
    """Folds runs by the rules of `spec`."""

    def __init__(self, spec: Spec) -> None:
        self._counting = Counting(spec)
        # The combination's `values` go to the columns of these.
        self._names = ["event", "exit_code", *(one.name for one in spec.dimensions)]

    def step(self, db: sqlite3.Connection, before: int, now: int) -> int:
        """Fold some of the runs that began before epoch second `before`.

        Within a transaction; returns how many, 0 where there are none. A report of the
        future is from a clock that was set back since: it counts as received `now`, so
        that it is not kept until then.
        """
        reports = Reports(db)
        reports.not_after(now)
        names = reports.oldest(before, STEP)
        counts: Counter[tuple[int, Combination]] = Counter()
        for name in names:
            of_run = reports.of_run(name)
            day = min(report.received for report in of_run) // DAY
            counts[day, self._counting.combine(of_run)] += 1
        if names:
            self.add(db, counts)
            reports.empty(names)
        return len(names)

    def add(
        self, db: sqlite3.Connection, counts: Mapping[tuple[int, Combination], int]
    ) -> None:
        """Add runs to the cube, by their day and what they count as."""
        numbers = schema.dimensions(db)
        columns = [f"d{number}" for number in numbers.values()]
        rows = _Values(db, numbers, self._names).rows(one for _, one in counts)
        marks = ", ".join("?" * (len(columns) + 1))
        db.executemany(
            f"INSERT OR IGNORE INTO combination (status, {', '.join(columns)})"
            f" VALUES ({marks})",
            rows.values(),
        )
        same = " AND ".join(f"{column} = ?" for column in ("status", *columns))
        db.executemany(
            _ADD.format(same),
            ((day, n, n, *rows[one]) for (day, one), n in counts.items()),
        )
        db.execute("UPDATE change SET number = number + 1 WHERE name = 'cube'")


class _Values:
    """The numbers of values; one that is new gets its own."""

    def __init__(
        self, db: sqlite3.Connection, numbers: dict[str, int], names: list[str]
    ) -> None:
        self._db = db
        self._known: dict[tuple[int, str], int] = {}
        self._dimensions = [numbers[name] for name in names]
        self._places = {number: i for i, number in enumerate(numbers.values(), 1)}
        self._width = 1 + len(numbers)

    def rows(
        self, combinations: Iterable[Combination]
    ) -> dict[Combination, tuple[int, ...]]:
        """Return each combination's status and numbers of values, by column."""
        return {one: self._row(one) for one in combinations}

    def _row(self, one: Combination) -> tuple[int, ...]:
        row = [schema.UNKNOWN] * self._width
        row[0] = STATUSES.index(one.status)
        texts = (one.event, one.exit_code, *one.values)
        for dimension, text in zip(self._dimensions, texts, strict=True):
            row[self._places[dimension]] = self._number(dimension, text)
        return tuple(row)

    def _number(self, dimension: int, text: str) -> int:
        if not text:
            return schema.UNKNOWN
        found = self._known.get((dimension, text))
        if found is None:
            found = self._known[dimension, text] = self._look_up(dimension, text)
        return found

    def _look_up(self, dimension: int, text: str) -> int:
        given = (dimension, text)
        query = "SELECT id FROM value WHERE dimension = ? AND text = ?"
        if row := self._db.execute(query, given).fetchone():
            return int(row[0])
        insert = "INSERT INTO value (dimension, text) VALUES (?, ?)"
        return self._db.execute(insert, given).lastrowid or 0
