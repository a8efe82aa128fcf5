"""Types of the payloads, made from the spec: the fast way to a verdict.

A body that a type decodes and encodes to the same bytes is what the shim sends: keys in
the order of the spec, each once, no blanks, numbers in one form. Such a body needs no
other reading. What is not recognised here may still be valid.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from shimgen.collector.receive import explain
from shimgen.spec import Event, Field, Spec
from shimgen.spec import payload as schema

_WORD = Meta(pattern=schema.WORD.replace("$", r"\Z"))
_ENCODE = msgspec.json.Encoder().encode


class Shape:
    """The type of an event's payload; `head` is how its JSON begins."""

    def __init__(self, spec: Spec, event: Event) -> None:
        self.event = event.function
        self.head = b'{"' + event.fields[0].key.encode() + b'":'
        self._run = explain.run_key(spec, event)
        self._rules = _Rules(spec, event)
        kind = msgspec.defstruct(
            event.function,
            [_member(spec, field) for field in event.fields],
            forbid_unknown_fields=True,
            gc=False,
            kw_only=True,
        )
        self._decode = msgspec.json.Decoder(kind).decode

    def run_of(self, body: bytes) -> str | None:
        """Return the run of a body that is written as the shim does; else None."""
        # What a type lets through in a text: what is escaped, a blank in front, DEL.
        if b"\\" in body or b'":" ' in body or b"\x7f" in body or not body.isascii():
            return None
        try:
            found = self._decode(body)
        except (msgspec.MsgspecError, UnicodeDecodeError):
            return None
        if _ENCODE(found) != body or not self._rules.hold(found):
            return None
        run = getattr(found, self._run)
        return "" if run is UNSET else run


class _Rules:
    """What values of an outcome must be together (as schema.py has it)."""

    def __init__(self, spec: Spec, event: Event) -> None:
        given = {field.outcome: field for field in event.fields if field.outcome}
        self._status = given["status"].key if "status" in given else ""
        self._code = given["exit_code"].key if "exit_code" in given else ""
        self._text = given["explanation"].key if "explanation" in given else ""
        if self._status:
            length = given["status"].max_length or spec.limits.max_length
            self._completed = schema.STATUSES[0][:length]

    def hold(self, found: object) -> bool:
        """Tell whether a completed run has code 0 and no explanation, a failed none."""
        if not self._status:
            return True
        completed = getattr(found, self._status) == self._completed
        if self._code:
            code = getattr(found, self._code)
            if code is not UNSET and (code == 0) != completed:
                return False
        return not (completed and self._text and getattr(found, self._text))


def shapes(spec: Spec) -> list[Shape]:
    """Return the shapes of a spec's events.

    An event whose payload could be one of an earlier event too has none: the earlier
    one counts, in whatever order that one has the keys.
    """
    return [
        Shape(spec, event)
        for number, event in enumerate(spec.events)
        if not event.fields[0].optional
        and not any(_alike(event, other) for other in spec.events[:number])
    ]


def _alike(event: Event, other: Event) -> bool:
    """Tell whether one set of keys fits both events."""
    return _required(event) <= _keys(other) and _required(other) <= _keys(event)


def _keys(event: Event) -> set[str]:
    return {field.key for field in event.fields}


def _required(event: Event) -> set[str]:
    return {field.key for field in event.fields if not field.optional}


def _member(spec: Spec, field: Field) -> Any:
    kind = _type(field, field.max_length or spec.limits.max_length)
    if field.optional:
        return (field.key, kind | UnsetType, UNSET)
    return (field.key, kind)


def _type(field: Field, length: int) -> Any:
    """Return the type of a field's values; of texts, what _PLAIN leaves open."""
    if field.type == "constant":
        return Literal[field.value]
    if field.outcome == "status":
        return Literal[tuple(word[:length] for word in schema.STATUSES)]
    if field.outcome == "exit_code":
        return Annotated[int, Meta(ge=0, le=255)]
    if field.type == "integer":
        duration = field.outcome == "duration"
        most = schema.MAX_DURATION if duration else schema.MAX_INTEGER
        return Annotated[int, Meta(ge=0, le=most)] | None
    if field.type == "list":
        least = 1 if field.optional else 0
        words = Meta(min_length=least, max_length=schema.MAX_WORDS)
        return Annotated[list[Annotated[str, _WORD]], words]
    return Annotated[str, Meta(max_length=length)]
