"""Optional fields that a script may add (docs/behaviour.md section 2a)."""

from __future__ import annotations

import re

from .payload import TIMER
from .state import LOOKED_AT, Host, RefusedError, Shell


def start_install_timer(shell: Shell, host: Host) -> Shell:
    """Return the shell with the time of the start set."""
    return shell.with_variables({TIMER: b"%d" % host.now})


def record_package(shell: Shell, name: bytes = b"", version: bytes = b"") -> Shell:
    """Return the shell with `name=version` recorded.

    Raises RefusedError if no usable character is left of the name or the version.
    """
    entry = _word(name, "package name") + b"=" + _word(version, "package version")
    return _append(shell, "TELEMETRY_PACKAGES", entry)


def record_feature(shell: Shell, *names: bytes) -> Shell:
    """Return the shell with all names recorded.

    Raises RefusedError if there is no name, or if no usable character is left of one;
    then none is recorded.
    """
    if not names:
        raise RefusedError("no feature was given; name at least one")
    entries = b" ".join(_word(name, "feature name") for name in names)
    return _append(shell, "TELEMETRY_FEATURES", entries)


def record_metric(shell: Shell, name: bytes = b"", value: bytes = b"") -> Shell:
    """Return the shell with `name=integer` recorded.

    Raises RefusedError for an unusable name and for a value that is not a whole number
    of at most 15 digits.
    """
    if not re.fullmatch(rb"-?[0-9]{1,15}", value):
        raise RefusedError(
            f"{value!r} is not a metric; use a whole number of 1-15 digits"
        )
    entry = _word(name, "metric name") + b"=" + value
    return _append(shell, "TELEMETRY_METRICS", entry)


def _word(text: bytes, what: str) -> bytes:
    word = re.sub(rb"[^A-Za-z0-9._+:-]", b"", text[:LOOKED_AT])
    if not word:
        raise RefusedError(
            f"{text!r} is not a {what}; use letters, digits and . _ + : -"
        )
    return word


def _append(shell: Shell, variable: str, entries: bytes) -> Shell:
    before = shell.get(variable)
    after = b"%s %s" % (before, entries) if before else entries
    return shell.with_variables({variable: after})
