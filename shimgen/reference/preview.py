"""What `shimgen preview` prints: what a call would send, where, or why not."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from shimgen import reference
from shimgen.errors import ShimgenError
from shimgen.spec import Event, Field, Spec


@dataclass(frozen=True)
class Preview:
    """What becomes of a report (`verdict`), and its fields (`rows`).

    A row is key, source and JSON value. `body` is the JSON text; it is empty where no
    report would be made.
    """

    verdict: str
    rows: tuple[tuple[str, str, str], ...] = ()
    body: str = ""


def variables(pairs: Sequence[str]) -> dict[str, str]:
    """Read KEY=VALUE pairs; raises ShimgenError for anything else."""
    result = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not (equals and name.isascii() and name.isidentifier()):
            raise ShimgenError(
                f'"{pair}" is not KEY=VALUE; write for example DEBUG=yes'
            )
        result[name] = value
    return result


def preview(
    spec: Spec, event: Event, variables: Mapping[str, str], arguments: Sequence[str]
) -> Preview:
    """Return what a call with `arguments` would send, in a shell with `variables`.

    It assumes a host that has every program, whose host commands print the examples
    of the spec, and that has no consent file. Raises ShimgenError for arguments to an
    event that takes none.
    """
    if event.kind == "start" and any(arguments):
        raise ShimgenError(f"{event.function} takes no status; leave the options out")
    shell = reference.load(spec, {k: os.fsencode(v) for k, v in variables.items()})
    words = [os.fsencode(word) for word in arguments]
    report = reference.report(spec, event, shell, _host(spec), words)
    rows = tuple(
        (entry.field.key, source(entry.field), (entry.json or b"(left out)").decode())
        for entry in report.entries
    )
    body = reference.body(report.entries).decode() if report.entries else ""
    return Preview(_verdict(report), rows, body)


def source(field: Field) -> str:
    """Return in a few words where a field's value comes from."""
    if field.type == "constant":
        return "constant"
    if field.command:
        return f"{field.command} (example)"
    return field.outcome or " or ".join(field.variable)


def _host(spec: Spec) -> reference.Host:
    fields = [field for event in spec.events for field in event.fields]
    outputs = {f.command: f.example.encode() for f in fields if f.command}
    programs = {"python3", "curl", *spec.project.requires, *outputs}
    return reference.Host(frozenset(programs), now=int(time.time()), outputs=outputs)


def _verdict(report: reference.Report) -> str:
    if report.closed:
        return f"Not sent: {report.closed.reason}."
    if report.way is reference.Way.UNUSABLE:
        return (
            "Not sent: the URL cannot be used; it must be http or https, with a host."
        )
    if report.request is None:
        return "Not sent, but printed on stdout (TELEMETRY_DRY_RUN is yes):"
    request = report.request
    way = " in the background" if report.way is reference.Way.BACKGROUND else ""
    return (
        f"POST{way} to {request.url.decode()} as {request.agent}, "
        f"within {request.timeout} s:"
    )
