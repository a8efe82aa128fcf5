"""Figures are sums of published cells for any filter, read without a full scan."""

from __future__ import annotations

import datetime
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shimgen.collector.keep import figures
from shimgen.collector.keep.published import (
    OTHER,
    STATUSES,
    AppCount,
    DayCount,
    Filter,
    ValueCount,
)
from shimgen.collector.keep.sqlite import SQLiteStore
from shimgen.spec import Spec
from support import publishing
from support.keeping import keeping, memory
from support.publishing import ALL, SPEC, Cell, Days, combination, date, fold

_dates = st.none() | st.integers(-60, 100).map(date)
_extremes = st.sampled_from([datetime.date.min, datetime.date.max])
_filters = st.builds(
    Filter,
    _dates | _extremes,
    _dates | _extremes,
    st.sampled_from([None, "a", "b", "", OTHER, "nowhere"]),
    st.sampled_from([None, *STATUSES]),
)


@settings(max_examples=30)
@given(
    st.lists(publishing.days(90), min_size=1, max_size=4),
    st.lists(_filters, max_size=30),
    st.integers(1, 4),
)
def test_each_figure_is_the_sum_of_the_cells_that_match_the_filter(
    all_days: list[Days], filters: list[Filter], k: int
) -> None:
    with memory() as folder, keeping(SPEC, Path(folder)) as store:
        for one in all_days:
            fold(store, one)
        store.publish(date(120), k)
        cells = publishing.published(store)
        for where in filters:
            kept = {c: n for c, n in cells.items() if _lets_through(where, c)}
            assert store.over_time(where, "day") == _over_time(where, kept, 31)
            assert store.over_time(where, "month") == _over_time(where, kept, 1)
            assert store.by_app(where) == _by_app(where, kept)
            for name in publishing.ASKED:
                assert store.by_value(where, name) == _by_value(where, kept, name)


def _day(cell: Cell) -> datetime.date:
    return datetime.date.fromordinal(publishing.EPOCH + int(cell[0]))


def _lets_through(where: Filter, cell: Cell) -> bool:
    return (
        (where.first or datetime.date.min) <= _day(cell)
        and _day(cell) <= (where.last or datetime.date.max)
        and where.status in (None, STATUSES[int(cell[2])])
    )


def _app(where: Filter) -> str | int:
    return ALL if where.app is None else where.app


def _over_time(where: Filter, cells: dict[Cell, int], days: int) -> list[DayCount]:
    counts: Counter[tuple[datetime.date, int]] = Counter()
    for cell, runs in cells.items():
        if len(cell) == 3 and cell[1] == _app(where):
            day = _day(cell)
            counts[day.replace(day=min(day.day, days)), int(cell[2])] += runs
    return [DayCount(d, STATUSES[s], n) for (d, s), n in sorted(counts.items())]


def _by_app(where: Filter, cells: dict[Cell, int]) -> list[AppCount]:
    counts: dict[str, Counter[int]] = {}
    for cell, runs in cells.items():
        app = cell[1]
        if len(cell) == 3 and isinstance(app, str) and where.app in (None, app):
            counts.setdefault(app, Counter())[int(cell[2])] += runs
    rows = [AppCount(app, n[0], n[1], n[2]) for app, n in counts.items()]
    return sorted(rows, key=lambda a: (a.app == OTHER, -sum(a[1:]), a.app))


def _by_value(where: Filter, cells: dict[Cell, int], name: str) -> list[ValueCount]:
    counts: Counter[str] = Counter()
    for cell, runs in cells.items():
        if len(cell) == 5 and cell[1] == _app(where) and cell[3] == name:
            counts[str(cell[4])] += runs
    rows = [ValueCount(value, runs) for value, runs in counts.items()]
    return sorted(rows, key=lambda v: (v.value == OTHER, -v.runs, v.value))


def test_before_anything_is_published_there_are_no_days_and_no_counts(
    spec: Spec, tmp_path: Path
) -> None:
    with keeping(spec, tmp_path) as store:
        assert store.span() is None
        assert store.over_time(Filter(), "month") == []
        assert store.by_app(Filter()) == []
        assert store.by_value(Filter(), "os") == []
        assert store.by_value(Filter(), "no dimension") == []


def test_the_span_is_from_the_first_day_with_runs_to_the_last(
    spec: Spec, tmp_path: Path
) -> None:
    with keeping(spec, tmp_path) as store:
        runs = combination("a")
        fold(store, Days(((3, runs, 5), (20, runs, 5), (60, runs, 1))))
        store.publish(date(70), 5)
        assert store.span() == (date(3), date(20))


# The queries, with their number of parameters, for EXPLAIN QUERY PLAN.
QUERIES = {
    "span": (figures._SPAN, 0),
    "over time": (figures._OVER_TIME, 4),
    "by app": (figures._BY_APP, 3),
    "of an app": (figures._OF_APP, 4),
    "by value": (figures._BY_VALUE, 7),
}


@pytest.mark.parametrize("name", QUERIES)
def test_no_query_scans_all_rows(name: str, spec: Spec, tmp_path: Path) -> None:
    query, parameters = QUERIES[name]
    with keeping(spec, tmp_path) as store:
        plan = _plan(store, query, parameters)
    assert not any(line.startswith("SCAN ") for line in plan), plan
    searched = [line for line in plan if "published" in line or " p " in line]
    assert searched
    ranges = ("day>? AND day<?)", "app=?)")
    assert all(line.endswith(ranges) for line in searched), plan


def _plan(store: SQLiteStore, query: str, parameters: int) -> list[str]:
    with store._connections.reading() as db:
        rows = db.execute(f"EXPLAIN QUERY PLAN {query}", [0] * parameters).fetchall()
    return [text for *_, text in rows if text != "SCAN CONSTANT ROW"]
