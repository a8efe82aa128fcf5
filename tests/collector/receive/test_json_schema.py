"""The collector and the JSON Schema agree about every payload of every spec."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import jsonschema
import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema.protocols import Validator

from shimgen.collector.receive import check
from shimgen.collector.receive.validate import Accepted
from shimgen.collector.receive.validate import Validator as Receiver
from shimgen.spec import DEFAULT_SPEC, Event, Field, Spec, load, schema
from support.collecting import JSON, collecting

SPECS = Path(__file__).parents[2] / "specs"
LOADED = [load(path) for path in [DEFAULT_SPEC, *sorted(SPECS.glob("*.toml"))]]
EVENTS = [(spec, event) for spec in LOADED for event in spec.events]


def _pattern(
    _: object, pattern: str, value: object, __: object
) -> Iterator[jsonschema.ValidationError]:
    """Match as JSON Schema does (ECMA 262): "$" does not match before a newline."""
    if isinstance(value, str) and not re.search(pattern.replace("$", r"\Z"), value):
        yield jsonschema.ValidationError("does not match")


STRICT = jsonschema.validators.extend(  # type: ignore[no-untyped-call]  # no stubs
    jsonschema.Draft202012Validator, {"pattern": _pattern}
)
NUMBERS = [-1, 0, 1, 255, 256, 86_400, 86_401, 10**9 - 1, 10**9, 2**64]
POINTS = [1.0, 5.0, -0.0, 0.5]  # some of them are whole numbers
TEXTS = ["", "lxc", " x", "x ", "x\n", "\x7f", "completed", "failed"]
WORDS = ["a=1", "", "a b", "a\n", "x" * 32, "x" * 33, 1]
ANYTHING = st.one_of(
    st.none(),
    st.booleans(),
    st.sampled_from([*NUMBERS, *POINTS]),
    st.sampled_from(TEXTS),
    st.text(max_size=5),
    st.lists(st.sampled_from(WORDS), max_size=3),
    st.just({}),
)


def edges(field: Field) -> list[object]:
    """Return values near the limits of a field, most of them just outside."""
    length = field.max_length
    if field.type == "integer":
        return [*NUMBERS, *POINTS, None, True, "5", [5]]
    if field.type == "list":
        return [None, "a", *([word] for word in WORDS), *(["a"] * n for n in range(18))]
    words = field.values or ("completed", "failed")
    return [*words, *TEXTS, "x" * length, "x" * (length + 1), None, 5, field.value]


def _fraction(text: str) -> float:
    """Return a number of accepted JSON that has a point; a whole number has none."""
    assert not float(text).is_integer()
    return float(text)


def right(field: Field, *, done: bool) -> object:
    """Return a valid value of a field; `done` says whether the run completed."""
    if field.outcome == "status":
        return field.values[0 if done else 1]
    if field.outcome == "exit_code":
        return 0 if done else 1
    if field.outcome == "group":
        return field.values[0 if done else 1]
    if field.type == "enum":
        return field.values[0]
    return {
        "constant": field.value,
        "integer": 5,
        "decimal": 0.5,
        "boolean": True,
        "list": ["a"],
    }.get(field.type, "")


def valid(event: Event, *, done: bool) -> dict[str, Any]:
    """Return a payload with all fields that the schema accepts."""
    return {f.key: right(f, done=done) for f in event.fields}


def agrees(spec: Spec, validator: Validator, payload: dict[str, Any]) -> bool:
    """Return whether the collector has the verdict of the schema.

    The body is tried as the shim writes it, and with spaces, which the fast check does
    not accept. The accepted JSON has the same values; whole numbers have no point.
    """
    valid = validator.is_valid(payload)
    receiver = Receiver(spec)
    verdicts: set[Accepted | None] = set()
    for separators in ((",", ":"), (", ", ": ")):
        body = json.dumps(payload, separators=separators).encode()
        try:
            accepted = receiver.accept(body)
        except check.PayloadError:
            verdicts.add(None)
        else:
            kept = json.loads(accepted.payload, parse_float=_fraction)
            assert kept == payload
            verdicts.add(accepted)
    return len(verdicts) == 1 and (verdicts != {None}) == valid


@pytest.mark.parametrize(("spec", "event"), EVENTS)
@pytest.mark.parametrize("done", [True, False])
def test_the_verdict_at_each_limit_is_that_of_the_json_schema(
    spec: Spec, event: Event, done: bool
) -> None:
    validator = STRICT(schema.document(spec))
    payload = valid(event, done=done)
    assert validator.is_valid(payload)
    for field in event.fields:
        for value in edges(field):
            changed = payload | {field.key: value}
            assert agrees(spec, validator, changed), changed


def test_the_fast_check_accepts_what_the_shim_writes(
    spec: Spec, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(check, "parse")
    for event in spec.events:
        payload = schema.example(event)
        body = json.dumps(payload, separators=(",", ":")).encode()
        assert Receiver(spec).accept(body).event == event.function


def test_true_is_not_the_constant_1(spec: Spec) -> None:
    field = Field(key="schema", type="constant", description="Its version", value=1)
    run = next(f for f in spec.events[0].fields if f.key == "random_id")
    event = msgspec.structs.replace(spec.events[0], fields=(field, run))
    versioned = msgspec.structs.replace(spec, events=(event,))
    validator = STRICT(schema.document(versioned))
    assert validator.is_valid({"schema": 1, "random_id": ""})
    for value in (1, True, "1"):
        payload = {"schema": value, "random_id": ""}
        assert agrees(versioned, validator, payload), value


@st.composite
def payloads(draw: st.DrawFn) -> tuple[Spec, dict[str, Any]]:
    """Draw a valid payload with up to two changed keys, and one removed or added."""
    spec, event = draw(st.sampled_from(EVENTS))
    payload = valid(event, done=draw(st.booleans()))
    for field in draw(st.lists(st.sampled_from(event.fields), max_size=2)):
        near = edges(field)
        payload[field.key] = draw(st.sampled_from(near) | ANYTHING)
    if draw(st.booleans()):
        payload.pop(draw(st.sampled_from([*payload])))
    elif draw(st.booleans()):
        payload["other"] = draw(ANYTHING)
    return spec, payload


@settings(max_examples=300)
@given(payloads())
def test_the_verdict_on_any_payload_is_that_of_the_json_schema(
    drawn: tuple[Spec, dict[str, Any]],
) -> None:
    spec, payload = drawn
    assert agrees(spec, STRICT(schema.document(spec)), payload)


@pytest.mark.parametrize(("spec", "event"), EVENTS)
def test_a_payload_is_recognised_as_an_event_that_accepts_it(
    spec: Spec, event: Event
) -> None:
    payload = valid(event, done=True)
    recognised = check.recognise(spec, payload)
    assert STRICT(schema.payload(spec, recognised)).is_valid(payload)
    assert recognised.fields == event.fields


@pytest.mark.parametrize("spec", LOADED, ids=lambda spec: spec.project.name)
def test_reports_of_each_spec_are_stored_with_its_own_path_and_run_key(
    spec: Spec, tmp_path: Path
) -> None:
    path = urlsplit(spec.project.endpoint).path
    with collecting(spec, tmp_path) as (client, store):
        for event in spec.events:
            [key] = [
                f.key for f in event.fields if f.variable == (spec.project.run_id,)
            ]
            body = json.dumps(valid(event, done=True) | {key: event.function})
            assert client.post(path, body.encode(), JSON).status_code == 200
        stored = {run.random_id for run in store.runs(9)}
    assert stored == {event.function for event in spec.events}
