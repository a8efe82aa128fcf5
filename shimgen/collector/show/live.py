"""The page that shows single reports as they arrive; works without JavaScript."""

from __future__ import annotations

import datetime
import json
from typing import Any, NamedTuple

from starlette.requests import Request
from starlette.responses import Response

from shimgen.collector.keep.store import Report, Run, Store
from shimgen.collector.settings import Settings
from shimgen.collector.show.rendering import HEADERS, Templates
from shimgen.spec import Spec
from shimgen.spec import payload as schema

_RUNS = 200


class _Report(NamedTuple):
    event: str
    when: datetime.datetime
    rows: list[tuple[str, str]]


class _Run(NamedTuple):
    random_id: str
    verdict: str
    reports: list[_Report]


class Live:
    """Shows the newest runs that are not folded yet."""

    def __init__(self, spec: Spec, store: Store, settings: Settings) -> None:
        self._spec = spec
        self._store = store
        self._templates = Templates(spec, settings)

    def show(self, request: Request) -> Response:
        """Return the page."""
        runs = [self._run(run) for run in self._store.runs(_RUNS)]
        body = self._templates.render("live.html", request, runs=runs)
        headers = {**HEADERS, "Cache-Control": "no-store"}
        return Response(body, headers=headers, media_type="text/html")

    def _run(self, run: Run) -> _Run:
        reports = [(one, json.loads(one.payload)) for one in run.reports]
        shown = [_report(one, payload) for one, payload in reversed(reports)]
        return _Run(run.random_id, self._verdict(reports), shown)

    def _verdict(self, reports: list[tuple[Report, dict[str, Any]]]) -> str:
        """How the run ended: what its newest outcome says, "open" where none came."""
        codes = {
            event.function: (
                field.key,
                field.max_length or self._spec.limits.max_length,
            )
            for event in self._spec.events
            for field in event.fields
            if field.outcome == "status"
        }
        for report, payload in reversed(reports):
            if report.event in codes:
                key, length = codes[report.event]
                done = payload.get(key) == schema.STATUSES[0][:length]
                return "completed" if done else "failed"
        return "open"


def _report(report: Report, payload: dict[str, Any]) -> _Report:
    when = datetime.datetime.fromtimestamp(report.received, datetime.UTC)
    rows = [(key, shown(value)) for key, value in payload.items()]
    return _Report(report.event, when, rows)


def shown(value: object) -> str:
    """Return the value of a field for people: a list as its words."""
    if isinstance(value, list):
        return " ".join(map(str, value))
    return value if isinstance(value, str) else json.dumps(value)
