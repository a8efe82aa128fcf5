"""The full check of a report's body, which finds the field that is wrong, and why.

Its verdict is that of the JSON Schema in shimgen/schema.py.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any, NoReturn

from shimgen import schema
from shimgen.spec import Event, Field, Spec

Payload = dict[str, Any]

# JSON Schema's "$" matches only at the end of a text; Python's also before a newline.
_TEXT = re.compile(schema.TEXT.replace("$", r"\Z"))
_WORD = re.compile(schema.WORD.replace("$", r"\Z"))


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

    Refused are a repeated key, NaN, Infinity, and numbers with a fraction: no field
    takes one. 1.0 and 1e2 are whole numbers here, as they are in JSON Schema.
    """
    try:
        payload = json.loads(
            body.decode(),
            object_pairs_hook=_unique_keys,
            parse_constant=_refuse_number,
            parse_float=_whole_number,
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


def _whole_number(text: str) -> int:
    value = float(text)
    if not value.is_integer():
        _refuse_number(text)
    return int(value)


def _refuse_number(text: str) -> NoReturn:
    raise PayloadError("", f"holds {text[:20]}, which must be a whole number")


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


def run_key(spec: Spec, event: Event) -> str:
    """Return the key of the field that identifies the run of a report."""
    run_id = (spec.project.run_id,)
    return next(field.key for field in event.fields if field.variable == run_id)


def _problems(spec: Spec, event: Event, payload: Payload) -> Iterator[PayloadError]:
    fields = {field.key: field for field in event.fields}
    for key in payload:
        if key not in fields:
            yield PayloadError(
                key, f"is unknown in a report of {event.function}; remove it"
            )
    for key, field in fields.items():
        if key in payload:
            problem = _problem(field, spec.limits.max_length, payload[key])
            if problem:
                yield PayloadError(key, problem)
        elif not field.optional:
            yield PayloadError(
                key, f"is missing in a report of {event.function}; add it"
            )
    yield from _contradictions(spec, event, payload)


def _problem(field: Field, max_length: int, value: object) -> str:
    """Return what is wrong with the value of a field; "" if nothing is."""
    length = field.max_length or max_length
    if field.type == "constant":
        return _choice_problem((field.value,), value)
    if field.outcome == "status":
        words = tuple(word[:length] for word in schema.STATUSES)
        return _choice_problem(words, value)
    if field.outcome == "exit_code":
        return _integer_problem(value, 255)
    if field.outcome == "duration":
        return _integer_problem(value, schema.MAX_DURATION, or_null=True)
    if field.type == "integer":
        return _integer_problem(value, schema.MAX_INTEGER, or_null=True)
    if field.type == "list":
        return _list_problem(value, 1 if field.optional else 0)
    return _text_problem(value, length)


def _choice_problem(allowed: tuple[object, ...], value: object) -> str:
    if any(type(value) is type(choice) and value == choice for choice in allowed):
        return ""
    return f"must be {' or '.join(json.dumps(choice) for choice in allowed)}"


def _integer_problem(value: object, most: int, *, or_null: bool = False) -> str:
    if value is None and or_null:
        return ""
    if type(value) is int and 0 <= value <= most:  # isinstance(True, int) is true
        return ""
    return f"must be a whole number 0-{most}{' or null' if or_null else ''}"


def _list_problem(value: object, least: int) -> str:
    if not isinstance(value, list) or not least <= len(value) <= schema.MAX_WORDS:
        return f"must be a list of {least}-{schema.MAX_WORDS} words"
    if all(isinstance(word, str) and _WORD.search(word) for word in value):
        return ""
    return 'must hold only words of 1-32 letters, digits and ". _ + : = -"'


def _text_problem(value: object, length: int) -> str:
    if isinstance(value, str) and len(value) <= length and _TEXT.search(value):
        return ""
    return f"must be at most {length} printable ASCII characters, no space in front"


def _contradictions(
    spec: Spec, event: Event, payload: Payload
) -> Iterator[PayloadError]:
    """A completed run has exit code 0 and no explanation; a failed one never has 0."""
    by_outcome = {field.outcome: field for field in event.fields if field.outcome}
    if "status" not in by_outcome:
        return
    status = by_outcome["status"]
    word = schema.STATUSES[0][: status.max_length or spec.limits.max_length]
    completed = payload.get(status.key) == word
    code, explanation = by_outcome.get("exit_code"), by_outcome.get("explanation")
    if code and code.key in payload and (payload[code.key] == 0) != completed:
        yield PayloadError(code.key, "must be 0 in a completed run, and only there")
    if explanation and completed and payload.get(explanation.key, "") != "":
        yield PayloadError(explanation.key, "must be empty in a completed run")
