"""The geometry of the bar charts, which templates/charts.html draws as SVG.

Widths are in percent of the chart and heights in pixels, so that a chart fits any
screen while its texts keep their size. Colours come from the style sheet, by status.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import count
from typing import NamedTuple

from shimgen.collector.show.wording import number

PLOT_HEIGHT = 200  # pixels from the highest tick to the axis
LABEL_HEIGHT = 26  # pixels below the axis for the labels
TOP = 8  # pixels above the highest tick: half a line of text
ROW_HEIGHT = 40  # pixels of a row: its label, its bar and a gap
LONGEST_ROW = 88  # percent; the number of runs stands behind the bar
_COLUMN_SHARE = 0.72  # of the distance between two columns
_MAX_TICKS = 4  # above zero
_WIDE_LABELS, _NARROW_LABELS = 12, 5  # below columns, by the width of the screen
_WIDE_TEXT, _NARROW_TEXT = 100, 40  # characters of a row's label


class Item(NamedTuple):
    """What a bar stands for: its short label, its full name, its runs by status."""

    label: str
    name: str
    runs: Mapping[str, int]


class Segment(NamedTuple):
    """A part of a bar: its status, where it begins, and how long it is.

    In percent from the left in a row, in pixels from the top in a column.
    """

    status: str
    start: float
    length: float


class Bar(NamedTuple):
    """A row or a column.

    A label stands in `wide_label` for wide screens and in `narrow_label` for narrow
    ones; "" means none there. `start` and `width` are the place of a column across the
    chart in percent; a row begins at 0, and `width` is its length.
    """

    wide_label: str
    narrow_label: str
    tooltip: str
    total: int
    start: float
    width: float
    segments: tuple[Segment, ...]

    @property
    def centre(self) -> float:
        """The middle of a column, in percent."""
        return round(self.start + self.width / 2, 2)


class Tick(NamedTuple):
    """A value of the vertical axis, and its height in pixels from the top."""

    value: int
    y: float


class Chart(NamedTuple):
    """A chart as it is drawn; `height` is in pixels."""

    title: str
    description: str
    height: int
    bars: tuple[Bar, ...]
    ticks: tuple[Tick, ...] = ()


def columns(title: str, items: Sequence[Item]) -> Chart:
    """Return a chart of upright bars, from left to right; the items are not empty."""
    values = tick_values(max(_total(item) for item in items))
    pitch = 100 / len(items)
    wide = math.ceil(len(items) / _WIDE_LABELS)  # each of so many has a label
    narrow = wide * math.ceil(len(items) / wide / _NARROW_LABELS)
    bars = (
        Bar(
            "" if place % wide else item.label,
            "" if place % narrow else item.label,
            tooltip(item),
            _total(item),
            round((place + (1 - _COLUMN_SHARE) / 2) * pitch, 2),
            round(pitch * _COLUMN_SHARE, 2),
            _upright(stack(item.runs, PLOT_HEIGHT / values[-1])),
        )
        for place, item in enumerate(items)
    )
    ticks = (
        Tick(value, round(TOP + PLOT_HEIGHT * (1 - value / values[-1]), 2))
        for value in values
    )
    height = TOP + PLOT_HEIGHT + LABEL_HEIGHT
    return Chart(title, _description(items), height, tuple(bars), tuple(ticks))


def rows(title: str, items: Sequence[Item]) -> Chart:
    """Return a chart of lying bars, the first on top; the items are not empty."""
    scale = LONGEST_ROW / max(1, *(_total(item) for item in items))
    bars = (
        Bar(
            shorten(item.label, _WIDE_TEXT),
            shorten(item.label, _NARROW_TEXT),
            tooltip(item),
            _total(item),
            0,
            round(_total(item) * scale, 2),
            stack(item.runs, scale),
        )
        for item in items
    )
    return Chart(title, _description(items), ROW_HEIGHT * len(items), tuple(bars))


def tick_values(most: int) -> list[int]:
    """Return evenly spaced round numbers from 0 to at least `most`, and at least 1."""
    steps = (digit * 10**power for power in count() for digit in (1, 2, 5))
    step = next(step for step in steps if step * _MAX_TICKS >= most)
    return [step * n for n in range(max(1, math.ceil(most / step)) + 1)]


def stack(runs: Mapping[str, int], scale: float) -> tuple[Segment, ...]:
    """Return segments one after the other; a run has the length `scale`."""
    segments = []
    before = 0
    for status, number_of_runs in runs.items():
        if number_of_runs:
            start, length = round(before * scale, 2), round(number_of_runs * scale, 2)
            segments.append(Segment(status, start, length))
        before += number_of_runs
    return tuple(segments)


def tooltip(item: Item) -> str:
    """Return the text of a bar: its name, all runs, and the runs of each status."""
    total = _total(item)
    parts = [f"{number(runs)} {status}" for status, runs in item.runs.items() if runs]
    text = f"{item.name}: {number(total)} {'run' if total == 1 else 'runs'}"
    return f"{text} ({', '.join(parts)})" if parts else text


def shorten(text: str, length: int) -> str:
    """Return a text of at most `length` characters; an ellipsis stands for the rest."""
    if len(text) <= length:
        return text
    return text[: length - 1].rstrip() + "\N{HORIZONTAL ELLIPSIS}"


def _upright(segments: tuple[Segment, ...]) -> tuple[Segment, ...]:
    """Stack segments from the axis upwards."""
    axis = TOP + PLOT_HEIGHT
    return tuple(
        part._replace(start=round(axis - part.start - part.length, 2))
        for part in segments
    )


def _total(item: Item) -> int:
    return sum(item.runs.values())


def _description(items: Sequence[Item]) -> str:
    """Describe a chart to people who cannot see it."""
    bars = "1 bar" if len(items) == 1 else f"{len(items)} bars"
    longest = max(items, key=_total)
    return f"{bars}. The longest: {tooltip(longest)}. The table below has all numbers."
