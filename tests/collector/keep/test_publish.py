"""Published counts, and all differences of them, have at least k runs."""

from __future__ import annotations

import datetime
import itertools
from collections import Counter
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from shimgen.collector.keep.days import last_complete
from shimgen.collector.keep.published import OTHER, AppCount, Filter, ValueCount
from shimgen.collector.keep.sqlite import SQLiteStore
from support import publishing
from support.keeping import keeping, memory, report
from support.publishing import (
    ALL,
    SPEC,
    Days,
    Publish,
    combination,
    date,
    fold,
    published,
)

Steps = list[Days | Publish]


def play(folder: str, steps: Steps) -> tuple[SQLiteStore, int, int]:
    """Do the steps, each with a new store.

    Returns a store, the number of folded runs, and the number of published runs.
    """
    folded = done = 0
    for step in steps:
        with keeping(SPEC, Path(folder)) as store:
            if isinstance(step, Days):
                folded += fold(store, step)
            else:
                done += store.publish(date(step.until), step.k)
    return SQLiteStore(Path(folder) / "db", SPEC), folded, done


@settings(max_examples=60)
@given(st.lists(publishing.days() | publishing.publish(), max_size=12))
def test_publishing_loses_and_doubles_no_run_and_never_changes_a_published_cell(
    steps: Steps,
) -> None:
    with memory() as folder, keeping(SPEC, Path(folder)) as store:
        before: dict[publishing.Cell, int] = {}
        folded = done = 0
        for step in steps:
            if isinstance(step, Days):
                folded += fold(store, step)
                assert published(store) == before
                continue
            generation = store.generation()
            runs = store.publish(date(step.until), step.k)
            done += runs
            cells = published(store)
            assert {key: cells[key] for key in before} == before
            new = {key: n for key, n in cells.items() if key not in before}
            assert all(n >= step.k for n in new.values())
            days = {key[0] for key in before}
            assert not any(key[0] in days for key in new), "a day was published twice"
            assert sum(n for key, n in new.items() if _total(key)) == runs
            assert done + publishing.waiting(store) == folded
            assert (store.generation() > generation) >= bool(new)
            assert store.publish(date(step.until), step.k) == 0
            before = published(store)
            assert before == cells


def _total(cell: publishing.Cell) -> bool:
    """Return whether a cell counts all applications and all values."""
    return len(cell) == 3 and cell[1] == ALL


@settings(max_examples=100)
@given(st.lists(publishing.days() | publishing.publish(), max_size=12))
def test_the_cells_of_a_day_have_at_least_k_runs_each_and_the_right_sums(
    steps: Steps,
) -> None:
    least = min((step.k for step in steps if isinstance(step, Publish)), default=1)
    with memory() as folder:
        store, _, _ = play(folder, steps)
        for grain in (0, 1):
            cells = published(store, grain)
            _check_apps(cells)
            _check_values(cells, least)
        by_month: Counter[publishing.Cell] = Counter()
        for (day, *key), runs in published(store).items():
            month = datetime.date.fromordinal(publishing.EPOCH + int(day))
            first = month.replace(day=1).toordinal() - publishing.EPOCH
            by_month[first, *key] += runs
        assert by_month == published(store, 1)
        store.close()


def _check_apps(cells: dict[publishing.Cell, int]) -> None:
    """Check that the cells of all applications are the sums of the others."""
    sums: Counter[publishing.Cell] = Counter()
    for (day, app, *rest), runs in cells.items():
        if len(rest) == 1 and app != ALL:
            sums[day, ALL, *rest] += runs
    assert sums == {k: n for k, n in cells.items() if _total(k)}


def _check_values(cells: dict[publishing.Cell, int], k: int) -> None:
    """Check that values add up to the total.

    Of each value, the runs that no application names are 0 or at least k.
    """
    sums: Counter[publishing.Cell] = Counter()
    unnamed: Counter[publishing.Cell] = Counter()
    for key, runs in cells.items():
        if len(key) == 3:
            continue
        day, app, status, name, value = key
        sums[day, app, status, name] += runs
        if value != OTHER:
            unnamed[day, status, name, value] += runs if app == ALL else -runs
    assert all(runs == 0 or runs >= k for runs in unnamed.values())
    names = {"exit_code", *(one.name for one in SPEC.dimensions)} - {"app"}
    assert sums == {
        (*key, name): runs
        for key, runs in cells.items()
        if len(key) == 3
        for name in names
        if name != "exit_code" or key[2] == 1
    }


@settings(max_examples=25)
@given(
    st.integers(2, 6).flatmap(
        lambda k: st.tuples(
            st.just(k),
            st.lists(
                publishing.days(8) | publishing.publish(10, k), min_size=2, max_size=8
            ),
        )
    )
)
def test_no_two_nested_views_differ_by_fewer_than_k_runs(
    drawn: tuple[int, Steps],
) -> None:
    k, steps = drawn
    with memory() as folder:
        store, _, _ = play(folder, [*steps, Publish(60, k)])
        views = {one: publishing.view(store, one) for one in publishing.filters()}
        for inner, outer in itertools.product(views, views):
            if publishing.within(inner, outer):
                for key in views[outer].keys() | views[inner].keys():
                    if key[1] != OTHER:  # OTHER may hold different values in the two
                        differ = views[outer][key] - views[inner][key]
                        assert differ == 0 or differ >= k, (inner, outer, key)
        for where, counts in views.items():
            failed = views[where._replace(status="failed")]["", ""]
            for (name, value), runs in counts.items():
                total = failed if name == "exit_code" else counts["", ""]
                if where.status in (None, "failed") or name != "exit_code":
                    assert total - runs == 0 or total - runs >= k, (where, value)
            apps = store.by_app(where)
            assert sum(sum(one[1:]) for one in apps) == counts["", ""]
            assert all(n == 0 or n >= k for one in apps for n in one[1:])
        store.close()


@settings(max_examples=40)
@given(st.lists(publishing.days(), max_size=5), st.integers(1, 6), st.integers(0, 45))
def test_publishing_day_by_day_and_all_days_together_give_the_same_cells(
    all_days: list[Days], k: int, until: int
) -> None:
    with memory() as one, memory() as many:
        at_once, _, _ = play(one, [*all_days, Publish(until, k)])
        with keeping(SPEC, Path(many)) as store:
            rows = [row for some in all_days for row in some.runs]
            for day in range(until + 1):
                fold(store, Days(tuple(row for row in rows if row[0] == day)))
                store.publish(date(day), k)
            assert published(store) == published(at_once)
            assert published(store, 1) == published(at_once, 1)
        at_once.close()


@settings(max_examples=40)
@given(publishing.days(), st.integers(1, 9))
def test_a_published_value_never_has_more_runs_than_there_were(
    days: Days, k: int
) -> None:
    true: Counter[tuple[str, str]] = Counter()
    for _, one, runs in days.runs:
        named = zip((d.name for d in SPEC.dimensions), one.values, strict=True)
        for key in named:
            true[key] += runs
    with memory() as folder:
        store, folded, done = play(folder, [days, Publish(99, k)])
        counts = publishing.view(store, Filter())
        assert counts["", ""] == done
        for key, runs in counts.items():
            if key[0] in ("os", "method") and key[1] != OTHER:
                assert runs <= true[key]
        assert done == folded or k > 1
        store.close()


def test_an_app_waits_for_k_runs_and_goes_to_other_after_30_days(
    tmp_path: Path,
) -> None:
    runs = (
        (0, combination("a"), 3),
        (1, combination("b"), 3),
        (9, combination("a"), 1),
    )
    with keeping(SPEC, tmp_path) as store:
        fold(store, Days(runs))
        assert store.publish(date(30), 5) == 0  # 3 runs of a have waited for 30 days
        assert store.publish(date(31), 5) == 6  # and 3 runs of b
        assert store.by_app(Filter()) == [AppCount(OTHER, 6, 0, 0)]
        assert store.over_time(Filter(), "day")[0].day == date(31)
        fold(store, Days(((32, combination("a"), 4),)))
        assert store.publish(date(32), 5) == 5
        assert store.by_app(Filter())[0] == AppCount("a", 5, 0, 0)


def test_runs_that_waited_30_days_are_published_under_that_day_even_if_it_happens_later(
    tmp_path: Path,
) -> None:
    runs = (
        (0, combination("a"), 3),
        (1, combination("b"), 3),
        (40, combination("c"), 5),
    )
    with keeping(SPEC, tmp_path) as store:
        fold(store, Days(runs))
        store.publish(date(45), 5)
        counts = store.over_time(Filter(), "day")
    assert [(one.day, one.runs) for one in counts] == [(date(31), 6), (date(40), 5)]


def test_a_day_with_a_run_that_is_not_folded_is_not_published(tmp_path: Path) -> None:
    second = (publishing.START + 1) * 86_400
    with keeping(SPEC, tmp_path) as store:
        runs = ((0, combination("a"), 5), (1, combination("a"), 5))
        fold(store, Days(runs))
        store.add([report("b", received=second)])
        assert store.publish(date(9), 5) == 5
        store.fold(second + 1)
        assert store.publish(date(9), 5) == 5


def test_the_last_complete_day_is_the_day_before_that_of_the_limit() -> None:
    assert last_complete(86_400) == datetime.date(1970, 1, 1)
    assert last_complete(2 * 86_400 - 1) == datetime.date(1970, 1, 1)


def test_runs_folded_after_their_day_was_published_are_published_under_a_later_day(
    tmp_path: Path,
) -> None:
    with keeping(SPEC, tmp_path) as store:
        fold(store, Days(((0, combination("a"), 5),)))
        assert store.publish(date(2), 5) == 5
        fold(store, Days(((0, combination("a"), 6), (2, combination("a"), 7))))
        assert store.publish(date(2), 5) == 0
        assert store.publish(date(3), 5) == 13
        counts = store.over_time(Filter(), "day")
    assert [(one.day, one.runs) for one in counts] == [(date(0), 5), (date(3), 13)]


def test_days_published_while_the_clock_was_ahead_do_not_stop_publishing(
    tmp_path: Path,
) -> None:
    with keeping(SPEC, tmp_path) as store:
        fold(store, Days(((0, combination("a"), 5),)))
        store.publish(date(10_000), 5)
        fold(store, Days(((1, combination("a"), 6),)))
        assert store.publish(date(1), 5) == 6
        counts = store.over_time(Filter(), "day")
    assert [(one.day, one.runs) for one in counts] == [(date(0), 5), (date(1), 6)]


def test_a_clock_that_goes_back_publishes_nothing_twice(tmp_path: Path) -> None:
    with keeping(SPEC, tmp_path) as store:
        fold(store, Days(((0, combination("a"), 5), (5, combination("a"), 5))))
        assert store.publish(date(5), 5) == 10
        assert store.publish(date(-3), 5) == 0
        assert store.publish(date(3), 5) == 0
        assert store.publish(date(5), 5) == 0
        assert len(store.over_time(Filter(), "day")) == 2


def test_the_cells_of_all_apps_do_not_reveal_what_those_of_an_app_hide(
    tmp_path: Path,
) -> None:
    """Each app has too few runs with os u, but together they are enough."""
    runs = []
    for app in ("a", "b"):
        runs += [(0, combination(app, os="d"), 7), (0, combination(app, os="u"), 3)]
    with keeping(SPEC, tmp_path) as store:
        fold(store, Days(tuple(runs)))
        store.publish(date(0), 5)
        one = store.by_value(Filter(app="a"), "os")
        both = store.by_value(Filter(), "os")
    assert one == [ValueCount(OTHER, 10)]  # otherwise 10 - 7 would reveal the 3
    assert both == [ValueCount("d", 14), ValueCount("u", 6)]
