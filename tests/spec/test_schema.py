"""The schema takes what the shim sends, and nothing else."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from shimgen import reference
from shimgen.spec import DEFAULT_SPEC, Event, Spec, load, schema
from support.paths import SPECS

PATHS = [DEFAULT_SPEC, *sorted(SPECS.glob("*.toml"))]
EVENTS = [(spec, event) for spec in map(load, PATHS) for event in spec.events]
COMMAND_OUTPUTS = [b"a/b c/d", b"x/y/long enough", b"\xff"]


def name(value: object) -> str | None:
    return value.function if isinstance(value, Event) else None


def accepts(spec: Spec, event: Event, payload: object) -> bool:
    validator = jsonschema.Draft202012Validator(schema.payload(spec, event))
    return bool(validator.is_valid(payload))


def sent(
    spec: Spec,
    event: Event,
    words: list[bytes],
    output: bytes = COMMAND_OUTPUTS[0],
    **variables: bytes,
) -> dict[str, Any]:
    """Return what the reference sends on a host that has every program of the spec.

    `output` is what the host commands of the spec print.
    """
    values = {spec.project.run_id: b"1", spec.consent.variable: b"yes", **variables}
    commands = {field.command for each in spec.events for field in each.fields}
    programs = commands.union(spec.project.requires, {"python3"}) - {""}
    outputs = dict.fromkeys(commands, output)
    host = reference.Host(frozenset(programs), now=1000, outputs=outputs)
    shell = reference.load(spec, values)
    report = reference.report(spec, event, shell, host, words)
    payload = json.loads(reference.body(report.entries))
    assert isinstance(payload, dict)
    return payload


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.name)
def test_each_schema_is_a_valid_json_schema(path: Path) -> None:
    spec = load(path)
    jsonschema.Draft202012Validator.check_schema(schema.document(spec))
    for event in spec.events:
        jsonschema.Draft202012Validator.check_schema(schema.payload(spec, event))


@pytest.mark.parametrize(("spec", "event"), EVENTS, ids=name)
@pytest.mark.parametrize("value", [b"", b"5", b"a b", b"\xff\n ~", b"x" * 5000])
@pytest.mark.parametrize("words", [[], [b"failed", b"137"], [b"done"]])
@pytest.mark.parametrize("output", COMMAND_OUTPUTS)
def test_what_is_sent_is_accepted(
    spec: Spec, event: Event, value: bytes, words: list[bytes], output: bytes
) -> None:
    names = {name for field in event.fields for name in field.variable}
    variables = dict.fromkeys(names - {spec.project.run_id}, value)
    payload = sent(spec, event, words, output, **variables, INSTALL_START_TIME=value)
    jsonschema.validate(payload, schema.payload(spec, event))
    jsonschema.validate(payload, schema.document(spec))


@pytest.mark.parametrize(("spec", "event"), EVENTS, ids=name)
def test_another_key_is_refused(spec: Spec, event: Event) -> None:
    payload = sent(spec, event, [])
    assert accepts(spec, event, payload)
    assert not accepts(spec, event, payload | {"hostname": "x"})


@pytest.mark.parametrize(("spec", "event"), EVENTS, ids=name)
def test_only_an_optional_key_may_be_missing(spec: Spec, event: Event) -> None:
    payload = sent(spec, event, [])
    optional = {field.key for field in event.fields if field.optional}
    for key in payload:
        less = {k: v for k, v in payload.items() if k != key}
        assert accepts(spec, event, less) == (key in optional)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("ct_type", "1"),
        ("ct_type", -1),
        ("ct_type", 1_000_000_000),
        ("ct_type", 1.5),
        ("type", "vm"),
        ("os_type", None),
        ("os_type", "x" * 65),
        ("os_type", " x"),
        ("os_type", "ä"),
        ("os_type", "a\tb"),
    ],
)
def test_a_wrong_value_is_refused(spec: Spec, key: str, value: object) -> None:
    event = spec.event("post_to_api")
    payload = sent(spec, event, [])
    assert accepts(spec, event, payload)
    assert not accepts(spec, event, payload | {key: value})


@pytest.mark.parametrize(
    "wrong",
    [
        {"status": "done"},
        {"status": "completed"},
        {"exit_code": 0},
        {"exit_code": 256},
        {"install_duration": 86401},
        {"packages": []},
        {"packages": ["a b"]},
        {"packages": ["x"] * 17},
        {"packages": ["x" * 33]},
    ],
    ids=str,
)
def test_an_outcome_that_cannot_be_is_refused(
    spec: Spec, wrong: dict[str, Any]
) -> None:
    event = spec.event("post_update_to_api")
    payload = sent(spec, event, [b"failed", b"100"])
    assert accepts(spec, event, payload)
    assert not accepts(spec, event, payload | wrong)


@pytest.mark.parametrize(("spec", "event"), EVENTS, ids=name)
def test_each_field_is_described_and_its_examples_are_valid(
    spec: Spec, event: Event
) -> None:
    for field in event.fields:
        property_schema = schema.payload(spec, event)["properties"][field.key]
        assert property_schema["description"] == field.description
        rule = copy.deepcopy(property_schema)
        for example in rule.pop("examples", []):
            jsonschema.validate(example, rule)


def test_the_examples_make_a_payload_of_the_event(spec: Spec) -> None:
    for event in spec.events:
        payload = schema.example(event)
        jsonschema.validate(payload, schema.payload(spec, event))


def test_every_exit_code_is_named_once(spec: Spec) -> None:
    payload = schema.payload(spec, spec.event("post_update_to_api"))
    alternatives = payload["properties"]["exit_code"]["anyOf"]
    codes = [each["const"] for each in alternatives if "const" in each]
    rows = {row.code for category in spec.categories for row in category.codes}
    assert codes == [0, *sorted(rows)]
    assert {
        "const": 243,
        "title": "Node.js: Out of memory (heap out of memory)",
    } in alternatives
