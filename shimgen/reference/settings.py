"""What the caller may set: where a report goes, and how long it may take."""

from __future__ import annotations

import re

from shimgen.spec import Spec

from .state import Shell

MAX_URL = 2048  # bytes


def url(spec: Spec, shell: Shell) -> bytes:
    """Return where a report goes, usable or not: a TELEMETRY_URL that is set wins."""
    return shell.variables.get("TELEMETRY_URL", spec.project.endpoint.encode())


def usable(url: bytes) -> bool:
    """Whether a report can be sent there: http or https, printable, with a host."""
    return len(url) <= MAX_URL and bool(
        re.fullmatch(rb"(?i:https?)://(?![/?#])[!-~]+", url)
    )


def timeout(spec: Spec, shell: Shell) -> int:
    """Return the seconds that a report may take.

    TELEMETRY_TIMEOUT counts if it is a whole number in the spec's limits, written
    without zeros in front; else the spec's timeout does.
    """
    text = shell.get("TELEMETRY_TIMEOUT")
    if re.fullmatch(rb"[1-9][0-9]{0,2}", text) and int(text) <= spec.limits.max_timeout:
        return int(text)
    return spec.limits.timeout
