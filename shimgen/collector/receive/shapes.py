"""The fast check of a report's body: msgspec types, generated from the spec.

If such a type decodes a body and encodes it to the same bytes again, the body is
exactly what the shim writes: keys in the order of the spec, each once, without spaces,
numbers in their shortest form. Then no other check is needed. A body that this check
does not recognise may still be valid; check.py decides.
"""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec import UNSET, UnsetType

from shimgen.spec import Event, Field, Spec
from shimgen.spec.payload import outcome_rule, rule

_ENCODE = msgspec.json.Encoder().encode


class Shape:
    """The type of an event's payload; `head` is how its JSON begins."""

    def __init__(self, spec: Spec, event: Event) -> None:
        self.event = event.function
        self.head = b'{"' + event.fields[0].key.encode() + b'":'
        self._run_key = spec.run_key(event)
        self._outcome = outcome_rule(spec, event)
        payload_type = msgspec.defstruct(
            event.function,
            list(map(_member, event.fields)),
            forbid_unknown_fields=True,
            gc=False,
            kw_only=True,
        )
        self._decode = msgspec.json.Decoder(payload_type).decode

    def run_of(self, body: bytes) -> str | None:
        """Return the run's identifier if the shim writes such bodies, else None."""
        # The types accept some texts that are not valid: with escapes, with a space in
        # front, with DEL.
        if b"\\" in body or b'":" ' in body or b"\x7f" in body or not body.isascii():
            return None
        try:
            payload = self._decode(body)
        except (msgspec.MsgspecError, UnicodeDecodeError):
            return None
        if _ENCODE(payload) != body or self._contradicts_itself(payload):
            return None
        run = getattr(payload, self._run_key)
        return "" if run is UNSET else run

    def _contradicts_itself(self, payload: object) -> bool:
        rule = self._outcome
        if not rule:
            return False
        keys = (rule.status_key, rule.exit_code_key, rule.explanation_key)
        values = (getattr(payload, key, None) for key in keys)
        return bool(rule.problems(*(None if v is UNSET else v for v in values)))


def shapes(spec: Spec) -> list[Shape]:
    """Return the shapes of a spec's events.

    An event has no shape if its payload could also be one of an earlier event: the
    earlier event wins, whatever the order of the keys, and only check.py can see that.
    """
    return [
        Shape(spec, event)
        for number, event in enumerate(spec.events)
        if not event.fields[0].optional
        and not any(_overlap(event, earlier) for earlier in spec.events[:number])
    ]


def _overlap(event: Event, other: Event) -> bool:
    """Return whether some set of keys is possible in both events."""
    return _required(event) <= _keys(other) and _required(other) <= _keys(event)


def _keys(event: Event) -> set[str]:
    return {field.key for field in event.fields}


def _required(event: Event) -> set[str]:
    return {field.key for field in event.fields if not field.optional}


def _member(field: Field) -> Any:
    """Return a field as msgspec.defstruct takes it: name, type, perhaps a default."""
    value_type = rule(field).type
    if field.optional:
        return (field.key, value_type | UnsetType, UNSET)
    return (field.key, value_type)
