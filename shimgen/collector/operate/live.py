"""The live page: single reports as they arrive, for the operator who tries a script.

It is the only page that shows reports of single runs. The application adds it only if
the setting `live` is on, which by default is the case only on a loopback address.
"""

from __future__ import annotations

import datetime
import json
from pathlib import Path
from typing import Any, NamedTuple

from starlette.requests import Request
from starlette.responses import Response

from shimgen.collector.keep.store import Report, Run, Store
from shimgen.collector.show.rendering import HEADERS
from shimgen.collector.show.site import Page, Site
from shimgen.collector.show.wording import display
from shimgen.spec import Spec
from shimgen.spec.payload import outcome_rule

_MAX_RUNS = 200  # on the page


class ReportView(NamedTuple):
    """A report: its event's function, when it arrived, its fields and values."""

    event: str
    when: datetime.datetime
    fields: list[tuple[str, str]]


class RunView(NamedTuple):
    """A run with its reports, newest first; its status is "open" without an outcome."""

    random_id: str
    status: str
    reports: list[ReportView]


def page(store: Store) -> Page:
    """Return the page of the reports in `store`."""

    def show(site: Site, request: Request) -> Response:
        runs = [run_view(site.spec, run) for run in store.runs(_MAX_RUNS)]
        body = site.templates.render("live.html", request, runs=runs)
        headers = {**HEADERS, "Cache-Control": "no-store"}
        return Response(body, headers=headers, media_type="text/html")

    templates = Path(__file__).parent / "templates"
    return Page("/live", show, "Live", templates=templates)


def run_view(spec: Spec, run: Run) -> RunView:
    """Return what the page shows of a run."""
    reports = [(report, json.loads(report.payload)) for report in run.reports]
    views = [_report_view(report, payload) for report, payload in reversed(reports)]
    return RunView(run.random_id, _status(spec, reports), views)


def _status(spec: Spec, reports: list[tuple[Report, dict[str, Any]]]) -> str:
    """Return the status in the newest outcome, "open" if there is none."""
    rules = {event.function: outcome_rule(spec, event) for event in spec.events}
    for report, payload in reversed(reports):
        if rule := rules.get(report.event):
            return str(payload.get(rule.status_key))
    return "open"


def _report_view(report: Report, payload: dict[str, Any]) -> ReportView:
    when = datetime.datetime.fromtimestamp(report.received, datetime.UTC)
    fields = [(key, display(value)) for key, value in payload.items()]
    return ReportView(report.event, when, fields)
