"""Bars are as long as their runs are many, inside the chart, and say their numbers."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shimgen.collector.keep.published import STATUSES
from shimgen.collector.show import charts
from shimgen.collector.show.charts import PLOT_HEIGHT, TOP, Item

AXIS = TOP + PLOT_HEIGHT
_RUNS = st.fixed_dictionaries({status: st.integers(0, 10**6) for status in STATUSES})
_ITEMS = st.lists(
    st.builds(Item, st.text(max_size=60), st.just("name"), _RUNS),
    min_size=1,
    max_size=40,
)
# Geometry is rounded to two decimals.
ROUNDING = 0.02


def item(*runs: int, label: str = "1 Jun") -> Item:
    return Item(label, label, dict(zip(STATUSES, runs, strict=True)))


@given(_ITEMS)
def test_columns_stand_on_the_axis_and_are_as_high_as_their_runs(
    items: list[Item],
) -> None:
    chart = charts.columns("title", items)
    pixels = PLOT_HEIGHT / chart.ticks[-1].value
    for tick in chart.ticks:
        assert tick.y == pytest.approx(AXIS - tick.value * pixels, abs=ROUNDING)
    assert len(chart.bars) == len(items)
    for bar, one in zip(chart.bars, items, strict=True):
        bottom = float(AXIS)
        runs = [(status, count) for status, count in one.runs.items() if count]
        assert [segment.status for segment in bar.segments] == [s for s, _ in runs]
        for segment, (_, count) in zip(bar.segments, runs, strict=True):
            assert segment.start + segment.length == pytest.approx(bottom, abs=ROUNDING)
            assert segment.length == pytest.approx(count * pixels, abs=ROUNDING)
            bottom = segment.start
        assert bottom >= TOP - ROUNDING


@given(_ITEMS)
def test_columns_are_side_by_side_inside_the_chart(items: list[Item]) -> None:
    bars = charts.columns("title", items).bars
    left_gap, right_gap = bars[0].start, 100 - bars[-1].start - bars[-1].width
    assert left_gap > 0
    assert left_gap == pytest.approx(right_gap, abs=ROUNDING)
    for left, right in itertools.pairwise(bars):
        assert left.start + left.width < right.start
        assert left.start < left.centre < left.start + left.width


@given(_ITEMS)
def test_rows_are_as_long_as_their_runs_and_leave_room_for_the_number(
    items: list[Item],
) -> None:
    chart = charts.rows("title", items)
    longest = max(1, *(sum(one.runs.values()) for one in items))
    for bar, one in zip(chart.bars, items, strict=True):
        assert bar.total == sum(one.runs.values())
        expected = charts.LONGEST_ROW * bar.total / longest
        assert bar.width == pytest.approx(expected, abs=ROUNDING)
        lengths = sum(segment.length for segment in bar.segments)
        assert lengths == pytest.approx(bar.width, abs=3 * ROUNDING)
    assert chart.height == charts.ROW_HEIGHT * len(items)


@pytest.mark.parametrize(
    ("most", "values"),
    [
        (0, [0, 1]),
        (1, [0, 1]),
        (4, [0, 1, 2, 3, 4]),
        (5, [0, 2, 4, 6]),
        (9, [0, 5, 10]),
        (333, [0, 100, 200, 300, 400]),
        (2100, [0, 1000, 2000, 3000]),
    ],
)
def test_the_axis_has_few_round_numbers(most: int, values: list[int]) -> None:
    assert charts.tick_values(most) == values


@given(st.integers(0, 10**9))
def test_the_highest_number_of_the_axis_is_just_above_the_highest_column(
    most: int,
) -> None:
    values = charts.tick_values(most)
    step = values[1] - values[0]
    assert 2 <= len(values) <= 5
    assert most <= values[-1] < max(most, 1) + step
    assert int(str(step).rstrip("0")) in (1, 2, 5)


@pytest.mark.parametrize(
    ("columns", "wide", "narrow"), [(1, 1, 1), (4, 4, 4), (12, 12, 4), (30, 10, 5)]
)
def test_only_so_many_columns_have_a_label_as_there_is_room_for(
    columns: int, wide: int, narrow: int
) -> None:
    bars = charts.columns("title", [item(1, 0, 0)] * columns).bars
    assert sum(bool(bar.wide_label) for bar in bars) == wide
    assert sum(bool(bar.narrow_label) for bar in bars) == narrow
    assert bars[0].narrow_label == "1 Jun"


def test_a_long_label_of_a_row_is_cut_more_on_a_narrow_screen() -> None:
    [bar] = charts.rows("title", [item(1, 0, 0, label="x" * 200)]).bars
    assert bar.wide_label == "x" * 99 + "…"
    assert bar.narrow_label == "x" * 39 + "…"


def test_a_bar_says_its_name_and_all_its_numbers() -> None:
    assert charts.tooltip(item(1200, 30, 4)) == (
        "1 Jun: 1\u202f234 runs (1\u202f200 completed, 30 failed, 4 unfinished)"
    )
    assert charts.tooltip(item(1, 0, 0)) == "1 Jun: 1 run (1 completed)"
    assert charts.tooltip(item(0, 0, 0)) == "1 Jun: 0 runs"


def test_the_description_names_the_longest_bar() -> None:
    items = [item(1, 0, 0), item(5, 0, 0, label="2 Jun"), item(3, 0, 0, label="3 Jun")]
    for chart in (charts.columns("title", items), charts.rows("title", items)):
        assert chart.description == (
            "3 bars. The longest: 2 Jun: 5 runs (5 completed). The table below has all"
            " numbers."
        )
