"""What the templates of pages show, as typed values.

A template gets one view, and asks nothing else about the counts.
"""

from __future__ import annotations

from typing import NamedTuple

from shimgen.collector.keep.published import OTHER, STATUSES
from shimgen.collector.show import charts
from shimgen.collector.show.numbers import (
    App,
    Code,
    Coverage,
    Moment,
    Numbers,
    Totals,
    Value,
    catalogue_entries,
)
from shimgen.collector.show.selection import Selection, app_path
from shimgen.collector.show.site import Site
from shimgen.collector.show.wording import UNKNOWN
from shimgen.spec import Dimension

_TABLE_APPS = 25  # rows of the table of applications
_CHART_BARS = 12  # bars of a chart of applications or exit codes
_APPS_OF_CODE = 25  # applications that are searched for one exit code


class MomentRow(NamedTuple):
    """A row of the table of runs over time."""

    label: str
    moment: Moment


class DimensionTable(NamedTuple):
    """The counts of one dimension."""

    dimension: Dimension
    values: list[Value]


class StatisticsView(NamedTuple):
    """The page of all runs, or of one application.

    The charts are None if there is nothing to draw. On the page of an application,
    `apps` is empty. `named_apps` is how many applications have a name, `all_apps` how
    many rows the complete table has.
    """

    heading: str
    selection: Selection
    coverage: Coverage
    totals: Totals
    moment_title: str
    moments: list[MomentRow]
    time_chart: charts.Chart | None
    app_title: str
    apps: list[App]
    all_apps: int
    named_apps: int
    app_chart: charts.Chart | None
    codes: list[Code]
    code_chart: charts.Chart | None
    dimensions: list[DimensionTable]


class Meaning(NamedTuple):
    """What one category of the spec says about an exit code."""

    source: str
    meaning: str
    recovery: str


class AppWithCode(NamedTuple):
    """An application with runs that failed with the exit code of a page."""

    name: str
    url: str
    runs: int


class CodeView(NamedTuple):
    """The page of one exit code; `share` is that of all failed runs, 0-1."""

    code: int
    selection: Selection
    coverage: Coverage
    meanings: list[Meaning]
    runs: int
    share: float | None
    apps: list[AppWithCode]
    searched_apps: int


def statistics(site: Site, selection: Selection) -> StatisticsView:
    """Return the view of all runs, or of the selected application."""
    numbers = site.numbers(selection)
    titles = {dimension.name: dimension.title for dimension in site.spec.dimensions}
    apps = numbers.apps() if "app" in titles and selection.app is None else []
    moments = _moments(numbers, selection)
    moment_title = {"30d": "Day", "90d": "Week from"}.get(selection.period, "Month")
    codes = numbers.codes()
    heading = f"{site.spec.project.title}: installations"
    if selection.app is not None:
        heading = selection.app or UNKNOWN
    return StatisticsView(
        heading=heading,
        selection=selection,
        coverage=numbers.coverage(),
        totals=numbers.totals(),
        moment_title=moment_title,
        moments=moments,
        time_chart=_time_chart(moments, moment_title),
        app_title=titles.get("app", ""),
        apps=apps[:_TABLE_APPS],
        all_apps=len(apps),
        named_apps=sum(row.app not in ("", OTHER) for row in apps),
        app_chart=_app_chart(apps),
        codes=codes,
        code_chart=_code_chart(codes),
        dimensions=[
            DimensionTable(dimension, values)
            for dimension in site.spec.dimensions
            if dimension.name != "app" and (values := numbers.values(dimension.name))
        ],
    )


def _moments(numbers: Numbers, selection: Selection) -> list[MomentRow]:
    form = "%b %Y" if selection.grain == "month" else "%-d %b"
    return [
        MomentRow(moment.begins.strftime(form), moment)
        for moment in numbers.over_time()
    ]


def _by_status(row: Moment | App) -> dict[str, int]:
    return {status: getattr(row, status) for status in STATUSES}


def _time_chart(moments: list[MomentRow], title: str) -> charts.Chart | None:
    if not any(row.moment.runs for row in moments):
        return None
    prefix = "Week from " if title.startswith("Week") else ""
    items = [
        charts.Item(row.label, f"{prefix}{row.label}", _by_status(row.moment))
        for row in moments
    ]
    return charts.columns(
        f"Runs over time, {moments[0].label} to {moments[-1].label}", items
    )


def _app_chart(apps: list[App]) -> charts.Chart | None:
    items = [
        charts.Item(row.app or UNKNOWN, row.app or UNKNOWN, _by_status(row))
        for row in apps[:_CHART_BARS]
    ]
    title = "Runs by application and status"
    return charts.rows(title, items) if items else None


def _code_chart(codes: list[Code]) -> charts.Chart | None:
    # Merged codes would dwarf the others; the table has them.
    named = [row for row in codes if row.code is not None][:_CHART_BARS]
    items = []
    for row in named:
        text = f"{row.code} \N{EN DASH} {' or '.join(row.meanings)}"
        items.append(charts.Item(text, text, {"failed": row.runs}))
    return charts.rows("Failed runs by exit code", items) if items else None


def exit_code(site: Site, code: int, selection: Selection) -> CodeView:
    """Return the view of an exit code."""
    numbers = site.numbers(selection)
    by_code = {row.code: row.runs for row in numbers.codes()}
    failed = sum(by_code.values())
    most_failed = sorted(numbers.apps(), key=lambda app: -app.failed)[:_APPS_OF_CODE]
    apps = []
    for app in most_failed:
        codes = site.numbers(selection._replace(app=app.app)).codes()
        runs = sum(row.runs for row in codes if row.code == code)
        if runs:
            url = app_path(app.app) + selection.query()
            apps.append(AppWithCode(app.app or UNKNOWN, url, runs))
    return CodeView(
        code=code,
        selection=selection,
        coverage=numbers.coverage(),
        meanings=[
            Meaning(category.title, category.describe(entry), entry.recovery)
            for category, entry in catalogue_entries(site.spec, code)
        ],
        runs=by_code.get(code, 0),
        share=by_code.get(code, 0) / failed if failed else None,
        apps=sorted(apps, key=lambda app: -app.runs),
        searched_apps=len(most_failed),
    )
