"""The payloads as JSON Schema (2020-12): what a receiver may rely on."""

from __future__ import annotations

from typing import Any

from . import payload as rules
from .payload import Schema
from .types import Event, Field, Spec

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def document(spec: Spec) -> Schema:
    """Return one schema for the payloads of all events."""
    return {
        "$schema": DIALECT,
        "title": f"Reports of {spec.project.title}",
        "anyOf": [{"$ref": f"#/$defs/{e.function}"} for e in spec.events],
        "$defs": {e.function: _payload(spec, e) for e in spec.events},
    }


def payload(spec: Spec, event: Event) -> Schema:
    """Return the schema of one event's payload."""
    return {"$schema": DIALECT} | _payload(spec, event)


def example(event: Event) -> dict[str, Any]:
    """Return a payload of the examples of an event's fields."""
    examples = {field.key: _examples(field) for field in event.fields}
    return {key: values[0] for key, values in examples.items() if values}


def _payload(spec: Spec, event: Event) -> Schema:
    properties = {field.key: _property(field) for field in event.fields}
    if "exit_code" in event.by_outcome:
        properties[event.by_outcome["exit_code"].key]["anyOf"] = _meanings(spec)
    outcome = rules.outcome_rule(spec, event)
    return {
        "title": event.function,
        "description": event.description,
        "type": "object",
        "additionalProperties": False,
        "required": [field.key for field in event.fields if not field.optional],
        "properties": properties,
    } | (outcome.schema if outcome else {})


def _meanings(spec: Spec) -> list[Schema]:
    """Name what each code means; the last alternative takes any other code."""
    meanings: dict[int, str] = {}
    for category in spec.categories:
        for row in category.codes:
            meanings.setdefault(row.code, category.describe(row))
    named = [{"const": code, "title": meanings[code]} for code in sorted(meanings)]
    return [{"const": 0, "title": "Success"}, *named, {"title": "Unknown error"}]


def _property(field: Field) -> Schema:
    examples = _examples(field)
    return (
        {"description": field.description}
        | rules.rule(field).schema
        | ({"examples": examples} if examples and field.type != "constant" else {})
    )


def _examples(field: Field) -> list[Any]:
    """Return the example as it would be sent; none if the spec gives none."""
    if field.type == "constant":
        return [field.value]
    text = field.example
    if not text:
        return []
    if field.type == "list":
        return [text.split()]
    if field.type == "integer":
        return [int(text.removesuffix(field.unit))]
    if field.type == "decimal":
        return [float(text.removesuffix(field.unit))]
    if field.type == "boolean":
        return [text == "true"]
    if field.part:
        text = [*text.split("/"), *[""] * field.part][field.part - 1].strip()
    return [text[: field.max_length]]
