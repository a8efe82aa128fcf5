"""Calls on the reference, with a host and a shell on which the gate is open."""

from __future__ import annotations

import json
from collections.abc import Mapping

from shimgen import reference
from shimgen.reference import Host, Reply, Report, Shell

from .frozen import FROZEN

SPEC = FROZEN
CONTAINER, MACHINE, UPDATE = SPEC.events
PROGRAMS = frozenset({"pveversion", "python3"})
HOST = Host(PROGRAMS, 1_700_000_000, {"pveversion": b"pve-manager/8.2.2/93f (x)\n"})
ALLOWED = {"DIAGNOSTICS": b"yes", "RANDOM_UUID": b"run-1"}
OK = Reply(200, b"ok")


def shell(**variables: bytes) -> Shell:
    """Shell in which the gate is open, with these variables."""
    return reference.load(SPEC, {**ALLOWED, **variables})


def end(
    before: Shell, *arguments: bytes, status: int = 0, reply: Reply | None = OK
) -> Report:
    """Play `post_update_to_api` against a server that gives this reply."""
    return reference.report(
        SPEC, UPDATE, before, HOST, arguments, status=status, answer=lambda _: reply
    )


def sent(made: Report) -> Mapping[str, object]:
    """Object that a report sent."""
    assert made.request is not None
    return dict(json.loads(made.request.body))
