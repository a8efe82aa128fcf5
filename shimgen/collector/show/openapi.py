"""OpenAPI 3.1 of the collector, from the types that the API answers with."""

from __future__ import annotations

import re
from typing import Any, NamedTuple

import msgspec

from shimgen import __version__
from shimgen.collector.keep.store import STATUSES
from shimgen.collector.show.api import ENDPOINTS, ROOT, Endpoint
from shimgen.collector.show.chosen import PERIODS
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
    "400": "it is wrong, and detail says what; of a report, field names the key",
    "404": "there is no such thing",
    "413": "the body is over 16 KiB",
    "415": "the Content-Type is not application/json",
    "429": "too many reports; Retry-After says when to try again",
    "503": "the report cannot be kept now; Retry-After says when to try again",
}


class Operation(NamedTuple):
    """One operation, for people."""

    id: str
    method: str
    path: str
    summary: str
    parameters: list[dict[str, Any]]
    answers: dict[str, str]


def document(spec: Spec, upload: str) -> dict[str, Any]:
    """Return the document; `upload` is the path that takes reports."""
    kinds = [endpoint.kind for endpoint in ENDPOINTS]
    _, components = msgspec.json.schema_components(
        kinds, ref_template="#/components/schemas/{name}"
    )
    schemas: dict[str, Any] = dict(components)
    schemas["Problem"] = _PROBLEM
    for event in spec.events:
        schemas[event.function] = _unnamed(schema.payload(spec, event))
    paths: dict[str, Any] = {
        _plain(endpoint.path): {"get": _get(spec, endpoint)} for endpoint in ENDPOINTS
    }
    paths[upload] = {"post": _post(spec)}
    return {
        "openapi": "3.1.0",
        "info": {
            "title": f"Reports of {spec.project.title}",
            "version": f"{spec.project.version}+shimgen.{__version__}",
            "description": "Every count is of at least k runs; `span.k` says k.",
        },
        "paths": paths,
        "components": {"schemas": schemas},
    }


def operations(made: dict[str, Any]) -> list[Operation]:
    """List the operations of a document."""
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
        for path, methods in made["paths"].items()
        for method, operation in methods.items()
    ]


def _unnamed(found: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in found.items() if key != "$schema"}


def _plain(path: str) -> str:
    return ROOT + re.sub(r"\{(\w+):\w+\}", r"{\1}", path)


def _get(spec: Spec, endpoint: Endpoint) -> dict[str, Any]:
    answer = {"$ref": f"#/components/schemas/{endpoint.kind.__name__}"}
    refused = ("400", "404") if "{" in endpoint.path else ("400",)
    return {
        "operationId": "get" + re.sub(r"\W+", "_", _plain(endpoint.path)),
        "summary": endpoint.summary,
        "parameters": _parameters(spec, endpoint),
        "responses": {
            "200": {
                "description": "the table",
                "content": {
                    "application/json": {"schema": answer},
                    "text/csv": {"schema": {"type": "string"}},
                },
            },
            **_refused(*refused),
        },
    }


def _parameters(spec: Spec, endpoint: Endpoint) -> list[dict[str, Any]]:
    dimensions = [one.name for one in spec.dimensions if one.name != "app"]
    in_path: dict[str, tuple[str, dict[str, Any]]] = {
        "name": ("The application.", {"type": "string", "minLength": 1}),
        "code": ("The exit code.", {"type": "integer", "minimum": 0, "maximum": 255}),
        "dimension": (
            "The dimension.",
            {"type": "string"} | ({"enum": dimensions} if dimensions else {}),
        ),
    }
    named = re.findall(r"\{(\w+)", endpoint.path)
    found = [_parameter(name, "path", *in_path[name]) for name in named]
    if endpoint.chosen:
        period = {"type": "string", "enum": list(PERIODS), "default": "30d"}
        status = {"type": "string", "enum": list(STATUSES)}
        found.append(_parameter("period", "query", "How far back.", period))
        found.append(_parameter("status", "query", "Runs that ended so.", status))
        if "name" not in named:
            text = {"type": "string"}
            found.append(_parameter("app", "query", "Runs of this application.", text))
    form = {"type": "string", "enum": ["json", "csv"], "default": "json"}
    return [*found, _parameter("format", "query", "What the table comes as.", form)]


def _parameter(
    name: str, place: str, description: str, kind: dict[str, Any]
) -> dict[str, Any]:
    return {
        "name": name,
        "in": place,
        "required": place == "path",
        "description": description,
        "schema": kind,
    }


def _post(spec: Spec) -> dict[str, Any]:
    kinds = [{"$ref": f"#/components/schemas/{e.function}"} for e in spec.events]
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
        "summary": "Take one report. The answer comes when it is durable.",
        "requestBody": {
            "required": True,
            "content": {"application/json": {"schema": {"anyOf": kinds}}},
        },
        "responses": {
            "200": {
                "description": "the report is kept",
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
