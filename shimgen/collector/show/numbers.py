"""The numbers of a page or of the API, each a sum of published cells."""

from __future__ import annotations

import datetime
from collections import defaultdict
from collections.abc import Iterable

import msgspec

from shimgen.collector.keep.labels import order
from shimgen.collector.keep.store import OTHER, Figures
from shimgen.collector.show.chosen import Chosen
from shimgen.spec import Category, ExitCode, Spec

UNKNOWN = "unknown"


class Totals(msgspec.Struct, frozen=True):
    """Runs in all, by how they ended, and the share of completed ones, 0-1."""

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
        """All of them."""
        return self.completed + self.failed + self.unfinished


class App(msgspec.Struct, frozen=True):
    """Runs of an application; "" where no report named one."""

    app: str
    runs: int
    completed: int
    failed: int
    unfinished: int
    success_rate: float | None


class Code(msgspec.Struct, frozen=True):
    """Failed runs with an exit code (null: others), what it means and what helps."""

    code: int | None
    runs: int
    meanings: list[str]
    recovery: str


class Value(msgspec.Struct, frozen=True):
    """Runs with a value of a dimension."""

    value: str
    runs: int
    share: float


class Span(msgspec.Struct, frozen=True):
    """What is counted: the days, both inclusive, and the least runs of a count."""

    period: str
    first: datetime.date | None
    last: datetime.date | None
    k: int


class Numbers:
    """Asks the figures for one choice."""

    def __init__(self, spec: Spec, figures: Figures, chosen: Chosen, k: int) -> None:
        self._spec = spec
        self._figures = figures
        self._chosen = chosen
        self._published = figures.span()
        self._filter = chosen.filter(self._published)
        self._k = k

    def span(self) -> Span:
        """Return what is counted."""
        first, last = self._published or (None, None)
        if first and last and self._filter.first and self._filter.last:
            first, last = max(first, self._filter.first), min(last, self._filter.last)
        return Span(self._chosen.period, first, last, self._k)

    def over_time(self) -> list[Moment]:
        """Count by day, by week for 90 days, by month for longer."""
        counts: dict[datetime.date, dict[str, int]] = defaultdict(
            lambda: dict.fromkeys(("completed", "failed", "unfinished"), 0)
        )
        for day in self._steps():
            counts[day]
        for row in self._figures.over_time(self._filter, self._chosen.grain):
            counts[self._step(row.day)][row.status] += row.runs
        return [Moment(day, **counts[day]) for day in sorted(counts)]

    def _step(self, day: datetime.date) -> datetime.date:
        """Return with which day the bar that has this day in it begins."""
        if self._chosen.period == "90d" and self._filter.first:
            return day - (day - self._filter.first) % datetime.timedelta(days=7)
        return day

    def _steps(self) -> Iterable[datetime.date]:
        """Return the days on which there is a bar, also if nothing happened."""
        span = self.span()
        if self._chosen.grain == "month" or not span.first or not span.last:
            return []
        length = (span.last - span.first).days + 1
        days = (span.first + datetime.timedelta(days=n) for n in range(length))
        return {self._step(day) for day in days}

    def totals(self) -> Totals:
        """Count all."""
        rows = self.over_time()
        completed = sum(row.completed for row in rows)
        failed = sum(row.failed for row in rows)
        unfinished = sum(row.unfinished for row in rows)
        runs = completed + failed + unfinished
        return Totals(runs, completed, failed, unfinished, rate(completed, failed))

    def apps(self) -> list[App]:
        """Count by application, most runs first."""
        return [
            App(
                row.app,
                row.completed + row.failed + row.unfinished,
                row.completed,
                row.failed,
                row.unfinished,
                rate(row.completed, row.failed),
            )
            for row in self._figures.by_app(self._filter)
        ]

    def codes(self) -> list[Code]:
        """Count failed runs by exit code, most runs first."""
        rows = self._figures.by_value(self._filter, "exit_code")
        return [code_of(self._spec, row.value, row.runs) for row in rows]

    def values(self, dimension: str) -> list[Value]:
        """Count by the values of a dimension: sizes in their order, else most first."""
        rows = self._figures.by_value(self._filter, dimension)
        if any(one.name == dimension and one.buckets for one in self._spec.dimensions):
            rows.sort(key=lambda row: order(row.value))
        total = sum(row.runs for row in rows)
        return [Value(row.value or UNKNOWN, row.runs, row.runs / total) for row in rows]


def rate(completed: int, failed: int) -> float | None:
    """Return the share of completed runs among those whose end is known."""
    ended = completed + failed
    return round(completed / ended, 4) if ended else None


def code_of(spec: Spec, text: str, runs: int) -> Code:
    """Return an exit code with all that the spec says of it."""
    if not text.isdigit():
        return Code(None, runs, ["other codes" if text == OTHER else UNKNOWN], "")
    found = entries(spec, int(text))
    meanings = [category.describe(row) for category, row in found]
    recovery = found[0][1].recovery if found else ""
    return Code(int(text), runs, meanings or ["Unknown error"], recovery)


def entries(spec: Spec, code: int) -> list[tuple[Category, ExitCode]]:
    """Return what each category says of an exit code, in their order."""
    return [
        (category, row)
        for category in spec.categories
        for row in category.codes
        if row.code == code
    ]
