"""The receiver and the JSON Schema agree on every payload of every spec."""

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

from shimgen.collector.receive import explain
from shimgen.collector.receive.validate import Accepted
from shimgen.collector.receive.validate import Validator as Receiver
from shimgen.spec import DEFAULT_SPEC, Event, Field, Spec, load, schema
from shimgen.spec.payload import STATUSES
from support.collecting import JSON, collecting

SPECS = Path(__file__).parent / "specs"
LOADED = [load(path) for path in [DEFAULT_SPEC, *sorted(SPECS.glob("*.toml"))]]
EVENTS = [(spec, event) for spec in LOADED for event in spec.events]


def _pattern(
    _: object, pattern: str, value: object, __: object
) -> Iterator[jsonschema.ValidationError]:
    """Match as JSON Schema says (ECMA 262), where "$" is not before a newline."""
    if isinstance(value, str) and not re.search(pattern.replace("$", r"\Z"), value):
        yield jsonschema.ValidationError("does not match")


STRICT = jsonschema.validators.extend(  # type: ignore[no-untyped-call]  # no stubs
    jsonschema.Draft202012Validator, {"pattern": _pattern}
)
NUMBERS = [-1, 0, 1, 255, 256, 86_400, 86_401, 10**9 - 1, 10**9, 2**64]
POINTS = [1.0, 5.0, -0.0, 0.5]  # some of them whole numbers
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


def edges(field: Field, length: int) -> list[object]:
    """Return the values about the limits of a field, most of them just outside."""
    if field.type == "integer":
        return [*NUMBERS, *POINTS, None, True, "5", [5]]
    if field.type == "list":
        return [None, "a", *([word] for word in WORDS), *(["a"] * n for n in range(18))]
    words = [word[:length] for word in STATUSES]
    return [*words, *TEXTS, "x" * length, "x" * (length + 1), None, 5, field.value]


def right(field: Field, length: int, *, done: bool) -> object:
    """Return a value that a field takes, of a run that ended well or did not."""
    if field.outcome == "status":
        return STATUSES[0 if done else 1][:length]
    if field.outcome == "exit_code":
        return 0 if done else 1
    return {"constant": field.value, "integer": 5, "list": ["a"]}.get(field.type, "")


def valid(spec: Spec, event: Event, *, done: bool) -> dict[str, Any]:
    """Return a payload of all fields that the schema takes."""
    most = spec.limits.max_length
    return {f.key: right(f, f.max_length or most, done=done) for f in event.fields}


def agrees(spec: Spec, validator: Validator, payload: dict[str, Any]) -> bool:
    """Tell whether the receiver's verdict on a body is that of the schema.

    As the shim writes it, and with blanks, which the fast reading does not know. What
    is kept has the same values, whole numbers without a point.
    """
    valid = validator.is_valid(payload)
    receiver = Receiver(spec)
    verdicts: set[Accepted | None] = set()
    for separators in ((",", ":"), (", ", ": ")):
        body = json.dumps(payload, separators=separators).encode()
        try:
            found = receiver.accept(body)
        except explain.PayloadError:
            verdicts.add(None)
        else:
            kept = json.loads(found.payload, parse_float=pytest.fail)
            assert kept == payload
            verdicts.add(found)
    return len(verdicts) == 1 and (verdicts != {None}) == valid


@pytest.mark.parametrize(("spec", "event"), EVENTS)
@pytest.mark.parametrize("done", [True, False])
def test_the_verdict_at_each_limit_is_that_of_the_json_schema(
    spec: Spec, event: Event, done: bool
) -> None:
    validator = STRICT(schema.document(spec))
    payload = valid(spec, event, done=done)
    assert validator.is_valid(payload)
    for field in event.fields:
        for value in edges(field, field.max_length or spec.limits.max_length):
            changed = payload | {field.key: value}
            assert agrees(spec, validator, changed), changed


def test_what_the_shim_writes_needs_no_second_reading(
    spec: Spec, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(explain, "parse")
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
    """Draw a valid payload with at most two keys changed, and one dropped or added."""
    spec, event = draw(st.sampled_from(EVENTS))
    found = valid(spec, event, done=draw(st.booleans()))
    for field in draw(st.lists(st.sampled_from(event.fields), max_size=2)):
        near = edges(field, field.max_length or spec.limits.max_length)
        found[field.key] = draw(st.sampled_from(near) | ANYTHING)
    if draw(st.booleans()):
        found.pop(draw(st.sampled_from([*found])))
    elif draw(st.booleans()):
        found["other"] = draw(ANYTHING)
    return spec, found


@settings(max_examples=300)
@given(payloads())
def test_the_verdict_on_any_payload_is_that_of_the_json_schema(
    drawn: tuple[Spec, dict[str, Any]],
) -> None:
    spec, payload = drawn
    assert agrees(spec, STRICT(schema.document(spec)), payload)


@pytest.mark.parametrize(("spec", "event"), EVENTS)
def test_each_event_is_recognised_as_one_that_takes_the_payload(
    spec: Spec, event: Event
) -> None:
    payload = valid(spec, event, done=True)
    found = explain.recognise(spec, payload)
    assert STRICT(schema.payload(spec, found)).is_valid(payload)
    assert found.fields == event.fields


@pytest.mark.parametrize("spec", LOADED, ids=lambda spec: spec.project.name)
def test_each_spec_has_its_own_path_and_its_own_key_of_a_run(
    spec: Spec, tmp_path: Path
) -> None:
    path = urlsplit(spec.project.endpoint).path
    with collecting(spec, tmp_path) as (client, store):
        for event in spec.events:
            [key] = [
                f.key for f in event.fields if f.variable == (spec.project.run_id,)
            ]
            body = json.dumps(valid(spec, event, done=True) | {key: event.function})
            assert client.post(path, body.encode(), JSON).status_code == 200
        found = {run.random_id for run in store.runs(9)}
    assert found == {event.function for event in spec.events}
