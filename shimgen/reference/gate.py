"""The gate: when nothing is sent (docs/behaviour.md section 3)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum
from typing import Literal

from shimgen.spec import Event, Spec

from .state import Host, Shell

CONSENT_LINES = 64  # only so many lines of the consent file count
TRANSPORTS = ("python3", "curl")


class Gate(Enum):
    """The checks before a report, in their order."""

    OPT_OUT = 1
    RUN = 2
    HOST = 3
    TRANSPORT = 4
    MADE = 5


@dataclass(frozen=True)
class Closed:
    """The first check that a call failed, and the reason as a text for people."""

    gate: Gate
    reason: str


def closed_gate(
    spec: Spec, event: Event, shell: Shell, host: Host, *, force: bool = False
) -> Closed | None:
    """Return why a report is not made, or None if it is.

    `force` skips only the last check, whether the report was already answered.
    """
    made = not force and shell.made_already(spec, event.flag)
    reasons = {
        Gate.OPT_OUT: _refusal(spec, shell, host),
        Gate.RUN: "" if shell.run(spec) else f"{spec.project.run_id} is not set",
        Gate.HOST: _missing_command(spec, host),
        Gate.TRANSPORT: _missing_transport(host),
        Gate.MADE: f"{event.flag} is true for this run" if made else "",
    }
    for gate, reason in reasons.items():
        if reason:
            return Closed(gate, reason)
    return None


def _refusal(spec: Spec, shell: Shell, host: Host) -> str:
    """Return who said no, empty if nobody; any "no" wins over any "yes"."""
    name = spec.consent.variable
    file_says = consent_says(host.consent, name) if spec.consent.file else ""
    value = shell.variables.get(name)
    if value is None and file_says == "":
        return f"{name} is not set"
    if value not in (None, b"yes"):
        return f'{name} is not "yes"'
    if shell.get("DO_NOT_TRACK") not in (b"", b"0", b"false"):
        return "DO_NOT_TRACK is set"
    return f"{spec.consent.file} says no" if file_says == "no" else ""


def consent_says(content: bytes | None, variable: str) -> Literal["", "yes", "no"]:
    """Return what a consent file says: `VARIABLE=no` wins over `VARIABLE=yes`."""
    says: Literal["", "yes"] = ""
    for line in (content or b"").split(b"\n")[:CONSENT_LINES]:
        name, equals, rest = line.partition(b"=")
        if not equals or name != variable.encode():
            continue
        value = _unquoted(re.split(rb"[ \t#]", rest)[0].removesuffix(b"\r"))
        if value.lower() == b"no":
            return "no"
        if value == b"yes":
            says = "yes"
    return says


def _unquoted(value: bytes) -> bytes:
    quoted = re.fullmatch(rb"(['\"])(.*)\1", value, re.DOTALL)
    return quoted[2] if quoted else value


def _missing_command(spec: Spec, host: Host) -> str:
    for name in spec.project.requires:
        if name not in host.programs:
            return f"{name} is not on PATH"
    return ""


def _missing_transport(host: Host) -> str:
    if host.programs.isdisjoint(TRANSPORTS):
        return f"neither {' nor '.join(TRANSPORTS)} is on PATH"
    return ""
