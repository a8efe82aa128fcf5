"""Calls of the reference, on a host and in a shell where the gate is open."""

from __future__ import annotations

import json
from collections.abc import Mapping

from shimgen import reference
from shimgen.reference import Host, Lost, Reply, Report, Shell

from .frozen import FROZEN

SPEC = FROZEN
CONTAINER, MACHINE, UPDATE = SPEC.events
PROGRAMS = frozenset({"pveversion", "python3"})
HOST = Host(PROGRAMS, 1_700_000_000, {"pveversion": b"pve-manager/8.2.2/93f (x)\n"})
ALLOWED = {"DIAGNOSTICS": b"yes", "RANDOM_UUID": b"run-1"}
OK = Reply(200, b"ok")


def shell(**variables: bytes) -> Shell:
    """Return a shell in which the gate is open, with these variables."""
    return reference.load(SPEC, {**ALLOWED, **variables})


def end(
    before: Shell, *arguments: bytes, status: int = 0, reply: Reply | Lost | None = OK
) -> Report:
    """Call `post_update_to_api`, with a server that gives this reply, if any."""
    said = reply or Lost()
    return reference.report(
        SPEC, UPDATE, before, HOST, arguments, status=status, answer=lambda _: said
    )


def sent(report: Report) -> Mapping[str, object]:
    """Return the JSON object that a report sent."""
    assert report.request is not None
    return dict(json.loads(report.request.body))
