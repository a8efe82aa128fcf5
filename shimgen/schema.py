"""JSON Schema (2020-12) of the payloads: what a receiver may rely on."""

from __future__ import annotations

from typing import Any

from shimgen.spec import Event, Field, Spec

DIALECT = "https://json-schema.org/draft/2020-12/schema"

# What the text rule leaves: printable ASCII that does not begin with a blank.
TEXT = "^([!-~][ -~]*)?$"
WORD = "^[A-Za-z0-9._+:=-]{1,32}$"
MAX_WORDS = 16
MAX_INTEGER = 999_999_999
MAX_DURATION = 86_400  # seconds
STATUSES = ("completed", "failed")

Schema = dict[str, Any]


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


def example(event: Event, max_length: int) -> dict[str, Any]:
    """Return a payload of the examples of an event's fields."""
    values = {f.key: _examples(f, max_length) for f in event.fields}
    return {key: found[0] for key, found in values.items() if found}


def _payload(spec: Spec, event: Event) -> Schema:
    max_length = spec.limits.max_length
    properties = {f.key: _property(f, max_length) for f in event.fields}
    for field in event.fields:
        if field.outcome == "exit_code":
            properties[field.key]["anyOf"] = _meanings(spec)
    return {
        "title": event.function,
        "description": event.description,
        "type": "object",
        "additionalProperties": False,
        "required": [f.key for f in event.fields if not f.optional],
        "properties": properties,
    } | _outcome(event, max_length)


def _meanings(spec: Spec) -> list[Schema]:
    """Name what each code means; the last alternative takes any other code."""
    found: dict[int, str] = {}
    for category in spec.categories:
        for row in category.codes:
            found.setdefault(row.code, category.describe(row))
    named = [{"const": code, "title": found[code]} for code in sorted(found)]
    return [{"const": 0, "title": "Success"}, *named, {"title": "Unknown error"}]


def _property(field: Field, max_length: int) -> Schema:
    found = _examples(field, max_length)
    return (
        {"description": field.description}
        | _constraints(field, field.max_length or max_length)
        | ({"examples": found} if found and field.type != "constant" else {})
    )


def _constraints(field: Field, length: int) -> Schema:
    if field.type == "constant":
        return {"const": field.value}
    if field.type == "list":
        items = {"type": "string", "pattern": WORD}
        least = {"minItems": 1} if field.optional else {}
        return {"type": "array", "items": items} | least | {"maxItems": MAX_WORDS}
    if field.outcome == "status":
        return {"enum": [status[:length] for status in STATUSES]}
    if field.outcome == "exit_code":
        return {"type": "integer", "minimum": 0, "maximum": 255}
    if field.type == "integer":
        most = MAX_DURATION if field.outcome == "duration" else MAX_INTEGER
        return {"type": ["integer", "null"], "minimum": 0, "maximum": most}
    return {"type": "string", "maxLength": length, "pattern": TEXT}


def _outcome(event: Event, max_length: int) -> Schema:
    """A completed run has code 0 and nothing to explain; a failed one never has 0."""
    given = {f.outcome: f for f in event.fields if f.outcome}
    completed: Schema = {}
    failed: Schema = {}
    if "exit_code" in given:
        completed[given["exit_code"].key] = {"const": 0}
        failed[given["exit_code"].key] = {"minimum": 1}
    if "explanation" in given:
        completed[given["explanation"].key] = {"const": ""}
    if not completed:
        return {}
    status = given["status"]
    word = STATUSES[0][: status.max_length or max_length]
    result: Schema = {"if": {"properties": {status.key: {"const": word}}}}
    result["then"] = {"properties": completed}
    return result | ({"else": {"properties": failed}} if failed else {})


def _examples(field: Field, max_length: int) -> list[Any]:
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
    if field.part:
        text = [*text.split("/"), *[""] * field.part][field.part - 1].strip()
    return [text[: field.max_length or max_length]]
