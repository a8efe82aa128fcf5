"""The pages: statistics, one application, one exit code, privacy."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from shimgen.collector.keep.store import OTHER, STATUSES, Figures
from shimgen.collector.settings import Settings
from shimgen.collector.show import charts
from shimgen.collector.show.chosen import PERIODS, ChoiceError, Chosen, app_path, choose
from shimgen.collector.show.files import Address
from shimgen.collector.show.live import shown
from shimgen.collector.show.numbers import Numbers, Totals, entries
from shimgen.collector.show.openapi import Operation
from shimgen.collector.show.rendering import HEADERS, STYLE, Cache, Templates
from shimgen.spec import Field, Spec, schema

_APPS = 25  # rows of the table
_CHARTED = 12  # bars of a chart
_LOOKED_INTO = 25  # applications asked for one exit code
_HTML = "text/html"
_ENDS = ("completed", "failed", "unfinished")


class Pages:
    """Request handlers; each runs in a thread, as SQLite makes it wait."""

    def __init__(
        self, spec: Spec, figures: Figures, settings: Settings, address: Address
    ) -> None:
        self._spec = spec
        self._figures = figures
        self._settings = settings
        self._address = address
        self._templates = Templates(spec, settings)
        self._cache = Cache(spec, figures, settings)

    def statistics(self, request: Request) -> Response:
        """Show all runs."""
        return self._statistics(request, None)

    def app(self, request: Request) -> Response:
        """Show the runs of one application."""
        return self._statistics(request, request.path_params["name"].removeprefix("/"))

    def _statistics(self, request: Request, app: str | None) -> Response:
        chosen = choose(request.query_params, app)
        base = self._address.of(request)
        numbers = Numbers(self._spec, self._figures, chosen, self._settings.k)
        if app is not None and not self._is_published(app):
            raise ChoiceError(f"no runs of {app!r} are published", 404)

        def make() -> bytes:
            values = self._values(numbers, chosen)
            return self._templates.render(
                "statistics.html",
                request,
                base=base,
                consent=self._spec.consent,
                first=self._first_call(),
                **values,
            )

        return self._cache.answer(request, _HTML, make)

    def _first_call(self) -> str:
        """Return what a script calls first: the start of a run, where there is one."""
        events = sorted(self._spec.events, key=lambda event: event.kind != "start")
        return events[0].function

    def _is_published(self, app: str) -> bool:
        everything = choose({"period": "all"}, app).filter(None)
        return bool(self._figures.by_app(everything))

    def _values(self, numbers: Numbers, chosen: Chosen) -> dict[str, Any]:
        spec, moments = self._spec, numbers.over_time()
        totals, codes = numbers.totals(), numbers.codes()
        form = "%b %Y" if chosen.grain == "month" else "%-d %b"
        labelled = [(moment.begins.strftime(form), moment) for moment in moments]
        titles = {one.name: one.title for one in spec.dimensions}
        apps = numbers.apps() if "app" in titles and chosen.app is None else []
        others = [one for one in spec.dimensions if one.name != "app"]
        heading = f"{spec.project.title}: installations"
        if chosen.app is not None:
            heading = chosen.app or "unknown"
        return {
            "heading": heading,
            "chosen": chosen,
            "periods": PERIODS,
            "statuses": STATUSES,
            "span": numbers.span(),
            "totals": totals,
            "moments": labelled,
            "moment_label": {"30d": "Day", "90d": "Week from"}.get(
                chosen.period, "Month"
            ),
            "apps": apps,
            "named_apps": sum(one.app not in ("", OTHER) for one in apps),
            "app_title": titles.get("app", ""),
            "shown": _APPS,
            "codes": codes,
            "dimensions": [
                (one, rows) for one in others if (rows := numbers.values(one.name))
            ],
            "charts": _charts(labelled, apps, codes, totals),
        }

    def code(self, request: Request) -> Response:
        """Show one exit code."""
        code = int(request.path_params["code"])
        if code > 255:
            raise ChoiceError(f"{code} is no exit code; use 0-255", 404)
        chosen = choose(request.query_params)._replace(status=None)

        def make() -> bytes:
            return self._templates.render(
                "code.html", request, **self._code_values(code, chosen)
            )

        return self._cache.answer(request, _HTML, make)

    def _code_values(self, code: int, chosen: Chosen) -> dict[str, Any]:
        numbers = self._numbers(chosen)
        by_code = {one.code: one.runs for one in numbers.codes()}
        failed = sum(by_code.values())
        looked = sorted(numbers.apps(), key=lambda app: -app.failed)[:_LOOKED_INTO]
        apps = []
        for app in looked:
            found = self._numbers(chosen._replace(app=app.app)).codes()
            runs = sum(one.runs for one in found if one.code == code)
            if runs:
                url = app_path(app.app) + chosen.query()
                apps.append((app.app or "unknown", url, runs))
        return {
            "code": code,
            "chosen": chosen,
            "periods": PERIODS,
            "meanings": [
                (category.title, category.describe(row), row.recovery)
                for category, row in entries(self._spec, code)
            ],
            "span": numbers.span(),
            "runs": by_code.get(code, 0),
            "share": by_code.get(code, 0) / failed if failed else None,
            "apps": sorted(apps, key=lambda row: -row[2]),
            "looked": len(looked),
        }

    def _numbers(self, chosen: Chosen) -> Numbers:
        return Numbers(self._spec, self._figures, chosen, self._settings.k)

    def privacy(self, request: Request) -> Response:
        """Say what is reported, kept and published."""

        def make() -> bytes:
            return self._templates.render(
                "privacy.html",
                request,
                consent=self._spec.consent,
                events=self._spec.events,
                examples={e.function: schema.example(e) for e in self._spec.events},
                becomes=self._becomes,
                shown=shown,
                other=OTHER,
            )

        return self._cache.answer(request, _HTML, make)

    def _becomes(self, field: Field) -> str:
        """Say what is left of a field when its report is gone."""
        if field.variable == (self._spec.project.run_id,):
            return "erased"
        if field.outcome in ("status", "exit_code"):
            return "counted"
        for dimension in self._spec.dimensions:
            if dimension.name == field.dimension:
                sizes = ", in steps" if dimension.buckets else ""
                return f"counted under “{dimension.title}”{sizes}"
        return "erased"

    def style(self, request: Request) -> Response:  # noqa: ARG002  Starlette's
        """Return the style sheet; its path changes with it."""
        headers = {**HEADERS, "Cache-Control": "public, max-age=31536000, immutable"}
        return Response(STYLE, headers=headers, media_type="text/css")

    def api(self, request: Request, operations: list[Operation]) -> Response:
        """Describe the API."""

        def make() -> bytes:
            return self._templates.render("api.html", request, operations=operations)

        return self._cache.answer(request, _HTML, make)


def _charts(
    labelled: list[tuple[str, Any]], apps: list[Any], codes: list[Any], totals: Totals
) -> dict[str, Any]:
    if not totals.runs:
        return {}
    labels = [label for label, _ in labelled]
    moments = [moment for _, moment in labelled]
    first = apps[:_CHARTED]
    # What is merged would dwarf the rest; its number stands in the table.
    most = [one for one in codes if one.code is not None][:_CHARTED]
    return {
        "time": charts.stacked(
            "chart-time",
            f"Runs over time: {totals.runs} from {labels[0]} to {labels[-1]}",
            labels,
            {end: [getattr(one, end) for one in moments] for end in _ENDS},
        ),
        "apps": charts.bars(
            "chart-apps",
            "Runs by application and how they ended",
            [one.app or "unknown" for one in first],
            {end: [getattr(one, end) for one in first] for end in _ENDS},
        )
        if first
        else "",
        "codes": charts.bars(
            "chart-codes",
            "Failed runs by exit code",
            [str(one.code) for one in most],
            {"completed": [0] * len(most), "failed": [one.runs for one in most]},
        )
        if most
        else "",
    }
