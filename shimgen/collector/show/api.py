"""The API: what the pages show, as JSON or CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import msgspec
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from shimgen.collector.keep.store import Figures
from shimgen.collector.settings import Settings
from shimgen.collector.show.chosen import ChoiceError, choose
from shimgen.collector.show.numbers import (
    App,
    Code,
    Moment,
    Numbers,
    Span,
    Totals,
    Value,
    code_of,
)
from shimgen.collector.show.rendering import Cache
from shimgen.spec import Spec

ROOT = "/api/v1"
Row = Totals | Moment | App | Code | Value


class Summary(msgspec.Struct, frozen=True):
    """All runs of a choice."""

    span: Span
    rows: list[Totals]


class OverTime(msgspec.Struct, frozen=True):
    """Runs by day, week or month."""

    span: Span
    rows: list[Moment]


class Apps(msgspec.Struct, frozen=True):
    """Runs by application."""

    span: Span
    rows: list[App]


class Codes(msgspec.Struct, frozen=True):
    """Failed runs by exit code."""

    span: Span
    rows: list[Code]


class Values(msgspec.Struct, frozen=True):
    """Runs by the values of a dimension."""

    span: Span
    rows: list[Value]


class DimensionRow(msgspec.Struct, frozen=True):
    """A dimension of the spec."""

    name: str
    title: str
    buckets: list[int]


class Dimensions(msgspec.Struct, frozen=True):
    """What runs are counted by."""

    rows: list[DimensionRow]


class ExitCodeRow(msgspec.Struct, frozen=True):
    """What one category says of an exit code."""

    code: int
    category: str
    meaning: str
    recovery: str


class ExitCodes(msgspec.Struct, frozen=True):
    """The catalogue of exit codes."""

    rows: list[ExitCodeRow]


class Endpoint(NamedTuple):
    """One table of the API: its path below ROOT, its type, what it says."""

    path: str
    kind: type[msgspec.Struct]
    summary: str
    make: Callable[[Api, Request], Any]
    chosen: bool = True  # whether time, application and status may be chosen


class Api:
    """Request handlers; each runs in a thread, as SQLite makes it wait."""

    def __init__(self, spec: Spec, figures: Figures, settings: Settings) -> None:
        self._spec = spec
        self._figures = figures
        self._settings = settings
        self._cache = Cache(spec, figures, settings)

    def handler(self, endpoint: Endpoint) -> Callable[[Request], Response]:
        """Return what answers requests to an endpoint."""

        def answer(request: Request) -> Response:
            form = request.query_params.get("format", "json")
            if form not in ("json", "csv"):
                raise ChoiceError(f"format {form!r} is unknown; use json, csv")
            found = endpoint.make(self, request)
            if form == "csv":
                return self._cache.answer(
                    request, "text/csv", lambda: _csv(found.rows, _row_type(endpoint))
                )
            return self._cache.answer(
                request, "application/json", lambda: msgspec.json.encode(found)
            )

        return answer

    def _numbers(self, request: Request) -> Numbers:
        app = request.path_params.get("name", request.query_params.get("app"))
        chosen = choose(request.query_params, app)
        return Numbers(self._spec, self._figures, chosen, self._settings.k)

    def summary(self, request: Request) -> Summary:
        """Count all."""
        numbers = self._numbers(request)
        return Summary(numbers.span(), [numbers.totals()])

    def over_time(self, request: Request) -> OverTime:
        """Count by time."""
        numbers = self._numbers(request)
        return OverTime(numbers.span(), numbers.over_time())

    def apps(self, request: Request) -> Apps:
        """Count by application; one alone if the path names it."""
        numbers = self._numbers(request)
        found = numbers.apps()
        if not found and "name" in request.path_params:
            raise HTTPException(404, "no runs of this application are published")
        return Apps(numbers.span(), found)

    def codes(self, request: Request) -> Codes:
        """Count by exit code; one alone if the path names it."""
        numbers = self._numbers(request)
        rows, wanted = numbers.codes(), request.path_params.get("code")
        if wanted is not None:
            if wanted > 255:
                raise HTTPException(404, f"{wanted} is no exit code; use 0-255")
            none = code_of(self._spec, str(wanted), 0)
            rows = [row for row in rows if row.code == wanted] or [none]
        return Codes(numbers.span(), rows)

    def dimensions(self, request: Request) -> Dimensions:  # noqa: ARG002  signature
        """List what is counted by."""
        rows = [
            DimensionRow(one.name, one.title, list(one.buckets))
            for one in self._spec.dimensions
        ]
        return Dimensions(rows)

    def values(self, request: Request) -> Values:
        """Count by a dimension."""
        name = request.path_params["dimension"]
        known = [one.name for one in self._spec.dimensions if one.name != "app"]
        if name not in known:
            raise HTTPException(404, f"no such dimension; use {', '.join(known)}")
        numbers = self._numbers(request)
        return Values(numbers.span(), numbers.values(name))

    def exit_codes(self, request: Request) -> ExitCodes:  # noqa: ARG002  signature
        """List the catalogue."""
        rows = [
            ExitCodeRow(row.code, one.name, one.describe(row), row.recovery)
            for one in self._spec.categories
            for row in one.codes
        ]
        return ExitCodes(rows)


ENDPOINTS = (
    Endpoint("/summary", Summary, "All runs, and how they ended.", Api.summary),
    Endpoint("/over-time", OverTime, "Runs by day, week or month.", Api.over_time),
    Endpoint("/apps", Apps, "Runs by application, most first.", Api.apps),
    Endpoint("/apps/{name:path}", Apps, "Runs of one application.", Api.apps),
    Endpoint("/codes", Codes, "Failed runs by exit code, most first.", Api.codes),
    Endpoint("/codes/{code:int}", Codes, "Runs that failed with a code.", Api.codes),
    Endpoint(
        "/dimensions", Dimensions, "What runs are counted by.", Api.dimensions, False
    ),
    Endpoint(
        "/dimensions/{dimension}",
        Values,
        "Runs by the values of a dimension, most first.",
        Api.values,
    ),
    Endpoint(
        "/exit-codes",
        ExitCodes,
        "What exit codes mean, and what helps.",
        Api.exit_codes,
        False,
    ),
)


def _row_type(endpoint: Endpoint) -> type[msgspec.Struct]:
    """Return the type of the rows in an endpoint's answer."""
    rows = next(f for f in msgspec.structs.fields(endpoint.kind) if f.name == "rows")
    kind: type[msgspec.Struct] = rows.type.__args__[0]
    return kind


def _csv(rows: Sequence[msgspec.Struct], kind: type[msgspec.Struct]) -> bytes:
    """Return rows as CSV (RFC 4180) with a line of names."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(kind.__struct_fields__)
    for row in rows:
        cells = msgspec.to_builtins(row).values()
        writer.writerow(map(_cell, cells))
    return text.getvalue().encode()


def _cell(value: object) -> object:
    """Return a value as a cell that no spreadsheet takes for a formula."""
    if isinstance(value, list):
        value = " | ".join(map(str, value))
    if isinstance(value, str) and value.startswith(("=", "+", "-", "@")):
        return f"'{value}"
    return value
