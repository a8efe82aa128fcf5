"""What may leave the machine: values and their JSON (docs/behaviour.md section 2)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from shimgen.spec import Event, Field, Spec
from shimgen.spec.payload import MAX_DURATION, MAX_WORDS

from .catalogue import categorize_error, explanation
from .state import LOOKED_AT, Host, Outcome, Shell

MAX_WORD = 32  # bytes of a word in a list
TIMER = "INSTALL_START_TIME"


@dataclass(frozen=True)
class Entry:
    """One field of a report. `json` is its value as JSON; None if it is left out."""

    field: Field
    json: bytes | None


def body(entries: Iterable[Entry]) -> bytes:
    """Return the JSON object that is sent."""
    pairs = (
        b"%s:%s" % (quoted(entry.field.key.encode()), entry.json)
        for entry in entries
        if entry.json is not None
    )
    return b"{%s}" % b",".join(pairs)


def entries(
    spec: Spec, event: Event, shell: Shell, host: Host, outcome: Outcome | None
) -> tuple[Entry, ...]:
    """Return the fields of a report with their values, in the order of the spec.

    `outcome` is None in a report of a start. Raises ValueError if it is None and a
    field needs it.
    """
    return tuple(
        Entry(field, _Values(spec, shell, host, outcome).json(field))
        for field in event.fields
    )


def quoted(text: bytes) -> bytes:
    """Return printable ASCII as a JSON string."""
    return b'"%s"' % text.replace(b"\\", b"\\\\").replace(b'"', b'\\"')


def text(value: bytes, max_length: int) -> bytes:
    """Keep printable ASCII, strip spaces at both ends, cut to `max_length` bytes."""
    printable = re.sub(rb"[^ -~]", b"", value[:LOOKED_AT])
    return printable.strip(b" ")[:max_length]


def integer(value: bytes, unit: str = "") -> int | None:
    """Return 1-9 digits as a number, None for anything else.

    Spaces at both ends are ignored, and so is `unit` directly behind the digits.
    """
    digits = value[:LOOKED_AT].strip(b" ").removesuffix(unit.encode())
    return int(digits) if re.fullmatch(rb"[0-9]{1,9}", digits) else None


def decimal(value: bytes, unit: str = "") -> bytes:
    """Return the JSON of a number such as 0.75, as `integer` reads it, null if none."""
    text = value[:LOOKED_AT].strip(b" ").removesuffix(unit.encode())
    number = re.fullmatch(rb"([0-9]{1,9})(\.[0-9]{1,6})?", text)
    return b"%d%s" % (int(number[1]), number[2] or b"") if number else b"null"


def boolean(value: bytes) -> bytes:
    """Return the JSON of a word that means true or false, null for any other."""
    word = value[:LOOKED_AT].strip(b" ").lower()
    if word in (b"true", b"yes", b"on", b"1"):
        return b"true"
    return b"false" if word in (b"false", b"no", b"off", b"0") else b"null"


def words(value: bytes) -> list[bytes]:
    """Return the first words, with allowed characters only and without empty ones."""
    every = re.split(rb"[ \t\n]", value[:LOOKED_AT])
    clean = (re.sub(rb"[^A-Za-z0-9._+:=-]", b"", word)[:MAX_WORD] for word in every)
    return [word for word in clean if word][:MAX_WORDS]


def part(output: bytes, number: int) -> bytes:
    """Return a "/"-separated part of the first line, counted from 1; 0 is all of it."""
    line = output[:LOOKED_AT].partition(b"\n")[0]
    parts = [line, *line.split(b"/")]
    return parts[number] if number < len(parts) else b""


def duration(start: bytes, now: int) -> int | None:
    """Return the seconds from `start` to `now`; None if they are not 0-86400.

    Both are epoch seconds. `start` comes from a variable: it may be anything.
    """
    if not re.fullmatch(rb"[0-9]{1,12}", start):
        return None
    seconds = now - int(start)
    return seconds if 0 <= seconds <= MAX_DURATION else None


@dataclass(frozen=True)
class _Values:
    spec: Spec
    shell: Shell
    host: Host
    outcome: Outcome | None

    def json(self, field: Field) -> bytes | None:
        """Return the value of a field as JSON, None if the field is left out."""
        if field.type == "constant":
            return _constant(field.value)
        if field.outcome == "duration":
            start = self.shell.get(TIMER)
            return _number(duration(start, self.host.now)) if start else None
        source = self._source(field)
        if field.type == "list":
            kept = words(source)
            left_out = field.optional and not kept
            return None if left_out else b"[%s]" % b",".join(map(quoted, kept))
        if field.optional and not source:
            return None
        if field.type == "boolean":
            return boolean(source)
        if field.type == "decimal":
            return decimal(source, field.unit)
        if field.type == "enum":
            words_of = {word.encode() for word in field.values}
            word = source[:LOOKED_AT].strip(b" ")
            return quoted(word if word in words_of else field.default.encode())
        if field.type == "integer":
            return _number(integer(source, field.unit))
        return quoted(text(source, field.max_length))

    def _source(self, field: Field) -> bytes:
        """Return the raw value of a field, before the rule of its type is applied."""
        if field.command:
            return part(self.host.outputs.get(field.command, b""), field.part)
        if field.outcome:
            return self._outcome(field)
        values = (self.shell.get(name) for name in field.variable)
        return next(filter(None, values), field.default.encode())

    def _outcome(self, field: Field) -> bytes:
        if self.outcome is None:
            raise ValueError(f"field {field.key!r} needs an outcome; give one")
        if field.outcome == "status":
            return self.outcome.status.encode()
        if field.outcome == "exit_code":
            return b"%d" % self.outcome.code
        if self.outcome.code == 0:
            return b""
        code, custom = self.outcome.code, self.shell.custom
        if field.outcome == "group":
            return self._group(field, b"%d" % code)
        return explanation(self.spec, code, custom)

    def _group(self, field: Field, code: bytes) -> bytes:
        """Return the group that the script names, if it is one, or that of the code."""
        named = next(filter(None, map(self.shell.get, field.variable)), b"")
        if named in {group.encode() for group in self.spec.groups}:
            return named
        return categorize_error(self.spec, code, custom=self.shell.custom)


def _constant(value: str | int | None) -> bytes:
    return quoted(value.encode()) if isinstance(value, str) else _number(value)


def _number(value: int | None) -> bytes:
    return b"null" if value is None else b"%d" % value
