"""Which runs of the cube can be published on a day, and in which cells.

The runs of one application with one status are an *atom*: they are published together,
or they wait. Each atom is split by the values of a dimension, and small counts in it
are merged to OTHER. The runs that were merged, of all atoms with the same status, are a
*pool*, which is split once more for the cells of all applications together.
"""

from __future__ import annotations

import sqlite3
from collections import Counter, defaultdict
from collections.abc import Container, Iterator
from typing import NamedTuple

from shimgen.collector.keep import tables
from shimgen.collector.keep.anonymity import merge_small
from shimgen.collector.keep.published import OTHER, STATUSES

PATIENCE = 30  # days that runs of an application wait for more runs of it
_FAILED = STATUSES.index("failed")

_ATOMS = """
SELECT c.d1, c.status, sum(w.waiting), sum(iif(w.day <= ?, w.waiting, 0))
FROM cube AS w JOIN combination AS c ON c.id = w.combination
WHERE w.waiting > 0 AND w.day <= ? GROUP BY c.d1, c.status
"""
_ROWS = """
SELECT w.day, w.combination, w.waiting, c.status, c.d1, {}
FROM cube AS w JOIN combination AS c ON c.id = w.combination
WHERE w.waiting > 0 AND w.day <= ?
"""

Atom = tuple[int, int]  # numbers of application and status


class Cells(NamedTuple):
    """The cells that are published on a day, and the rows of the cube behind them."""

    apps: dict[Atom, int]
    values: dict[tuple[int, int, int, int], int]  # dimension, app, status, value
    rows: list[tuple[int, int]]  # day, combination


def compute(db: sqlite3.Connection, day: int, k: int, dimensions: list[int]) -> Cells:
    """Return the cells of `day`, from the runs that are waiting.

    An atom is published when at least `k` of its runs are waiting. Runs that have
    waited for PATIENCE days go to the application OTHER instead, and are published when
    at least `k` of those are waiting. `dimensions` are the numbers of the dimensions by
    which atoms are split.
    """
    atoms = _Atoms(db, day, k)
    apps: Counter[Atom] = Counter()
    rows = []
    counts: dict[tuple[int, Atom], Counter[int]] = defaultdict(Counter)
    columns = ", ".join(f"c.d{number}" for number in dimensions)
    for row_day, combination, runs, status, app, *values in db.execute(
        _ROWS.format(columns), (day,)
    ):
        atom = atoms.atom_of(app, status, row_day)
        if atom is None:
            continue
        rows.append((row_day, combination))
        apps[atom] += runs
        for dimension, value in zip(dimensions, values, strict=True):
            if dimension != tables.EXIT_CODE or status == _FAILED:
                counts[dimension, atom][value] += runs
    for (_, status), runs in list(apps.items()):
        apps[tables.ALL_APPS, status] += runs
    return Cells(apps, dict(_Partition(db, k).cells(counts)), rows)


class _Atoms:
    """Which atoms can be published, and to which one a row of the cube belongs."""

    def __init__(self, db: sqlite3.Connection, day: int, k: int) -> None:
        self._last_expired = day - PATIENCE
        self._publishable: set[Atom] = set()
        expired_runs: Counter[int] = Counter()
        for app, status, runs, old_runs in db.execute(
            _ATOMS, (self._last_expired, day)
        ):
            if runs >= k:
                self._publishable.add((app, status))
            else:
                expired_runs[status] += old_runs
        self._other_statuses = {
            status for status, runs in expired_runs.items() if runs >= max(k, 1)
        }

    def atom_of(self, app: int, status: int, day: int) -> Atom | None:
        """Return the atom with which a row is published; None if it has to wait."""
        if (app, status) in self._publishable:
            return app, status
        if day <= self._last_expired and status in self._other_statuses:
            return tables.OTHER_VALUE, status
        return None


class _Partition:
    """Splits atoms by the values of a dimension, and all applications along with them.

    Two counts of a value must not reveal a small one by their difference: that of an
    atom and that of all applications. This is why the pool is merged by itself: for any
    value, both the atoms that name it and the rest of all applications have at least k
    runs (or none).
    """

    def __init__(self, db: sqlite3.Connection, k: int) -> None:
        self._db = db
        self._k = k
        self._numbers: dict[int, dict[str, int]] = defaultdict(dict)

    def cells(
        self, counts: dict[tuple[int, Atom], Counter[int]]
    ) -> Iterator[tuple[tuple[int, int, int, int], int]]:
        """Yield cells: dimension, application, status and value, with the runs."""
        pools: dict[tuple[int, int], Counter[str]] = defaultdict(Counter)
        all_apps: dict[tuple[int, int], Counter[str]] = defaultdict(Counter)
        for (dimension, (app, status)), by_number in counts.items():
            by_value = self._named(dimension, by_number)
            merged = merge_small(by_value, self._k)
            for value, runs in merged.items():
                yield (dimension, app, status, self._number(dimension, value)), runs
            all_apps[dimension, status].update(_without(merged, {OTHER}))
            pools[dimension, status].update(_without(by_value, merged))
        for (dimension, status), total in all_apps.items():
            total.update(merge_small(pools[dimension, status], self._k))
            for value, runs in total.items():
                number = self._number(dimension, value)
                yield (dimension, tables.ALL_APPS, status, number), runs

    def _named(self, dimension: int, counts: Counter[int]) -> dict[str, int]:
        """Replace the numbers of values by their texts."""
        query = "SELECT text FROM value WHERE id = ?"
        named = {}
        for number, runs in counts.items():
            text: str = self._db.execute(query, (number,)).fetchone()[0]
            self._numbers[dimension][text] = number
            named[text] = runs
        return named

    def _number(self, dimension: int, text: str) -> int:
        return tables.OTHER_VALUE if text == OTHER else self._numbers[dimension][text]


def _without(counts: dict[str, int], names: Container[str]) -> dict[str, int]:
    return {value: runs for value, runs in counts.items() if value not in names}
