"""The one interface to storage, and the types that pass through it.

`sqlite.py` implements it; another engine would be a second module beside that one.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Literal, NamedTuple, Protocol

from shimgen.errors import ShimgenError

Status = Literal["completed", "failed", "unfinished"]
STATUSES: tuple[Status, ...] = ("completed", "failed", "unfinished")

# No value of a report can be this: values are ASCII.
OTHER = "other \N{HORIZONTAL ELLIPSIS}"


class StoreError(ShimgenError):
    """The storage cannot do it now: no space, not writable, not readable."""


class Report(NamedTuple):
    """One valid report: its run, its event's function, its JSON, epoch seconds."""

    run: str
    event: str
    payload: bytes
    received: int


class Run(NamedTuple):
    """The reports of one run that is not folded yet, in the order of arrival."""

    random_id: str
    reports: tuple[Report, ...]


class Filter(NamedTuple):
    """Which published runs to count; None takes all. Days are UTC, both inclusive."""

    first: datetime.date | None = None
    last: datetime.date | None = None
    app: str | None = None
    status: Status | None = None


class DayCount(NamedTuple):
    """Runs of a day (or of the month that begins with it) that ended in one way."""

    day: datetime.date
    status: Status
    runs: int


class AppCount(NamedTuple):
    """Runs of an application; "" where no report said which, OTHER for small ones."""

    app: str
    completed: int
    failed: int
    unfinished: int


class ValueCount(NamedTuple):
    """Runs with one value of a dimension; OTHER where too few runs had their value."""

    value: str
    runs: int


class Figures(Protocol):
    """What is published. Every number is a sum of cells of at least k runs."""

    def generation(self) -> int:
        """Return a number that changes whenever what is published changes."""

    def span(self) -> tuple[datetime.date, datetime.date] | None:
        """Return the first and the last published day; None before there is one."""

    def over_time(
        self, chosen: Filter, grain: Literal["day", "month"]
    ) -> list[DayCount]:
        """Count runs by day or month and status, in the order of time."""

    def by_app(self, chosen: Filter) -> list[AppCount]:
        """Count runs by application, most runs first, OTHER last."""

    def by_value(self, chosen: Filter, dimension: str) -> list[ValueCount]:
        """Count runs by the values of a dimension of the spec, or by "exit_code".

        Most runs first, OTHER last. "exit_code" counts failed runs alone.
        """


class Store(Figures, Protocol):
    """Reports and counts. A method may be called from any thread."""

    def add(self, reports: Sequence[Report]) -> None:
        """Keep reports; they are durable when it returns, all or none of them.

        A second report of the same run and event takes the place of the first.
        Raises StoreError where they are not kept.
        """

    def runs(self, limit: int) -> list[Run]:
        """Return the runs that last had a report and are not folded, newest first."""

    def fold(self, before: int) -> int:
        """Fold runs whose first report came before epoch second `before`.

        They become counts of the cube, and their reports are gone from the disk.
        Returns how many there were.
        """

    def publish(self, until: datetime.date, k: int) -> int:
        """Publish counts of the cube up to a day, in cells of at least `k` runs.

        A day is published once. Returns how many runs were.
        """

    def check(self) -> None:
        """Write something and undo it; raises StoreError where that fails."""

    def backup(self, target: Path, progress: Callable[[int, int], None]) -> None:
        """Copy all to a new file while in use; tells pages left and pages in all."""

    def close(self) -> None:
        """Give back what it holds."""
