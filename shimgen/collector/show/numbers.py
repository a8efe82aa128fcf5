"""The numbers of pages and API for one selection; each is a sum of published cells."""

from __future__ import annotations

import datetime
from collections import defaultdict
from collections.abc import Iterable

import msgspec

from shimgen.collector.keep.labels import sort_key
from shimgen.collector.keep.published import OTHER, STATUSES, Figures
from shimgen.collector.show.selection import Selection
from shimgen.collector.show.wording import UNKNOWN
from shimgen.spec import Category, ExitCode, Spec


class Totals(msgspec.Struct, frozen=True):
    """All runs, by status; the success rate is a share of 0-1."""

    runs: int
    completed: int
    failed: int
    unfinished: int
    success_rate: float | None


class Moment(msgspec.Struct, frozen=True):
    """Runs of a day, of the week that begins with it, or of its month."""

    begins: datetime.date
    completed: int
    failed: int
    unfinished: int

    @property
    def runs(self) -> int:
        """The runs of all statuses."""
        return self.completed + self.failed + self.unfinished


class App(msgspec.Struct, frozen=True):
    """Runs of an application; "" if no report named one."""

    app: str
    runs: int
    completed: int
    failed: int
    unfinished: int
    success_rate: float | None


class Code(msgspec.Struct, frozen=True):
    """Failed runs with an exit code (null: other codes), its meanings and a remedy."""

    code: int | None
    runs: int
    meanings: list[str]
    recovery: str


class Value(msgspec.Struct, frozen=True):
    """Runs with a value of a dimension, and their share of 0-1."""

    value: str
    runs: int
    share: float


class Coverage(msgspec.Struct, frozen=True):
    """What is counted: the first and last day, and the smallest possible count."""

    period: str
    first: datetime.date | None
    last: datetime.date | None
    k: int


class Numbers:
    """Asks the figures for one selection. `k` is the smallest possible count."""

    def __init__(
        self, spec: Spec, figures: Figures, selection: Selection, k: int
    ) -> None:
        self._spec = spec
        self._figures = figures
        self._selection = selection
        self._published = figures.span()
        self._filter = selection.filter(self._published)
        self._k = k

    def coverage(self) -> Coverage:
        """Return what is counted."""
        first, last = self._published or (None, None)
        if first and last and self._filter.first and self._filter.last:
            first, last = max(first, self._filter.first), min(last, self._filter.last)
        return Coverage(self._selection.period, first, last, self._k)

    def over_time(self) -> list[Moment]:
        """Count runs by day; by week for 90 days; by month for longer periods."""
        counts: dict[datetime.date, dict[str, int]] = defaultdict(
            lambda: dict.fromkeys(STATUSES, 0)
        )
        for day in self._starts():
            counts[day]
        for row in self._figures.over_time(self._filter, self._selection.grain):
            counts[self._start(row.day)][row.status] += row.runs
        return [Moment(day, **counts[day]) for day in sorted(counts)]

    def _start(self, day: datetime.date) -> datetime.date:
        """Return the first day of the moment to which a day belongs."""
        if self._selection.period == "90d" and self._filter.first:
            return day - (day - self._filter.first) % datetime.timedelta(days=7)
        return day

    def _starts(self) -> Iterable[datetime.date]:
        """Return the first days of moments that are listed even without any run."""
        coverage = self.coverage()
        if self._selection.grain == "month":
            return []
        if not coverage.first or not coverage.last:
            return []
        length = (coverage.last - coverage.first).days + 1
        days = (coverage.first + datetime.timedelta(days=n) for n in range(length))
        return {self._start(day) for day in days}

    def totals(self) -> Totals:
        """Count all runs."""
        moments = self.over_time()
        completed = sum(moment.completed for moment in moments)
        failed = sum(moment.failed for moment in moments)
        unfinished = sum(moment.unfinished for moment in moments)
        runs = completed + failed + unfinished
        return Totals(
            runs, completed, failed, unfinished, success_rate(completed, failed)
        )

    def apps(self) -> list[App]:
        """Count runs by application, most runs first."""
        return [
            App(
                row.app,
                row.completed + row.failed + row.unfinished,
                row.completed,
                row.failed,
                row.unfinished,
                success_rate(row.completed, row.failed),
            )
            for row in self._figures.by_app(self._filter)
        ]

    def codes(self) -> list[Code]:
        """Count failed runs by exit code, most runs first."""
        rows = self._figures.by_value(self._filter, "exit_code")
        return [code_row(self._spec, row.value, row.runs) for row in rows]

    def values(self, dimension: str) -> list[Value]:
        """Count runs by the values of a dimension.

        Most runs first, but buckets in ascending order.
        """
        rows = self._figures.by_value(self._filter, dimension)
        if any(d.name == dimension and d.buckets for d in self._spec.dimensions):
            rows.sort(key=lambda row: sort_key(row.value))
        total = sum(row.runs for row in rows)
        return [Value(row.value or UNKNOWN, row.runs, row.runs / total) for row in rows]


def success_rate(completed: int, failed: int) -> float | None:
    """Return the share of completed runs among those that reported an end."""
    ended = completed + failed
    return round(completed / ended, 4) if ended else None


def code_row(spec: Spec, label: str, runs: int) -> Code:
    """Return the row of an exit code, with what the spec says about it."""
    if not label.isdigit():
        return Code(None, runs, ["other codes" if label == OTHER else UNKNOWN], "")
    entries = catalogue_entries(spec, int(label))
    meanings = [category.describe(entry) for category, entry in entries]
    recovery = entries[0][1].recovery if entries else ""
    return Code(int(label), runs, meanings or ["Unknown error"], recovery)


def catalogue_entries(spec: Spec, code: int) -> list[tuple[Category, ExitCode]]:
    """Return what each category of the spec says about an exit code, in their order."""
    return [
        (category, entry)
        for category in spec.categories
        for entry in category.codes
        if entry.code == code
    ]
