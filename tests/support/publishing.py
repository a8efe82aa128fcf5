"""Invented days of runs, published step by step, and the queries about them."""

from __future__ import annotations

import datetime
import itertools
from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple

from hypothesis import strategies as st

from shimgen.collector.keep.counting import Combination
from shimgen.collector.keep.published import STATUSES, Filter, Status
from shimgen.collector.keep.sqlite import SQLiteStore

from .frozen import FROZEN

SPEC = FROZEN
EPOCH = datetime.date(1970, 1, 1).toordinal()
START = datetime.date(2024, 1, 20).toordinal() - EPOCH  # near the end of a month
ALL = -1  # apps
APPS = ("a", "b", "c", "")
ASKED = ("os", "method", "exit_code", "cores")


class Days(NamedTuple):
    """Folded runs; their days are counted from START."""

    runs: tuple[tuple[int, Combination, int], ...]  # day, combination, number


class Publish(NamedTuple):
    """A step that publishes up to a day, which is counted from START."""

    until: int
    k: int


def combination(
    app: str,
    status: Status = "completed",
    code: str = "",
    os: str = "",
    method: str = "",
) -> Combination:
    """Return the combination of a run with these values."""
    known = {"app": app, "os": os, "method": method}
    values = tuple(known.get(one.name, "") for one in SPEC.dimensions)
    return Combination("post_to_api", status, code, values)


_combinations = st.one_of(
    st.builds(
        combination,
        st.sampled_from(APPS),
        st.sampled_from(("completed", "unfinished")),
        os=st.sampled_from(("d", "u", "")),
        method=st.sampled_from(("m", "n")),
    ),
    st.builds(
        combination,
        st.sampled_from(APPS),
        st.just("failed"),
        st.sampled_from(("1", "2", "100")),
        st.sampled_from(("d", "u", "f")),
    ),
)


def days(last: int = 45) -> st.SearchStrategy[Days]:
    """Return a strategy for runs of some days."""
    day = st.integers(0, 6) | st.integers(0, last)
    row = st.tuples(day, _combinations, st.integers(1, 9))
    return st.lists(row, max_size=12).map(lambda rows: Days(tuple(rows)))


def publish(last: int = 50, k: int | None = None) -> st.SearchStrategy[Publish]:
    """Return a strategy for a step of publishing."""
    some = st.integers(1, 6) if k is None else st.just(k)
    return st.builds(Publish, st.integers(0, 8) | st.integers(0, last), some)


def fold(store: SQLiteStore, days_of_runs: Days) -> int:
    """Add runs to the cube; return how many."""
    counts: Counter[tuple[int, Combination]] = Counter()
    for day, one, runs in days_of_runs.runs:
        counts[START + day, one] += runs
    with store._connections.writing() as db:
        store._fold.add(db, counts)
    return counts.total()


def date(day: int) -> datetime.date:
    """Return the date of a day that is counted from START."""
    return datetime.date.fromordinal(EPOCH + START + day)


Cell = tuple[int | str, ...]


def published(store: SQLiteStore, grain: int = 0) -> dict[Cell, int]:
    """Return all published cells: those of applications, and those of values."""
    with store._connections.reading() as db:
        texts = {ALL: ALL, **dict(db.execute("SELECT id, text FROM value"))}
        cells: dict[Cell, int] = {
            (day, texts[app], status): runs
            for day, app, *of in db.execute(
                "SELECT day, app, completed, failed, unfinished FROM published_app"
                " WHERE grain = ?",
                (grain,),
            )
            for status, runs in enumerate(of)
            if runs
        }
        for day, app, status, name, value, runs in db.execute(
            "SELECT day, app, status, name, value, runs FROM published_value"
            " JOIN dimension ON id = dimension WHERE grain = ?",
            (grain,),
        ):
            cells[day, texts[app], status, name, texts[value]] = runs
    return cells


def waiting(store: SQLiteStore) -> int:
    """Return how many folded runs are not published."""
    with store._connections.reading() as db:
        query = "SELECT coalesce(sum(waiting), 0) FROM cube"
        return int(db.execute(query).fetchone()[0])


PERIODS = (
    (None, None),
    (date(0), date(3)),
    (date(0), None),
    (date(1), date(45)),
    (date(0).replace(day=1), date(11)),  # one whole month
    (date(12), date(12)),
)


def filters() -> Iterator[Filter]:
    """Yield many filters, some of which are subsets of others."""
    statuses: tuple[Status | None, ...] = (None, *STATUSES)
    for (first, last), app, status in itertools.product(
        PERIODS, (None, *APPS), statuses
    ):
        yield Filter(first, last, app, status)


def within(inner: Filter, outer: Filter) -> bool:
    """Return whether `outer` matches everything that `inner` matches."""
    early, late = datetime.date.min, datetime.date.max
    return (
        (outer.first or early) <= (inner.first or early)
        and (inner.last or late) <= (outer.last or late)
        and outer.app in (None, inner.app)
        and outer.status in (None, inner.status)
    )


def view(store: SQLiteStore, where: Filter) -> Counter[tuple[str, str]]:
    """Return all counts for a filter by dimension and value; ("", "") is the total."""
    counts: Counter[tuple[str, str]] = Counter()
    counts["", ""] = sum(one.runs for one in store.over_time(where, "day"))
    for name in ASKED:
        for value, runs in store.by_value(where, name):
            counts[name, value] = runs
    return counts
