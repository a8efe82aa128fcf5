"""Settings of the caller: where a report goes, and how long it may take."""

from __future__ import annotations

import re

from shimgen.spec import Spec

from .state import Shell

MAX_URL = 2048  # bytes


def url(spec: Spec, shell: Shell) -> bytes:
    """Return TELEMETRY_URL if it is set, else the endpoint; it may be unusable."""
    return shell.variables.get("TELEMETRY_URL", spec.project.endpoint.encode())


def usable(url: bytes) -> bool:
    """Whether a report can be sent there: http or https, printable ASCII, a host."""
    return len(url) <= MAX_URL and bool(
        re.fullmatch(rb"(?i:https?)://(?![/?#])[!-~]+", url)
    )


def timeout(spec: Spec, shell: Shell) -> int:
    """Return the seconds that a report may take.

    TELEMETRY_TIMEOUT, if it is a whole number from 1 to the spec's `max_timeout`
    without leading zeros; otherwise the spec's `timeout`.
    """
    text = shell.get("TELEMETRY_TIMEOUT")
    if re.fullmatch(rb"[1-9][0-9]{0,2}", text) and int(text) <= spec.limits.max_timeout:
        return int(text)
    return spec.limits.timeout
