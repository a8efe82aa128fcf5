"""The behaviour of the generated bash functions, in plain Python.

Comes in: a spec, and the state of a shell and a host. Goes out: what a call prints,
sends and leaves behind. Tests compare it with bash; `shimgen preview` and `explain`
print it. It is written from docs/behaviour.md, not from the bash code. All functions
are pure. Values are bytes, as in bash.

    shell = load(spec, {"DIAGNOSTICS": b"yes", "RANDOM_UUID": b"1", "CT_TYPE": b"1"})
    host = Host(
        programs=frozenset({"python3", "pveversion"}),
        outputs={"pveversion": b"pve-manager/8.2.2/9355359cd7afbae4"},
        now=1_700_000_000,
    )
    result = report(spec, spec.events[0], shell, host)
    result.closed               # why nothing is sent, or None
    result.request              # what is sent where, or None
    result.entries              # each field with its value as JSON
    result.shell.variables      # RESPONSE and the flags after the call
    explain_exit_code(spec, b"127")
"""

from __future__ import annotations

from .catalogue import explain_exit_code, register_exit_code, suggest_recovery
from .gate import Closed, Gate, closed_gate, consent_says
from .outcome import decide
from .payload import Entry, body, entries
from .records import (
    record_feature,
    record_metric,
    record_package,
    start_install_timer,
)
from .report import Lost, Reply, Report, Request, Way, no_answer, report
from .settings import timeout, url, usable
from .state import CustomCode, Host, Outcome, RefusedError, Shell, Unreadable, load

__all__ = [
    "Closed",
    "CustomCode",
    "Entry",
    "Gate",
    "Host",
    "Lost",
    "Outcome",
    "RefusedError",
    "Reply",
    "Report",
    "Request",
    "Shell",
    "Unreadable",
    "Way",
    "body",
    "closed_gate",
    "consent_says",
    "decide",
    "entries",
    "explain_exit_code",
    "load",
    "no_answer",
    "record_feature",
    "record_metric",
    "record_package",
    "register_exit_code",
    "report",
    "start_install_timer",
    "suggest_recovery",
    "timeout",
    "url",
    "usable",
]
