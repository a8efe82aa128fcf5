"""What a body must be: the rules of schema.py, read so that a problem has a name."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any, NoReturn

from shimgen.spec import Event, Field, Spec
from shimgen.spec import payload as schema

Payload = dict[str, Any]

# "\Z" where the schema says "$": Python's "$" lets a newline through.
_TEXT = re.compile(schema.TEXT.replace("$", r"\Z"))
_WORD = re.compile(schema.WORD.replace("$", r"\Z"))


class PayloadError(Exception):
    """Why a body is refused; `field` is empty where it is not about one key."""

    def __init__(self, field: str, problem: str) -> None:
        super().__init__(f"{field}: {problem}" if field else problem)
        self.field = field
        self.problem = problem


def parse(body: bytes) -> Payload:
    """Read a JSON object, stricter than `json`; raises PayloadError.

    A key that is there twice, NaN, Infinity and any number with a fraction are refused:
    no field takes one. 1.0 and 1e2 are whole numbers, as they are to JSON Schema.
    """
    try:
        found = json.loads(
            body.decode(),
            object_pairs_hook=_pairs,
            parse_constant=_no_number,
            parse_float=_whole,
        )
    except UnicodeDecodeError as error:
        raise PayloadError("", "is not UTF-8") from error
    except RecursionError as error:
        raise PayloadError("", "is nested too deeply") from error
    except ValueError as error:
        raise PayloadError("", "is not JSON") from error
    if not isinstance(found, dict):
        raise PayloadError("", "must be a JSON object")
    return found


def _pairs(pairs: list[tuple[str, Any]]) -> Payload:
    found: Payload = {}
    for key, value in pairs:
        if key in found:
            raise PayloadError(key, "is there twice")
        found[key] = value
    return found


def _whole(text: str) -> int:
    value = float(text)
    if not value.is_integer():
        _no_number(text)
    return int(value)


def _no_number(text: str) -> NoReturn:
    raise PayloadError("", f"holds {text[:20]}, which is not a whole number")


def recognise(spec: Spec, payload: Payload) -> Event:
    """Return the event that `payload` is a report of.

    Raises PayloadError with the first problem of the event that comes nearest.
    """
    nearest: list[PayloadError] = []
    for event in spec.events:
        problems = list(_problems(spec, event, payload))
        if not problems:
            return event
        if not nearest or len(problems) < len(nearest):
            nearest = problems
    raise nearest[0]


def run_key(spec: Spec, event: Event) -> str:
    """Return the key of the field that says which run a report belongs to."""
    run_id = (spec.project.run_id,)
    return next(f.key for f in event.fields if f.variable == run_id)


def _problems(spec: Spec, event: Event, payload: Payload) -> Iterator[PayloadError]:
    known = {field.key: field for field in event.fields}
    for key in payload:
        if key not in known:
            yield PayloadError(key, f"is unknown in a report of {event.function}")
    for key, field in known.items():
        if key in payload:
            problem = _problem(field, spec.limits.max_length, payload[key])
            if problem:
                yield PayloadError(key, problem)
        elif not field.optional:
            yield PayloadError(key, f"is missing in a report of {event.function}")
    yield from _contradictions(spec, event, payload)


def _problem(field: Field, max_length: int, value: object) -> str:
    """Say what is wrong with a value; "" if nothing is."""
    length = field.max_length or max_length
    if field.type == "constant":
        return _one_of((field.value,), value)
    if field.outcome == "status":
        return _one_of(tuple(word[:length] for word in schema.STATUSES), value)
    if field.outcome == "exit_code":
        return _integer(value, 255)
    if field.outcome == "duration":
        return _integer(value, schema.MAX_DURATION, or_null=True)
    if field.type == "integer":
        return _integer(value, schema.MAX_INTEGER, or_null=True)
    if field.type == "list":
        return _words(value, 1 if field.optional else 0)
    return _text(value, length)


def _one_of(allowed: tuple[object, ...], value: object) -> str:
    if any(type(value) is type(one) and value == one for one in allowed):
        return ""
    return f"must be {' or '.join(json.dumps(one) for one in allowed)}"


def _integer(value: object, most: int, *, or_null: bool = False) -> str:
    if value is None and or_null:
        return ""
    if type(value) is int and 0 <= value <= most:  # a bool is an int to isinstance
        return ""
    return f"must be a whole number 0-{most}{' or null' if or_null else ''}"


def _words(value: object, least: int) -> str:
    if not isinstance(value, list) or not least <= len(value) <= schema.MAX_WORDS:
        return f"must be a list of {least}-{schema.MAX_WORDS} words"
    if all(isinstance(word, str) and _WORD.search(word) for word in value):
        return ""
    return 'must hold words of 1-32 letters, digits and ". _ + : = -" only'


def _text(value: object, length: int) -> str:
    if isinstance(value, str) and len(value) <= length and _TEXT.search(value):
        return ""
    return f"must be at most {length} printable ASCII characters, no blank in front"


def _contradictions(
    spec: Spec, event: Event, payload: Payload
) -> Iterator[PayloadError]:
    """A completed run has code 0 and nothing to explain; a failed one never has 0."""
    given = {field.outcome: field for field in event.fields if field.outcome}
    if "status" not in given:
        return
    status = given["status"]
    word = schema.STATUSES[0][: status.max_length or spec.limits.max_length]
    completed = payload.get(status.key) == word
    code, explanation = given.get("exit_code"), given.get("explanation")
    if code and code.key in payload and (payload[code.key] == 0) != completed:
        yield PayloadError(code.key, "must be 0 in a completed run, and only there")
    if explanation and completed and payload.get(explanation.key, "") != "":
        yield PayloadError(explanation.key, "must be empty in a completed run")
