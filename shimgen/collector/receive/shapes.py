"""The fast check of a report's body: msgspec types, generated from the spec.

If such a type decodes a body and encodes it to the same bytes again, the body is
exactly what the shim writes: keys in the order of the spec, each once, without spaces,
numbers in their shortest form. Then no other check is needed. A body that this check
does not recognise may still be valid; check.py decides.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from shimgen import schema
from shimgen.collector.receive import check
from shimgen.spec import Event, Field, Spec

_WORD = Meta(pattern=schema.WORD.replace("$", r"\Z"))
_ENCODE = msgspec.json.Encoder().encode


class Shape:
    """The type of an event's payload; `head` is how its JSON begins."""

    def __init__(self, spec: Spec, event: Event) -> None:
        self.event = event.function
        self.head = b'{"' + event.fields[0].key.encode() + b'":'
        self._run_key = check.run_key(spec, event)
        self._outcome_rules = _OutcomeRules(spec, event)
        payload_type = msgspec.defstruct(
            event.function,
            [_member(spec, field) for field in event.fields],
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
        if _ENCODE(payload) != body or not self._outcome_rules.hold(payload):
            return None
        run = getattr(payload, self._run_key)
        return "" if run is UNSET else run


class _OutcomeRules:
    """Which values of status, exit code and explanation are possible together."""

    def __init__(self, spec: Spec, event: Event) -> None:
        by_outcome = {field.outcome: field for field in event.fields if field.outcome}
        self._status = by_outcome["status"].key if "status" in by_outcome else ""
        self._code = by_outcome["exit_code"].key if "exit_code" in by_outcome else ""
        self._explanation = (
            by_outcome["explanation"].key if "explanation" in by_outcome else ""
        )
        if self._status:
            length = by_outcome["status"].max_length or spec.limits.max_length
            self._completed_word = schema.STATUSES[0][:length]

    def hold(self, payload: object) -> bool:
        """Return whether they are: a completed run has code 0 and no explanation.

        A failed run never has code 0. This is the rule of check._contradictions.
        """
        if not self._status:
            return True
        completed = getattr(payload, self._status) == self._completed_word
        if self._code:
            code = getattr(payload, self._code)
            if code is not UNSET and (code == 0) != completed:
                return False
        return not (
            completed and self._explanation and getattr(payload, self._explanation)
        )


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


def _member(spec: Spec, field: Field) -> Any:
    """Return a field as msgspec.defstruct takes it: name, type, perhaps a default."""
    value_type = _type(field, field.max_length or spec.limits.max_length)
    if field.optional:
        return (field.key, value_type | UnsetType, UNSET)
    return (field.key, value_type)


def _type(field: Field, length: int) -> Any:
    """Return the type of a field's values; Shape.run_of checks the rest of texts."""
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
