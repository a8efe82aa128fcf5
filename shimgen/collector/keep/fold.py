"""Folding: runs are added to the cube, and their reports are removed."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterable, Mapping

from shimgen.collector.keep import days, tables
from shimgen.collector.keep.counting import Combination, Counting
from shimgen.collector.keep.published import STATUSES
from shimgen.collector.keep.reports import Reports
from shimgen.spec import Spec

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
        # The dimensions of a Combination: event, exit code, then its `values`.
        self._names = [
            "event",
            "exit_code",
            *(dimension.name for dimension in spec.dimensions),
        ]

    def step(self, db: sqlite3.Connection, before: int, now: int) -> int:
        """Fold some of the runs that began before epoch second `before`.

        Within a transaction. Returns the number of runs, 0 if none is left. A report
        that arrived in the future (the clock was set back since then) is treated as
        received `now`, so that it is not kept until that time comes.
        """
        reports = Reports(db)
        reports.limit_to(now)
        runs = reports.oldest(before, STEP)
        counts: Counter[tuple[int, Combination]] = Counter()
        for run in runs:
            run_reports = reports.of_run(run)
            day = min(report.received for report in run_reports) // days.SECONDS
            counts[day, self._counting.combine(run_reports)] += 1
        if runs:
            self.add(db, counts)
            reports.empty(runs)
        return len(runs)

    def add(
        self, db: sqlite3.Connection, counts: Mapping[tuple[int, Combination], int]
    ) -> None:
        """Add runs to the cube; `counts` has their number by day and combination."""
        numbers = tables.dimensions(db)
        columns = [f"d{number}" for number in numbers.values()]
        values = _Values(db, numbers, self._names)
        rows = values.rows(combination for _, combination in counts)
        marks = ", ".join("?" * (len(columns) + 1))
        db.executemany(
            f"INSERT OR IGNORE INTO combination (status, {', '.join(columns)})"
            f" VALUES ({marks})",
            rows.values(),
        )
        same = " AND ".join(f"{column} = ?" for column in ("status", *columns))
        db.executemany(
            _ADD.format(same),
            (
                (day, runs, runs, *rows[combination])
                for (day, combination), runs in counts.items()
            ),
        )
        db.execute("UPDATE change SET number = number + 1 WHERE name = 'cube'")


class _Values:
    """The numbers of values; a new value gets a new number."""

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
        """Return the row of each combination: status, then the values' numbers."""
        return {combination: self._row(combination) for combination in combinations}

    def _row(self, combination: Combination) -> tuple[int, ...]:
        row = [tables.UNKNOWN_VALUE] * self._width
        row[0] = STATUSES.index(combination.status)
        texts = (combination.event, combination.exit_code, *combination.values)
        for dimension, text in zip(self._dimensions, texts, strict=True):
            row[self._places[dimension]] = self._number(dimension, text)
        return tuple(row)

    def _number(self, dimension: int, text: str) -> int:
        if not text:
            return tables.UNKNOWN_VALUE
        number = self._known.get((dimension, text))
        if number is None:
            number = self._known[dimension, text] = self._look_up(dimension, text)
        return number

    def _look_up(self, dimension: int, text: str) -> int:
        key = (dimension, text)
        query = "SELECT id FROM value WHERE dimension = ? AND text = ?"
        if row := self._db.execute(query, key).fetchone():
            return int(row[0])
        insert = "INSERT INTO value (dimension, text) VALUES (?, ?)"
        return self._db.execute(insert, key).lastrowid or 0
