"""The gate: when nothing is sent (docs/behaviour.md section 3)."""

from __future__ import annotations

import re
from codecs import BOM_UTF8, BOM_UTF16_BE, BOM_UTF16_LE
from dataclasses import dataclass
from enum import Enum
from typing import Literal

from shimgen.spec import Event, Spec

from .settings import timeout
from .state import Host, Shell, Unreadable

TRANSPORTS = ("python3", "curl")
UTF_16 = (BOM_UTF16_LE, BOM_UTF16_BE)
# A line of the consent file that says yes, for the name of a variable.
AGREES = rb"""[ \t\r]*(export[ \t][ \t\r]*)?%b=(yes|'yes'|"yes")[ \t\r]*"""


class Gate(Enum):
    """The checks before a report, in their order."""

    OPT_OUT = 1
    RUN = 2
    HOST = 3
    TRANSPORT = 4
    MADE = 5
    TIME = 6


@dataclass(frozen=True)
class Closed:
    """The first check that a call failed, and the reason as a text for people."""

    gate: Gate
    reason: str


def closed_gate(
    spec: Spec, event: Event, shell: Shell, host: Host, *, force: bool = False
) -> Closed | None:
    """Return why a report is not made, or None if it is.

    `force` skips only the last two checks: whether the report was already answered,
    and whether earlier tries took the time that it may take.
    """
    made = not force and shell.made_already(spec, event.flag)
    late = not force and shell.spent(spec, event.flag) >= timeout(spec, shell)
    reasons = {
        Gate.OPT_OUT: _refusal(spec, shell, host),
        Gate.RUN: "" if shell.run(spec) else f"{spec.project.run_id} is not set",
        Gate.HOST: _missing_command(spec, host),
        Gate.TRANSPORT: _missing_transport(host),
        Gate.MADE: f"{event.flag} is true for this run" if made else "",
        Gate.TIME: "earlier tries took all its time" if late else "",
    }
    for gate, reason in reasons.items():
        if reason:
            return Closed(gate, reason)
    return None


def _refusal(spec: Spec, shell: Shell, host: Host) -> str:
    """Return who said no, empty if nobody; any "no" wins over any "yes"."""
    name = spec.consent.variable
    value = shell.variables.get(name)
    if value not in (None, b"yes"):
        return f'{name} is not "yes"'
    if shell.get("DO_NOT_TRACK") not in (b"", b"0", b"false"):
        return "DO_NOT_TRACK is set"
    file_says = consent_says(host.consent, name) if spec.consent.file else ""
    if file_says == "no":
        return f"{spec.consent.file} says no, or cannot be read"
    return "" if value or file_says else f"nobody said yes ({name} is not set)"


def consent_says(
    content: bytes | Unreadable | None, variable: str
) -> Literal["", "yes", "no"]:
    """Return what a consent file says about `variable`; a no wins over a yes.

    `content` is as in `Host`.
    """
    if content is None:
        return ""
    if isinstance(content, str) or content.startswith(UTF_16):
        return "no"
    text = content.removesuffix(b"\0").removeprefix(BOM_UTF8)
    if b"\0" in text:
        return "no"
    name = re.escape(variable.encode())
    agrees = re.compile(AGREES % name)
    assigns = re.compile(rb"(?<!\w)%b(?!\w).*=" % name)
    lines = [_without_comment(line) for line in text.split(b"\n")]
    agreeing = [line for line in lines if agrees.fullmatch(line)]
    if any(assigns.search(line) for line in lines if line not in agreeing):
        return "no"
    return "yes" if agreeing else ""


def _without_comment(line: bytes) -> bytes:
    """A line with a carriage return inside has no comment: it might end there."""
    return line if b"\r" in line[:-1] else re.sub(rb"(^|[ \t])#.*", b"", line)


def _missing_command(spec: Spec, host: Host) -> str:
    for name in spec.project.requires:
        if name not in host.programs:
            return f"{name} is not on PATH"
    return ""


def _missing_transport(host: Host) -> str:
    if host.programs.isdisjoint(TRANSPORTS):
        return f"neither {' nor '.join(TRANSPORTS)} is on PATH"
    return ""
