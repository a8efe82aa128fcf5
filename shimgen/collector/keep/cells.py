"""The cells of one day of publishing: what of the cube can be shown, and how."""

from __future__ import annotations

import sqlite3
from collections import Counter, defaultdict
from collections.abc import Container, Iterator
from typing import NamedTuple

from shimgen.collector.keep import schema
from shimgen.collector.keep.anonymity import merge_small
from shimgen.collector.keep.store import OTHER, STATUSES

PATIENCE = 30  # days that runs of an app wait for others of it
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

Atom = tuple[int, int]  # app, status: it is published whole or not at all


class Cells(NamedTuple):
    """What is published under a day, and the rows of the cube that it is made of."""

    apps: dict[Atom, int]
    values: dict[tuple[int, int, int, int], int]  # dimension, app, status, value
    rows: list[tuple[int, int]]  # day, combination


def compute(db: sqlite3.Connection, day: int, k: int, dimensions: list[int]) -> Cells:
    """Make the cells of `day` from what waits; those of `dimensions` by value.

    An app's runs of one status are published when `k` of them wait. Those that have
    waited for PATIENCE days go to the app OTHER, and are when `k` of these wait.
    """
    atoms = _Atoms(db, day, k)
    apps: Counter[Atom] = Counter()
    rows = []
    counts: dict[tuple[int, Atom], Counter[int]] = defaultdict(Counter)
    columns = ", ".join(f"c.d{number}" for number in dimensions)
    for of_day, combination, runs, status, app, *values in db.execute(
        _ROWS.format(columns), (day,)
    ):
        atom = atoms.of(app, status, of_day)
        if atom is None:
            continue
        rows.append((of_day, combination))
        apps[atom] += runs
        for dimension, value in zip(dimensions, values, strict=True):
            if dimension != schema.EXIT_CODE or status == _FAILED:
                counts[dimension, atom][value] += runs
    for (_, status), runs in list(apps.items()):
        apps[schema.ALL_APPS, status] += runs
    return Cells(apps, dict(_Partition(db, k).cells(counts)), rows)


class _Atoms:
    """Which atoms can be published, and which one a row of the cube is of."""

    def __init__(self, db: sqlite3.Connection, day: int, k: int) -> None:
        self._expired = day - PATIENCE
        self._own: set[Atom] = set()
        expired: Counter[int] = Counter()
        for app, status, runs, old in db.execute(_ATOMS, (self._expired, day)):
            if runs >= k:
                self._own.add((app, status))
            else:
                expired[status] += old
        self._others = {status for status, runs in expired.items() if runs >= max(k, 1)}

    def of(self, app: int, status: int, day: int) -> Atom | None:
        """Return the atom that a row is published with; None if it has to wait."""
        if (app, status) in self._own:
            return app, status
        if day <= self._expired and status in self._others:
            return schema.OTHERS, status
        return None


class _Partition:
    """Splits atoms by the values of a dimension, and all apps along with them.

    What is merged to OTHER in the atoms is pooled, and split again: so the apps that
    are named and what is left of all apps are both at least k runs of any value.
    """

    def __init__(self, db: sqlite3.Connection, k: int) -> None:
        self._db = db
        self._k = k
        self._numbers: dict[int, dict[str, int]] = defaultdict(dict)

    def cells(
        self, counts: dict[tuple[int, Atom], Counter[int]]
    ) -> Iterator[tuple[tuple[int, int, int, int], int]]:
        """Yield cells by dimension, app, status and value."""
        pools: dict[tuple[int, int], Counter[str]] = defaultdict(Counter)
        everywhere: dict[tuple[int, int], Counter[str]] = defaultdict(Counter)
        for (dimension, (app, status)), by_number in counts.items():
            by_value = self._named(dimension, by_number)
            merged = merge_small(by_value, self._k)
            for value, runs in merged.items():
                yield (dimension, app, status, self._number(dimension, value)), runs
            everywhere[dimension, status].update(_without(merged, {OTHER}))
            pools[dimension, status].update(_without(by_value, merged))
        for (dimension, status), everyone in everywhere.items():
            everyone.update(merge_small(pools[dimension, status], self._k))
            for value, runs in everyone.items():
                number = self._number(dimension, value)
                yield (dimension, schema.ALL_APPS, status, number), runs

    def _named(self, dimension: int, counts: Counter[int]) -> dict[str, int]:
        """Put the texts of values in the place of their numbers."""
        query = "SELECT text FROM value WHERE id = ?"
        found = {}
        for number, runs in counts.items():
            text: str = self._db.execute(query, (number,)).fetchone()[0]
            self._numbers[dimension][text] = number
            found[text] = runs
        return found

    def _number(self, dimension: int, text: str) -> int:
        return schema.OTHERS if text == OTHER else self._numbers[dimension][text]


def _without(counts: dict[str, int], names: Container[str]) -> dict[str, int]:
    return {value: runs for value, runs in counts.items() if value not in names}
