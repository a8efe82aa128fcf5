"""The API: the tables of the pages as JSON or CSV. To add one, see ENDPOINTS."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Sequence
from typing import Any, Generic, NamedTuple, TypeVar, get_args

import msgspec
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from shimgen.collector.show.numbers import (
    App,
    Code,
    Coverage,
    Moment,
    Numbers,
    Totals,
    Value,
    code_row,
)
from shimgen.collector.show.selection import SelectionError, select
from shimgen.collector.show.site import Site
from shimgen.collector.spreadsheets import cell

ROOT = "/api/v1"
Row = TypeVar("Row", bound=msgspec.Struct)


class Table(msgspec.Struct, Generic[Row], frozen=True):
    """Counts of the selected runs; `span` says what is counted."""

    span: Coverage
    rows: list[Row]


class Listing(msgspec.Struct, Generic[Row], frozen=True):
    """A part of the spec, which is the same for every selection."""

    rows: list[Row]


class DimensionRow(msgspec.Struct, frozen=True):
    """A dimension of the spec; `buckets` are the upper limits of its ranges."""

    name: str
    title: str
    buckets: list[int]


class ExitCodeRow(msgspec.Struct, frozen=True):
    """What one category of the spec says about an exit code."""

    code: int
    category: str
    meaning: str
    recovery: str


class Endpoint(NamedTuple):
    """One table of the API.

    `path` is below ROOT. `table` is a Table or a Listing of the type of its rows.
    `make` returns it. `summary` is for the description of the API.
    """

    path: str
    table: Any
    make: Callable[[Api, Request], Any]
    summary: str

    @property
    def row(self) -> type[msgspec.Struct]:
        """The type of its rows."""
        row: type[msgspec.Struct] = get_args(self.table)[0]
        return row

    @property
    def selectable(self) -> bool:
        """Whether period, application and status may be selected."""
        return "span" in {field.name for field in msgspec.structs.fields(self.table)}


class Api:
    """The handlers of requests; each runs in a thread, because SQLite blocks."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._spec = site.spec

    def handler(self, endpoint: Endpoint) -> Callable[[Request], Response]:
        """Return the function that answers requests to an endpoint."""

        def answer(request: Request) -> Response:
            form = request.query_params.get("format", "json")
            if form not in ("json", "csv"):
                raise SelectionError(f"format {form!r} is unknown; use json, csv")
            table = endpoint.make(self, request)
            if form == "csv":
                return self._site.cache.answer(
                    request, "text/csv", lambda: _csv(table.rows, endpoint.row)
                )
            return self._site.cache.answer(
                request, "application/json", lambda: msgspec.json.encode(table)
            )

        return answer

    def _numbers(self, request: Request) -> Numbers:
        app = request.path_params.get("name", request.query_params.get("app"))
        return self._site.numbers(select(request.query_params, app))

    def summary(self, request: Request) -> Table[Totals]:
        """Count all runs."""
        numbers = self._numbers(request)
        return Table(numbers.coverage(), [numbers.totals()])

    def over_time(self, request: Request) -> Table[Moment]:
        """Count runs by day, week or month."""
        numbers = self._numbers(request)
        return Table(numbers.coverage(), numbers.over_time())

    def apps(self, request: Request) -> Table[App]:
        """Count runs by application, or those of the application in the path."""
        numbers = self._numbers(request)
        rows = numbers.apps()
        if not rows and "name" in request.path_params:
            raise HTTPException(404, "no runs of this application are published")
        return Table(numbers.coverage(), rows)

    def codes(self, request: Request) -> Table[Code]:
        """Count failed runs by exit code, or those with the exit code in the path."""
        numbers = self._numbers(request)
        rows, code = numbers.codes(), request.path_params.get("code")
        if code is not None:
            if code > 255:
                raise HTTPException(404, f"{code} is not an exit code; use 0-255")
            no_runs = code_row(self._spec, str(code), 0)
            rows = [row for row in rows if row.code == code] or [no_runs]
        return Table(numbers.coverage(), rows)

    def values(self, request: Request) -> Table[Value]:
        """Count runs by the values of the dimension in the path."""
        name = request.path_params["dimension"]
        known = [
            dimension.name
            for dimension in self._spec.dimensions
            if dimension.name != "app"
        ]
        if name not in known:
            raise HTTPException(404, f"no such dimension; use {', '.join(known)}")
        numbers = self._numbers(request)
        return Table(numbers.coverage(), numbers.values(name))

    def dimensions(
        self,
        request: Request,  # noqa: ARG002  the signature of Endpoint.make
    ) -> Listing[DimensionRow]:
        """List the dimensions."""
        rows = [
            DimensionRow(dimension.name, dimension.title, list(dimension.buckets))
            for dimension in self._spec.dimensions
        ]
        return Listing(rows)

    def exit_codes(
        self,
        request: Request,  # noqa: ARG002  the signature of Endpoint.make
    ) -> Listing[ExitCodeRow]:
        """List the exit codes of the spec."""
        rows = [
            ExitCodeRow(
                entry.code, category.name, category.describe(entry), entry.recovery
            )
            for category in self._spec.categories
            for entry in category.codes
        ]
        return Listing(rows)


ENDPOINTS = (
    Endpoint("/summary", Table[Totals], Api.summary, "All runs, by status."),
    Endpoint("/over-time", Table[Moment], Api.over_time, "Runs by day, week or month."),
    Endpoint("/apps", Table[App], Api.apps, "Runs by application, most runs first."),
    Endpoint("/apps/{name:path}", Table[App], Api.apps, "Runs of one application."),
    Endpoint(
        "/codes", Table[Code], Api.codes, "Failed runs by exit code, most runs first."
    ),
    Endpoint(
        "/codes/{code:int}", Table[Code], Api.codes, "Failed runs with one exit code."
    ),
    Endpoint(
        "/dimensions",
        Listing[DimensionRow],
        Api.dimensions,
        "The dimensions by which runs are counted.",
    ),
    Endpoint(
        "/dimensions/{dimension}",
        Table[Value],
        Api.values,
        "Runs by the values of a dimension.",
    ),
    Endpoint(
        "/exit-codes",
        Listing[ExitCodeRow],
        Api.exit_codes,
        "The meanings of exit codes, and what to do.",
    ),
)


def _csv(rows: Sequence[msgspec.Struct], row_type: type[msgspec.Struct]) -> bytes:
    """Return rows as CSV (RFC 4180), after a line with the names of the columns."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(row_type.__struct_fields__)
    for row in rows:
        values = msgspec.to_builtins(row).values()
        writer.writerow(cell(_joined(value)) for value in values)
    return text.getvalue().encode()


def _joined(value: object) -> object:
    """Return a list as one text, and other values as they are."""
    return " | ".join(map(str, value)) if isinstance(value, list) else value
