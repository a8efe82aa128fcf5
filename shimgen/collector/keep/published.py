"""The interface to published counts, and its types; nothing is about single runs."""

from __future__ import annotations

import datetime
from typing import Literal, NamedTuple, Protocol

Status = Literal["completed", "failed", "unfinished"]
STATUSES: tuple[Status, ...] = ("completed", "failed", "unfinished")

# The name of merged small counts. No value of a report can be equal to it: they are
# ASCII.
OTHER = "other \N{HORIZONTAL ELLIPSIS}"

Days = tuple[datetime.date, datetime.date]  # the first and the last day, in UTC
Grain = Literal["day", "month"]


class Filter(NamedTuple):
    """Which published runs to count; None means all.

    `first` and `last` are days in UTC, and both are included.
    """

    first: datetime.date | None = None
    last: datetime.date | None = None
    app: str | None = None
    status: Status | None = None


class DayCount(NamedTuple):
    """Runs with one status of a day, or of the month that begins with this day."""

    day: datetime.date
    status: Status
    runs: int


class AppCount(NamedTuple):
    """Runs of an application: "" if no report named one, OTHER for merged counts."""

    app: str
    completed: int
    failed: int
    unfinished: int


class ValueCount(NamedTuple):
    """Runs with one value of a dimension; OTHER for merged counts."""

    value: str
    runs: int


class Figures(Protocol):
    """Sums of published cells, each of which has at least k runs.

    All methods raise StoreError if the storage cannot be read.
    """

    def generation(self) -> int:
        """Return a number that changes whenever something is published."""

    def span(self) -> Days | None:
        """Return the first and the last published day; None if there is none."""

    def over_time(self, where: Filter, grain: Grain) -> list[DayCount]:
        """Count runs by day or month and by status, in chronological order."""

    def by_app(self, where: Filter) -> list[AppCount]:
        """Count runs by application, most runs first, OTHER last."""

    def by_value(self, where: Filter, dimension: str) -> list[ValueCount]:
        """Count runs by the values of a dimension of the spec, or by "exit_code".

        Most runs first, OTHER last. "exit_code" counts only failed runs.
        """
