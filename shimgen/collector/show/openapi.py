"""The OpenAPI 3.1 document of the collector, made from the types of the API."""

from __future__ import annotations

import re
from typing import Any, NamedTuple

import msgspec

from shimgen import __version__
from shimgen.collector.keep.published import STATUSES
from shimgen.collector.show.api import ENDPOINTS, ROOT, Endpoint
from shimgen.collector.show.selection import DEFAULT, PERIODS
from shimgen.spec import Spec, schema

_PROBLEM = {
    "type": "object",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "field": {"type": "string"},
    },
}
_REFUSALS = {
    "400": "the request is wrong; detail says what, and field which key of a report",
    "404": "there is nothing with this name or number",
    "413": "the body is longer than 16 KiB",
    "415": "the Content-Type is not application/json",
    "429": "too many reports; Retry-After says when to try again",
    "503": "the report cannot be stored now; Retry-After says when to try again",
}


class Operation(NamedTuple):
    """One operation of the document, for the page that describes the API."""

    id: str
    method: str
    path: str
    summary: str
    parameters: list[dict[str, Any]]
    answers: dict[str, str]


def document(spec: Spec, upload: str) -> dict[str, Any]:
    """Return the document; `upload` is the path that receives reports."""
    tables, components = msgspec.json.schema_components(
        [endpoint.table for endpoint in ENDPOINTS],
        ref_template="#/components/schemas/{name}",
    )
    schemas: dict[str, Any] = dict(components)
    schemas["Problem"] = _PROBLEM
    for event in spec.events:
        schemas[event.function] = _without_dialect(schema.payload(spec, event))
    paths: dict[str, Any] = {
        _path(endpoint): {"get": _get(spec, endpoint, table)}
        for endpoint, table in zip(ENDPOINTS, tables, strict=True)
    }
    paths[upload] = {"post": _post(spec)}
    return {
        "openapi": "3.1.0",
        "info": {
            "title": f"Reports of {spec.project.title}",
            "version": f"{spec.project.version}+shimgen.{__version__}",
            "description": (
                "Every count is of at least k runs; `span.k` is the value of k."
            ),
        },
        "paths": paths,
        "components": {"schemas": schemas},
    }


def operations(document: dict[str, Any]) -> list[Operation]:
    """Return the operations of a document."""
    return [
        Operation(
            operation["operationId"],
            method.upper(),
            path,
            operation["summary"],
            operation.get("parameters", []),
            {
                status: answer["description"]
                for status, answer in operation["responses"].items()
            },
        )
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    ]


def _without_dialect(payload_schema: dict[str, Any]) -> dict[str, Any]:
    """Return a schema without "$schema", which OpenAPI itself defines."""
    return {key: value for key, value in payload_schema.items() if key != "$schema"}


def _path(endpoint: Endpoint) -> str:
    """Return the path of an endpoint as OpenAPI writes it: parameters without types."""
    return ROOT + re.sub(r"\{(\w+):\w+\}", r"{\1}", endpoint.path)


def _get(spec: Spec, endpoint: Endpoint, table: dict[str, Any]) -> dict[str, Any]:
    refused = ("400", "404") if "{" in endpoint.path else ("400",)
    return {
        "operationId": "get" + re.sub(r"\W+", "_", _path(endpoint)),
        "summary": endpoint.summary,
        "parameters": _parameters(spec, endpoint),
        "responses": {
            "200": {
                "description": "the table",
                "content": {
                    "application/json": {"schema": table},
                    "text/csv": {"schema": {"type": "string"}},
                },
            },
            **_refused(*refused),
        },
    }


def _parameters(spec: Spec, endpoint: Endpoint) -> list[dict[str, Any]]:
    dimensions = [
        dimension.name for dimension in spec.dimensions if dimension.name != "app"
    ]
    in_path: dict[str, tuple[str, dict[str, Any]]] = {
        "name": ("The name of the application.", {"type": "string", "minLength": 1}),
        "code": ("The exit code.", {"type": "integer", "minimum": 0, "maximum": 255}),
        "dimension": (
            "The name of the dimension.",
            {"type": "string"} | ({"enum": dimensions} if dimensions else {}),
        ),
    }
    names = re.findall(r"\{(\w+)", endpoint.path)
    parameters = [_parameter(name, "path", *in_path[name]) for name in names]
    if endpoint.selectable:
        period = {"type": "string", "enum": list(PERIODS), "default": DEFAULT}
        status = {"type": "string", "enum": list(STATUSES)}
        parameters += [
            _parameter("period", "query", "The period, up to the last day.", period),
            _parameter("status", "query", "Only runs with this status.", status),
        ]
        if "name" not in names:
            app = {"type": "string"}
            description = "Only runs of this application."
            parameters.append(_parameter("app", "query", description, app))
    form = {"type": "string", "enum": ["json", "csv"], "default": "json"}
    return [*parameters, _parameter("format", "query", "The format.", form)]


def _parameter(
    name: str, place: str, description: str, value_schema: dict[str, Any]
) -> dict[str, Any]:
    return {
        "name": name,
        "in": place,
        "required": place == "path",
        "description": description,
        "schema": value_schema,
    }


def _post(spec: Spec) -> dict[str, Any]:
    payloads = [{"$ref": f"#/components/schemas/{e.function}"} for e in spec.events]
    answer = {
        "type": "object",
        "required": ["status", "event"],
        "properties": {
            "status": {"const": "stored"},
            "event": {"enum": [event.function for event in spec.events]},
        },
    }
    return {
        "operationId": "report",
        "summary": "Receive one report. The answer comes when the report is durable.",
        "requestBody": {
            "required": True,
            "content": {"application/json": {"schema": {"anyOf": payloads}}},
        },
        "responses": {
            "200": {
                "description": "the report is stored",
                "content": {"application/json": {"schema": answer}},
            },
            **_refused("400", "413", "415", "429", "503"),
        },
    }


def _refused(*statuses: str) -> dict[str, Any]:
    problem = {"schema": {"$ref": "#/components/schemas/Problem"}}
    return {
        status: {
            "description": _REFUSALS[status],
            "content": {"application/problem+json": problem},
        }
        for status in statuses
    }
