"""The pages. To add one: a function, a template, and an entry in PAGES."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from shimgen.collector.keep.published import OTHER, STATUSES
from shimgen.collector.show import openapi, views
from shimgen.collector.show.selection import (
    PERIODS,
    Selection,
    SelectionError,
    select,
)
from shimgen.collector.show.site import Page, Site
from shimgen.spec import Field, Spec
from shimgen.spec.schema import example


def statistics(site: Site, request: Request) -> Response:
    """Show all runs."""
    return _statistics(site, request, select(request.query_params))


def application(site: Site, request: Request) -> Response:
    """Show the runs of one application; 404 if none are published."""
    app = request.path_params["name"].removeprefix("/")
    selection = select(request.query_params, app)
    everything = Selection("all", app).filter(None)
    if not site.figures.by_app(everything):
        raise SelectionError(f"no runs of {app!r} are published", 404)
    return _statistics(site, request, selection)


def _statistics(site: Site, request: Request, selection: Selection) -> Response:
    base_url = site.address.base_url(request)

    def values() -> dict[str, Any]:
        return {
            "view": views.statistics(site, selection),
            "periods": PERIODS,
            "statuses": STATUSES,
            "base_url": base_url,
            "consent": site.spec.consent,
            "first_function": _first_function(site.spec),
        }

    return site.page(request, "statistics.html", values)


def _first_function(spec: Spec) -> str:
    """Return what a script calls first: the start of a run, if the spec has one."""
    events = sorted(spec.events, key=lambda event: event.kind != "start")
    return events[0].function


def exit_code(site: Site, request: Request) -> Response:
    """Show one exit code: its meanings, and where runs failed with it."""
    code = int(request.path_params["code"])
    if code > 255:
        raise SelectionError(f"{code} is not an exit code; use 0-255", 404)
    selection = select(request.query_params)._replace(status=None)

    def values() -> dict[str, Any]:
        return {"view": views.exit_code(site, code, selection), "periods": PERIODS}

    return site.page(request, "code.html", values)


def privacy(site: Site, request: Request) -> Response:
    """Say which fields are reported, and what is stored and published of them."""
    spec = site.spec

    def values() -> dict[str, Any]:
        return {
            "consent": spec.consent,
            "events": spec.events,
            "examples": {e.function: example(e) for e in spec.events},
            "fate": lambda field: _fate(spec, field),
            "other": OTHER,
        }

    return site.page(request, "privacy.html", values)


def _fate(spec: Spec, field: Field) -> str:
    """Return what happens to the value of a field when its run is folded."""
    if field.variable == (spec.project.run_id,):
        return "erased"
    if field.outcome in ("status", "exit_code"):
        return "counted"
    for dimension in spec.dimensions:
        if dimension.name == field.dimension:
            ranges = ", in ranges" if dimension.buckets else ""
            return f"counted under “{dimension.title}”{ranges}"
    return "erased"


def api(site: Site, request: Request) -> Response:
    """Describe the API."""

    def values() -> dict[str, Any]:
        document = openapi.document(site.spec, site.upload)
        return {"operations": openapi.operations(document)}

    return site.page(request, "api.html", values)


PAGES = (
    Page("/", statistics, "Statistics"),
    Page("/app/{name:path}", application, example="/app/docker"),
    Page("/code/{code:int}", exit_code, example="/code/100"),
    Page("/privacy", privacy, "Privacy"),
    Page("/api", api, "API"),
)
