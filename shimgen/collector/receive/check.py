"""The full check of a report's body, which finds the field that is wrong, and why.

Its verdict is that of the JSON Schema, as both come from shimgen/spec/payload.py.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from typing import Any, NoReturn

from shimgen.spec import Event, Spec
from shimgen.spec.payload import outcome_rule, rule

Payload = dict[str, Any]


class PayloadError(Exception):
    """A body that is refused.

    `problem` says what is wrong. `field` is the key it is about, "" if it is about the
    body as a whole.
    """

    def __init__(self, field: str, problem: str) -> None:
        super().__init__(f"{field}: {problem}" if field else problem)
        self.field = field
        self.problem = problem


def parse(body: bytes) -> Payload:
    """Parse a JSON object more strictly than `json` does; raises PayloadError.

    Refused are a repeated key, NaN, Infinity, and numbers too large for a float.
    1.0 and 1e2 are whole numbers here, as they are in JSON Schema.
    """
    try:
        payload = json.loads(
            body.decode(),
            object_pairs_hook=_unique_keys,
            parse_constant=_refuse_number,
            parse_float=_number,
        )
    except UnicodeDecodeError as error:
        raise PayloadError("", "is not UTF-8; encode the JSON as UTF-8") from error
    except RecursionError as error:
        raise PayloadError("", "is nested too deeply; send a flat object") from error
    except ValueError as error:
        raise PayloadError("", "is not JSON; send one JSON object") from error
    if not isinstance(payload, dict):
        raise PayloadError("", "must be a JSON object")
    return payload


def _unique_keys(pairs: list[tuple[str, Any]]) -> Payload:
    payload: Payload = {}
    for key, value in pairs:
        if key in payload:
            raise PayloadError(key, "appears more than once; send it once")
        payload[key] = value
    return payload


def _number(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        _refuse_number(text)
    return int(value) if value.is_integer() else value


def _refuse_number(text: str) -> NoReturn:
    raise PayloadError("", f"holds {text[:20]}, which is no number of JSON")


def recognise(spec: Spec, payload: Payload) -> Event:
    """Return the event that `payload` is a report of.

    If no event accepts it, raises PayloadError with the first problem of the event that
    has the fewest.
    """
    fewest: list[PayloadError] = []
    for event in spec.events:
        problems = list(_problems(spec, event, payload))
        if not problems:
            return event
        if not fewest or len(problems) < len(fewest):
            fewest = problems
    raise fewest[0]


def _problems(spec: Spec, event: Event, payload: Payload) -> Iterator[PayloadError]:
    fields = {field.key: field for field in event.fields}
    for key in payload:
        if key not in fields:
            yield PayloadError(
                key, f"is unknown in a report of {event.function}; remove it"
            )
    for key, field in fields.items():
        if key in payload:
            if problem := rule(field).problem(payload[key]):
                yield PayloadError(key, problem)
        elif not field.optional:
            yield PayloadError(
                key, f"is missing in a report of {event.function}; add it"
            )
    yield from _contradictions(spec, event, payload)


def _contradictions(
    spec: Spec, event: Event, payload: Payload
) -> Iterator[PayloadError]:
    rule = outcome_rule(spec, event)
    if not rule:
        return
    keys = (rule.status_key, rule.exit_code_key, rule.explanation_key)
    for key, problem in rule.problems(*map(payload.get, keys)):
        yield PayloadError(key, problem)
